/**
 * A store that is passed to `startApp` runs the app in place of the one that the configuration
 * names.
 */
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { Unavailable } from '#machines/errors.ts';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { Visitor } from '#test/end-to-end/visitor.ts';
import { type ComposedApp, compose } from './app.ts';

let app: ComposedApp | undefined;
afterEach(async () => {
  await app?.stop();
  app = undefined;
});

/** The memory store as an instance of a class, with methods on its prototype that use `this`. */
class CountingStore implements StoreLifecycle {
  readonly #memory = createMemoryStore();
  readonly store = this.#memory.store;
  readonly archive = this.#memory.archive;
  readonly ledger = this.#memory.ledger;
  readonly approvals = this.#memory.approvals;
  readonly files = this.#memory.files;
  readonly addresses = this.#memory.addresses;
  readonly agents = this.#memory.agents;
  readonly signIns = this.#memory.signIns;
  readonly auditTrail = this.#memory.auditTrail;
  readonly handoff = this.#memory.handoff;
  readonly library = this.#memory.library;
  readonly mentions = this.#memory.mentions;
  readonly blobs = this.#memory.blobs;
  readonly uploads = this.#memory.uploads;
  readonly search = this.#memory.search;
  readonly stateCounts = this.#memory.stateCounts;
  readonly expiringRecords = this.#memory.expiringRecords;
  readonly rollups = this.#memory.rollups;
  readonly apiTokens = this.#memory.apiTokens;
  readonly webhooks = this.#memory.webhooks;
  /** How often it was closed. */
  closed = 0;

  ping(): Promise<number> {
    return this.#memory.ping();
  }

  async close(): Promise<void> {
    this.closed += 1;
    await this.#memory.close();
  }
}

it('keeps its sessions in a store that was passed, and closes it once', async () => {
  const store = new CountingStore();
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
  expect(store.closed).toBe(0);
  await app.stop();
  expect(store.closed).toBe(1);
});

it('is not ready while commits go on failing, although the store answers, and is ready after the next commit', async () => {
  const store = new CountingStore();
  let full = false;
  const { commit } = store.store;
  Object.assign(store.store, {
    commit: (...given: Parameters<typeof commit>) => (full ? Promise.reject(new Unavailable('the disk is full')) : commit(...given)),
  });
  app = await compose({}, { store, runtime: { patienceMs: 0 } });
  const checks = async () => {
    const response = await fetch(`${app?.url}/readyz`);
    return { status: response.status, ...(await response.json()).checks };
  };
  const visitor = await Visitor.arrive(app.url, {});
  await visitor.write('one');
  expect(await checks()).toEqual({ status: 200, server: null, database: null, commits: null });
  full = true;
  await expect(visitor.write('two')).rejects.toThrow();
  // One failure can be a deadlock, which takes no instance out.
  expect(await checks()).toMatchObject({ status: 200, commits: null });
  await expect
    .poll(async () => {
      await expect(visitor.write('again')).rejects.toThrow();
      return checks();
    })
    .toMatchObject({ status: 503, database: null, commits: expect.stringContaining('the last commits of turns failed') });
  full = false;
  await visitor.write('three');
  expect(await checks()).toMatchObject({ status: 200, commits: null });
});

it('closes a store that was passed if the app does not start', async () => {
  const store = new CountingStore();
  const failing = Object.assign(new CountingStore(), {
    ping: () => Promise.reject(new Error('the clock of the store cannot be read')),
  });
  await expect(compose({}, { store: failing })).rejects.toThrow('the clock of the store cannot be read');
  expect(failing.closed).toBe(1);
  // A row above the store.
  const folder = fileURLToPath(import.meta.url);
  await expect(compose({ STATECHAT_API_TOKEN: '', STATECHAT_DATA_DIR: folder }, { store })).rejects.toThrow();
  expect(store.closed).toBe(1);
});
