import { describe, expect, test } from 'vitest';
import type { SessionId } from '#machines/ids.ts';
import type { SessionRow } from '#storage/port.ts';
import { NO_PROGRESS, type RolledSession, type RollupBatch, type RollupCount, type RollupMark, type Rollups } from '#storage/rollups.ts';
import type { Stores } from '#test/contracts/store-contract.ts';
import { LEASE, NOW, newSession, type TurnParts, turnOn } from '#test/contracts/store-fixtures.ts';

const count = (parts: Partial<RollupCount> = {}): RollupCount => ({
  ...{ measure: 'opened', bucket: 100, assistant: 'companion', channel: 'web', queue: '', agent: '', key: '' },
  ...{ n: 1, total: 0 },
  ...parts,
});

const kept = (sessionId: SessionId, parts: Partial<RolledSession> = {}): RolledSession => ({
  ...{ sessionId, seq: 1, openedAt: NOW, lastAt: NOW, assistant: 'companion', channel: 'web', queue: '', agent: '' },
  ...{ labels: [], facts: { a: ['ب', null] } },
  ...parts,
});

const batch = (parts: Partial<RollupBatch> = {}): RollupBatch => ({
  ...{ position: 0, sessions: [], counts: [], customers: [], marks: [], backTo: null, complete: false },
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

    test('read what is kept of a session, and its entries', async () => {
      const session = await commit(newSession({ assistant: 'own' }), { journal: [{}, { kind: 'note', payload: { text: 'ن' } }] });
      const { id: sessionId, address } = session;
      const source = { sessionId, address, assistant: 'own', openedAt: NOW };
      expect(await rollups().rollupSources([sessionId])).toEqual([{ ...source, rolled: undefined }]);
      const rolled = kept(sessionId, { seq: 1, labels: ['outcome:completed', 'subject:"A"'], queue: 'ن,"{' });
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

    test('list sessions by their last entry, in pages', async () => {
      const rows = [await commit(newSession()), await commit(newSession()), await commit(newSession())];
      const [first, second, third] = rows.map(({ id }, index) =>
        kept(id, { lastAt: NOW + Math.min(index, 1), labels: index === 2 ? ['outcome:abandoned'] : [], agent: index === 0 ? 'maha' : '' }),
      );
      await rollups().applyRollup(batch({ sessions: [first, second, third].flatMap((session) => session ?? []) }));
      const query = { from: NOW, to: NOW + 10, filter: {} };
      const page = await rollups().rolledSessions(query, 2);
      expect(page.items.map(({ sessionId }) => sessionId)).toEqual([third?.sessionId, second?.sessionId]);
      const next = await otherRollups().rolledSessions(query, 2, page.next ?? '');
      expect(next).toEqual({ items: [first], next: null });
      expect((await rollups().rolledSessions({ ...query, label: 'outcome:abandoned' }, 5)).items).toEqual([third]);
      expect((await rollups().rolledSessions({ ...query, filter: { agent: 'maha' } }, 5)).items).toEqual([first]);
      expect((await rollups().rolledSessions({ ...query, from: NOW + 1 }, 5)).items).toHaveLength(2);
      expect((await rollups().rolledSessions({ ...query, to: NOW }, 5)).items).toEqual([]);
    });

    test('keep their sums and nothing else of a session that is deleted', async () => {
      const session = await commit(newSession({ open: false, closedAt: NOW, state: 'CLOSED' }));
      await rollups().applyRollup(batch({ sessions: [kept(session.id)], counts: [count()] }));
      expect((await archive().deleteExpired(NOW + 1, 10)).sessions).toBe(1);
      expect(await rollups().rollupSources([session.id])).toEqual([]);
      expect((await rollups().rolledSessions({ from: 0, to: NOW + 1, filter: {} }, 10)).items).toEqual([]);
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
