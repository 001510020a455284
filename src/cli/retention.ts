/** `statechat retention`: deletes what is older than the retention now, or says what that would be. Leaves the schema as it is. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Expired } from '#storage/archive.ts';
import { type Deleted, deleteExpired } from '../archive-keeper.ts';
import type { Config } from '../config.ts';
import { openStoreUnchanged } from '../database.ts';
import type { Log } from '../telemetry/log.ts';

export async function retention(config: Config, log: Log): Promise<Deleted> {
  const { archive, close } = await openStoreUnchanged(config, log);
  try {
    return await deleteExpired(archive, { before: Date.now() - config.retentionMs, pause: (ms) => delay(ms), deleted: async () => true });
  } finally {
    await close();
  }
}

/** Counts, and changes nothing. */
export async function retentionDryRun(config: Config, log: Log): Promise<Expired> {
  const { archive, close } = await openStoreUnchanged(config, log);
  try {
    return await archive.expired(Date.now() - config.retentionMs);
  } finally {
    await close();
  }
}
