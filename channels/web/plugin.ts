/** The web chat as a plugin. It is always configured, and every instance receives. */
import { randomBytes } from 'node:crypto';
import { addressParts } from '#machines/ids.ts';
import { quantity, type SettingTable, type ValuesOf } from '#machines/setting.ts';
import { defineChannel } from '../plugin.ts';
import { type WebChannelOptions, webChannel } from './adapter.ts';
import type { WebLimits } from './limits.ts';

const SETTINGS = {
  STATECHAT_WEB_VISITORS_PER_HOUR: {
    schema: quantity('visitors', 1, 1_000_000, true),
    fallback: '600',
    about:
      'New visitors an hour from one address (IPv6: one /56). The first 60 wait for nothing. After that one is taken at a time, and the pause between two grows with each 20 that were taken, so a script gets some 430. A page waits by itself: of 100 people who come in one minute the last waits for less than a minute, of 200 for some nine.',
  },
  STATECHAT_WEB_MESSAGES_PER_MINUTE: {
    schema: quantity('messages', 1, 1_000_000, true),
    fallback: '30',
    about: 'Messages a minute of one visitor. A person types far fewer. Each may cost a call of a model.',
  },
  STATECHAT_WEB_STREAMS_PER_ADDRESS: {
    schema: quantity('streams', 1, 1_000_000, true),
    fallback: '256',
    about:
      'Pages that one address (IPv6: one /56) may have open on one instance. One more is refused until another is closed, unless its visitor has another one there, which it then replaces. Raise it where more people than that share an address, or for a test under load.',
  },
  STATECHAT_WEB_STREAMS: {
    schema: quantity('streams', 1, 1_000_000, true),
    about:
      'Pages that may be open on one instance. Each takes some 40 KB of the heap. Unset: what a quarter of the heap holds (100 MB: 625), at most 10,000. The heap is what Node takes by itself, or `NODE_OPTIONS=--max-old-space-size=` in MB.',
  },
} as const satisfies SettingTable;

function limitsOf(values: ValuesOf<typeof SETTINGS>): Partial<WebLimits> {
  return {
    visitorsPerHour: values.STATECHAT_WEB_VISITORS_PER_HOUR,
    messagesPerMinute: values.STATECHAT_WEB_MESSAGES_PER_MINUTE,
    streamsPerAddress: values.STATECHAT_WEB_STREAMS_PER_ADDRESS,
    ...(values.STATECHAT_WEB_STREAMS === undefined ? {} : { streams: values.STATECHAT_WEB_STREAMS }),
  };
}

/** `options` stand over the adapter's defaults, for programs and tests that need others. */
export function webPlugin(options: Pick<WebChannelOptions, 'limits' | 'heartbeatMs' | 'stallMs'> = {}) {
  return defineChannel({
    name: 'web',
    title: 'Web chat',
    settings: SETTINGS,
    // If a visitor chose an assistant, its name is the account of the address.
    chosenAssistant: (address) => addressParts(address).account,
    async create(values, { log, clock, feed, files, rateLimitStore, knowsAssistant, faces, setting }) {
      const adapter = webChannel({
        ...options,
        limits: { ...limitsOf(values), ...options.limits },
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
