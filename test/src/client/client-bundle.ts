/** The client as a bundler makes it for a browser. */
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ENTRY = fileURLToPath(new URL('../../../src/client/index.ts', import.meta.url));

export async function clientChunks() {
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    build: { write: false, minify: true, target: 'es2023', lib: { entry: ENTRY, formats: ['es'], fileName: 'client' } },
  });
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((one) => ('output' in one ? one.output : []));
  return outputs.flatMap((one) => (one.type === 'chunk' ? [one] : []));
}
