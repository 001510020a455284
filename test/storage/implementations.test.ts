import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readConfig } from '#src/config/config.ts';

const storage = new URL('../../storage/', import.meta.url);

test('every store runs the contract', () => {
  const stores = readdirSync(storage, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(new URL(`${entry.name}/adapter.ts`, storage)))
    .map(({ name }) => name);
  expect(stores.toSorted()).toEqual(['memory', 'postgres', 'redis', 'tiered']);
  for (const store of stores) {
    const path = new URL(`${store}.test.ts`, import.meta.url);
    expect(existsSync(path), `test/storage/${store}.test.ts is missing`).toBe(true);
    expect(readFileSync(path, 'utf8')).toMatch(new RegExp(`describeStore\\(\\s*'${store}'`));
  }
});

test('every way to run Redis is tried, and every value of SESSION_STORAGE_TYPE is a store', () => {
  const contract = readFileSync(new URL('redis-cluster.test.ts', import.meta.url), 'utf8');
  expect(contract).toMatch(/describeStore\(\s*'redis on a six-node Cluster'/);
  for (const mode of ['redis', 'redis-cluster', 'redis-sentinel'])
    expect(existsSync(new URL(`${mode}.test.ts`, import.meta.url))).toBe(true);
  for (const type of ['memory', 'postgres', 'redis']) {
    const config = readConfig({ SESSION_STORAGE_TYPE: type, DATABASE_URL: 'postgres://x/y', REDIS_URL: 'redis://x' });
    expect(config.storage.type).toBe(type);
  }
  const given = () => readConfig({ SESSION_STORAGE_TYPE: 'unknown' });
  // A new value belongs into the list above, with a store that runs the contract.
  expect(given).toThrow(/expected postgres, redis or memory\./);
});
