/** What a browser loads of the client. */
import { expect, test } from 'vitest';
import { clientChunks } from './client-bundle.ts';

test('is small, and has nothing of the server in it', async () => {
  const chunks = await clientChunks();
  expect(chunks).toHaveLength(1);
  const [chunk] = chunks;
  expect(
    Object.keys(chunk?.modules ?? {})
      .map((path) => path.split('/').slice(-3).join('/'))
      .toSorted(),
  ).toEqual(['src/client/client.ts', 'src/client/index.ts', 'src/client/problem.ts', 'src/client/send.ts', 'src/client/wire.ts']);
  expect([chunk?.imports, chunk?.dynamicImports]).toEqual([[], []]);
  expect(chunk?.code.length).toBeLessThan(12_000);
});
