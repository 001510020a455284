/** What is told of a machine in text, which is Mermaid, the outline, changes and counts. */
import { describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import { differences } from '#machines/drawing/compare.ts';
import { mermaidOf } from '#machines/drawing/mermaid.ts';
import { type OutlineItem, outlineOf } from '#machines/drawing/outline.ts';
import { countsByState, isInState } from '#machines/drawing/state-counts.ts';
import { cutText, textWidth } from '#machines/drawing/text-width.ts';
import { duration } from '#machines/drawing/words.ts';
import { graphOf } from '#machines/graph.ts';
import { sessionDefinitions } from '#machines/session/definition.ts';
import { OUTLINE_WORDS as words } from './outline-words.ts';
import { TWENTY } from './twenty.ts';

const hard = Object.entries(TWENTY).map(([name, machine]) => [name, graphOf({ id: machine.id, version: 1, machine })] as const);
const versions = sessionDefinitions().map(graphOf);

describe.each(hard)('the texts of %s', (_, graph) => {
  const all = (item: OutlineItem): readonly OutlineItem[] => [item, ...item.children.flatMap(all)];
  const items = all(outlineOf(graph, { words })).filter(({ id }) => !id.includes('▸'));

  it('have each state and each transition once in the outline', () => {
    expect(items.map(({ id }) => id).toSorted()).toEqual(graph.nodes.map(({ id }) => id).toSorted());
    const lines = items.flatMap(({ lines: some }) => some.filter((line) => / — (stays|again|to )/.test(line)));
    expect(lines.length).toBe(graph.edges.length);
  });

  it('have each state once in Mermaid, and names as text alone', () => {
    const lines = mermaidOf(graph).trimEnd().split('\n');
    const declared = lines.flatMap((line) => /^ *state "[^"]*" as (s\d+)$/.exec(line)?.[1] ?? []);
    expect(declared.length).toBe(graph.nodes.length);
    expect(new Set(declared).size).toBe(declared.length);
    const open = lines.filter((line) => line.endsWith(' {')).length;
    expect(lines.filter((line) => line.trim() === '}').length).toBe(open);
    for (const line of lines) expect(line).not.toMatch(/<|%%\{|\]\]/);
  });
});

it('the outline says what is active, and how many sessions are there', () => {
  const [graph] = versions;
  if (graph === undefined) return expect.fail('there is a version');
  const item = outlineOf(graph, { words, lit: new Set(['']), counts: new Map([['CLOSED', 3]]) });
  expect(item.facts).toEqual(['compound', 'active']);
  expect(item.children.at(-1)).toMatchObject({ id: 'CLOSED', facts: ['final', '3 sessions'] });
});

describe('what changed between two versions', () => {
  const of = (states: object) =>
    graphOf({ id: 'm', version: 1, machine: createMachine({ id: 'm', initial: 'a', states: { ...states, b: {} } }) });

  it('is nothing for the same machine, whatever the order of its transitions', () => {
    expect(differences(of({ a: { on: { X: 'b', Y: 'b' } } }), of({ a: { on: { Y: 'b', X: 'b' } } }))).toEqual([]);
  });

  it('is each state and transition that one has and the other has not', () => {
    const before = of({ a: { on: { X: 'b', OLD: 'b' } }, gone: {} });
    const after = of({ a: { on: { X: 'b', NEW: { target: 'b', actions: 'log' } }, entry: 'greet' }, added: {} });
    expect(differences(before, after).map(({ kind, what, state, text }) => `${kind} ${what} ${state} ${text}`.trim())).toEqual([
      'removed state gone',
      'changed state a',
      'added state added',
      'removed transition a OLD → b',
      'added transition a NEW / log → b',
    ]);
  });

  it('of the session machine has its memory', () => {
    const [one, two] = versions;
    if (one === undefined || two === undefined) return expect.fail('there are versions');
    const added = differences(one, two).filter(({ kind, what }) => kind === 'added' && what === 'state');
    expect(added.map(({ state }) => state)).toEqual(['open.memory', 'open.memory.idle', 'open.memory.summarising']);
  });
});

describe('counts of sessions', () => {
  const graph = versions.at(-1) ?? expect.unreachable();

  it('stand at the state of that name, or at all states of a value', () => {
    expect([...countsByState(graph, { ACTIVE: 2, NOWHERE: 5 })]).toEqual([['open.lifecycle.ACTIVE', 2]]);
    const value = JSON.stringify({ open: { answer: 'quiet' } });
    expect([...countsByState(graph, { [value]: 3, quiet: 1 })]).toEqual([
      ['open', 3],
      ['open.answer', 3],
      ['open.answer.quiet', 4],
    ]);
    expect(countsByState(graph, { '{broken': 1 }).size).toBe(0);
    expect(isInState(graph, value, 'open.answer.quiet')).toBe(true);
    expect(isInState(graph, 'NEW', 'open.answer.quiet')).toBe(false);
  });
});

describe('words', () => {
  it.each([
    [0, '0 ms'],
    [800, '800 ms'],
    [1_500, '1.5 s'],
    [90_000, '1.5 min'],
    [86_400_000, '1 d'],
    [1_234, '1234 ms'],
  ])('%i milliseconds are %s', (ms, text) => expect(duration(ms)).toBe(text));

  it('are cut between characters as people see them', () => {
    expect(cutText('short', 20)).toBe('short');
    const cut = cutText('👩‍👩‍👧'.repeat(20), 20);
    expect(cut).toMatch(/^(👩‍👩‍👧)+…$/u);
    expect(textWidth(cut, 1)).toBeLessThanOrEqual(20);
    expect(cutText('a\n\u0000b\ud800', 9)).toBe('a b\ufffd');
  });
});
