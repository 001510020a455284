/** The web chat as a plugin. It is always configured, and every instance receives. */
import { randomBytes } from 'node:crypto';
import { addressParts } from '#machines/ids.ts';
import { defineChannel } from '../plugin.ts';
import { type WebChannelOptions, webChannel } from './adapter.ts';

/** `options` stand over the adapter's defaults, for programs and tests that need others. */
export function webPlugin(options: Pick<WebChannelOptions, 'limits' | 'heartbeatMs' | 'stallMs'> = {}) {
  return defineChannel({
    name: 'web',
    title: 'Web chat',
    settings: {},
    // If a visitor chose an assistant, its name is the account of the address.
    chosenAssistant: (address) => addressParts(address).account,
    async create(_values, { log, clock, feed, files, rateLimitStore, knowsAssistant, faces, setting }) {
      const adapter = webChannel({
        ...options,
        feed,
        files,
        tokenSecret: await setting('tokenSecret', randomBytes(32).toString('base64url')),
        knowsAssistant,
        faces,
        now: () => clock.now(),
        onError: (error) => log.error({ error }, 'a request of the web chat failed'),
        ...(rateLimitStore ? { limitStore: rateLimitStore } : {}),
      });
      return { adapter, mount: { path: '/', handler: adapter.router } };
    },
  });
}
