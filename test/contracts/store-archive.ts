import { describe, expect, test } from 'vitest';
import { InvalidInput } from '#machines/errors.ts';
import type { HoldChange, StoredDeadLetter } from '#storage/archive.ts';
import type { Page, SessionRow, Store } from '#storage/port.ts';
import { parseQuery } from '#storage/search-query.ts';
import type { Stores } from '#test/contracts/store-contract.ts';
import { LEASE, NOW, newId, newSession, type TurnParts, turnOn } from '#test/contracts/store-fixtures.ts';
import { indexAll } from '#test/contracts/store-search.ts';

const DAY = 24 * 60 * 60 * 1_000;

const deadLetter = (providerId: string, parts: Partial<StoredDeadLetter> = {}): StoredDeadLetter => ({
  channel: 'telegram',
  account: 'acme_bot',
  providerId,
  receivedAt: NOW,
  code: 'invalid_input',
  reason: 'message.chat: expected an object',
  content: '{"update_id":7,"message":"و \\u0000"}',
  size: 36,
  ...parts,
});

const holding = (parts: Partial<HoldChange> = {}): HoldChange => ({ held: true, at: NOW, by: 'amira', reason: 'case 12/2026', ...parts });

/** A session that was closed so long before NOW. */
async function closed(store: Store, agoMs: number, parts: TurnParts = {}): Promise<SessionRow> {
  const turn = turnOn(newSession({ open: false, state: 'CLOSED', closedAt: NOW - agoMs }), parts);
  expect(await store.commit([turn], 'me', LEASE)).toEqual([{ ok: true }]);
  return turn.session;
}

/** All pages, the short ones too. */
async function every<T>(read: (cursor: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    items.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return items;
}

export function describeArchive({ one, other, archive, otherArchive, search }: Stores): void {
  describe('dead letters', () => {
    test('are kept word for word, once for each id of an account, and listed newest first, page by page', async () => {
      const events = ['1', '2', '3', '4', '5'].map((id) => deadLetter(id));
      for (const event of events) expect(await archive().keepDeadLetter(event)).toBe(true);
      const again = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          (index % 2 ? archive() : otherArchive()).keepDeadLetter(deadLetter('3', { reason: 'again' })),
        ),
      );
      expect(again).toEqual(again.map(() => false));
      expect(await archive().keepDeadLetter(deadLetter('3', { account: 'other_bot' }))).toBe(true);
      const pages = await every((cursor) => otherArchive().deadLetters(2, cursor));
      expect(pages.map(({ providerId, account }) => `${account}/${providerId}`)).toEqual([
        'other_bot/3',
        ...['5', '4', '3', '2', '1'].map((id) => `acme_bot/${id}`),
      ]);
      expect(pages.slice(1)).toEqual(events.toReversed());
      await expect(archive().deadLetters(2, 'rubbish')).rejects.toThrow(InvalidInput);
    });

    test('of many at once under one id one is kept', async () => {
      const kept = await Promise.all(
        Array.from({ length: 10 }, (_, index) => (index % 2 ? archive() : otherArchive()).keepDeadLetter(deadLetter('9'))),
      );
      expect(kept.filter(Boolean)).toHaveLength(1);
      expect((await archive().deadLetters(10)).items).toHaveLength(1);
    });
  });

  describe('retention', () => {
    test('deletes what was closed before, oldest first, in batches, with all that belongs to it', async () => {
      const oldest = await closed(one(), 40 * DAY, {
        journal: [{ eventId: 'e1', text: 'gone' }],
      });
      const older = await closed(one(), 35 * DAY);
      const young = await closed(one(), 29 * DAY);
      const living = turnOn(newSession({ lastActivityAt: NOW - 50 * DAY, openedAt: NOW - 50 * DAY }));
      await one().commit([living], 'me', LEASE);
      await archive().keepDeadLetter(deadLetter('old', { receivedAt: NOW - 31 * DAY }));
      await archive().keepDeadLetter(deadLetter('new'));
      const before = NOW - 30 * DAY;
      expect(await otherArchive().expired(before)).toEqual({ sessions: 2, held: 0, deadLetters: 1 });
      expect(await archive().deleteExpired(before, 1)).toEqual({ sessions: 1, deadLetters: 1 });
      expect(await other().load({ id: oldest.id })).toBeUndefined();
      expect(await other().load({ address: oldest.address })).toBeUndefined();
      expect(await one().journal(oldest.id, 0, 10)).toEqual([]);
      expect(await one().load({ id: older.id })).toEqual(older);
      expect(await archive().deleteExpired(before, 10)).toEqual({ sessions: 1, deadLetters: 0 });
      expect(await archive().deleteExpired(before, 10)).toEqual({ sessions: 0, deadLetters: 0 });
      expect((await one().sessions({}, 10)).items.map(({ id }) => id)).toEqual([living.session.id, young.id]);
      expect((await archive().deadLetters(10)).items.map(({ providerId }) => providerId)).toEqual(['new']);
    });

    test('an address whose past is gone goes on', async () => {
      const past = await closed(one(), 40 * DAY, { journal: [{ eventId: 'e1' }] });
      const next = turnOn(newSession({ address: past.address, previousId: past.id, open: false, closedAt: NOW }), {
        journal: [{ eventId: 'e2' }],
      });
      expect(await one().commit([next], 'me', LEASE)).toEqual([{ ok: true }]);
      expect(await archive().deleteExpired(NOW - 30 * DAY, 10)).toEqual({ sessions: 1, deadLetters: 0 });
      expect(await one().load({ address: past.address })).toEqual(next.session);
      const after = turnOn(newSession({ address: past.address, previousId: next.session.id }), { lineage: [next.session.id, past.id] });
      expect(await other().commit([after], 'me', LEASE)).toEqual([{ ok: true }]);
      expect(await other().load({ address: past.address })).toEqual(after.session);
      expect((await one().sessions({ address: past.address }, 10)).items.map(({ id }) => id)).toEqual([after.session.id, next.session.id]);
    });

    test('two that delete at once delete each session once', async () => {
      for (let index = 0; index < 30; index += 1) await closed(one(), 31 * DAY + index);
      let deleted = 0;
      for (let round = 0; round < 10; round += 1) {
        const counts = await Promise.all([archive().deleteExpired(NOW - 30 * DAY, 5), otherArchive().deleteExpired(NOW - 30 * DAY, 5)]);
        deleted += counts[0].sessions + counts[1].sessions;
      }
      expect(deleted).toBe(30);
      expect(await one().sessions({}, 10)).toEqual({ items: [], next: null });
    });
  });

  describe('legal hold', () => {
    test('a held session is never deleted until the hold is lifted; who did it and why is kept', async () => {
      const { id } = await closed(one(), 40 * DAY);
      const before = NOW - 30 * DAY;
      expect(await archive().holds(id)).toEqual([]);
      expect(await archive().hold(id, holding())).toBe('changed');
      expect(await otherArchive().hold(id, holding({ reason: 'another' }))).toBe('unchanged');
      expect(await otherArchive().expired(before)).toEqual({ sessions: 0, held: 1, deadLetters: 0 });
      expect((await otherArchive().deleteExpired(before, 10)).sessions).toBe(0);
      expect(await one().load({ id })).toBeDefined();
      const lifted = holding({ held: false, at: NOW + 1, by: 'omar', reason: 'the case is over' });
      expect(await otherArchive().hold(id, lifted)).toBe('changed');
      expect(await archive().hold(id, lifted)).toBe('unchanged');
      expect((await archive().deleteExpired(before, 10)).sessions).toBe(1);
      expect(await otherArchive().holds(id)).toEqual([holding(), lifted]);
      expect(await archive().hold(id, holding())).toBe('no session');
      expect(await archive().hold(newId(), holding())).toBe('no session');
    });

    test('an open session can be held: turns go on, and the hold outlasts them', async () => {
      const opening = turnOn(newSession());
      await one().commit([opening], 'me', LEASE);
      const { id } = opening.session;
      expect(await archive().hold(id, holding())).toBe('changed');
      const closing = turnOn(opening.session, { row: { open: false, state: 'CLOSED', closedAt: NOW - 40 * DAY } });
      expect(await other().commit([closing], 'me', LEASE)).toEqual([{ ok: true }]);
      expect((await archive().deleteExpired(NOW, 10)).sessions).toBe(0);
      expect(await one().load({ id })).toEqual(closing.session);
      expect(await archive().hold(id, holding({ held: false }))).toBe('changed');
      expect((await archive().deleteExpired(NOW, 10)).sessions).toBe(1);
    });

    test('of a hold and a deletion that meet, one is first: no session is held and gone', async () => {
      const sessions: SessionRow[] = [];
      for (let index = 0; index < 12; index += 1) sessions.push(await closed(one(), 40 * DAY));
      const [, ...results] = await Promise.all([
        (async () => {
          for (let round = 0; round < 12; round += 1) await otherArchive().deleteExpired(NOW - 30 * DAY, 3);
        })(),
        ...sessions.map(({ id }) => archive().hold(id, holding())),
      ]);
      for (const [index, { id }] of sessions.entries())
        expect((await one().load({ id })) === undefined).toBe(results[index] === 'no session');
    });
  });

  describe('the deletion of one session', () => {
    test('takes everything of it, once, and leaves other sessions alone', async () => {
      const saying = () => closed(one(), 0, { journal: [{ text: 'a word that is found' }] });
      const [session, stays] = [await saying(), await saying()];
      await indexAll(search());
      const outcomes = await Promise.all([archive().deleteSession(session.id), otherArchive().deleteSession(session.id)]);
      expect(outcomes.toSorted()).toEqual(['deleted', 'no session']);
      expect(await other().load({ id: session.id })).toBeUndefined();
      expect(await other().load({ address: session.address })).toBeUndefined();
      expect(await other().journal(session.id, 0, 10)).toEqual([]);
      const request = { query: parseQuery('found'), filter: {}, limit: 10, profileOf: () => '' };
      expect((await search().search(request)).items.map(({ sessionId }) => sessionId)).toEqual([stays.id]);
      expect(await other().load({ id: stays.id })).toEqual(stays);
      expect(await archive().deleteSession(newId())).toBe('no session');
    });

    test('refuses one that is open, and one that is held until the hold is lifted', async () => {
      const open = turnOn(newSession());
      await one().commit([open], 'me', LEASE);
      expect(await otherArchive().deleteSession(open.session.id)).toBe('open');
      const held = await closed(one(), 0);
      await archive().hold(held.id, holding());
      expect(await otherArchive().deleteSession(held.id)).toBe('held');
      expect(await other().load({ id: held.id })).toEqual(held);
      await archive().hold(held.id, holding({ held: false }));
      expect(await otherArchive().deleteSession(held.id)).toBe('deleted');
      expect(await archive().holds(held.id)).toHaveLength(2);
    });

    test('of the latest one lets the next session open at the address', async () => {
      const latest = await closed(one(), 0);
      expect(await otherArchive().deleteSession(latest.id)).toBe('deleted');
      const next = turnOn(newSession({ address: latest.address, previousId: latest.id }));
      const outcome = await one().commit([next], 'me', LEASE);
      const again = turnOn(newSession({ address: latest.address }));
      if (outcome[0]?.ok !== true) expect(await one().commit([again], 'me', LEASE)).toEqual([{ ok: true }]);
      expect((await other().load({ address: latest.address }))?.open).toBe(true);
    });
  });

  describe('leases of chores', () => {
    test('one owner at a time, who may keep it, and whose lease runs out', async () => {
      const asked = await Promise.all(
        Array.from({ length: 8 }, (_, index) => (index % 2 ? archive() : otherArchive()).lease('chore', `owner ${index}`, NOW, NOW + 100)),
      );
      expect(asked.filter(Boolean)).toHaveLength(1);
      const owner = `owner ${asked.indexOf(true)}`;
      expect(await otherArchive().lease('chore', owner, NOW + 50, NOW + 200)).toBe(true);
      expect(await archive().lease('chore', 'late', NOW + 199, NOW + 500)).toBe(false);
      expect(await archive().lease('another', 'late', NOW, NOW + 1)).toBe(true);
      expect(await archive().lease('chore', 'late', NOW + 200, NOW + 500)).toBe(true);
      expect(await archive().lease('chore', owner, NOW + 201, NOW + 500)).toBe(false);
    });
  });
}
