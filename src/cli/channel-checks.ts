/**
 * With these, `statechat doctor` lets each configured channel check itself. The check shows whether
 * its provider answers and accepts its credentials.
 */

import { systemClock } from '#actors/contract/system-clock.ts';
import { builtInChannels } from '#channels/built-in.ts';
import { silent } from '#channels/log.ts';
import { type ChannelHost, configured } from '#channels/plugin.ts';
import { MemoryQuota } from '#channels/quota.ts';
import { openChannel } from '../channels/channels.ts';
import type { Config } from '../config/config.ts';
import { channelCheck } from './checks.ts';
import type { Check } from './doctor.ts';

export function channelChecks(config: Pick<Config, 'channels' | 'http'>): readonly Check[] {
  return builtInChannels
    .filter((plugin) => configured(plugin, config.channels[plugin.name] ?? {}) !== undefined)
    .map((plugin) =>
      channelCheck({
        name: plugin.name,
        check: async () => {
          const channel = await openChannel(plugin, config, () => checkingHost(config.http.publicUrl));
          if (channel === undefined) return null;
          try {
            return await channel.adapter.check();
          } finally {
            await channel.adapter.stop();
          }
        },
      }),
    );
}

/** A host for an adapter that is checked and never started. There are no sessions behind it. */
function checkingHost(publicUrl: string | undefined): ChannelHost {
  return {
    log: silent,
    clock: systemClock,
    publicUrl,
    deadLetter: async () => {},
    ignored: () => {},
    leaderLease: async () => {},
    adoptAccount: async () => {},
    resolve: async (address) => address,
    quota: () => new MemoryQuota(),
    rateLimitStore: undefined,
    async *feed() {},
    files: async () => undefined,
    uploads: {
      maxBytes: 0,
      types: [],
      put: async () => ({ refused: 'There are no sessions here.' }),
      get: async () => undefined,
      bytes: async () => undefined,
    },
    setting: async (_name, initial) => initial,
    folder: 'channels',
    blobs: { get: async () => undefined, put: async () => {}, delete: async () => {} },
    knowsAssistant: () => true,
    taken: { addresses: async () => [], lastAt: async () => undefined },
    commands: [],
    faces: { list: () => [], find: () => undefined },
  };
}
