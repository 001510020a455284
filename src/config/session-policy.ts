import type { PolicySettings } from '#machines/session/policy.ts';
import type { Config } from './config.ts';

/** The settings of sessions in the units of the session machine's policy. */
export function sessionPolicy({ idleAfterMs, closeAfterMs, maxMessages }: Config['sessions']): PolicySettings {
  return { idleMinutes: idleAfterMs / 60_000, expiryHours: closeAfterMs / 3_600_000, maxMessageHistory: maxMessages };
}
