/** The PostgreSQL that all contestants share. Each has a database of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '#storage/embedded/start.ts';

export interface Database {
  readonly url: string;
  /** The one number that a query returns. Null counts as 0. */
  count(query: string): Promise<number>;
}

export interface DatabaseServer {
  readonly url: string;
  /**
   * A new database, empty or a copy of one that has no connections. It is dropped when the server
   * is closed.
   */
  create(name: string, template?: Database): Promise<Database>;
  /** Bytes that were written ahead since the server was made. */
  walBytes(): Promise<number>;
  settings(): Promise<Readonly<Record<string, string>>>;
  close(): Promise<void>;
}

/** Settings that decide about speed and durability. They are printed with the figures. */
const SETTINGS = [
  'server_version',
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'wal_compression',
  'shared_buffers',
  'max_wal_size',
  'commit_delay',
];

/** With no `url`, the embedded PostgreSQL of the app, as it starts it, in a temporary folder. */
export async function openServer(url: string | undefined, connections = 100): Promise<DatabaseServer> {
  if (url !== undefined) return connect(url, async () => {});
  const folder = await mkdtemp(join(tmpdir(), 'statechat-bench-'));
  // Room for the pools of all contestants. The other settings are those of the app.
  const server = await startEmbeddedPostgres({ dataDir: folder, log: () => {}, settings: { max_connections: String(connections) } });
  return connect(server.connectionString, async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });
}

async function connect(url: string, stop: () => Promise<void>): Promise<DatabaseServer> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  const created: string[] = [];

  return {
    url,
    async create(name, template) {
      const unique = `bench_${name.replaceAll('-', '_')}_${process.pid}`;
      await admin.query(`create database ${unique}${template === undefined ? '' : ` template ${new URL(template.url).pathname.slice(1)}`}`);
      created.push(unique);
      const own = new URL(url);
      own.pathname = `/${unique}`;
      return databaseAt(own.href);
    },
    async walBytes() {
      const { rows } = await admin.query(`select pg_current_wal_insert_lsn() - '0/0' as bytes`);
      return Number(rows[0].bytes);
    },
    async settings() {
      const { rows } = await admin.query('select name, current_setting(name) as value from unnest($1::text[]) name', [SETTINGS]);
      return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
    },
    async close() {
      for (const name of created) await admin.query(`drop database if exists ${name} with (force)`);
      await admin.end();
      await stop();
    },
  };
}

export function databaseAt(url: string): Database {
  return { url, count: (query) => ask(url, query) };
}

/**
 * Uses a connection of its own and closes it, since a database with connections cannot be copied.
 */
async function ask(url: string, query: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query({ text: query, rowMode: 'array' });
    return Number(rows[0]?.[0] ?? 0);
  } finally {
    await client.end();
  }
}
