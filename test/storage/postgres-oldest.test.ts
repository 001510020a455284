/**
 * The contract on the oldest PostgreSQL that we support. It needs the programs of that version on
 * this machine, in Debian's folder or the one that STATECHAT_TEST_PG_BIN names. Without them
 * nothing runs, and this file reports so.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#storage/embedded/start.ts';
import { migrate } from '#storage/postgres/migrate.ts';
import { describeStore } from '#test/contracts/store-contract.ts';
import { FAST } from '#test/postgres-cluster.ts';
import { postgresStores } from '#test/storage/postgres-stores.ts';

const folder = process.env.STATECHAT_TEST_PG_BIN ?? '/usr/lib/postgresql/15/bin';

if (existsSync(join(folder, 'postgres'))) {
  describe(`with the programs in ${folder}`, () => {
    let dataDir: string;
    let server: EmbeddedPostgres;

    beforeAll(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'statechat-oldest-'));
      const binaries = { postgres: join(folder, 'postgres'), initdb: join(folder, 'initdb') };
      server = await startEmbeddedPostgres({ dataDir, binaries, settings: FAST, log: () => {} });
      await migrate(server.connectionString);
    });
    afterAll(async () => {
      await server?.stop();
      await rm(dataDir, { recursive: true, force: true });
    });

    describeStore(
      'postgres 15',
      postgresStores(() => server.connectionString),
    );
  });
} else {
  test('PostgreSQL 15 is not on this machine: the contract runs on the embedded version only', () => {
    expect(process.env.STATECHAT_TEST_PG_BIN, 'STATECHAT_TEST_PG_BIN names a folder without a postgres in it').toBeUndefined();
  });
}
