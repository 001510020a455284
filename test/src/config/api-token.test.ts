import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '#machines/secret.ts';
import { resolveApiToken } from '#src/config/api-token.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'api-token-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the token of the API', () => {
  test('is the configured one, and then no file is made', async () => {
    const configured = new Secret('configured-token');
    expect(await resolveApiToken(configured, folder)).toEqual({ secret: configured, file: undefined });
    expect(await readdir(folder)).toEqual([]);
  });

  test('is made by the first start, and is the same for all starts at once and later', async () => {
    const starts = await Promise.all(Array.from({ length: 10 }, () => resolveApiToken(undefined, join(folder, 'new'))));
    const later = await resolveApiToken(undefined, join(folder, 'new'));
    const tokens = new Set([...starts, later].map(({ secret }) => secret.reveal()));
    expect([...tokens]).toEqual([(await readFile(join(folder, 'new', 'api-token'), 'utf8')).trim()]);
    expect([...tokens][0]).toMatch(/^\S{32}$/);
  });

  test.each([
    ['empty', ''],
    ['one character', 'x\n'],
    ['of 15 characters', 'fifteen-letters'],
    ['two words', 'sixteen-letters- and-more'],
  ])('is refused if its file is %s, and the file to delete is named', async (_, text) => {
    const file = join(folder, 'api-token');
    await writeFile(file, text);
    await expect(resolveApiToken(undefined, folder)).rejects.toMatchObject({
      code: 'invalid_token',
      message: `${file} does not hold a token of at least 16 characters without spaces. Delete it, and the next start makes a new one, or set STATECHAT_API_TOKEN.`,
    });
    expect(await readFile(file, 'utf8')).toBe(text);
  });
});
