import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '#src/config/config.ts';
import { openStore } from '#src/storage/open-store.ts';
import { createLog, type Log } from '#src/telemetry/log.ts';
import { LEASE, NOW, newSession, turnOn } from '#test/contracts/store-fixtures.ts';
import { createTestDatabase } from '#test/postgres-server.ts';

const database = await createTestDatabase();

describe('opening the store', () => {
  it('waits for a database that is started later than the program (G7)', async () => {
    const url = new URL(database.connectionString);
    const [realPort, host] = [Number(url.port), url.hostname];
    const warnings: string[] = [];
    // A port on which nothing listens yet. Once the program has found that out, the database is put
    // behind it.
    const gate = createServer((socket) => {
      const server = connect(realPort, host);
      socket.pipe(server).pipe(socket);
      for (const one of [socket, server]) one.on('error', () => one.destroy());
    });
    const port = await new Promise<number>((resolve) => {
      const probe = createServer().listen(0, '127.0.0.1', () => {
        const address = probe.address();
        probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
      });
    });
    const log: Log = {
      trace: () => {},
      debug: () => {},
      info: () => {},
      error: () => {},
      fatal: () => {},
      warn: (_facts, message) => {
        warnings.push(message);
        if (warnings.length === 1) gate.listen(port, '127.0.0.1');
      },
      child: () => log,
    };
    url.port = String(port);
    const config = readConfig({ SESSION_STORAGE_TYPE: 'postgres', DATABASE_URL: url.href });
    const store = await openStore(config, log);
    try {
      expect(Math.abs((await store.ping()) - Date.now())).toBeLessThan(5_000);
      expect(warnings[0]).toContain('cannot be reached yet');
    } finally {
      await store.close();
      await new Promise((resolve) => gate.close(resolve));
    }
  });

  it('frees the work of an embedded run that ended without warning, since nobody else can be at it', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'statechat-leases-'));
    const config = readConfig({ STATECHAT_DATA_DIR: dataDir });
    const log = createLog({ level: 'silent' });
    try {
      const before = await openStore(config, log);
      const session = newSession();
      await before.store.commit([turnOn(session, { work: [{ serial: 1, lane: session.address }] })], 'dead', LEASE);
      await before.close();
      const after = await openStore(config, log);
      try {
        expect(await after.store.claimWork('me', NOW, LEASE, 10)).toHaveLength(1);
      } finally {
        await after.close();
      }
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
