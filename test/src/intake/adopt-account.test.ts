import { expect, test, vi } from 'vitest';
import type { Actors } from '#actors/contract/api.ts';
import { type Address, parseAddress } from '#machines/ids.ts';
import { accountAdopter } from '#src/intake/adopt-account.ts';
import { createLog } from '#src/telemetry/log.ts';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { LEASE, NOW, newSession, turnOn } from '#test/contracts/store-fixtures.ts';

const at = (account: string, peer: number): Address => parseAddress(`telegram:${account}:${peer}`);

async function opened({ store }: StoreLifecycle, address: Address, open = true): Promise<void> {
  const row = newSession({ address, open, closedAt: open ? null : NOW });
  expect(await store.commit([turnOn(row)], 'me', LEASE)).toEqual([{ ok: true }]);
}

/** A move as the actors have it, without a machine. */
function adopter(lifecycle: StoreLifecycle, outcome: 'moved' | 'apart' = 'moved') {
  const lines: string[] = [];
  const move = vi.fn<Actors['move']>(async (from, to) => {
    const row = await lifecycle.store.load({ address: from });
    if (row !== undefined && outcome === 'moved') {
      const turn = turnOn({ ...row, address: to }, { movedFrom: from });
      expect(await lifecycle.store.commit([turn], 'me', LEASE)).toEqual([{ ok: true }]);
    }
    return { outcome, sessionId: row?.id, version: 2 };
  });
  const log = createLog({ level: 'info', destination: { write: (line) => void lines.push(line) }, readable: false });
  return { adopt: accountAdopter({ addresses: lifecycle.addresses, store: lifecycle.store, actors: { move }, log }), move, lines };
}

async function accounts({ store }: StoreLifecycle): Promise<string[]> {
  const { items } = await store.sessions({}, 100);
  return items.map(({ address }) => address.split(':').slice(1).join(':')).toSorted();
}

test('the only name that stands in the store is the bot’s, whatever it is called today', async () => {
  const lifecycle = createMemoryStore();
  for (let peer = 0; peer < 40; peer += 1) await opened(lifecycle, at('old_bot', peer), peer % 2 === 0);
  await opened(lifecycle, at('100', 999));
  const { adopt, move } = adopter(lifecycle);
  await adopt('telegram', '100', 'new_bot');
  expect((await accounts(lifecycle)).every((account) => account.startsWith('100:'))).toBe(true);
  expect(move).toHaveBeenCalledTimes(20);
  await adopt('telegram', '100', 'new_bot');
  expect(move).toHaveBeenCalledTimes(20);
});

test('of several names only the one of today moves, and the log says what to do about the others', async () => {
  const lifecycle = createMemoryStore();
  for (const name of ['one_bot', 'two_bot', 'other_bot']) await opened(lifecycle, at(name, 1));
  const { adopt, lines } = adopter(lifecycle);
  await adopt('telegram', '100', 'two_bot');
  expect(await accounts(lifecycle)).toEqual(['100:1', 'one_bot:1', 'other_bot:1']);
  expect(lines.join('')).toMatch(/one_bot.*other_bot.*give it that username again/);
});

test('the name of another bot stays, however often the bot starts, and moves once it is the bot’s name', async () => {
  const lifecycle = createMemoryStore();
  for (const name of ['one_bot', 'two_bot']) await opened(lifecycle, at(name, 1));
  const { adopt } = adopter(lifecycle);
  for (let start = 0; start < 3; start += 1) await adopt('telegram', '100', 'two_bot');
  expect(await accounts(lifecycle)).toEqual(['100:1', 'one_bot:1']);
  await opened(lifecycle, at('two_bot', 2));
  await adopt('telegram', '100', 'new_bot');
  expect(await accounts(lifecycle)).toEqual(['100:1', '100:2', 'one_bot:1']);
  await adopt('telegram', '200', 'one_bot');
  expect(await accounts(lifecycle)).toEqual(['100:1', '100:2', '200:1']);
});

test('a session that has to stay ends neither the others nor the start', async () => {
  const lifecycle = createMemoryStore();
  for (let peer = 0; peer < 20; peer += 1) await opened(lifecycle, at('old_bot', peer));
  await opened(lifecycle, at('old_bot', 100), false);
  const { adopt, move } = adopter(lifecycle, 'apart');
  await adopt('telegram', '100', 'old_bot');
  expect(move).toHaveBeenCalledTimes(20);
  expect(await accounts(lifecycle)).toContain('100:100');
});
