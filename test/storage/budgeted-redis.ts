import { afterEach } from 'vitest';
import { type BudgetedRedis, type BudgetedRedisOptions, openBudgetedRedis } from '#storage/redis/budgeted.ts';

/** Opens connections that are closed after each test. Call it at the top of a file. */
export function budgetedRedis(): (options: BudgetedRedisOptions) => BudgetedRedis {
  const opened: BudgetedRedis[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((redis) => redis.close()));
  });
  return (options) => {
    const redis = openBudgetedRedis(options);
    opened.push(redis);
    return redis;
  };
}
