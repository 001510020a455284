import { describe, expect, test } from 'vitest';
import { InvalidInput } from '#machines/errors.ts';
import { type LibraryItem, MAX_CONTENT } from '#storage/library.ts';
import type { Stores } from '#test/contracts/store-contract.ts';

const item = (id: string, parts: Partial<LibraryItem> = {}): LibraryItem => ({
  id,
  kind: 'canned',
  owner: null,
  name: id,
  content: { title: `Title of ${id}`, texts: [{ text: 'Hello \u0000 \ud83d\ude00' }] },
  changedBy: 'amira',
  changedAt: 1_790_000_000_000,
  version: 1,
  ...parts,
});

export function describeLibrary({ library, otherLibrary }: Stores): void {
  describe('library', () => {
    test('gives an agent what is shared and what is its own, by kind', async () => {
      const items = [
        item('b'),
        item('a', { owner: 'amira' }),
        item('c', { owner: 'omar' }),
        item('d', { kind: 'macro', content: [] }),
        item('e', { kind: 'filter', content: null, owner: 'amira' }),
      ];
      for (const one of items) expect(await library().putLibraryItem(one)).toBe('stored');
      const [b, a, c, d, e] = items;
      expect(await otherLibrary().libraryItems('canned', 'amira', 10)).toEqual([a, b]);
      expect(await otherLibrary().libraryItems('canned', 'amira', 1)).toEqual([a]);
      expect(await otherLibrary().libraryItems('canned', 'omar', 10)).toEqual([b, c]);
      expect(await otherLibrary().libraryItems('macro', 'omar', 10)).toEqual([d]);
      expect(await otherLibrary().libraryItems('filter', 'omar', 10)).toEqual([]);
      expect(await otherLibrary().libraryItem('e')).toEqual(e);
      expect(await otherLibrary().libraryItem('nothing')).toBeUndefined();
    });

    test('keeps a name once in its kind and owner, however it is written, and frees it with a new one', async () => {
      expect(await library().putLibraryItem(item('1', { name: 'Greet' }))).toBe('stored');
      expect(await otherLibrary().putLibraryItem(item('2', { name: ' ｇREET\u200b' }))).toBe('taken');
      expect(await otherLibrary().putLibraryItem(item('1', { name: 'other' }))).toBe('taken');
      expect(await otherLibrary().putLibraryItem(item('3', { name: 'greet', owner: 'amira' }))).toBe('stored');
      expect(await otherLibrary().putLibraryItem(item('4', { name: 'greet', owner: 'omar' }))).toBe('stored');
      expect(await otherLibrary().putLibraryItem(item('5', { name: 'greet', kind: 'macro' }))).toBe('stored');
      expect(await library().putLibraryItem(item('1', { name: 'hello', version: 2 }))).toBe('stored');
      expect(await otherLibrary().putLibraryItem(item('2', { name: 'greet' }))).toBe('stored');
      expect(await library().putLibraryItem(item('1', { name: 'GREET', version: 3 }))).toBe('taken');
      // Shared with all, it takes the name among the shared ones.
      expect(await library().putLibraryItem(item('3', { name: 'greet', owner: null, version: 2 }))).toBe('taken');
      expect(await library().libraryItem('1')).toEqual(item('1', { name: 'hello', version: 2 }));
    });

    test('lets one of many changes of the same version through, and removes the version that was seen', async () => {
      await library().putLibraryItem(item('1'));
      const changes = Array.from({ length: 8 }, (_, index) => item('1', { content: { index }, version: 2 }));
      const outcomes = await Promise.all(changes.map((one, index) => [library(), otherLibrary()][index % 2]?.putLibraryItem(one)));
      expect(outcomes.toSorted()).toEqual([...Array.from({ length: 7 }, () => 'conflict'), 'stored']);
      expect((await library().libraryItem('1'))?.content).toEqual({ index: outcomes.indexOf('stored') });
      expect(await library().putLibraryItem(item('1', { kind: 'macro', version: 3 }))).toBe('conflict');
      expect(await library().putLibraryItem(item('2', { version: 2 }))).toBe('conflict');
      expect(await otherLibrary().removeLibraryItem('1', 1)).toBe(false);
      expect(await otherLibrary().removeLibraryItem('1', 2)).toBe(true);
      expect(await library().removeLibraryItem('1', 2)).toBe(false);
      expect(await library().libraryItems('canned', 'amira', 10)).toEqual([]);
      expect(await library().putLibraryItem(item('9', { name: '1' }))).toBe('stored');
    });

    test('refuses what nobody could find again', async () => {
      const refused = [{ name: '\u200b' }, { name: '' }, { version: 0 }, { content: 'x'.repeat(MAX_CONTENT) }, { owner: '' }];
      for (const parts of refused) await expect(library().putLibraryItem(item('1', parts))).rejects.toThrow(InvalidInput);
      expect(await library().libraryItem('1')).toBeUndefined();
    });
  });
}
