/**
 * Connection for everything that is fast and may be lost, such as hot copies, live text, messages
 * and counts. A Redis that hangs costs its budget once, for one caller. From then on all callers
 * skip it until a probe is answered (breaker.ts). A Redis with full memory refuses writes, and is
 * used for everything else.
 */
import { type Connection, connect, type RedisOptions } from '#storage/redis/connection.ts';
import { isRefusal } from '#storage/redis/unavailable.ts';
import { Breaker } from '#storage/tiered/breaker.ts';

export interface BudgetedRedisOptions extends Pick<RedisOptions, 'url' | 'onConnectionLost'> {
  /**
   * Time that a call to Redis may take before Redis is skipped, in milliseconds. Default 50, while
   * it answers in one.
   */
  readonly budgetMs?: number;
  /** Redis is skipped from now on, with the reason, or used again. */
  readonly onSkipping?: (skipping: boolean, cause: unknown) => void;
  /** Called when Redis answered and refused something, once a minute at most. */
  readonly onRefused?: (error: unknown) => void;
}

export interface BudgetedRedis {
  /** Client for a caller that needs a connection of its own, for a subscription. */
  readonly url: string;
  /** It is not used for the time being. */
  readonly skipped: boolean;
  /** Result of `use`. Undefined if Redis was skipped or failed. Never rejects. */
  ask<T>(use: (redis: Pick<Connection, 'call' | 'callBytes' | 'run'>) => Promise<T>): Promise<T | undefined>;
  close(): Promise<void>;
}

/** Silence after which the connection itself is suspected and replaced, in milliseconds. */
const SILENCE_MS = 2_000;
/** Interval of reports about refusals, in milliseconds. A full Redis refuses with every turn. */
const REPORT_MS = 60_000;

export function openBudgetedRedis(options: BudgetedRedisOptions): BudgetedRedis {
  const { budgetMs = 50, onSkipping = () => {}, onRefused = () => {}, ...connection } = options;
  const redis = connect({ ...connection, commandTimeoutMs: budgetMs, silenceMs: SILENCE_MS });
  let reportedAt = Number.NEGATIVE_INFINITY;
  const breaker = new Breaker({
    probe: () => redis.call('ping'),
    onChange: onSkipping,
    isRefusal,
    onRefused: (error) => {
      if (performance.now() - reportedAt < REPORT_MS) return;
      reportedAt = performance.now();
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
