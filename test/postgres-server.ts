import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, inject, type RunnerTask } from 'vitest';
import { createDatabase, dropDatabase } from '#test/postgres-databases.ts';

/**
 * A database of this test file's own, on the run's PostgreSQL: migrated, empty, dropped after the file; kept, and named at
 * the end of the run, when a test of the file failed. Call it at the top of the file or in `beforeAll`, not inside a test.
 */
export async function createTestDatabase(): Promise<{ readonly connectionString: string }> {
  const { connectionString, keptFolder } = inject('postgres');
  const database = await createDatabase(connectionString);
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
