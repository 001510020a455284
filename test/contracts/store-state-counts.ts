import { describe, expect, test } from 'vitest';
import type { SessionRow } from '#storage/port.ts';
import type { StateCount } from '#storage/state-counts.ts';
import type { Stores } from '#test/contracts/store-contract.ts';
import { LEASE, NOW, newId, newSession, type TurnParts, turnOn } from '#test/contracts/store-fixtures.ts';

export function describeStateCounts({ one, other, stateCounts, otherStateCounts }: Stores): void {
  const commit = async (before: SessionRow, parts: TurnParts = {}): Promise<SessionRow> => {
    const turn = turnOn(before, parts);
    expect(await one().commit([turn], 'me', LEASE)).toEqual([{ ok: true }]);
    return turn.session;
  };
  const counted = async (): Promise<Readonly<Record<string, number>>> => {
    const named = (counts: readonly StateCount[]) =>
      Object.fromEntries(
        counts.map(({ machineId, machineVersion, state, sessions }) => [`${machineId}@${machineVersion} ${state}`, sessions]),
      );
    const here = named(await stateCounts().stateCounts());
    expect(named(await otherStateCounts().stateCounts())).toEqual(here);
    return here;
  };

  describe('counts of states', () => {
    test('are of open sessions, by machine, version and state', async () => {
      expect(await counted()).toEqual({});
      for (const state of ['NEW', 'ACTIVE', 'ACTIVE']) await commit(newSession({ state }));
      await commit(newSession({ state: 'ACTIVE', machineVersion: 2 }));
      await commit(newSession({ state: '{"a":"ب"}', machineId: 'own' }));
      await commit(newSession({ state: 'CLOSED', open: false, closedAt: NOW }));
      expect(await counted()).toEqual({ 'session@1 NEW': 1, 'session@1 ACTIVE': 2, 'session@2 ACTIVE': 1, 'own@1 {"a":"ب"}': 1 });
    });

    test('follow each turn, its migration and its end', async () => {
      let session = await commit(newSession({ state: 'NEW' }));
      session = await commit(session);
      expect(await counted()).toEqual({ 'session@1 NEW': 1 });
      session = await commit(session, { row: { state: 'ACTIVE' } });
      session = await commit(session, { row: { machineVersion: 2 } });
      expect(await counted()).toEqual({ 'session@2 ACTIVE': 1 });
      session = await commit(session, { row: { state: 'CLOSED', open: false, closedAt: NOW } });
      expect(await counted()).toEqual({});
      await commit(newSession({ id: newId(), address: session.address, previousId: session.id, state: 'NEW' }));
      expect(await counted()).toEqual({ 'session@1 NEW': 1 });
    });

    test('leave out a turn that lost', async () => {
      const session = await commit(newSession({ state: 'NEW' }));
      const rivals = [one(), other()].map((store, index) => store.commit([turnOn(session, { row: { state: `S${index}` } })], 'me', LEASE));
      await Promise.all(rivals);
      expect(Object.values(await counted())).toEqual([1]);
      expect(await counted()).not.toHaveProperty('session@1 NEW');
    });
  });
}
