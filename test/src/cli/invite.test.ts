import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { createPasswords } from '#src/agents/passwords.ts';
import { SignInService } from '#src/agents/sign-in.ts';
import { signInAudit } from '#src/agents/sign-in-audit.ts';
import { agentTokens } from '#src/agents/tokens.ts';
import { invite } from '#src/cli/invite.ts';
import { type Config, readConfig } from '#src/config/config.ts';
import { openStore } from '#src/storage/open-store.ts';
import { createLog } from '#src/telemetry/log.ts';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import { createTestDatabase } from '#test/postgres-server.ts';

const log = createLog({ level: 'silent' });
const device = { name: 'a test', network: '127.0.0.1' };
const acceptance = { login: 'amira', name: 'Amira', password: 'correct horse battery' };

const database = await createTestDatabase();
const empty = await createTestDatabase({ empty: true });

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function configOf(more: Record<string, string> = {}): Config {
  return readConfig({ DATABASE_URL: database.connectionString, ...more });
}

/** What a running program has of its store. */
async function running(config: Config): Promise<{ readonly opened: StoreLifecycle; readonly service: SignInService }> {
  const opened = await openStore(config, log);
  cleanups.push(() => opened.close());
  const audit = signInAudit(() => undefined, Date.now);
  const parts = { agents: opened.agents, signIns: opened.signIns, passwords: createPasswords(), audit, now: Date.now };
  return { opened, service: new SignInService({ ...parts, ...agentTokens({ stored: 'x'.repeat(32), apart: undefined }, Date.now) }) };
}

function tokenOf(link: string): string {
  return new URL(link).hash.replace('#invitation=', '');
}

test('prints a link below the public URL that makes an account once, and leads back to it later', async () => {
  const config = configOf({ STATECHAT_PUBLIC_URL: 'https://chat.example.com', STATECHAT_TRUSTED_PROXIES: '1' });
  const { service, opened } = await running(config);
  const first = await invite(config, log, { role: 'admin', login: undefined });
  expect(first).toMatchObject({ role: 'admin', account: undefined });
  expect(first.link).toMatch(/^https:\/\/chat\.example\.com\/console#invitation=[\w-]{43}$/);
  const made = await service.accept(tokenOf(first.link), acceptance, device);
  expect(made).toMatchObject({ account: { login: 'amira', role: 'admin' } });
  expect(await service.accept(tokenOf(first.link), { ...acceptance, login: 'eve' }, device)).toBe('no invitation');

  // There is an agent now, and the next link serves all the same.
  const second = await invite(config, log, { role: 'agent', login: undefined });
  expect(await service.invitation(tokenOf(second.link))).toMatchObject({ account: undefined, invitation: { role: 'agent' } });

  const lost = await invite(config, log, { role: 'agent', login: ' AMIRA' });
  expect(lost).toMatchObject({ role: 'admin', account: 'amira' });
  await service.accept(tokenOf(lost.link), { ...acceptance, password: 'another horse battery' }, device);
  expect(await service.signIn('amira', acceptance.password, device)).toBeUndefined();
  expect(await service.signIn('amira', 'another horse battery', device)).toMatchObject({ account: { role: 'admin' } });

  const { items } = await opened.auditTrail.audit({ operation: 'agents.invite' }, 10);
  expect(items).toHaveLength(3);
  expect(items[0]).toMatchObject({ agent: 'admin', kind: 'token', role: 'admin', effect: 'write', outcome: 'done' });
  expect(JSON.stringify(items)).not.toContain(tokenOf(lost.link));
});

test('names a login that nobody has, and an agent who is disabled', async () => {
  const config = configOf();
  const { opened } = await running(config);
  const account = {
    id: 'omar',
    login: 'omar',
    name: 'Omar',
    role: 'agent',
    passwordHash: null,
    identity: null,
    skills: [],
    capacity: null,
    createdAt: 1,
  } as const;
  await opened.agents.putAgent({ ...account, disabled: true, version: 1 });
  await expect(invite(config, log, { role: 'agent', login: 'nobody' })).rejects.toThrow('no agent with the login "nobody"');
  await expect(invite(config, log, { role: 'agent', login: 'omar' })).rejects.toThrow('"omar" is disabled');
});

test('writes to no schema that is behind, and to no store that only the running program has', async () => {
  const behind = configOf({ DATABASE_URL: empty.connectionString });
  await expect(invite(behind, log, { role: 'admin', login: undefined })).rejects.toThrow(/lacks .*statechat migrate/);
  const memory = readConfig({ SESSION_STORAGE_TYPE: 'memory' });
  await expect(invite(memory, log, { role: 'admin', login: undefined })).rejects.toThrow('POST /api/invitations');
});

test('works beside a program that runs the embedded PostgreSQL, and without it', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'statechat-invite-'));
  cleanups.push(() => rm(dataDir, { recursive: true, force: true }));
  const config = readConfig({ STATECHAT_DATA_DIR: dataDir, PORT: '4000' });
  const { opened, service } = await running(config);
  const { link } = await invite(config, log, { role: 'admin', login: undefined });
  expect(link).toMatch(/^http:\/\/localhost:4000\/console#invitation=/);
  expect(await service.accept(tokenOf(link), acceptance, device)).toMatchObject({ account: { role: 'admin' } });
  await opened.close();
  cleanups.pop();
  expect(await invite(config, log, { role: 'admin', login: 'amira' })).toMatchObject({ account: 'amira' });
});
