import { describe, expect, test } from 'vitest';
import { InvalidInput } from '#machines/errors.ts';
import { MAX_BLOB } from '#storage/blobs.ts';
import type { Stores } from '#test/contracts/store-contract.ts';
import { newId } from '#test/contracts/store-fixtures.ts';

/** Every byte value. None may be mistaken for text on the way. */
const BYTES = Uint8Array.from({ length: 512 }, (_, index) => index % 256);

export function describeBlobs({ blobs, otherBlobs }: Stores): void {
  describe('blobs', () => {
    test('a blob is kept byte for byte, for everybody, until it is replaced or deleted', async () => {
      const name = `whatsapp-web.${newId()}`;
      expect(await blobs().get(name)).toBeUndefined();
      await blobs().put(name, BYTES);
      expect(await otherBlobs().get(name)).toEqual(BYTES);
      await otherBlobs().put(name, BYTES.subarray(100, 110));
      expect(await blobs().get(name)).toEqual(BYTES.slice(100, 110));
      await blobs().put(name, new Uint8Array());
      expect(await otherBlobs().get(name)).toEqual(new Uint8Array());
      await otherBlobs().delete(name);
      expect(await blobs().get(name)).toBeUndefined();
      await blobs().delete(name);
    });

    test('names do not share what they hold', async () => {
      const name = newId();
      await blobs().put(`${name}.a`, Uint8Array.of(1));
      await blobs().put(`${name}.b`, Uint8Array.of(2));
      expect(await blobs().get(`${name}.a`)).toEqual(Uint8Array.of(1));
      expect(await blobs().get(name)).toBeUndefined();
    });

    test('one that is too large or has no name is refused', async () => {
      await expect(blobs().put('', BYTES)).rejects.toThrow(InvalidInput);
      await expect(blobs().put('a b', BYTES)).rejects.toThrow(InvalidInput);
      await expect(blobs().put(newId(), new Uint8Array(MAX_BLOB + 1))).rejects.toThrow(InvalidInput);
    });
  });
}
