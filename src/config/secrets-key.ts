import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Secret } from '#machines/secret.ts';
import { keepNew, makeDataFolder, readKept } from '#storage/data-folder.ts';
import type { Config } from './config.ts';

/**
 * The keys that seal secrets in the store, the current one first. Where none is configured and the
 * database is in the data folder, the first start makes one and writes it beside the database. An
 * instance of a store that several machines share has no file that the others have too, so without
 * a setting nothing is sealed there.
 */
export async function resolveSecretsKeys({
  secretsKeys,
  storage,
  dataDir,
}: Pick<Config, 'secretsKeys' | 'storage' | 'dataDir'>): Promise<readonly Secret[]> {
  if (secretsKeys.length > 0 || storage.type !== 'embedded') return secretsKeys;
  const file = join(dataDir, 'secrets-key');
  await makeDataFolder(dataDir);
  const kept = (await readKept(file)) ?? (await keepNew(file, `${randomBytes(32).toString('base64url')}\n`));
  return [new Secret(kept.trim())];
}
