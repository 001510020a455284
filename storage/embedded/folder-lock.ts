/**
 * Lock that allows one app per data folder. The lock is a file that names its holder by process id
 * and start time, so that an id that was reused after a crash or a reboot does not count as the
 * holder.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import * as z from 'zod';
import { readKept } from '#storage/data-folder.ts';
import { EmbeddedPostgresError } from '#storage/embedded/errors.ts';

const holderSchema = z.object({ pid: z.number().int().positive(), started: z.string() });

/** Takes the lock or refuses and names the holder. Resolves to a function that releases it. */
export async function lockFolder(path: string): Promise<() => Promise<void>> {
  const mine = JSON.stringify({ pid: process.pid, started: (await startOf(process.pid)) ?? '' });
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, mine);
  try {
    for (;;) {
      // A link appears whole or not at all, so a half-written lock is never read.
      const taken = await link(draft, path).then(
        () => true,
        (error: unknown) => {
          if (isCode(error, 'EEXIST')) return false;
          throw error;
        },
      );
      if (taken) break;
      await removeIfStale(path, draft);
    }
  } finally {
    await rm(draft, { force: true });
  }
  return async () => {
    if ((await readFile(path, 'utf8').catch(() => '')) === mine) await rm(path, { force: true });
  };
}

async function removeIfStale(path: string, draft: string): Promise<void> {
  const seen = await readKept(path);
  if (seen === undefined) return;
  await refuseLiving(seen, path);
  // Renamed before it is deleted. Another process may have replaced it just now, and a valid lock
  // is put back.
  const aside = `${draft}.stale`;
  await rename(path, aside).catch(() => undefined);
  const moved = await readFile(aside, 'utf8').catch(() => seen);
  try {
    if (moved !== seen) {
      await link(aside, path).catch(() => undefined);
      await refuseLiving(moved, path);
    }
  } finally {
    await rm(aside, { force: true });
  }
}

async function refuseLiving(content: string, path: string): Promise<void> {
  const holder = parse(content);
  if (holder === undefined || (await startOf(holder.pid)) !== holder.started) return;
  throw new EmbeddedPostgresError(
    'embedded_in_use',
    `Statechat already runs in this folder, as process ${holder.pid} (${path}). Stop that one, or set STATECHAT_DATA_DIR to another folder. Several instances on one database need DATABASE_URL.`,
    { pid: holder.pid, path },
  );
}

function parse(content: string): z.infer<typeof holderSchema> | undefined {
  try {
    return holderSchema.safeParse(JSON.parse(content)).data;
  } catch {
    return undefined;
  }
}

/**
 * Start time of a process, as a text that no other process with its id ever has. Undefined if there
 * is no such process.
 */
export async function startOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
    if (line === undefined) return undefined;
    // The name in brackets may hold anything. The 22nd field is the 20th after it, clock ticks
    // since boot.
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
    return `${boot.trim()} ${fields[19]}`;
  }
  const result = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => undefined);
  return result?.stdout.trim();
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
