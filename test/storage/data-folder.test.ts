import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inDataFolder, keepNew, makeDataFolder, readKept, refusalIn } from '#storage/data-folder.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'data-folder-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a file of the data folder', () => {
  test('is written once, for this user only, and nothing is left beside it', async () => {
    const file = join(folder, 'secret');
    expect(await readKept(file)).toBeUndefined();
    expect(await keepNew(file, 'first')).toBe('first');
    expect(await keepNew(file, 'second')).toBe('first');
    expect(await readFile(file, 'utf8')).toBe('first');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['secret']);
  });

  test('is the same for all that make it at once', async () => {
    const kept = await Promise.all(Array.from({ length: 20 }, (_, index) => keepNew(join(folder, 'secret'), `text ${index}`)));
    expect(new Set(kept).size).toBe(1);
    expect(await readdir(folder)).toEqual(['secret']);
  });
});

/** The error that Node gives, with a path where Node gives one. */
function refused(code: string, facts: object = {}): () => Promise<never> {
  return () => Promise.reject(Object.assign(new Error(`${code}: refused`), { code, syscall: 'write', ...facts }));
}

const OTHERWISE = 'or set STATECHAT_DATA_DIR to another folder.';

describe('a data folder that cannot be used', () => {
  test.each([
    ['ENOSPC', '/data is on a disk that is full. Free some space (a first start needs 100 MB),'],
    ['EROFS', '/data is on a read-only file system. Mount it for writing,'],
    ['EACCES', '/data cannot be written to by this user. Give it to this user (chown),'],
    ['EIO', '/data cannot be used (EIO: refused). Check its disk and its rights,'],
  ])('is one sentence for %s', async (code, sentence) => {
    await expect(inDataFolder('/data', refused(code))).rejects.toMatchObject({ code: 'data_folder', message: `${sentence} ${OTHERWISE}` });
  });

  test('is named by the path at fault, and not by a draft', async () => {
    await expect(inDataFolder('/data', refused('EROFS', { path: '/data/x' }))).rejects.toThrow('/data/x is on a read-only');
    await expect(inDataFolder('/data/x', refused('EROFS', { path: '/data/x.uuid' }))).rejects.toThrow('/data/x is on a read-only');
  });

  test('is no word for other errors', async () => {
    const defect = new TypeError('a defect');
    await expect(inDataFolder('/data', () => Promise.reject(defect))).rejects.toBe(defect);
    await expect(inDataFolder('/data', refused('EACCES', { syscall: 'spawn x' }))).rejects.toThrow('EACCES: refused');
  });

  test('is found in the output of a program', () => {
    expect(refusalIn('FATAL: could not write to file "pg_wal/x": No space left on device', '/data')?.message).toContain(
      'a disk that is full',
    );
    expect(refusalIn('something else', '/data')).toBeUndefined();
  });

  test('is a link to something that is not there, in place of the folder, above it, or in place of a file', async () => {
    const dangling = join(folder, 'link');
    await symlink(join(folder, 'unmounted', 'disk'), dangling);
    const sentence = `${dangling} is a link to something that is not there. Restore what it leads to, or remove the link, ${OTHERWISE}`;
    await expect(makeDataFolder(dangling)).rejects.toThrow(sentence);
    await expect(makeDataFolder(join(dangling, 'below'))).rejects.toThrow(sentence);
    await expect(keepNew(dangling, 'text')).rejects.toThrow(sentence);
    expect(await readdir(folder)).toEqual(['link']);
  });

  test('is a file in its place, or above it, or a folder in place of its file', async () => {
    await writeFile(join(folder, 'file'), '');
    await mkdir(join(folder, 'folder'));
    await expect(makeDataFolder(join(folder, 'file'))).rejects.toThrow(`${join(folder, 'file')} is, or is below, a file`);
    await expect(makeDataFolder(join(folder, 'file', 'x'))).rejects.toThrow('is, or is below, a file where a folder is expected.');
    await expect(readKept(join(folder, 'folder'))).rejects.toThrow(`${join(folder, 'folder')} is a folder where a file is expected.`);
  });
});
