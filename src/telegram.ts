/** Telegram as the configuration names it, alone or as one of several instances that share a bot. */

import type { DeadLetter } from '#channels/port.ts';
import { type TelegramAdapter, type TelegramOptions, telegramAdapter, WEBHOOK_PATH } from '#channels/telegram/adapter.ts';
import type { SharedLimits } from '#storage/redis/limits.ts';
import { leaderLease } from './cluster/leader-lease.ts';
import { sharedQuota } from './cluster/shared-rate-limits.ts';
import type { Config } from './config/config.ts';
import type { Log } from './telemetry/log.ts';

export function createTelegram(
  { telegram, http: { publicUrl } }: Config,
  log: Log,
  deadLetter: DeadLetter,
  options: Partial<TelegramOptions> = {},
): TelegramAdapter | undefined {
  if (!telegram) return undefined;
  const { token, apiRoot, webhookSecret } = telegram;
  const webhook = telegram.mode === 'webhook' && webhookSecret && publicUrl !== undefined;
  return telegramAdapter({
    ...options,
    token: token.reveal(),
    apiRoot,
    log: log.child({ channel: 'telegram' }),
    mode: webhook ? { type: 'webhook', url: `${publicUrl}${WEBHOOK_PATH}`, secret: webhookSecret.reveal() } : { type: 'polling' },
    deadLetter,
  });
}

export interface SharedTelegramParts {
  /** Takes or keeps a lease for `ms` milliseconds, 0 gives it back. Resolves to false if it is another instance's. */
  readonly lease: (name: string, ms: number) => Promise<boolean>;
  /** How long an instance that died is still taken for the one that polls, in milliseconds. */
  readonly leaseMs: number;
  /** Where all instances count what they send. Undefined: each counts for itself. */
  readonly counts: SharedLimits | undefined;
  readonly instances: () => number;
}

/** What is done by one of all instances, and what is counted by all of them. */
export function sharedTelegram(
  { telegram }: Config,
  log: Log,
  { lease, leaseMs, counts, instances }: SharedTelegramParts,
): Pick<TelegramOptions, 'leaderLease' | 'quota'> {
  // A token begins with the bot's id, which is no secret.
  const bot = telegram?.token.reveal().split(':')[0];
  return {
    quota: sharedQuota(counts, `telegram:${bot}`, instances),
    // Telegram answers one asker at a time.
    leaderLease: leaderLease({
      lease: (ms) => lease(`telegram.polling.${bot}`, ms),
      leaseMs,
      onChange: (mine) => log.info({ channel: 'telegram' }, mine ? 'this instance polls' : 'this instance polls no longer'),
      onError: (error) => log.warn({ error }, 'whose turn it is to poll cannot be asked now'),
    }),
  };
}
