/** A file system without hard links, such as SMB, exFAT and some of FUSE. */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { keepNew } from '#storage/data-folder.ts';

const { link } = vi.hoisted(() => ({ link: vi.fn<(from: string, to: string) => Promise<void>>() }));
vi.mock('node:fs/promises', async (original) => ({ ...(await original<typeof import('node:fs/promises')>()), link }));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'data-folder-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function refuseLinks(code: string): void {
  link.mockImplementation((path, dest) =>
    Promise.reject(Object.assign(new Error(`${code}: refused`), { code, syscall: 'link', path, dest })),
  );
}

test.each(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV'])('keeps a file if a link gives %s', async (code) => {
  refuseLinks(code);
  const file = join(folder, 'secret');
  expect(await keepNew(file, 'first')).toBe('first');
  expect(await keepNew(file, 'second')).toBe('first');
  expect(await readFile(file, 'utf8')).toBe('first');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(['secret']);
});

test('does not hide another fault', async () => {
  refuseLinks('EIO');
  await expect(keepNew(join(folder, 'secret'), 'text')).rejects.toMatchObject({ code: 'data_folder', facts: { code: 'EIO' } });
  expect(await readdir(folder)).toEqual([]);
});
