/**
 * One connection for all that is fast and may be lost: hot copies, live text, notices, counts. A Redis that hangs costs
 * its budget once, whoever met it first; from then on everybody skips it until a probe was answered (breaker.ts). One whose
 * memory is full refuses what would be written, and is used for all else.
 */
import { type Connection, connect, type RedisOptions } from '#storage/redis/connection.ts';
import { isRefusal } from '#storage/redis/unavailable.ts';
import { Breaker } from '#storage/tiered/breaker.ts';

export interface BudgetedRedisOptions extends Pick<RedisOptions, 'url' | 'onConnectionLost'> {
  /** What Redis may cost whoever asks, in milliseconds, before it is skipped. Default 50; it answers in one. */
  readonly budgetMs?: number;
  /** Redis is skipped from now on, with the reason why, or asked again. */
  readonly onSkipping?: (skipping: boolean, cause: unknown) => void;
  /** Redis answered, and refused something: told once a minute, however often it does. */
  readonly onRefused?: (error: unknown) => void;
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
/** Between two times that refusals are told of, in milliseconds: a Redis that is full refuses with every turn. */
const TOLD_MS = 60_000;

export function openBudgetedRedis(options: BudgetedRedisOptions): BudgetedRedis {
  const { budgetMs = 50, onSkipping = () => {}, onRefused = () => {}, ...connection } = options;
  const redis = connect({ ...connection, commandTimeoutMs: budgetMs, silenceMs: SILENCE_MS });
  let toldAt = Number.NEGATIVE_INFINITY;
  const breaker = new Breaker({
    probe: () => redis.call('ping'),
    onChange: onSkipping,
    isRefusal,
    onRefused: (error) => {
      if (performance.now() - toldAt < TOLD_MS) return;
      toldAt = performance.now();
      onRefused(error);
    },
  });
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
