import { afterEach, beforeEach, describe } from 'vitest';
import type { Store } from '#storage/port.ts';
import { describeCommit } from '#test/contracts/store-commit.ts';
import { describeReads } from '#test/contracts/store-reads.ts';
import { describeWork } from '#test/contracts/store-work.ts';

export interface StoresUnderTest {
  /** Two instances over the same data, each with its own connections where it has any. The same one twice where data cannot be shared. */
  readonly stores: readonly [Store, Store];
  readonly close: () => Promise<void>;
}

/** Gives fresh, empty stores: called before each test. */
export type StoreFactory = () => Promise<StoresUnderTest>;

export interface Stores {
  readonly one: () => Store;
  readonly other: () => Store;
}

/** What every store must do, whatever it is made of. */
export function describeStore(name: string, factory: StoreFactory): void {
  describe(`store: ${name}`, () => {
    let open: StoresUnderTest | undefined;

    beforeEach(async () => {
      open = await factory();
    });
    afterEach(async () => {
      await open?.close();
      open = undefined;
    });

    const at = (index: 0 | 1) => (): Store => {
      if (open === undefined) throw new Error('The stores are only there while a test runs.');
      return open.stores[index];
    };
    const stores: Stores = { one: at(0), other: at(1) };
    describeCommit(stores);
    describeReads(stores);
    describeWork(stores);
  });
}
