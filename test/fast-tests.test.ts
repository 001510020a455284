import { expect, test } from 'vitest';
import { testFiles } from './fast-tests.ts';

test('a test with a database, a process or a browser is slow, also through what it imports', () => {
  const { fast, slow } = testFiles();
  expect(fast).toContain('test/fast-tests.test.ts');
  expect(fast).toContain('test/storage/memory.test.ts');
  for (const file of ['test/storage/postgres.test.ts', 'test/storage/redis.test.ts', 'test/console/chat.test.ts', 'test/docs.test.ts'])
    expect(slow).toContain(file);
  expect(slow.filter((file) => fast.includes(file))).toEqual([]);
});
