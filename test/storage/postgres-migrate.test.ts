import { afterEach, expect, inject, test } from 'vitest';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { migrate, pendingMigrations } from '#storage/postgres/migrate.ts';
import { administer, createDatabase, dropDatabase } from '#test/postgres-databases.ts';

const names: string[] = [];

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
