import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, inject, type RunnerTask } from 'vitest';
import { createDatabase, dropDatabase } from '#test/postgres-databases.ts';

/**
 * A database for one test file, on the PostgreSQL of the whole test run. It is migrated and has no
 * rows. With `empty: true` it has no tables either. It is dropped after the file. If a test of the
 * file failed, it is kept, and the end of the run prints its name. Call this at the top of the file
 * or in `beforeAll`, not inside a test.
 */
export async function createTestDatabase(options: { readonly empty?: boolean } = {}): Promise<{ readonly connectionString: string }> {
  const { connectionString, keptFolder } = inject('postgres');
  const database = await createDatabase(connectionString, options);
  // biome-ignore lint/correctness/noEmptyPattern: vitest insists on a pattern here
  afterAll(async ({}, suite) => {
    if (failed(suite.file)) await writeFile(join(keptFolder, database.name), suite.file.name);
    else await dropDatabase(connectionString, database.name);
  });
  return { connectionString: database.connectionString };
}

function failed(task: RunnerTask): boolean {
  return task.result?.state === 'fail' || ('tasks' in task && task.tasks.some(failed));
}
