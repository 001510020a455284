/**
 * User that runs PostgreSQL. PostgreSQL refuses to run as root, so root uses an unprivileged user,
 * and every other user runs it as themselves. The unprivileged user may be unable to enter the
 * folders above the project (/root has mode 700). Only then the server also gets the one capability
 * to pass them. It never gains the right to write anywhere.
 */
import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedPostgresError } from '#storage/embedded/errors.ts';

export interface RunAs {
  /** Null for this process's own user. */
  readonly user: { readonly uid: number; readonly gid: number } | null;
  /** Wraps the command to start as that user. The program itself keeps the child's process id. */
  readonly command: (program: string, args: readonly string[]) => { file: string; args: string[]; uid?: number; gid?: number };
}

const OURSELVES: RunAs = { user: null, command: (file, args) => ({ file, args: [...args] }) };

/** Owner of existing data, else `postgres`, else `nobody`. */
export async function chooseUser(dataFolder: string, paths: readonly string[]): Promise<RunAs> {
  if (process.getuid?.() !== 0) return OURSELVES;
  const user = (await ownerOf(dataFolder)) ?? (await lookUp('postgres')) ?? (await lookUp('nobody'));
  if (user === undefined) {
    throw new EmbeddedPostgresError(
      'embedded_user',
      'PostgreSQL refuses to run as root, and there is neither a user `postgres` nor a user `nobody` that could run it. Start Statechat as another user, or set DATABASE_URL.',
    );
  }
  const setpriv = await findSetpriv();
  const blocked = (await Promise.all(paths.map((path) => barrier(path, user)))).find((folder) => folder !== undefined);
  if (setpriv === undefined) {
    if (blocked !== undefined) throw unreachable(blocked, 'the program setpriv (package util-linux) is not installed');
    return { user, command: (file, args) => ({ file, args: [...args], ...user }) };
  }
  const capability = blocked === undefined ? undefined : await searchCapability();
  if (blocked !== undefined && capability === undefined)
    throw unreachable(blocked, 'this process lacks the capability dac_read_search that would let it pass');
  // Without no_setuid_fixup, access(2) ignores the capabilities of a user other than root, and
  // PostgreSQL calls it for its own programs.
  const keep = capability === undefined ? '-all' : `-all,+${capability}`;
  const become = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', `--inh-caps=${keep}`, `--ambient-caps=${keep}`];
  if (capability !== undefined) become.push('--securebits=+no_setuid_fixup');
  return { user, command: (program, args) => ({ file: setpriv, args: [...become, '--', program, ...args] }) };
}

function unreachable(folder: string, why: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'embedded_user',
    `PostgreSQL cannot run as root, and its user cannot enter ${folder}: ${why}. Move the project or STATECHAT_DATA_DIR to a folder that every user can enter, start Statechat as another user, or set DATABASE_URL.`,
    { folder },
  );
}

type User = { readonly uid: number; readonly gid: number };

async function ownerOf(folder: string): Promise<User | undefined> {
  const found = await stat(folder).catch(() => undefined);
  return found === undefined || found.uid === 0 ? undefined : { uid: found.uid, gid: found.gid };
}

async function lookUp(name: string): Promise<User | undefined> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const fields = passwd
    .split('\n')
    .map((line) => line.split(':'))
    .find(([user]) => user === name);
  const [uid, gid] = [Number(fields?.[2]), Number(fields?.[3])];
  return uid > 0 && gid > 0 ? { uid, gid } : undefined;
}

async function findSetpriv(): Promise<string | undefined> {
  // Some small systems have a setpriv that knows none of what is needed here.
  const help = await promisify(execFile)('setpriv', ['--help']).catch(() => ({ stdout: '' }));
  return help.stdout.includes('--ambient-caps') && help.stdout.includes('--reuid') ? 'setpriv' : undefined;
}

/**
 * First folder above `path` that the user cannot enter. Access lists are ignored, so at worst a
 * capability is given in vain.
 */
async function barrier(path: string, user: User): Promise<string | undefined> {
  const above: string[] = [];
  for (let folder = dirname(path); above.at(-1) !== folder; folder = dirname(folder)) above.push(folder);
  for (const folder of above.toReversed()) {
    const { mode, uid, gid } = await stat(folder);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return folder;
  }
  return undefined;
}

const CAPABILITIES = [
  ['dac_read_search', 2],
  // Containers are commonly given this wider one instead.
  ['dac_override', 1],
] as const;

async function searchCapability(): Promise<string | undefined> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const [permitted, bounding] = ['CapPrm', 'CapBnd'].map((name) =>
    BigInt(`0x${new RegExp(`${name}:\\s*([0-9a-f]+)`).exec(status)?.[1] ?? '0'}`),
  );
  const has = (bit: number) => (((permitted ?? 0n) & (bounding ?? 0n)) >> BigInt(bit)) & 1n;
  return CAPABILITIES.find(([, bit]) => has(bit) === 1n)?.[0];
}
