import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type AgentState, KEPT_WAITS } from '#storage/handoff.ts';
import type { Stores } from '#test/contracts/store-contract.ts';

const NOW = 1_790_000_000_000;

export function describeHandoff({ handoff, otherHandoff }: Stores): void {
  const stateOf = async (agentId: string): Promise<AgentState | undefined> =>
    (await otherHandoff().agentStates()).find((state) => state.agentId === agentId);

  describe('the handoff', () => {
    test('knows when each agent was seen last, on every instance, whatever the order', async () => {
      const [one, two] = [randomUUID(), 'ليلى "L" \\ {x}'];
      await handoff().seen([], NOW);
      expect(await stateOf(one)).toBeUndefined();
      await Promise.all([handoff().seen([one, two, one], NOW + 5), otherHandoff().seen([two, one], NOW + 9), handoff().seen([one], NOW)]);
      expect(await stateOf(one)).toEqual({ agentId: one, seenAt: NOW + 9, away: false, assignedAt: null });
      expect(await stateOf(two)).toMatchObject({ seenAt: NOW + 9 });
    });

    test('keeps who is away and who got a session last, each by itself', async () => {
      const id = randomUUID();
      await handoff().setAway(id, true);
      expect(await stateOf(id)).toEqual({ agentId: id, seenAt: null, away: true, assignedAt: null });
      await otherHandoff().assigned(id, NOW + 2);
      await handoff().assigned(id, NOW + 1);
      await handoff().seen([id], NOW);
      expect(await stateOf(id)).toEqual({ agentId: id, seenAt: NOW, away: true, assignedAt: NOW + 2 });
      await handoff().setAway(id, false);
      await handoff().setAway(id, false);
      expect(await stateOf(id)).toMatchObject({ away: false, seenAt: NOW });
    });

    test('has the last waits of each queue, newest first', async () => {
      const queue = randomUUID();
      for (let index = 0; index < KEPT_WAITS + 3; index += 1) await handoff().waited(queue, NOW + index, index * 1_000);
      await handoff().waited(null, NOW, 7);
      expect((await otherHandoff().waits(queue, 0, 3)).map((ms) => ms / 1_000)).toEqual([52, 51, 50]);
      expect(await handoff().waits(queue, NOW + KEPT_WAITS, 100)).toEqual([52_000, 51_000]);
      expect(await handoff().waits(queue, 0, 1_000)).toHaveLength(KEPT_WAITS);
      expect(await otherHandoff().waits(null, 0, 1)).toEqual([7]);
      expect(await handoff().waits(randomUUID(), 0, 1)).toEqual([]);
    });
  });
}
