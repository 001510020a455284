import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { testFiles } from './test/fast-tests.ts';
import { LongestFirst } from './test/longest-first.ts';
import { PATIENCE_MS } from './test/patience.ts';

const { fast, slow } = testFiles();

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    // A process finds what another one has compiled, here and in the programs that tests start.
    // It halves a start.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/compiled') },
    setupFiles: ['./test/leaks.ts', './test/wait-patiently.ts'],
    expect: { poll: { timeout: PATIENCE_MS } },
    // Only a hang reaches them. A slow machine takes five times as long for a test as a usual one.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    teardownTimeout: 20_000,
    unstubEnvs: true,
    unstubGlobals: true,
    reporters: ['default'],
    projects: [
      // One process a processor loads what the files share once. See docs/decisions/0070.
      { extends: true, test: { name: 'fast', include: [...fast], isolate: false } },
      {
        extends: true,
        test: {
          // A process a file. No file suffers from what another one leaves behind.
          name: 'slow',
          include: [...slow],
          // One PostgreSQL for the whole run, a database a file. The current web pages.
          globalSetup: ['./test/postgres-cluster.ts', './test/built-pages.ts'],
        },
      },
    ],
  },
});
