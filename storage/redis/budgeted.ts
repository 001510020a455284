/**
 * One connection for all that is fast and may be lost: hot copies, live text, notices, counts. A Redis that hangs costs
 * its budget once, whoever met it first; from then on everybody skips it until a probe was answered (breaker.ts).
 */
import { type Connection, connect, type RedisOptions } from '#storage/redis/connection.ts';
import { Breaker } from '#storage/tiered/breaker.ts';

export interface BudgetedRedisOptions extends Pick<RedisOptions, 'url' | 'onConnectionLost'> {
  /** What Redis may cost whoever asks, in milliseconds, before it is skipped. Default 50; it answers in one. */
  readonly budgetMs?: number;
  /** Redis is skipped from now on, with the reason why, or asked again. */
  readonly onSkipping?: (skipping: boolean, cause: unknown) => void;
}

export interface BudgetedRedis {
  /** For who needs a connection of his own: a subscription. */
  readonly url: string;
  /** It is not asked for the time being. */
  readonly skipped: boolean;
  /** What `use` resolves to; undefined when Redis was skipped or failed. Never rejects. */
  ask<T>(use: (redis: Pick<Connection, 'call' | 'callBytes' | 'run'>) => Promise<T>): Promise<T | undefined>;
  close(): Promise<void>;
}

/** Without a word for so long the connection itself is suspected, and made anew, in milliseconds. */
const SILENCE_MS = 2_000;

export function openBudgetedRedis({ budgetMs = 50, onSkipping = () => {}, ...options }: BudgetedRedisOptions): BudgetedRedis {
  const redis = connect({ ...options, commandTimeoutMs: budgetMs, silenceMs: SILENCE_MS });
  const breaker = new Breaker({ probe: () => redis.call('ping'), onChange: onSkipping });
  return {
    url: options.url,
    get skipped() {
      return breaker.open;
    },
    ask: (use) => breaker.run(() => use(redis)),
    close: async () => {
      breaker.close();
      await redis.close();
    },
  };
}
