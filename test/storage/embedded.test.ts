import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Unavailable } from '#machines/errors.ts';
import { type Binaries, findBinaries, majorVersion } from '#storage/embedded/binaries.ts';
import { startOf } from '#storage/embedded/folder-lock.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#storage/embedded/start.ts';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import type { TurnCommit } from '#storage/port.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { migrate } from '#storage/postgres/migrate.ts';
import { connected } from '#storage/postgres/single-connection.ts';
import { LEASE, newSession, turnOn } from '#test/contracts/store-fixtures.ts';

/** Nothing here waits this long but for a machine that is busy with other things. */
const PATIENT = { interval: 25 };

let dataDir: string;
let closers: (() => Promise<unknown>)[];
const log = vi.fn();

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'statechat-embedded-'));
  closers = [() => rm(dataDir, { recursive: true, force: true })];
  log.mockReset();
});
afterEach(async () => {
  for (const close of closers.toReversed()) await close();
});

type StartOptions = {
  readonly port?: number;
  readonly folder?: string;
  readonly binaries?: Binaries;
  readonly settings?: Record<string, string>;
};

/** By default it does not wait for the disk, because the tests kill processes and not machines. */
async function start({ folder = dataDir, ...rest }: StartOptions = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir: folder, log, settings: { fsync: 'off' }, ...rest });
  closers.push(() => server.stop());
  return server;
}

function storeAt({ connectionString }: { readonly connectionString: string }): StoreLifecycle {
  const opened = createPostgresStore({ connectionString });
  closers.push(() => opened.close());
  return opened;
}

async function commit({ store }: StoreLifecycle, turn: TurnCommit = turnOn(newSession())): Promise<TurnCommit> {
  expect(await store.commit([turn], 'me', LEASE)).toEqual([{ ok: true }]);
  return turn;
}

/** The app in a process of its own. */
async function startApp(): Promise<{ readonly app: ChildProcess; readonly connectionString: string; readonly pid: number }> {
  const app = spawn(process.execPath, [fileURLToPath(new URL('./embedded-app.ts', import.meta.url)), dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  closers.push(() => kill(app));
  const lines = createInterface({ input: app.stdout });
  const [line] = await once(lines, 'line');
  lines.close();
  return { app, ...JSON.parse(String(line)) };
}

async function kill(app: ChildProcess): Promise<void> {
  if (app.exitCode !== null || app.signalCode !== null) return;
  app.kill('SIGKILL');
  await once(app, 'exit');
}

describe('the embedded PostgreSQL', () => {
  test('starts from nothing, keeps its data, and stops', async () => {
    const first = await start();
    expect(await migrate(first.connectionString)).not.toEqual([]);
    const store = storeAt(first);
    const turn = await commit(store);
    await store.close();
    const pid = first.pid() ?? 0;
    await first.stop();
    expect(await startOf(pid)).toBeUndefined();
    expect(first.pid()).toBeUndefined();

    const second = await start();
    expect(await migrate(second.connectionString)).toEqual([]);
    expect(await storeAt(second).store.load({ id: turn.session.id })).toEqual(turn.session);
  });

  test('is durable, speaks UTF-8, listens on loopback only and wants its password, which others cannot read', async () => {
    const { connectionString } = await start({ settings: {} });
    const client = new pg.Client({ connectionString });
    await client.connect();
    closers.push(() => client.end());
    const { rows } = await client.query(
      `select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses', 'server_encoding', 'unix_socket_directories')`,
    );
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
      fsync: 'on',
      full_page_writes: 'on',
      listen_addresses: '127.0.0.1',
      server_encoding: 'UTF8',
      synchronous_commit: 'on',
      unix_socket_directories: '',
    });
    const wrong = new URL(connectionString);
    wrong.password = 'wrong';
    await expect(migrate(wrong.href)).rejects.toMatchObject({ code: 'database_refused', facts: { code: '28P01' } });
    expect((await stat(join(dataDir, 'postgres.password'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(dataDir, 'postgres'))).mode & 0o077).toBe(0);
  });

  test('after kill -9 of the app the next start stops what it left behind, and nothing committed is lost', async () => {
    const { app, connectionString, pid } = await startApp();
    await migrate(connectionString);
    const store = storeAt({ connectionString });
    const turn = await commit(store);
    await kill(app);
    // The orphaned server still serves. The next start has to deal with that.
    await store.ping();
    await store.close();

    const next = await start();
    expect(await startOf(pid)).toBeUndefined();
    expect(log).toHaveBeenCalledWith('warn', expect.stringContaining('left behind'), { pid });
    expect(await storeAt(next).store.load({ id: turn.session.id })).toEqual(turn.session);
  });

  test('a second start in the same folder is refused, names the first, and does it no harm', async () => {
    const { app, connectionString } = await startApp();
    await expect(start()).rejects.toMatchObject({ code: 'embedded_in_use', retryable: false, facts: { pid: app.pid } });
    await storeAt({ connectionString }).ping();
  });

  test('of several starts at once in one folder one wins', async () => {
    const results = await Promise.allSettled([start(), start(), start()]);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'embedded_in_use' });
  });

  test('a lock whose process id belongs to somebody else by now is no obstacle, nor is one that is rubbish', async () => {
    await writeFile(join(dataDir, 'postgres.lock'), JSON.stringify({ pid: process.ppid, started: 'another boot 1' }));
    await (await start()).stop();
    await writeFile(join(dataDir, 'postgres.lock'), 'rubbish');
    await (await start()).stop();
  });

  test('a port that was asked for and is taken is refused by name; without asking, a free one is found', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    closers.push(async () => squatter.close());
    const address = squatter.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    await expect(start({ port })).rejects.toMatchObject({ code: 'embedded_port_taken', message: expect.stringContaining(String(port)) });
    await storeAt(await start()).ping();
  });

  test('when PostgreSQL itself is killed it is started again, the store is unavailable meanwhile, and nothing committed is lost', async () => {
    const server = await start();
    await migrate(server.connectionString);
    const store = storeAt(server);
    const turn = await commit(store);
    const pid = server.pid() ?? 0;
    const outcomes = new Set<string>();
    let watching = true;
    // Polls all the while, because the server may be back before the next check.
    const watch = (async () => {
      while (watching) {
        const load = store.store.load({ id: turn.session.id });
        outcomes.add(
          await load.then(
            () => 'up',
            (error: unknown) => (error instanceof Unavailable ? 'unavailable' : String(error)),
          ),
        );
      }
    })();
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => server.pid() ?? pid, PATIENT).not.toBe(pid);
    await expect.poll(() => store.ping().then(() => 'up', String), PATIENT).toBe('up');
    watching = false;
    await watch;
    expect([...outcomes].sort()).toEqual(['unavailable', 'up']);
    expect(await store.store.load({ id: turn.session.id })).toEqual(turn.session);
    await commit(store, turnOn(turn.session));
  });

  test('a start that was cut off while the folder was made is simply repeated; a lost password is replaced', async () => {
    await mkdir(join(dataDir, 'postgres.new'));
    await writeFile(join(dataDir, 'postgres.new', 'PG_VERSION'), 'half');
    await (await start()).stop();
    await rm(join(dataDir, 'postgres.password'));
    await storeAt(await start()).ping();
  });

  test('a statement that fails without a server is no success, and a password that PostgreSQL does not have is not kept', async () => {
    const { connectionString, stop } = await start();
    await connected(connectionString, (client) => client.query(`create role other superuser login password 'other'`));
    const other = new URL(connectionString);
    [other.username, other.password] = ['other', 'other'];
    await connected(other.href, (client) => client.query('alter role statechat rename to gone'));
    await stop();
    await rm(join(dataDir, 'postgres.password'));
    const failed: unknown = await start().catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'embedded_failed', message: expect.stringContaining('ERROR:  role "statechat" does not exist') });
    expect(String(failed)).not.toContain('alter role');
    expect(await readdir(dataDir)).not.toContain('postgres.password');
  });

  test('a password file that is empty counts as none, and a new one is made', async () => {
    await writeFile(join(dataDir, 'postgres.password'), '');
    await (await start()).stop();
    expect((await readFile(join(dataDir, 'postgres.password'), 'utf8')).length).toBeGreaterThan(20);
    await writeFile(join(dataDir, 'postgres.password'), '');
    await storeAt(await start()).ping();
  });

  test.each(['postgres.password', 'postgres.lock', 'postgres.log'])(
    'a folder in place of the file %s is refused in one sentence',
    async (name) => {
      if (name === 'postgres.log') {
        await mkdir(join(dataDir, 'postgres'));
        await writeFile(join(dataDir, 'postgres', 'PG_VERSION'), String(await majorVersion(await findBinaries())));
        await writeFile(join(dataDir, 'postgres.password'), 'known');
      }
      await mkdir(join(dataDir, name));
      await expect(start()).rejects.toMatchObject({
        code: 'data_folder',
        message: `${join(dataDir, name)} is a folder where a file is expected. Move that folder away, or set STATECHAT_DATA_DIR to another folder.`,
      });
    },
  );

  test('a file in place of the folder postgres is refused, and nothing half-made is left', async () => {
    await writeFile(join(dataDir, 'postgres'), 'a file in its place');
    await expect(start()).rejects.toMatchObject({ code: 'data_folder', facts: { path: join(dataDir, 'postgres') } });
    expect(await readdir(dataDir)).not.toContain('postgres.new');
  });

  test('a folder of another major version is refused with both versions', async () => {
    await mkdir(join(dataDir, 'postgres'));
    await writeFile(join(dataDir, 'postgres', 'PG_VERSION'), '12\n');
    await expect(start()).rejects.toMatchObject({ code: 'embedded_version', facts: { made: '12' } });
    expect(await readFile(join(dataDir, 'postgres', 'PG_VERSION'), 'utf8')).toBe('12\n');
  });

  test('runs when both its data and its programs are below a folder that only its owner may enter', async () => {
    const folder = join(dataDir, 'private', 'project', '.statechat');
    await mkdir(folder, { recursive: true });
    const { postgres } = await findBinaries();
    await cp(dirname(dirname(postgres)), join(dataDir, 'private', 'project', 'native'), { recursive: true, verbatimSymlinks: true });
    await chmod(join(dataDir, 'private'), 0o700);
    const programs = join(dataDir, 'private', 'project', 'native', 'bin');
    await storeAt(await start({ folder, binaries: { postgres: join(programs, 'postgres'), initdb: join(programs, 'initdb') } })).ping();
  });

  test('a platform without it is told to set DATABASE_URL', async () => {
    await expect(findBinaries('plan9', 'mips')).rejects.toMatchObject({
      code: 'embedded_missing',
      message: expect.stringContaining('DATABASE_URL'),
    });
  });
});
