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
  const { store, ping, close } = createPostgresStore({ connectionString, onConnectionLost: () => {} });
  try {
    const now = await ping();
    const [young, old] = [29, 31].map((days) => turnOn(newSession({ open: false, closedAt: now - days * DAY })));
    if (!young || !old) throw new Error('two sessions');
    await store.commit([young, old], 'me', LEASE);
    const config = readConfig({ SESSION_STORAGE_TYPE: 'postgres', DATABASE_URL: connectionString, SESSION_RETENTION_DAYS: '30' });
    const log = createLog({ level: 'silent' });

    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * DAY });
    expect(await retentionDryRun(config, log)).toEqual({ sessions: 1, held: 0, deadLetters: 0 });
    expect(await retention(config, log)).toEqual({ sessions: 1, deadLetters: 0 });
    expect((await store.sessions({}, 10)).items.map(({ id }) => id)).toEqual([young.session.id]);
  } finally {
    await close();
  }
});
