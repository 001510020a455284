import { createMemoryStore } from '#storage/memory/adapter.ts';
import { describeStore } from '#test/contracts/store-contract.ts';

describeStore('memory', async () => {
  const memory = createMemoryStore();
  return { stores: [memory, memory], close: memory.close };
});
