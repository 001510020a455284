import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** One PostgreSQL cluster for the whole run, a database a file: started and stopped here. */
const cluster = './test/postgres-cluster.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    // A process a file: what one file leaves behind is seen, and no other file suffers from it.
    pool: 'forks',
    maxWorkers: '100%',
    globalSetup: existsSync(new URL(cluster, import.meta.url)) ? [cluster] : [],
    setupFiles: ['./test/leaks.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    reporters: ['default'],
  },
});
