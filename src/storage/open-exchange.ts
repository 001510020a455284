/** How this instance and the others on its store tell each other things in passing. */
import { type Exchange, noExchange } from '#storage/exchange.ts';
import { createPostgresExchange } from '#storage/postgres/exchange.ts';
import { type BudgetedRedis, openBudgetedRedis } from '#storage/redis/budgeted.ts';
import { createRedisExchange } from '#storage/redis/exchange.ts';
import type { Config } from '../config/config.ts';
import type { Log } from '../telemetry/log.ts';

/** What of Redis is fast and may be lost, for all who use it; undefined where there is none, or nobody to share it with. */
export function openRedis({ storage, redis }: Pick<Config, 'storage' | 'redis'>, log: Log): BudgetedRedis | undefined {
  if (redis === undefined || storage.type === 'memory') return undefined;
  return openBudgetedRedis({
    url: redis.url.reveal(),
    budgetMs: redis.budgetMs,
    onSkipping: (skipping, error) =>
      skipping ? log.warn({ error }, 'Redis does not answer in time: it is skipped until it does') : log.info({}, 'Redis answers again'),
    onRefused: (error) =>
      log.warn({ error }, 'Redis refuses some of what it is asked (told once a minute); statechat doctor looks at its settings'),
  });
}

/** Over Redis where there is one, else over the shared PostgreSQL. An instance that is alone on its store has nobody to tell. */
export function openExchange({ storage }: Pick<Config, 'storage'>, redis: BudgetedRedis | undefined, log: Log): Exchange {
  if (storage.type === 'memory' || storage.type === 'embedded') return noExchange;
  if (redis !== undefined) return createRedisExchange({ redis });
  if (storage.type !== 'postgres') return noExchange;
  return createPostgresExchange({
    connectionString: storage.url.reveal(),
    onConnectionLost: (error) => log.warn({ error }, 'lost the connection on which the other instances are heard; it is made anew'),
  });
}
