import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { StatechatError } from '#machines/errors.ts';
import { Secret } from '#machines/secret.ts';
import { keepNew, makeDataFolder, readKept } from '#storage/data-folder.ts';

/** What a key has, from the configuration or from its file. */
export const SECRETS_KEY = /^\S{32,}$/;

/**
 * The keys that seal secrets in the store, the current one first. Where none is configured and the
 * database is in the data folder, the first start makes one and writes it beside the database. An
 * instance of a store that several machines share has no file that the others have too, so without
 * a setting nothing is sealed there. Throws `invalid_config` for a file that holds no key.
 * @param dataDir - Undefined if the database is elsewhere.
 */
export async function resolveSecretsKeys(configured: readonly Secret[], dataDir: string | undefined): Promise<readonly Secret[]> {
  if (configured.length > 0 || dataDir === undefined) return configured;
  const file = join(dataDir, 'secrets-key');
  await makeDataFolder(dataDir);
  const kept = (await readKept(file)) ?? (await keepNew(file, `${randomBytes(32).toString('base64url')}\n`));
  const key = kept.trim();
  if (SECRETS_KEY.test(key)) return [new Secret(key)];
  throw new StatechatError('invalid_config', `${file} does not hold a key of at least 32 characters. Restore it from a backup.`, {
    facts: { file },
  });
}
