import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DATABASE, postmasterFile, USER } from '#storage/embedded/cluster.ts';

/**
 * Connection string of the PostgreSQL that a running app keeps in this data folder, for a command
 * beside it. Undefined if none is ready there.
 */
export async function joinEmbeddedPostgres(dataDir: string): Promise<string | undefined> {
  const folder = resolve(dataDir);
  const [, , , port, , , , status] = await postmasterFile(join(folder, 'postgres'));
  const password = await readFile(join(folder, 'postgres.password'), 'utf8').catch(() => undefined);
  if (status?.trim() !== 'ready' || password === undefined) return undefined;
  return `postgres://${USER}:${password}@127.0.0.1:${Number(port)}/${DATABASE}`;
}
