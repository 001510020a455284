import { createMemoryStore } from '#storage/memory/adapter.ts';
import { describeStore } from '#test/contracts/store-contract.ts';

describeStore('memory', async () => {
  const { store, close } = createMemoryStore();
  return { stores: [store, store], close };
});
