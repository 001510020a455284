/** What every listing store does (assistants/property-concierge/listings/port.ts). */
import { describe, expect, it } from 'vitest';
import { type ListingStore, listing, MAX_LISTINGS } from '#assistants/property-concierge/listings/port.ts';

/** `ref` is the name of a listing that the store has. */
export function listingStoreContract(name: string, open: () => { readonly store: ListingStore; readonly ref: string }): void {
  describe(`${name}: a listing store`, () => {
    it('gives whole listings, each once, and no more than can be weighed', async () => {
      const found = await open().store.find({});
      expect(found.length).toBeGreaterThan(0);
      expect(found.length).toBeLessThanOrEqual(MAX_LISTINGS);
      expect(new Set(found.map(({ ref }) => ref)).size).toBe(found.length);
      for (const one of found) expect(listing.parse(one)).toEqual(one);
    });

    it.each(['buy', 'rent'] as const)('narrows to %s', async (purpose) => {
      for (const one of await open().store.find({ purpose })) expect(one.purpose).toBe(purpose);
    });

    it('gives one by its name, and undefined for none', async () => {
      const { store, ref } = open();
      expect(await store.get(ref)).toMatchObject({ ref });
      expect(await store.get('ZZ-999999')).toBeUndefined();
    });

    it('ends with the reason of an aborted signal', async () => {
      const { store, ref } = open();
      const signal = AbortSignal.abort(new Error('gone'));
      await expect(store.find({}, signal)).rejects.toThrow('gone');
      await expect(store.get(ref, signal)).rejects.toThrow('gone');
    });
  });
}
