/**
 * What the program keeps in its data folder beside the database, such as its token and the password
 * of the embedded PostgreSQL. A file is there whole or not at all, and a folder that cannot be used
 * is one sentence that says what to change.
 */
import { randomUUID } from 'node:crypto';
import { link, lstat, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { StatechatError } from '#machines/errors.ts';

/** Makes the folder, and those above it. Throws `data_folder`. */
export async function makeDataFolder(folder: string): Promise<void> {
  await inDataFolder(folder, () => mkdir(folder, { recursive: true }));
}

/** The text of a file. Undefined if there is none. Throws `data_folder`. */
export function readKept(file: string): Promise<string | undefined> {
  return inDataFolder(file, async () => {
    try {
      return await readFile(file, 'utf8');
    } catch (error) {
      if (isCode(error, 'ENOENT')) return undefined;
      throw error;
    }
  });
}

/**
 * Writes a new file that only this user can read, and resolves to its text. If several processes do
 * so at once, all get the text of the first one. Throws `data_folder`, and leaves nothing behind
 * then.
 * @param makeLink - How the file system makes a hard link.
 */
export function keepNew(file: string, text: string, makeLink: typeof link = link): Promise<string> {
  return inDataFolder(file, async () => {
    const draft = `${file}.${randomUUID()}`;
    try {
      await writeFile(draft, text, { mode: 0o600, flush: true });
      // A link never replaces a file, as a rename would. So the first one stays.
      await makeLink(draft, file).catch((error: unknown) => {
        if (!NO_LINKS.some((code) => isCode(error, code))) throw error;
        return writeNew(file, text);
      });
      return text;
    } catch (error) {
      if (isCode(error, 'EEXIST')) return await readFile(file, 'utf8');
      throw error;
    } finally {
      await rm(draft, { force: true });
    }
  });
}

/** What file systems answer that have no links, such as SMB, exFAT and some of FUSE. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV', 'EMLINK'];

/** The same without a link. Another process could see the file before it is whole. */
async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { mode: 0o600, flush: true, flag: 'wx' });
  } catch (error) {
    if (!isCode(error, 'EEXIST')) await rm(file, { force: true });
    throw error;
  }
}

/** Does `work` in the data folder. Throws `data_folder` where the file system refuses. */
export async function inDataFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw await dataFolderFault(folder, error);
  }
}

/** The program's word for what the file system refused. Other errors come back as they are. */
async function dataFolderFault(folder: string, error: unknown): Promise<unknown> {
  const { code, syscall, dest, path } = fileErrorSchema.safeParse(error).data ?? {};
  // A program that could not be started is not the folder's fault.
  if (code === undefined || error instanceof StatechatError || syscall?.startsWith('spawn') === true) return error;
  const at = dest ?? path ?? folder;
  // A draft of a file has the file's name and more.
  const fault = at.startsWith(`${folder}.`) ? folder : at;
  return refusal(fault, (await isDangling(fault)) ? DANGLING : code, error);
}

async function isDangling(path: string): Promise<boolean> {
  const isLink = await lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
  return (
    isLink &&
    (await stat(path).then(
      () => false,
      (error: unknown) => isCode(error, 'ENOENT'),
    ))
  );
}

const fileErrorSchema = z.object({
  code: z.string().regex(/^E[A-Z0-9]+$/),
  syscall: z.string().optional(),
  path: z.string().optional(),
  dest: z.string().optional(),
});

function refusal(path: string, code: string, cause: unknown): StatechatError {
  const reason = cause instanceof Error ? cause.message : code;
  const [fault, fix] = FAULTS[code] ?? [`cannot be used (${reason})`, 'Check its disk and its rights'];
  const message = `${path} ${fault}. ${fix}, or set STATECHAT_DATA_DIR to another folder.`;
  return new StatechatError('data_folder', message, { cause, facts: { path, code } });
}

/** The same from the output of PostgreSQL's programs, which report it in words. */
export function refusalIn(output: string, folder: string): StatechatError | undefined {
  const [, code] = Object.entries(IN_WORDS).find(([words]) => output.includes(words)) ?? [];
  return code === undefined ? undefined : refusal(folder, code, new Error(output));
}

const IN_WORDS: Readonly<Record<string, string>> = {
  'No space left on device': 'ENOSPC',
  'Disk quota exceeded': 'EDQUOT',
  'Read-only file system': 'EROFS',
  'Permission denied': 'EACCES',
};

type Fault = readonly [fault: string, fix: string];

const FULL: Fault = ['is on a disk that is full', 'Free some space (a first start needs 100 MB)'];
const FORBIDDEN: Fault = ['cannot be written to by this user', 'Give it to this user (chown)'];
const NOT_A_FOLDER: Fault = ['is, or is below, a file where a folder is expected', 'Move that file away'];

/** Not a code of the file system, which reports such a link as a file that is there or is not. */
const DANGLING = 'dangling';

/** What is wrong with a path, and how to fix it. */
const FAULTS: Readonly<Record<string, Fault>> = {
  [DANGLING]: ['is a link to something that is not there', 'Restore what it leads to, or remove the link'],
  ENOSPC: FULL,
  EDQUOT: FULL,
  EROFS: ['is on a read-only file system', 'Mount it for writing'],
  // A folder that cannot be made on a read-only file system is reported so.
  ENOENT: ['cannot be made', 'Check that its file system is mounted for writing'],
  EACCES: FORBIDDEN,
  EPERM: FORBIDDEN,
  EEXIST: NOT_A_FOLDER,
  ENOTDIR: NOT_A_FOLDER,
  EISDIR: ['is a folder where a file is expected', 'Move that folder away'],
  ENOTEMPTY: ['is a folder with other things in it', 'Move that folder away'],
};

function isCode(error: unknown, code: string): boolean {
  return Reflect.get(Object(error), 'code') === code;
}
