/** A file system without hard links, such as SMB, exFAT and some of FUSE. */
import type { PathLike } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepNew } from '#storage/data-folder.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'data-folder-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function refusing(code: string): (from: PathLike, to: PathLike) => Promise<void> {
  return (path, dest) => Promise.reject(Object.assign(new Error(`${code}: refused`), { code, syscall: 'link', path, dest }));
}

test.each(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV'])('keeps a file if a link gives %s', async (code) => {
  const link = refusing(code);
  const file = join(folder, 'secret');
  expect(await keepNew(file, 'first', link)).toBe('first');
  expect(await keepNew(file, 'second', link)).toBe('first');
  expect(await readFile(file, 'utf8')).toBe('first');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(['secret']);
});

test('does not hide another fault', async () => {
  await expect(keepNew(join(folder, 'secret'), 'text', refusing('EIO'))).rejects.toMatchObject({
    code: 'data_folder',
    facts: { code: 'EIO' },
  });
  expect(await readdir(folder)).toEqual([]);
});
