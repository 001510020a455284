/** How this instance and the others on its store tell each other things in passing. */
import { type Exchange, noExchange } from '#storage/exchange.ts';
import { createPostgresExchange } from '#storage/postgres/exchange.ts';
import { createRedisExchange } from '#storage/redis/exchange.ts';
import type { Config } from './config.ts';
import type { Log } from './telemetry/log.ts';

/** Redis where there is one, else the shared PostgreSQL. An instance that is alone on its store has nobody to tell. */
export function openExchange({ storage, redis }: Pick<Config, 'storage' | 'redis'>, log: Log): Exchange {
  if (storage.type === 'memory' || storage.type === 'embedded') return noExchange;
  if (redis === undefined) {
    if (storage.type !== 'postgres') return noExchange;
    return createPostgresExchange({
      connectionString: storage.url.reveal(),
      onConnectionLost: (error) => log.warn({ error }, 'lost the connection on which the other instances are heard; it is made anew'),
    });
  }
  return createRedisExchange({
    url: redis.url.reveal(),
    budgetMs: redis.budgetMs,
    onSkipping: (skipping, error) =>
      skipping
        ? log.warn({ error }, 'Redis does not answer in time: the other instances are not told of what happens here until it does')
        : log.info({}, 'the other instances are told again'),
  });
}
