import { expect, test } from 'vitest';
import { testFiles } from './fast-tests.ts';

test('a test with a database, a process, a browser or the whole program is slow, also through what it imports', () => {
  const { fast, slow } = testFiles();
  expect(fast).toContain('test/fast-tests.test.ts');
  expect(fast).toContain('test/storage/memory.test.ts');
  for (const file of ['storage/postgres', 'storage/redis', 'console/chat', 'docs', 'src/gateway/gateway'])
    expect(slow).toContain(`test/${file}.test.ts`);
  expect(slow.filter((file) => fast.includes(file))).toEqual([]);
});
