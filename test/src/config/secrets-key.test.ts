import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConfigError, readConfig } from '#src/config/config.ts';
import { resolveSecretsKeys } from '#src/config/secrets-key.ts';

const [NEW, OLD] = ['n'.repeat(32), 'o'.repeat(40)];
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'statechat-key-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const keysOf = async (settings: Readonly<Record<string, string>>, dataDir?: string): Promise<string[]> =>
  (await resolveSecretsKeys(readConfig(settings).secretsKeys, dataDir)).map((key) => key.reveal());

test('the keys are those of the setting, in its order', async () => {
  expect(await keysOf({ STATECHAT_SECRETS_KEY: `${NEW}, ${OLD}` }, folder)).toEqual([NEW, OLD]);
  expect(() => readConfig({ STATECHAT_SECRETS_KEY: `${NEW},short` })).toThrow(ConfigError);
  expect(() => readConfig({ STATECHAT_SECRETS_KEY: `${NEW},short` })).not.toThrow(/short|nnnn/);
});

test('the embedded database has one in the data folder, which stays the same', async () => {
  const [first, ...others] = await keysOf({}, folder);
  expect(others).toEqual([]);
  expect(await keysOf({}, folder)).toEqual([first]);
  const file = join(folder, 'secrets-key');
  expect((await readFile(file, 'utf8')).trim()).toBe(first);
  expect((await stat(file)).mode & 0o077).toBe(0);
  await writeFile(file, '\n');
  await expect(keysOf({}, folder)).rejects.toMatchObject({ code: 'invalid_config' });
});

test('a store elsewhere has none without the setting', async () => {
  expect(await keysOf({})).toEqual([]);
});
