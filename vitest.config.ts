import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    // A process a file: what one file leaves behind is seen, and no other file suffers from it.
    pool: 'forks',
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    // What one process has compiled the next one finds, here and in the programs that tests start: it halves a start.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/compiled') },
    // One PostgreSQL for the whole run, a database a file; the web pages as they are now.
    globalSetup: ['./test/postgres-cluster.ts', './test/built-pages.ts'],
    setupFiles: ['./test/leaks.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    reporters: ['default'],
  },
});
