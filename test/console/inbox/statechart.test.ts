/** The small statechart, drawn from the real machine. */
import { describe, expect, it } from 'vitest';
import { type AnyStateMachine, createMachine } from 'xstate';
import { borderPoint, chartOf, STATE } from '#console/inbox/statechart-layout.ts';
import { graphOf } from '#machines/graph.ts';
import { sessionMachine } from '#machines/session/machine.ts';

const named = (machine: AnyStateMachine) => graphOf({ id: 'machine', version: 1, machine });
const graph = named(sessionMachine);
const shape = (key: string) => {
  const chart = chartOf(mutable(graph), key);
  return { rows: [...Map.groupBy(chart?.states ?? [], ({ y }) => y).values()].map((row) => row.map((state) => state.key)), chart };
};
const mutable = ({ nodes, edges }: typeof graph) => ({ nodes: [...nodes], edges: edges.map(({ from, to }) => ({ from, to: [...to] })) });

describe('the layout', () => {
  it.each(['NEW', 'ACTIVE', 'WAITING_AGENT', 'IDLE', 'CLOSED'])('of %s is the lifecycle, from its beginning to its end', (key) => {
    expect(shape(key).rows).toEqual([['NEW'], ['ACTIVE', 'WAITING_AGENT'], ['IDLE'], ['CLOSED']]);
  });

  it('has one line for two states, with both ways where both lead', () => {
    const { chart } = shape('ACTIVE');
    const lines = chart?.edges.map(({ from, to, both }) => `${from.key} ${both ? '⇄' : '→'} ${to.key}`).toSorted();
    expect(lines).toEqual([
      'ACTIVE → CLOSED',
      'ACTIVE ⇄ IDLE',
      'ACTIVE ⇄ WAITING_AGENT',
      'IDLE → CLOSED',
      'IDLE → WAITING_AGENT',
      'NEW → ACTIVE',
      'NEW → CLOSED',
      'NEW → WAITING_AGENT',
      'WAITING_AGENT → CLOSED',
    ]);
  });

  it('keeps states apart and in the drawing, and lines between them', () => {
    const { chart } = shape('IDLE');
    const states = chart?.states ?? [];
    for (const [index, a] of states.entries()) {
      expect(a.x).toBeGreaterThanOrEqual(0);
      expect(a.x + STATE.width).toBeLessThanOrEqual(chart?.width ?? 0);
      expect(a.y + STATE.height).toBeLessThanOrEqual(chart?.height ?? 0);
      for (const b of states.slice(index + 1)) expect(Math.abs(a.x - b.x) >= STATE.width || Math.abs(a.y - b.y) >= STATE.height).toBe(true);
    }
    const [above, , , below] = states;
    if (above === undefined || below === undefined) return expect.fail('four states are drawn');
    expect(borderPoint(above, below).y).toBe(above.y + STATE.height);
  });

  it('takes a machine of another kind, and draws nothing of one that has no such state', () => {
    const other = named(createMachine({ initial: 'a', states: { a: { on: { go: 'b' } }, b: {}, lost: {}, end: { type: 'final' } } }));
    expect(chartOf(mutable(other), 'b')?.states.map(({ key }) => key)).toEqual(['a', 'b', 'lost', 'end']);
    expect(chartOf(mutable(other), 'nowhere')).toBeUndefined();
  });
});
