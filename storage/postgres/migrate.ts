/**
 * Brings a database's schema up to date. It applies the SQL files of migrations/ in the order of
 * their names, each once, and only forward.
 *
 * Invariants
 * 1. One migrator runs at a time, by an advisory lock of the database. The others poll for the lock,
 *    and each try is a transaction of its own. `create index concurrently` waits for the end of a
 *    transaction that it saw with a snapshot, so a waiting transaction could hold up the migration
 *    that it waits for.
 * 2. A file and the record of it are one transaction. The exception is a file that begins with `--
 *    outside a transaction`. Its statements run one by one, and all of them run again if one was
 *    broken off.
 * 3. A file that was applied is never changed. Its hash is recorded and checked.
 * 4. Names that this program does not know are left alone. A newer version of the program applied
 *    them, and its migrations keep older versions working.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import * as z from 'zod';
import { StatechatError, Unavailable } from '#machines/errors.ts';
import { connected } from '#storage/postgres/single-connection.ts';

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly hash: string;
}

export interface MigrateOptions {
  /**
   * Milliseconds to wait for another migrator, and for each lock on a table, before giving up.
   * Default 60,000.
   */
  readonly lockTimeoutMs?: number;
}

/** How often a migrator that waits for another one tries again, in milliseconds. */
const LOCK_POLL_MS = 50;
/** The first line of a file whose statements PostgreSQL refuses to run in a transaction. */
const OUTSIDE = '-- outside a transaction\n';
/** A number that nothing else in the database uses. It is "state" in ASCII. */
const LOCK = 0x73_74_61_74_65;

const FOLDER = new URL('./migrations/', import.meta.url);

/**
 * Applies missing migrations and returns their names. Throws `Unavailable` if the server cannot be
 * reached.
 */
export async function migrate(connectionString: string, options: MigrateOptions = {}): Promise<readonly string[]> {
  const lockTimeoutMs = Math.floor(options.lockTimeoutMs ?? 60_000);
  return connected(connectionString, async (guard) => {
    await takeLock(guard, lockTimeoutMs);
    return connected(connectionString, async (client) => {
      // Another migrator may begin once the lock is lost.
      guard.once('end', () => void client.end());
      await client.query(
        'create table if not exists migrations (name text primary key, hash text not null, applied_at timestamptz not null default now())',
      );
      const missing = await findMissing(client);
      for (const migration of missing) await apply(client, migration, lockTimeoutMs);
      return missing.map(({ name }) => name);
    });
  });
}

async function takeLock(client: pg.Client, timeoutMs: number): Promise<void> {
  for (const deadline = performance.now() + timeoutMs; ; await sleep(LOCK_POLL_MS)) {
    await client.query('begin');
    const { rows } = await client.query(`select pg_try_advisory_xact_lock(${LOCK}) as taken`);
    if (lockSchema.parse(rows[0]).taken) break;
    await client.query('rollback');
    if (performance.now() >= deadline)
      throw new Unavailable(`Another instance is still migrating the database after ${timeoutMs} ms. Start this one again later.`);
  }
  await client.query('set local idle_in_transaction_session_timeout = 0');
}

const lockSchema = z.object({ taken: z.boolean() });

async function apply(client: pg.Client, { name, sql, hash }: Migration, lockTimeoutMs: number): Promise<void> {
  const record = () => client.query('insert into migrations (name, hash) values ($1, $2)', [name, hash]);
  if (sql.startsWith(OUTSIDE)) {
    await client.query(`set lock_timeout = ${lockTimeoutMs}`);
    for (const statement of sql.split(/;\s*$/m)) if (statement.trim() !== '') await client.query(statement);
    // Behind a pooler, others get this session of the server next.
    await client.query('reset lock_timeout');
    await record();
    return;
  }
  await client.query(`begin; set local lock_timeout = ${lockTimeoutMs}`);
  await client.query(sql);
  await record();
  await client.query('commit');
}

/** Names of the migrations that `migrate` would apply. Changes nothing. */
export async function pendingMigrations(connectionString: string): Promise<readonly string[]> {
  return connected(connectionString, async (client) => (await findMissing(client)).map(({ name }) => name));
}

/**
 * Facts about the database for an operator. `now` is its clock, in milliseconds since the epoch.
 * Changes nothing.
 */
export async function inspectServer(
  connectionString: string,
): Promise<{ readonly serverVersion: string; readonly now: number; readonly pending: readonly string[] }> {
  return connected(connectionString, async (client) => {
    const pending = (await findMissing(client)).map(({ name }) => name);
    const { rows } = await client.query(
      `select current_setting('server_version') as version, extract(epoch from clock_timestamp()) * 1000 as now`,
    );
    const { version, now } = inspectionSchema.parse(rows[0]);
    return { serverVersion: version, now, pending };
  });
}

const inspectionSchema = z.object({ version: z.string(), now: z.coerce.number() });

async function findMissing(client: pg.Client): Promise<readonly Migration[]> {
  const applied = await readApplied(client);
  const known = await readMigrations();
  for (const { name, hash } of known) {
    const before = applied.get(name);
    if (before !== undefined && before !== hash) {
      throw new StatechatError(
        'migration_changed',
        `Migration ${name} was changed after it was applied to this database. Restore its file and put the change into a new one.`,
        { facts: { name } },
      );
    }
  }
  return known.filter(({ name }) => !applied.has(name));
}

const appliedSchema = z.array(z.object({ name: z.string(), hash: z.string() }));

async function readApplied(client: pg.Client): Promise<ReadonlyMap<string, string>> {
  const table = await client.query(`select 1 from pg_tables where schemaname = current_schema() and tablename = 'migrations'`);
  if (table.rowCount === 0) return new Map();
  const { rows } = await client.query('select name, hash from migrations');
  return new Map(appliedSchema.parse(rows).map(({ name, hash }) => [name, hash]));
}

async function readMigrations(): Promise<readonly Migration[]> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, FOLDER), 'utf8');
      return { name, sql, hash: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}
