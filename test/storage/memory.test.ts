import { createMemoryStore } from '#storage/memory/adapter.ts';
import { describeStore } from '#test/contracts/store-contract.ts';

describeStore('memory', async () => {
  const { store, lease, close } = createMemoryStore();
  return { stores: [store, store], leases: [lease, lease], close };
});
