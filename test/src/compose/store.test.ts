/**
 * A store that is passed to `startApp` runs the app in place of the one that the configuration
 * names.
 */
import { readdir } from 'node:fs/promises';
import { afterEach, expect, it } from 'vitest';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { Visitor } from '#test/end-to-end/visitor.ts';
import { type ComposedApp, compose } from './app.ts';

let app: ComposedApp | undefined;
afterEach(async () => {
  await app?.stop();
  app = undefined;
});

it('keeps its sessions in a store that was passed, and closes it once', async () => {
  const memory = createMemoryStore();
  let closed = 0;
  const store: StoreLifecycle = {
    ...memory,
    close: async () => {
      closed += 1;
      await memory.close();
    },
  };
  // The configuration names a PostgreSQL of the program's own, and a Redis address where nothing
  // listens.
  app = await compose({ SESSION_STORAGE_TYPE: 'postgres', REDIS_URL: 'redis://127.0.0.1:1' }, { store });
  const visitor = await Visitor.arrive(app.url, {});
  try {
    await visitor.listen();
    await visitor.write('Good morning');
    await expect.poll(() => visitor.messages.at(-1)).toContain('You said: Good morning');
  } finally {
    visitor.leave();
  }
  const { items } = await store.store.sessions({}, 10);
  expect(items.map(({ address }) => address)).toEqual([visitor.address]);
  expect(await readdir(app.folder)).toEqual([]);
  expect(closed).toBe(0);
  await app.stop();
  expect(closed).toBe(1);
});
