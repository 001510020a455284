import { afterEach, expect, test, vi } from 'vitest';
import { retention, retentionDryRun } from '#src/cli/retention.ts';
import { readConfig } from '#src/config/config.ts';
import { createLog } from '#src/telemetry/log.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { migrate } from '#storage/postgres/migrate.ts';
import { LEASE, newSession, turnOn } from '#test/contracts/store-fixtures.ts';
import { createTestDatabase } from '#test/postgres-server.ts';

const DAY = 86_400_000;

afterEach(() => {
  vi.useRealTimers();
});

test("goes by the store's clock: on a machine that is two days ahead nothing is deleted too early", async () => {
  const { connectionString } = await createTestDatabase();
  await migrate(connectionString);
  const { store, auditTrail, ping, close } = createPostgresStore({ connectionString, onConnectionLost: () => {} });
  try {
    const now = await ping();
    const [young, old] = [29, 31].map((days) => turnOn(newSession({ open: false, closedAt: now - days * DAY })));
    if (!young || !old) throw new Error('two sessions');
    await store.commit([young, old], 'me', LEASE);
    const entry = { agent: 'amira', kind: 'agent', role: 'agent', operation: 'sessions.get', effect: 'read', target: null } as const;
    const at = (days: number) => ({ ...entry, at: Math.floor(now) - days * DAY, outcome: 'done', detail: null, network: null });
    await auditTrail.appendAudit([at(91), at(89)]);
    const config = readConfig({ DATABASE_URL: connectionString, SESSION_RETENTION_DAYS: '30', STATECHAT_AUDIT_DAYS: '90' });
    const log = createLog({ level: 'silent' });

    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * DAY });
    expect(await retentionDryRun(config, log)).toEqual({ sessions: 1, held: 0, deadLetters: 0, auditEntries: 1 });
    expect(await retention(config, log)).toEqual({
      sessions: 1,
      deadLetters: 0,
      auditEntries: 1,
      signIns: 0,
      invitations: 0,
      mentions: 0,
      uploads: 0,
      unclaimedFiles: 0,
      deliveries: 0,
    });
    expect((await store.sessions({}, 10)).items.map(({ id }) => id)).toEqual([young.session.id]);
    expect((await auditTrail.audit({}, 10)).items).toEqual([at(89)]);
  } finally {
    await close();
  }
});
