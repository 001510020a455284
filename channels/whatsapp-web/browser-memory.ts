/** Memory of a process together with its descendants, as the browser is many processes. */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

interface Process {
  readonly pid: number;
  readonly parent: number;
}

/**
 * Bytes. On Linux memory that processes share is counted once. Elsewhere it is counted for each of
 * them. 0 if it is not known.
 */
export async function memoryOfTree(root: number): Promise<number> {
  const linux = await linuxProcesses();
  if (linux === undefined) return await memoryByPs(root);
  const sizes = await Promise.all(treeOf(root, linux).map(proportionalSize));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function treeOf(root: number, processes: readonly Process[]): number[] {
  const tree = [root];
  for (const pid of tree) tree.push(...processes.filter(({ parent }) => parent === pid).map((child) => child.pid));
  return tree;
}

async function linuxProcesses(): Promise<readonly Process[] | undefined> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  if (pids.length === 0) return undefined;
  const all = await Promise.all(
    pids.map(async (pid) => {
      // A process may have ended meanwhile. The name before the bracket may hold anything.
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return { pid, parent: Number(parent ?? 0) };
    }),
  );
  return all;
}

async function proportionalSize(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? 0) * 1_024;
}

async function memoryByPs(root: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,rss=']).catch(() => ({ stdout: '' }));
  const rows = stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .map(([pid = 0, parent = 0, kilobytes = 0]) => ({ pid, parent, kilobytes }));
  const tree = new Set(treeOf(root, rows));
  return rows.filter(({ pid }) => tree.has(pid)).reduce((sum, { kilobytes }) => sum + kilobytes * 1_024, 0);
}
