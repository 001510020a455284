import { beforeEach, describe, expect, test } from 'vitest';
import { InvalidInput } from '#machines/errors.ts';
import { formatAddress } from '#machines/ids.ts';
import { MAX_KEPT } from '#machines/session/files.ts';
import type { Upload } from '#storage/uploads.ts';
import type { Stores } from '#test/contracts/store-contract.ts';
import { NOW } from '#test/contracts/store-fixtures.ts';

const BYTES = Uint8Array.from({ length: 512 }, (_, index) => index % 256);
const addressOf = (peer: string) => formatAddress({ channel: 'web', account: 'default', peer });

const upload = (parts: Partial<Upload> = {}): Upload => ({
  id: 'photo-1',
  address: addressOf('v_1'),
  name: 'صورة.png',
  mimeType: 'image/png',
  bytes: BYTES,
  at: NOW,
  ...parts,
});

export function describeUploads({ uploads, otherUploads }: Stores): void {
  describe('uploads', () => {
    // Tests of one store may share a database.
    beforeEach(() => uploads().forget(NOW + 1_000, 1_000));

    test('are kept byte for byte, each at its own address', async () => {
      await uploads().put(upload({ bytes: BYTES.subarray(100, 110) }));
      await uploads().put(upload({ address: addressOf('v_2'), name: 'another.png' }));
      expect(await otherUploads().get(addressOf('v_1'), 'photo-1')).toEqual(upload({ bytes: BYTES.slice(100, 110) }));
      expect(await otherUploads().get(addressOf('v_2'), 'photo-1')).toMatchObject({ name: 'another.png' });
      expect(await uploads().get(addressOf('v_3'), 'photo-1')).toBeUndefined();
      expect(await uploads().get(addressOf('v_1'), 'photo-2')).toBeUndefined();
    });

    test('put again stay what they were, and are forgotten later', async () => {
      await uploads().put(upload());
      await otherUploads().put(upload({ name: 'b.png', bytes: Uint8Array.of(1), at: NOW + 5 }));
      await uploads().put(upload({ at: NOW + 2 }));
      expect(await uploads().get(addressOf('v_1'), 'photo-1')).toEqual(upload({ at: NOW + 5 }));
      expect(await uploads().forget(NOW + 5, 10)).toBe(0);
      expect(await otherUploads().forget(NOW + 6, 10)).toBe(1);
      expect(await uploads().get(addressOf('v_1'), 'photo-1')).toBeUndefined();
    });

    test('are forgotten the oldest first, as many as are asked for', async () => {
      for (const [id, at] of [['a', 1] as const, ['b', 3] as const, ['c', 2] as const]) await uploads().put(upload({ id, at: NOW + at }));
      expect(await otherUploads().forget(NOW + 9, 2)).toBe(2);
      expect(await uploads().get(addressOf('v_1'), 'b')).toBeDefined();
      expect(await uploads().get(addressOf('v_1'), 'a')).toBeUndefined();
      expect(await uploads().forget(NOW + 9, 2)).toBe(1);
      expect(await uploads().forget(NOW + 9, 2)).toBe(0);
    });

    test('that are empty, too large or badly named are refused and change nothing', async () => {
      for (const parts of [
        { bytes: new Uint8Array(0) },
        { bytes: new Uint8Array(MAX_KEPT + 1) },
        { name: '../a.png' },
        { id: 'a b' },
        { mimeType: 'image' },
        { at: -1 },
      ]) {
        await expect(uploads().put(upload(parts)), Object.keys(parts).join()).rejects.toThrow(InvalidInput);
      }
      expect(await uploads().get(addressOf('v_1'), 'photo-1')).toBeUndefined();
    });
  });
}
