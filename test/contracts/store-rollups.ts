import { describe, expect, test } from 'vitest';
import type { SessionId } from '#machines/ids.ts';
import type { SessionRow } from '#storage/port.ts';
import {
  BUCKET_MS,
  NO_PROGRESS,
  type RolledSession,
  type RollupBatch,
  type RollupCount,
  type RollupLabel,
  type RollupMark,
  type Rollups,
} from '#storage/rollups.ts';
import type { Stores } from '#test/contracts/store-contract.ts';
import { LEASE, NOW, newSession, type TurnParts, turnOn } from '#test/contracts/store-fixtures.ts';

const count = (parts: Partial<RollupCount> = {}): RollupCount => ({
  ...{ measure: 'opened', bucket: 100, assistant: 'companion', channel: 'web', queue: '', agent: '', key: '' },
  ...{ n: 1, total: 0 },
  ...parts,
});

const kept = (sessionId: SessionId, parts: Partial<RolledSession> = {}): RolledSession => ({
  ...{ sessionId, seq: 1, openedAt: NOW, lastAt: NOW, assistant: 'companion', channel: 'web', queue: '', agent: '' },
  facts: { a: ['ب', null] },
  ...parts,
});

const batch = (parts: Partial<RollupBatch> = {}): RollupBatch => ({
  ...{ position: 0, sessions: [], counts: [], labels: [], customers: [], marks: [], backTo: null, complete: false },
  ...parts,
});

const label = (sessionId: SessionId, name: string, bucket: number, parts: Partial<RollupLabel> = {}): RollupLabel => ({
  ...{ sessionId, label: name, bucket, assistant: 'companion', channel: 'web', queue: '', agent: '' },
  ...parts,
});

const ALL = { measures: ['opened', 'closed'], edges: [0, 1_000], filter: {}, byKey: false };

export function describeRollups({ one, archive, rollups, otherRollups }: Stores): void {
  const commit = async (before: SessionRow, parts: TurnParts = {}): Promise<SessionRow> => {
    const turn = turnOn(before, parts);
    expect(await one().commit([turn], 'me', LEASE)).toEqual([{ ok: true }]);
    return turn.session;
  };
  const marked = async (from: Rollups = rollups()): Promise<string[]> =>
    [...new Set((await from.rollupMarks(100)).map(({ sessionId }) => sessionId))].sort();

  describe('roll-ups', () => {
    test('have a mark of each session with new entries, until a batch has counted them', async () => {
      expect(await rollups().rollupProgress()).toEqual(NO_PROGRESS);
      const [a, b] = [await commit(newSession()), await commit(newSession())];
      expect(await marked(otherRollups())).toEqual([a.id, b.id].sort());
      const marks = (await rollups().rollupMarks(100)).filter(({ sessionId }) => sessionId === a.id);
      const again = await commit(a);
      expect(await rollups().applyRollup(batch({ marks, sessions: [kept(a.id)] }))).toBe(true);
      // The turn after the marks were read left another one.
      expect(await marked()).toEqual([a.id, b.id].sort());
      const rest = await rollups().rollupMarks(100);
      expect(await otherRollups().applyRollup(batch({ position: 1, marks: rest }))).toBe(true);
      expect(await marked()).toEqual([]);
      await commit(again, { journal: [], row: { wakeAt: NOW } });
      expect(await marked()).toEqual([]);
    });

    test('leave no mark of a turn that lost', async () => {
      const session = await commit(newSession());
      await rollups().applyRollup(batch({ marks: await rollups().rollupMarks(10) }));
      const late = turnOn({ ...session, version: 0 });
      expect(await one().commit([late], 'me', LEASE)).toEqual([{ ok: false, reason: 'conflict' }]);
      expect(await marked()).toEqual([]);
    });

    test('take a batch once, whole', async () => {
      const session = await commit(newSession());
      const marks: readonly RollupMark[] = await rollups().rollupMarks(10);
      const parts = { sessions: [kept(session.id)], counts: [count()], customers: [{ key: 'k', days: [1, 5] }], marks };
      const outcomes = await Promise.all([rollups(), otherRollups()].map((from) => from.applyRollup(batch(parts))));
      expect(outcomes.toSorted()).toEqual([false, true]);
      expect(await rollups().rollupSums(ALL)).toEqual([{ measure: 'opened', step: 0, group: '', key: '', n: 1, total: 0 }]);
      expect((await otherRollups().rollupProgress()).position).toBe(1);
      expect(await rollups().applyRollup(batch({ position: 7, counts: [count()], customers: [{ key: 'k', days: [] }] }))).toBe(false);
      expect(await rollups().rolledCustomers(['k', 'other'])).toEqual([{ key: 'k', days: [1, 5] }]);
      expect((await rollups().rollupSums(ALL))[0]?.n).toBe(1);
    });

    test('forget customers, also if a batch under way has read them', async () => {
      const customers = [
        { key: 'k', days: [1, 5] },
        { key: 'l', days: [2] },
      ];
      await rollups().applyRollup(batch({ customers, counts: [count()] }));
      await otherRollups().forgetCustomers(['k', 'nobody']);
      expect(await rollups().applyRollup(batch({ position: 1, customers: [{ key: 'k', days: [1, 5, 6] }] }))).toBe(false);
      expect(await rollups().rolledCustomers(['k', 'l'])).toEqual([{ key: 'l', days: [2] }]);
      expect(await rollups().rollupSums(ALL)).toHaveLength(1);
    });

    test('read what is kept of a session, and its entries', async () => {
      const session = await commit(newSession({ assistant: 'own' }), { journal: [{}, { kind: 'note', payload: { text: 'ن' } }] });
      const { id: sessionId, address } = session;
      const source = { sessionId, address, assistant: 'own', openedAt: NOW };
      expect(await rollups().rollupSources([sessionId])).toEqual([{ ...source, rolled: undefined }]);
      const rolled = kept(sessionId, { seq: 1, queue: 'ن,"{' });
      await rollups().applyRollup(batch({ sessions: [rolled] }));
      expect(await otherRollups().rollupSources([sessionId])).toEqual([{ ...source, rolled }]);
      const entries = await rollups().rollupEntries([{ sessionId, after: 1 }], 10);
      expect(entries).toMatchObject([{ sessionId, seq: 2, at: NOW, kind: 'note', payload: { text: 'ن' } }]);
    });

    test('add up by step, dimension and key, with filters', async () => {
      const counts = [
        count({ bucket: 99 }),
        count({ bucket: 100, total: 5 }),
        count({ bucket: 100, total: 2 }),
        count({ bucket: 101, channel: 'telegram', key: 'x' }),
        count({ bucket: 102, agent: 'maha', key: 'x', n: -1, total: 3 }),
        count({ bucket: 100, measure: 'other' }),
      ];
      await rollups().applyRollup(batch({ counts: counts.slice(0, 3) }));
      await rollups().applyRollup(batch({ position: 1, counts: counts.slice(3) }));
      const sums = async (parts: Partial<Parameters<Rollups['rollupSums']>[0]>) =>
        (await rollups().rollupSums({ measures: ['opened'], edges: [100, 101, 110], filter: {}, byKey: false, ...parts }))
          .map(({ step, group, key, n, total }) => [step, group, key, n, total])
          .toSorted();
      expect(await sums({})).toEqual([
        [0, '', '', 2, 7],
        [1, '', '', 0, 3],
      ]);
      expect(await sums({ by: 'channel' })).toEqual([
        [0, 'web', '', 2, 7],
        [1, 'telegram', '', 1, 0],
        [1, 'web', '', -1, 3],
      ]);
      expect(await sums({ byKey: true, filter: { channel: 'web' } })).toEqual([
        [0, '', '', 2, 7],
        [1, '', 'x', -1, 3],
      ]);
      expect(await sums({ filter: { agent: 'maha', channel: 'web', assistant: 'companion', queue: '' } })).toEqual([[1, '', '', -1, 3]]);
      expect(await sums({ filter: { agent: 'nobody' } })).toEqual([]);
    });

    test('list sessions by when they were opened, in pages', async () => {
      const rows = [await commit(newSession()), await commit(newSession()), await commit(newSession())];
      const sessions = rows.map(({ id }, index) => kept(id, { openedAt: NOW + Math.min(index, 1), agent: index === 0 ? 'maha' : '' }));
      await rollups().applyRollup(batch({ sessions }));
      const ids = (page: { readonly items: readonly { readonly sessionId: string }[] }) => page.items.map(({ sessionId }) => sessionId);
      const bucket = Math.floor(NOW / BUCKET_MS);
      const query = { from: bucket, to: bucket + 1, filter: {} };
      const [first, second, third] = rows.map(({ id }) => id);
      const page = await rollups().listedSessions(query, 2);
      expect(ids(page)).toEqual([third, second]);
      const next = await otherRollups().listedSessions(query, 2, page.next ?? '');
      expect(ids(next)).toEqual([first]);
      expect(next.next).toBeNull();
      expect(ids(await rollups().listedSessions({ ...query, filter: { agent: 'maha' } }, 5))).toEqual([first]);
      expect(ids(await rollups().listedSessions({ ...query, from: bucket + 1, to: bucket + 2 }, 5))).toEqual([]);
      expect(ids(await rollups().listedSessions({ ...query, from: bucket - 1, to: bucket }, 5))).toEqual([]);
    });

    test('list sessions by when they counted for something, each once', async () => {
      const rows = [await commit(newSession()), await commit(newSession()), await commit(newSession())];
      const [first, second, third] = rows.map(({ id }) => id);
      if (first === undefined || second === undefined || third === undefined) throw new Error('three were made');
      const sessions = rows.map(({ id }) => kept(id));
      const asked = (id: SessionId, bucket: number, parts: Partial<RollupLabel> = {}) => label(id, 'question:/analyze', bucket, parts);
      const labels = [asked(first, 100), asked(first, 104), asked(first, 104), asked(second, 102), asked(third, 110)];
      await rollups().applyRollup(batch({ sessions, labels: [...labels, label(second, 'outcome:"a\nن', 102)] }));
      const late = [asked(first, 106, { agent: 'maha' })];
      await otherRollups().applyRollup(batch({ position: 1, sessions, labels: late }));
      const query = { from: 100, to: 110, filter: {}, label: 'question:/analyze' };
      const ids = async (parts: Partial<typeof query> & { filter?: { agent: string } } = {}) =>
        (await rollups().listedSessions({ ...query, ...parts }, 5)).items.map(({ sessionId }) => sessionId);
      expect(await ids()).toEqual([first, second]);
      expect(await ids({ to: 102 })).toEqual([first]);
      expect(await ids({ to: 111 })).toEqual([third, first, second]);
      expect(await ids({ filter: { agent: 'maha' } })).toEqual([first]);
      expect(await ids({ from: 101, to: 106, filter: { agent: '' } })).toEqual([first, second]);
      const page = await rollups().listedSessions(query, 1);
      const next = await otherRollups().listedSessions(query, 1, page.next ?? '');
      expect([...page.items, ...next.items].map(({ sessionId }) => sessionId)).toEqual([first, second]);
      expect(next.items[0]?.labels).toEqual(['outcome:"a\nن', 'question:/analyze']);
      expect(next.next).toBeNull();
    });

    test('have nothing to add up where nothing was counted yet', async () => {
      expect(await rollups().condenseRollups(96 * 20_000)).toBe(false);
      await rollups().applyRollup(batch({ complete: true }));
      expect(await rollups().condenseRollups(96 * 20_000)).toBe(false);
    });

    test('add up the same once hours and days are condensed', async () => {
      const [start, days] = [96 * 20_000, 3];
      const numbers = Array.from({ length: 400 }, (_, index) => (index * 7919) % (days * 96));
      const counts = numbers.map((offset, index) =>
        count({
          ...{ bucket: start + offset, measure: index % 5 === 0 ? 'closed' : 'opened', key: String(index % 3), total: index },
          ...{
            channel: index % 2 === 0 ? 'web' : 'telegram',
            queue: index % 7 === 0 ? 'sales' : '',
            agent: index % 4 === 0 ? 'maha' : 'omar',
          },
        }),
      );
      const steps = (first: number, length: number, number: number) =>
        Array.from({ length: number + 1 }, (_, index) => first + index * length);
      const edges = [
        steps(start, 96, 3),
        steps(start + 22, 96, 2),
        steps(start + 1, 4, 40),
        [start + 3, start + 285],
        [start - 50, start + 700],
      ];
      const filters = [
        {},
        { channel: 'web' },
        { queue: 'sales' },
        { agent: 'maha', channel: 'web' },
        { assistant: 'companion', channel: 'web' },
      ];
      const questions = edges.flatMap((of) =>
        filters.flatMap((filter) => [
          { measures: ['opened', 'closed'], edges: of, filter, byKey: true },
          ...(['agent', 'channel'] as const).map((by) => ({ measures: ['opened'], edges: of, filter, byKey: false, by })),
        ]),
      );
      const answers = async () =>
        Promise.all(questions.map(async (question) => (await rollups().rollupSums(question)).map((sum) => JSON.stringify(sum)).toSorted()));
      await rollups().applyRollup(batch({ counts, complete: true }));
      const before = await answers();
      expect(before.every((sums) => sums.length > 0)).toBe(true);
      // Two instances that add up at once do it once.
      for (let more = true; more; )
        more = (await Promise.all([rollups(), otherRollups()].map((from) => from.condenseRollups(start + 215)))).some((has) => has);
      expect(await answers()).toEqual(before);
      // What is counted late is in the sums that there are.
      const { position } = await rollups().rollupProgress();
      const late = [
        count({ bucket: start + 3, n: 5 }),
        count({ bucket: start + 3, n: -1, total: 4 }),
        count({ bucket: start + 211, agent: 'maha' }),
      ];
      await rollups().applyRollup(batch({ position, counts: [...late, count({ bucket: start - 40 })], complete: true }));
      const after = await answers();
      expect(after).not.toEqual(before);
      while (await otherRollups().condenseRollups(start + 500)) {}
      expect(await answers()).toEqual(after);
    });

    test('keep their sums and nothing else of a session that is deleted', async () => {
      const session = await commit(newSession({ open: false, closedAt: NOW, state: 'CLOSED' }));
      await rollups().applyRollup(batch({ sessions: [kept(session.id)], labels: [label(session.id, 'taken', 5)], counts: [count()] }));
      expect((await archive().deleteExpired(NOW + 1, 10)).sessions).toBe(1);
      expect(await rollups().rollupSources([session.id])).toEqual([]);
      const query = { from: 0, to: Math.ceil(NOW / BUCKET_MS) + 1, filter: {} };
      expect((await rollups().listedSessions(query, 10)).items).toEqual([]);
      expect((await rollups().listedSessions({ ...query, label: 'taken' }, 10)).items).toEqual([]);
      expect(await rollups().rollupSums(ALL)).toHaveLength(1);
    });

    test('list the sessions of before, newest first', async () => {
      const ids = [await commit(newSession()), await commit(newSession()), await commit(newSession())].map(({ id }) => id).sort();
      const newest = ids.toReversed();
      expect(await rollups().rollupHistory(2, null)).toEqual(newest.slice(0, 2));
      expect(await rollups().rollupHistory(2, newest[1] ?? null)).toEqual(newest.slice(2));
      await rollups().applyRollup(batch({ backTo: newest[1] ?? null, complete: true }));
      expect(await otherRollups().rollupProgress()).toEqual({ position: 1, backTo: newest[1], complete: true });
    });
  });
}
