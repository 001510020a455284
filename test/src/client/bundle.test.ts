/** What a browser loads of the client. */
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { expect, test } from 'vitest';

test('is small, and has nothing of the server in it', async () => {
  const entry = fileURLToPath(new URL('../../../src/client/index.ts', import.meta.url));
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    build: { write: false, minify: true, target: 'es2023', lib: { entry, formats: ['es'], fileName: 'client' } },
  });
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((one) => ('output' in one ? one.output : []));
  const chunks = outputs.flatMap((one) => (one.type === 'chunk' ? [one] : []));
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
