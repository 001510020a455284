/**
 * One real PostgreSQL for the whole run, started before the first test file and stopped after the
 * last. It does not wait for the disk, because tests of durability start their own.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '#storage/embedded/start.ts';
import { createTemplate } from '#test/postgres-databases.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where test/postgres-server.ts makes its databases, and where it notes those that it kept. */
    postgres: { readonly connectionString: string; readonly keptFolder: string };
  }
}

export const FAST = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
  autovacuum_naptime: '10',
} as const;

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'statechat-test-'));
  const keptFolder = await mkdtemp(join(dataDir, 'kept-'));
  const server = await startEmbeddedPostgres({ dataDir, settings: FAST, log: () => {} });
  await createTemplate(server.connectionString);
  project.provide('postgres', { connectionString: server.connectionString, keptFolder });
  return async () => {
    await server.stop();
    const kept = await readdir(keptFolder);
    if (kept.length === 0) await rm(dataDir, { recursive: true, force: true });
    else
      process.stderr.write(
        `Databases of failed test files (${kept.join(', ')}) are kept in ${dataDir}: start it with startEmbeddedPostgres({ dataDir }).\n`,
      );
  };
}
