import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    // A process a file: what one file leaves behind is seen, and no other file suffers from it.
    pool: 'forks',
    maxWorkers: '100%',
    // One PostgreSQL for the whole run, a database a file.
    globalSetup: ['./test/postgres-cluster.ts'],
    setupFiles: ['./test/leaks.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    reporters: ['default'],
  },
});
