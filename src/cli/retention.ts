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
  const opened = await openStoreUnchanged(config, log);
  try {
    const now = Math.floor(await opened.ping());
    return await deleteExpired(opened, { now, keep: config.keep, pause: (ms) => delay(ms) });
  } finally {
    await opened.close();
  }
}

export interface WouldDelete extends Expired {
  readonly auditEntries: number;
}

/**
 * Counts, and changes nothing. Sign-ins and invitations that have expired are not counted, because
 * nobody could use them any more.
 */
export async function retentionDryRun(config: Config, log: Log): Promise<WouldDelete> {
  const { archive, auditTrail, ping, close } = await openStoreUnchanged(config, log);
  try {
    const now = Math.floor(await ping());
    const { sessionsMs, auditMs } = config.keep;
    return { ...(await archive.expired(now - sessionsMs)), auditEntries: await auditTrail.countAudit(now - auditMs) };
  } finally {
    await close();
  }
}
