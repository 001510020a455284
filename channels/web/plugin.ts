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
      'New visitors an hour from one address (for IPv6, from one /56). The first 60 do not wait. After that the program accepts one at a time, and the pause between two grows with each 20 accepted, so a script gets about 430. A page waits by itself. If 100 people come in one minute, the last of them waits for less than a minute, and of 200 for about nine.',
  },
  STATECHAT_WEB_MESSAGES_PER_MINUTE: {
    schema: quantity('messages', 1, 1_000_000, true),
    fallback: '30',
    about: 'Messages a minute from one visitor. A person types far fewer. Each can cost a call of a model.',
  },
  STATECHAT_WEB_STREAMS_PER_ADDRESS: {
    schema: quantity('streams', 1, 1_000_000, true),
    fallback: '256',
    about:
      'Pages that one address (for IPv6, one /56) can have open on one instance. One more is refused until another is closed. If its visitor has another page open there, it replaces that page instead. Raise the number if more people than that share an address, or for a load test.',
  },
  STATECHAT_WEB_STREAMS: {
    schema: quantity('streams', 1, 1_000_000, true),
    about:
      'Pages that can be open on one instance. Each takes about 40 KB of the heap. If it is unset, the limit is what a quarter of the heap holds (625 for 100 MB), at most 10,000. Node chooses the size of the heap, or `NODE_OPTIONS=--max-old-space-size=` sets it in MB.',
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
    async create(values, { log, clock, feed, files, uploads, rateLimitStore, knowsAssistant, faces, setting }) {
      const adapter = webChannel({
        ...options,
        limits: { ...limitsOf(values), ...options.limits },
        feed,
        files,
        uploads,
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
