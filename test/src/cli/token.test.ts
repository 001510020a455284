import { afterEach, expect, test } from 'vitest';
import { apiTokensOver } from '#src/api-tokens/api-tokens.ts';
import { token } from '#src/cli/token.ts';
import { readConfig } from '#src/config/config.ts';
import { openStore } from '#src/storage/open-store.ts';
import { createLog } from '#src/telemetry/log.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { randomPart } from '../api-tokens/random-part.ts';

const log = createLog({ level: 'silent' });
const database = await createTestDatabase();
const config = readConfig({ DATABASE_URL: database.connectionString });

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

test('makes a token that the running program takes, lists, rotates and revokes it', async () => {
  const opened = await openStore(config, log);
  cleanups.push(() => opened.close());
  const running = apiTokensOver({ tokens: opened.apiTokens, now: Date.now });
  const run = (request: Parameters<typeof token>[2]) => token(config, log, request);

  const secret = (await run({ verb: 'create', name: 'Reports', scopes: ['sessions:read'], limit: 9 })).at(-1) ?? '';
  const caller = await running.caller(secret);
  expect(caller).toMatchObject({ scopes: new Set(['sessions:read']), token: { requestsPerMinute: 9 } });
  const id = caller?.token?.id ?? '';
  expect((await run({ verb: 'list' })).join('\n')).toMatch(new RegExp(`^${id} {2}Reports {2}until .* never used {2}sessions:read$`));

  const next = (await run({ verb: 'rotate', id, grace: 5 })).at(-1) ?? '';
  expect(await running.caller(secret)).toBeDefined();
  expect(await running.caller(next)).toBeDefined();
  await run({ verb: 'revoke', id });
  expect(await running.caller(next)).toBeUndefined();
  await expect(run({ verb: 'revoke', id })).rejects.toThrow(`There is no token "${id}"`);
  await expect(run({ verb: 'rotate', id })).rejects.toThrow(`There is no token "${id}"`);

  const { items } = await opened.auditTrail.audit({ effect: 'write' }, 10);
  expect(items.map(({ operation, target }) => [operation, target])).toEqual([
    ['tokens.revoke', id],
    ['tokens.rotate', id],
    ['tokens.create', id],
  ]);
  expect(JSON.stringify(items)).not.toContain(randomPart(next));
});

test('says where the tokens are when the store is in the memory of the program', async () => {
  const memory = readConfig({ SESSION_STORAGE_TYPE: 'memory' });
  await expect(token(memory, log, { verb: 'list' })).rejects.toThrow('POST /api/tokens');
});
