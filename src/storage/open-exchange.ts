/** How this instance and the others on its store notify each other. */
import { type Exchange, noExchange } from '#storage/exchange.ts';
import type { Store } from '#storage/port.ts';
import { createPostgresExchange } from '#storage/postgres/exchange.ts';
import { type BudgetedRedis, openBudgetedRedis } from '#storage/redis/budgeted.ts';
import { createRedisExchange } from '#storage/redis/exchange.ts';
import type { Config } from '../config/config.ts';
import type { Log } from '../telemetry/log.ts';

const NO_MESSAGES =
  'a pooler between here and PostgreSQL passes no notices on, so what another instance commits shows up to a second later; set REDIS_URL, or let DATABASE_URL name PostgreSQL itself';

/**
 * The Redis that holds what is fast and may be lost. Undefined where none is configured, and where
 * no other instance can share the store.
 * @param given the store in place of the configured one, if there is one.
 */
export function openRedis(
  { storage, redis }: Pick<Config, 'storage' | 'redis'>,
  log: Log,
  given?: Pick<Store, 'capabilities'>,
): BudgetedRedis | undefined {
  if (redis === undefined || !(given?.capabilities.shared ?? storage.type !== 'memory')) return undefined;
  return openBudgetedRedis({
    url: redis.url.reveal(),
    budgetMs: redis.budgetMs,
    onSkipping: (skipping, error) =>
      skipping ? log.warn({ error }, 'Redis does not answer in time and is skipped until it does') : log.info({}, 'Redis answers again'),
    onRefused: (error) => log.warn({ error }, 'Redis refuses some commands (logged once a minute). statechat doctor checks its settings'),
  });
}

/**
 * Over Redis if there is one, else over the PostgreSQL that the configuration names. An instance
 * that is alone on its store notifies none.
 * @param given the store in place of the configured one, if there is one.
 */
export function openExchange(
  { storage }: Pick<Config, 'storage'>,
  redis: BudgetedRedis | undefined,
  log: Log,
  given?: Pick<Store, 'capabilities'>,
): Exchange {
  if (given === undefined && (storage.type === 'memory' || storage.type === 'embedded')) return noExchange;
  if (redis !== undefined) return createRedisExchange({ redis });
  if (given !== undefined || storage.type !== 'postgres') return noExchange;
  return createPostgresExchange({
    connectionString: storage.url.reveal(),
    onConnectionLost: (error) => log.warn({ error }, 'lost the connection for messages of other instances and reconnects'),
    onNoMessages: () => log.warn({}, NO_MESSAGES),
  });
}
