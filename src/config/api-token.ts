import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { StatechatError } from '#machines/errors.ts';
import { Secret } from '#machines/secret.ts';
import { keepNew, makeDataFolder, readKept } from '#storage/data-folder.ts';

export interface ApiToken {
  readonly secret: Secret;
  /** The file that it was read from or written to. Undefined if it came from the configuration. */
  readonly file: string | undefined;
}

/** What a token has, from the configuration or from its file. */
export const TOKEN = /^\S{16,}$/;

/**
 * The token of the HTTP API. Where none is configured, the first start makes one and writes it into
 * the data folder, readable by this user only, so that a person can take a conversation over
 * without configuring anything. Throws `invalid_token` for a file that holds none, because with it
 * every call of the API would be refused, or a guess would be let in.
 */
export async function resolveApiToken(configured: Secret | undefined, dataDir: string): Promise<ApiToken> {
  if (configured) return { secret: configured, file: undefined };
  const file = join(dataDir, 'api-token');
  await makeDataFolder(dataDir);
  const kept = (await readKept(file)) ?? (await keepNew(file, `${randomBytes(24).toString('base64url')}\n`));
  const token = kept.trim();
  if (!TOKEN.test(token)) {
    const fix = 'Delete it, and the next start makes a new one, or set STATECHAT_API_TOKEN.';
    throw new StatechatError('invalid_token', `${file} does not hold a token of at least 16 characters without spaces. ${fix}`, {
      facts: { file },
    });
  }
  return { secret: new Secret(token), file };
}
