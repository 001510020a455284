/**
 * Processor time of other processes, from Linux's /proc. Where there is no /proc it is not known.
 */
import { readdir, readFile } from 'node:fs/promises';
import type { Database } from '../databases.ts';

/** Ticks of /proc in a second, on every Linux that Node runs on. */
const TICKS = 100;

interface Stat {
  readonly parent: number;
  /** Seconds of the process itself. */
  readonly own: number;
  /** With the children that have ended. */
  readonly all: number;
}

export async function processorSeconds(pid: number): Promise<number | undefined> {
  return (await statOf(pid))?.own;
}

/** Of the server behind the database, with all of its processes. */
export async function serverSeconds(database: Database): Promise<number | undefined> {
  const backend = await statOf(await database.count('select pg_backend_pid()'));
  if (backend === undefined) return undefined;
  const { parent } = backend;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const stats = await Promise.all(pids.map(async (pid) => ({ pid, stat: await statOf(pid) })));
  return stats
    .filter(({ pid, stat }) => pid === parent || stat?.parent === parent)
    .reduce((sum, { pid, stat }) => sum + ((pid === parent ? stat?.all : stat?.own) ?? 0), 0);
}

async function statOf(pid: number): Promise<Stat | undefined> {
  try {
    // The name before the last bracket may have spaces.
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [, parent = 0] = fields;
    const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15);
    return { parent, own: (user + system) / TICKS, all: (user + system + endedUser + endedSystem) / TICKS };
  } catch {
    return undefined;
  }
}
