import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '#machines/secret.ts';

export interface ApiToken {
  readonly secret: Secret;
  /** The file that it was read from or written to. Undefined if it came from the configuration. */
  readonly file: string | undefined;
}

/**
 * The token of the HTTP API. Where none is configured, the first start makes one and writes it into
 * the data folder, readable by this user only, so that a person can take a conversation over
 * without configuring anything.
 */
export async function resolveApiToken(configured: Secret | undefined, dataDir: string): Promise<ApiToken> {
  if (configured) return { secret: configured, file: undefined };
  const file = join(dataDir, 'api-token');
  await mkdir(dataDir, { recursive: true });
  const token = randomBytes(24).toString('base64url');
  try {
    await writeFile(file, `${token}\n`, { mode: 0o600, flag: 'wx' });
    return { secret: new Secret(token), file };
  } catch (error) {
    if (Reflect.get(Object(error), 'code') !== 'EEXIST') throw error;
    return { secret: new Secret((await readFile(file, 'utf8')).trim()), file };
  }
}
