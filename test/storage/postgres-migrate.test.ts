import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterEach, expect, inject, test } from 'vitest';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { migrate, pendingMigrations } from '#storage/postgres/migrate.ts';
import { administer, createDatabase, dropDatabase } from '#test/postgres-databases.ts';

const names: string[] = [];

/** The migrations that 0.1.0 knew. */
const OF_010 = ['0001-core.sql', '0002-archive.sql', '0003-ledger.sql', '0004-approvals.sql', '0005-files.sql'];

async function databaseOf010(): Promise<string> {
  const database = await emptyDatabase();
  await administer(
    database,
    'create table migrations (name text primary key, hash text not null, applied_at timestamptz not null default now())',
  );
  for (const name of OF_010) {
    const sql = readFileSync(new URL(`../../storage/postgres/migrations/${name}`, import.meta.url), 'utf8');
    const hash = createHash('sha256').update(sql).digest('hex');
    await administer(database, sql, `insert into migrations (name, hash) values ('${name}', '${hash}')`);
  }
  return database;
}

async function emptyDatabase(): Promise<string> {
  const { name, connectionString } = await createDatabase(inject('postgres').connectionString, { empty: true });
  names.push(name);
  return connectionString;
}

afterEach(async () => {
  for (const name of names.splice(0)) await dropDatabase(inject('postgres').connectionString, name);
});

test('an empty database lacks every migration; after migrating none, and migrating again does nothing', async () => {
  const database = await emptyDatabase();
  const pending = await pendingMigrations(database);
  expect(pending[0]).toBe('0001-core.sql');
  expect(pending).toEqual(pending.toSorted());
  expect(await migrate(database)).toEqual(pending);
  expect(await pendingMigrations(database)).toEqual([]);
  expect(await migrate(database)).toEqual([]);
});

test('looking for what is missing changes nothing', async () => {
  const database = await emptyDatabase();
  await pendingMigrations(database);
  await administer(database, 'create table migrations (mine integer)');
});

test('many instances that start at once apply each migration once, and each returns when all is done', async () => {
  const database = await emptyDatabase();
  const applied = await Promise.all(
    Array.from({ length: 6 }, async () => {
      const names = await migrate(database);
      expect(await pendingMigrations(database)).toEqual([]);
      return names;
    }),
  );
  expect(applied.filter((names) => names.length > 0)).toHaveLength(1);
});

test('sessions that wait when the columns are added are in their queue', async () => {
  const database = await databaseOf010();
  const insert = (id: string, state: string, context: string, open = true) =>
    `insert into sessions (id, address, ordinal, assistant, machine_id, machine_version, version, state, handler, tags, open, snapshot, opened_at, last_activity_at)
     values ('01890a5d-ac96-774b-bcce-b302099a80${id}', 'web:default:${id}', 1, 'companion', 'session', 2, 3, '${state}', 'none', '{}', ${open},
       '{"format":1,"snapshot":{"value":"x","context":${context}}}', 1, 1)`;
  const waiting = (queue: string) => `{"messages":["\\\\ u0000"],"waiting":{"reason":"r","queue":${queue},"since":5000,"waits":0}}`;
  await administer(
    database,
    insert('01', 'WAITING_AGENT', waiting('"billing"')),
    insert('02', 'WAITING_AGENT', waiting('null')),
    insert('03', 'ACTIVE', '{"waiting":null}'),
    insert('04', 'WAITING_AGENT', '{"another":"shape"}'),
    insert('05', 'WAITING_AGENT', waiting('"\\u0000"')),
    insert('06', 'WAITING_AGENT', waiting('"billing"'), false),
  );
  await migrate(database);
  const { store, close } = createPostgresStore({ connectionString: database });
  try {
    const { items } = await store.sessions({}, 10);
    expect(items.map(({ queue, waitingSince }) => [queue, waitingSince]).toReversed()).toEqual([
      ['billing', 5000],
      [null, 5000],
      [null, null],
      [null, null],
      [null, null],
      [null, null],
    ]);
    expect((await store.sessions({ queue: 'billing' }, 10)).items.map(({ address }) => address)).toEqual(['web:default:01']);
  } finally {
    await close();
  }
});

test('indexes are built while others write, and built anew if that was broken off', async () => {
  const database = await databaseOf010();
  const names = (await migrate(database)).filter((name) => name === '0008-session-filters.sql');
  // A killed build leaves an index that could not be finished, and no record of the file.
  await administer(
    database,
    `delete from migrations where name = '${names[0]}'`,
    `update pg_index set indisvalid = false where indexrelid = 'sessions_channel'::regclass`,
  );
  expect(await Promise.all(Array.from({ length: 4 }, () => migrate(database)))).toContainEqual(names);
  await administer(
    database,
    `do $$ begin
       if exists (select 1 from pg_index where not indisvalid) then raise exception 'an index is not valid'; end if;
     end $$`,
  );
  expect(await pendingMigrations(database)).toEqual([]);
});

test('who waits for another migrator is in no transaction between two tries, for which an index would wait', async () => {
  const database = await emptyDatabase();
  const other = new pg.Client({ connectionString: database });
  await other.connect();
  try {
    await other.query('select pg_advisory_lock(495873782885)');
    const waiting = migrate(database);
    await expect
      .poll(async () => {
        const { rows } = await other.query(`select state from pg_stat_activity where datname = current_database() and query = 'rollback'`);
        return rows;
      })
      .toEqual([{ state: 'idle' }]);
    await other.query('select pg_advisory_unlock(495873782885)');
    expect(await waiting).toContain('0001-core.sql');
  } finally {
    await other.end();
  }
});

test('who waits too long for another migrator is told so', async () => {
  const database = await emptyDatabase();
  const other = new pg.Client({ connectionString: database });
  await other.connect();
  try {
    await other.query('select pg_advisory_lock(495873782885)');
    await expect(migrate(database, { lockTimeoutMs: 100 })).rejects.toMatchObject({ code: 'unavailable' });
  } finally {
    await other.end();
  }
  expect(await migrate(database)).toContain('0001-core.sql');
});

test('a migration that fails leaves the database as it was, and is tried again next time', async () => {
  const database = await emptyDatabase();
  await administer(database, 'create table settings (in_the_way integer)');
  await expect(migrate(database)).rejects.toMatchObject({ code: '42P07' });
  expect(await pendingMigrations(database)).toContain('0001-core.sql');
  await administer(database, 'drop table settings');
  expect(await migrate(database)).toContain('0001-core.sql');
});

test('a file that was changed after it was applied is refused', async () => {
  const database = await emptyDatabase();
  await migrate(database);
  await administer(database, `update migrations set hash = 'another' where name = '0001-core.sql'`);
  await expect(migrate(database)).rejects.toMatchObject({ code: 'migration_changed', facts: { name: '0001-core.sql' } });
});

test('migrations of a newer program are left alone', async () => {
  const database = await emptyDatabase();
  await migrate(database);
  await administer(database, `insert into migrations (name, hash) values ('9999-future.sql', 'x')`);
  expect(await migrate(database)).toEqual([]);
});

test('a store on a database that was not migrated says what to do', async () => {
  const database = await emptyDatabase();
  const { store, archive, close } = createPostgresStore({ connectionString: database });
  try {
    for (const ask of [() => store.sessions({}, 1), () => archive.expired(0)])
      await expect(ask()).rejects.toMatchObject({
        code: 'schema_outdated',
        retryable: false,
        message: expect.stringContaining('npm run migrate'),
      });
  } finally {
    await close();
  }
});
