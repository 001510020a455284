import { afterEach, beforeEach, describe } from 'vitest';
import type { Store, StoreLifecycle } from '#storage/port.ts';
import { describeCommit } from '#test/contracts/store-commit.ts';
import { describeLeases } from '#test/contracts/store-leases.ts';
import { describeReads } from '#test/contracts/store-reads.ts';
import { describeWork } from '#test/contracts/store-work.ts';

export interface StoresUnderTest {
  /** Two instances over the same data, each with its own connections where it has any. The same one twice where data cannot be shared. */
  readonly stores: readonly [Store, Store];
  readonly leases: readonly [StoreLifecycle['lease'], StoreLifecycle['lease']];
  readonly close: () => Promise<void>;
}

/** Gives fresh, empty stores: called before each test. */
export type StoreFactory = () => Promise<StoresUnderTest>;

export interface Stores {
  readonly one: () => Store;
  readonly other: () => Store;
  readonly lease: () => StoreLifecycle['lease'];
  readonly otherLease: () => StoreLifecycle['lease'];
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

    const now = (): StoresUnderTest => {
      if (open === undefined) throw new Error('The stores are only there while a test runs.');
      return open;
    };
    const stores: Stores = {
      one: () => now().stores[0],
      other: () => now().stores[1],
      lease: () => now().leases[0],
      otherLease: () => now().leases[1],
    };
    describeCommit(stores);
    describeReads(stores);
    describeWork(stores);
    describeLeases(stores);
  });
}
