import { describe, expect, test } from 'vitest';
import { END_OF_TIME } from '#actors/interpreter/timers.ts';
import { MAX_EVENT_ID } from '#actors/session/event-router.ts';
import { MAX_INDEXED } from '#actors/session/turn-record.ts';
import { InvalidInput } from '#machines/errors.ts';
import { parseAddress } from '#machines/ids.ts';
import { MAX_VERSION } from '#machines/versions.ts';
import type { SessionFilter, SessionRow, Store } from '#storage/port.ts';
import type { Stores } from '#test/contracts/store-contract.ts';
import { LEASE, NOW, newAddress, newId, newSession, turnOn } from '#test/contracts/store-fixtures.ts';

async function opened(store: Store, rows: readonly Partial<SessionRow>[]): Promise<SessionRow[]> {
  const turns = rows.map((row) => turnOn(newSession(row)));
  expect(await store.commit(turns, 'me', LEASE)).toEqual(rows.map(() => ({ ok: true })));
  return turns.map(({ session }) => session);
}

export function describeReads({ one, other }: Stores): void {
  describe('reading', () => {
    test('what is not there is undefined or empty', async () => {
      expect(await one().load({ id: newId() })).toBeUndefined();
      expect(await one().load({ address: newAddress() })).toBeUndefined();
      expect(await one().journal(newId(), 0, 10)).toEqual([]);
      expect(await one().pendingWork('lane')).toEqual([]);
      expect(await one().sessions({}, 10)).toEqual({ items: [], next: null });
    });

    test('the largest values that a session may have are kept', async () => {
      // No two of these characters are alike, so no index compresses them.
      const long = (seed: number, length: number) =>
        String.fromCharCode(...Array.from({ length }, (_, index) => 0x4e00 + ((index * 7919 + seed * 104_729) % 20_900)));
      const [agentId, queue, eventId] = [long(1, MAX_INDEXED), long(2, MAX_INDEXED), long(3, MAX_EVENT_ID)];
      const tags = Array.from({ length: 20 }, (_, index) => long(4 + index, MAX_INDEXED));
      const row = { agentId, queue, tags, waitingSince: Number.MAX_SAFE_INTEGER, wakeAt: END_OF_TIME, machineVersion: MAX_VERSION };
      const turn = turnOn(newSession(row), { journal: [{ eventId }] });
      expect(await one().commit([turn], 'me', LEASE)).toEqual([{ ok: true }]);
      expect(await other().load({ id: turn.session.id })).toEqual(turn.session);
      for (const filter of [{ agent: agentId }, { queue }, { tag: tags[19] ?? '' }])
        expect((await other().sessions(filter, 2)).items.map(({ id }) => id)).toEqual([turn.session.id]);
      const again = turnOn(turn.session, { journal: [{ eventId }] });
      expect(await one().commit([again], 'me', LEASE)).toMatchObject([{ ok: false, reason: 'duplicate' }]);
    });

    test('the journal is given in order, after a seq, up to a limit', async () => {
      const turn = turnOn(newSession(), { journal: Array.from({ length: 7 }, (_, index) => ({ text: `${index + 1}` })) });
      await one().commit([turn], 'me', LEASE);
      const seqs = async (after: number, limit: number) => (await other().journal(turn.session.id, after, limit)).map(({ seq }) => seq);
      expect(await seqs(0, 3)).toEqual([1, 2, 3]);
      expect(await seqs(3, 3)).toEqual([4, 5, 6]);
      expect(await seqs(6, 3)).toEqual([7]);
      expect(await seqs(7, 3)).toEqual([]);
    });

    test('sessions are listed newest first, page by page, each once', async () => {
      const rows = await opened(
        one(),
        Array.from({ length: 7 }, () => ({})),
      );
      const seen: SessionRow[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < 3; page += 1) {
        const { items, next } = await other().sessions({}, 3, cursor);
        seen.push(...items);
        expect(next === null).toBe(page === 2);
        cursor = next ?? undefined;
      }
      expect(seen).toEqual(rows.toReversed());
      expect((await one().sessions({}, 7)).next).toBeNull();
      await expect(one().sessions({}, 7, '-'.repeat(36))).rejects.toThrow(InvalidInput);
    });

    test('a page goes on after the one before, whatever is opened and changed meanwhile', async () => {
      const rows = await opened(
        one(),
        Array.from({ length: 6 }, () => ({})),
      );
      const first = await other().sessions({}, 2);
      await opened(one(), [{}, {}]);
      const [, changed] = rows;
      if (changed !== undefined) await one().commit([turnOn(changed)], 'me', LEASE);
      const second = await other().sessions({}, 10, first.next ?? undefined);
      const ids = [...first.items, ...second.items].map(({ id }) => id);
      expect(ids).toEqual(rows.toReversed().map(({ id }) => id));
    });

    test('each filter narrows, and they narrow together', async () => {
      const address = newAddress();
      const [a, b, c] = await opened(one(), [
        { address, state: 'ACTIVE', handler: 'bot', assistant: 'x' },
        { state: 'WAITING_AGENT', handler: 'none', assistant: 'x' },
        { state: 'ACTIVE', handler: 'human', assistant: 'y', open: false },
      ]);
      const ids = async (filter: Parameters<Store['sessions']>[0]) => (await one().sessions(filter, 10)).items.map(({ id }) => id);
      expect(await ids({ address })).toEqual([a?.id]);
      expect(await ids({ state: 'ACTIVE' })).toEqual([c?.id, a?.id]);
      expect(await ids({ handler: 'none' })).toEqual([b?.id]);
      expect(await ids({ assistant: 'x' })).toEqual([b?.id, a?.id]);
      expect(await ids({ open: false })).toEqual([c?.id]);
      expect(await ids({ state: 'ACTIVE', open: true, assistant: 'x', handler: 'bot', address })).toEqual([a?.id]);
      expect(await ids({ state: 'ACTIVE', handler: 'none' })).toEqual([]);
    });

    test('sessions are listed by channel, agent, queue and tag', async () => {
      const telegram = parseAddress(`telegram:open:${newId()}`);
      const tags = ['open', 'a"b', 'c,d', '\\', 'é\ud83d\ude00'];
      const [a, b, c, d] = await opened(one(), [
        { address: telegram, agentId: 'amira', handler: 'human', tags: ['vip', 'new'] },
        { queue: 'billing', waitingSince: NOW - 5, handler: 'none', state: 'WAITING_AGENT', tags },
        { agentId: 'a"m', tags: ['vip'], open: false, snapshot: { queue: 'billing', agentId: 'amira', tags: ['late'] } },
        { queue: 'bill', tags: ['x,"vip'] },
      ]);
      const ids = async (filter: SessionFilter) => (await other().sessions(filter, 10)).items.map(({ id }) => id);
      expect(await ids({ channel: 'telegram' })).toEqual([a?.id]);
      expect(await ids({ channel: 'web' })).toEqual([d?.id, c?.id, b?.id]);
      expect(await ids({ channel: 'tele' })).toEqual([]);
      expect(await ids({ channel: 'telegram:open' })).toEqual([]);
      expect(await ids({ agent: 'amira' })).toEqual([a?.id]);
      expect(await ids({ agent: 'a"m' })).toEqual([c?.id]);
      expect(await ids({ queue: 'billing' })).toEqual([b?.id]);
      expect(await ids({ tag: 'vip' })).toEqual([c?.id, a?.id]);
      for (const tag of tags) expect(await ids({ tag })).toEqual([b?.id]);
      for (const tag of ['late', 'state', 'v', '', 'new,vip']) expect(await ids({ tag })).toEqual([]);
      expect(await ids({ tag: 'vip', open: true, agent: 'amira', channel: 'telegram' })).toEqual([a?.id]);
      expect(await ids({ tag: 'vip', queue: 'billing' })).toEqual([]);
      expect(await ids({ queue: 'billing', address: telegram })).toEqual([]);
      expect(await ids({ agent: 'amira', address: telegram })).toEqual([a?.id]);
      expect(await one().load({ id: b?.id ?? newId() })).toEqual(b);
    });

    test('a turn that changes agent, queue or tags moves its session from one listing to another', async () => {
      const [before] = await opened(one(), [{ queue: 'billing', waitingSince: NOW, tags: ['vip'] }]);
      if (before === undefined) throw new Error('nothing was opened');
      const row = { queue: null, waitingSince: null, agentId: 'amira', tags: ['calm'] };
      await one().commit([turnOn(before, { row })], 'me', LEASE);
      const count = async (filter: SessionFilter) => (await other().sessions(filter, 10)).items.length;
      expect([await count({ queue: 'billing' }), await count({ tag: 'vip' })]).toEqual([0, 0]);
      expect([await count({ agent: 'amira' }), await count({ tag: 'calm' })]).toEqual([1, 1]);
      expect(await other().load({ id: before.id })).toEqual({ ...before, ...row, version: 2 });
    });

    test('pages of a tag are newest first, each session once', async () => {
      const rows = await opened(
        one(),
        Array.from({ length: 9 }, (_, index) => ({ tags: index % 2 === 0 ? ['even'] : [] })),
      );
      const even = rows.filter(({ tags }) => tags.length > 0).toReversed();
      const first = await other().sessions({ tag: 'even' }, 3);
      const second = await other().sessions({ tag: 'even' }, 3, first.next ?? undefined);
      expect([...first.items, ...second.items]).toEqual(even);
      expect(second.next).toBeNull();
    });
  });

  describe('waking', () => {
    test('gives the sessions that are due, earliest first, moves their wakeAt, and leaves the version alone', async () => {
      const [late, due, early] = await opened(one(), [{ wakeAt: NOW + 1 }, { wakeAt: NOW }, { wakeAt: NOW - 5 }, {}]);
      expect((await one().claimDue(NOW, NOW + 60, 1)).map(({ id }) => id)).toEqual([early?.id]);
      expect(await other().claimDue(NOW, NOW + 60, 10)).toEqual([{ ...due, wakeAt: NOW + 60 }]);
      expect(await one().claimDue(NOW, NOW + 60, 10)).toEqual([]);
      expect((await one().claimDue(NOW + 60, NOW + 120, 10)).map(({ id }) => id).sort()).toEqual(
        [early?.id, due?.id, late?.id].map(String).sort(),
      );
      expect(await one().commit([turnOn(due ?? newSession())], 'me', LEASE)).toEqual([{ ok: true }]);
    });

    test('many who ask at once share the due sessions, each given once', async () => {
      const rows = await opened(
        one(),
        Array.from({ length: 60 }, () => ({ wakeAt: NOW })),
      );
      const given = await Promise.all(Array.from({ length: 12 }, (_, index) => (index % 2 ? one() : other()).claimDue(NOW, NOW + 60, 10)));
      const left = await one().claimDue(NOW, NOW + 60, 100);
      const ids = [...given.flat(), ...left].map(({ id }) => id);
      expect(ids.toSorted()).toEqual(rows.map(({ id }) => id).toSorted());
    });
  });

  describe('settings', () => {
    test('the first writer wins, also among many at once', async () => {
      const values = await Promise.all(Array.from({ length: 10 }, (_, index) => (index % 2 ? one() : other()).setting('key', `${index}`)));
      expect(new Set(values).size).toBe(1);
      expect(await one().setting('key', 'late')).toBe(values[0]);
      expect(await other().setting('another', 'mine')).toBe('mine');
    });
  });
}
