/**
 * `statechat retention` deletes what is older than the retention now, or counts it. It leaves the
 * schema as it is. It uses the store's clock, because that of the machine it runs on may be days
 * off.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Expired } from '#storage/archive.ts';
import type { Config } from '../config/config.ts';
import { openStoreUnchanged } from '../storage/open-store.ts';
import { type Deleted, deleteExpired } from '../storage/retention.ts';
import type { Log } from '../telemetry/log.ts';

export async function retention(config: Config, log: Log): Promise<Deleted> {
  const { archive, ping, close } = await openStoreUnchanged(config, log);
  try {
    const before = Math.floor(await ping()) - config.retentionMs;
    return await deleteExpired(archive, { before, pause: (ms) => delay(ms), deleted: async () => true });
  } finally {
    await close();
  }
}

/** Counts, and changes nothing. */
export async function retentionDryRun(config: Config, log: Log): Promise<Expired> {
  const { archive, ping, close } = await openStoreUnchanged(config, log);
  try {
    return await archive.expired(Math.floor(await ping()) - config.retentionMs);
  } finally {
    await close();
  }
}
