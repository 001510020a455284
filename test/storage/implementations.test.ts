import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const storage = new URL('../../storage/', import.meta.url);

test('every store runs the contract', () => {
  const stores = readdirSync(storage, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(new URL(`${entry.name}/adapter.ts`, storage)))
    .map(({ name }) => name);
  expect(stores).toContain('memory');
  expect(stores).toContain('postgres');
  for (const store of stores) {
    const path = new URL(`${store}.test.ts`, import.meta.url);
    expect(existsSync(path), `test/storage/${store}.test.ts is missing`).toBe(true);
    expect(readFileSync(path, 'utf8')).toMatch(new RegExp(`describeStore\\(\\s*'${store}'`));
  }
});
