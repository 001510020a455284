import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { activeStates } from '#machines/graph.ts';
import { jsonChanges } from '#machines/json-changes.ts';

describe('changes of JSON', () => {
  test('name each value that differs by its path', () => {
    const before = { a: 1, same: { x: [1] }, gone: true, list: ['a', 'b'], deep: { 'k/~': { v: null } } };
    const after = { a: 2, same: { x: [1] }, list: ['a', 'c', 'd'], deep: { 'k/~': { v: 0 } }, new: [] };
    expect(jsonChanges(before, after)).toEqual([
      { path: '/a', before: 1, after: 2 },
      { path: '/list/1', before: 'b', after: 'c' },
      { path: '/list/2', after: 'd' },
      { path: '/deep/k~1~0/v', before: null, after: 0 },
      { path: '/new', after: [] },
      { path: '/gone', before: true },
    ]);
    expect(jsonChanges(undefined, { a: 1 })).toEqual([{ path: '', after: { a: 1 } }]);
    expect(jsonChanges([1], { a: 1 })).toEqual([{ path: '', before: [1], after: { a: 1 } }]);
  });

  test('show a window that moved on as what left it and what came', () => {
    const messages = [1, 2, 3, 4, 5].map((id) => ({ id }));
    expect(jsonChanges(messages.slice(0, 4), messages.slice(1))).toEqual([
      { path: '/0', before: { id: 1 } },
      { path: '/3', after: { id: 5 } },
    ]);
    expect(jsonChanges([1, 2, 3], [1])).toEqual([
      { path: '/1', before: 2 },
      { path: '/2', before: 3 },
    ]);
  });

  test('are none exactly if the values are equal', () => {
    const json = fc.jsonValue({ maxDepth: 3 });
    fc.assert(
      fc.property(json, json, (a, b) => {
        const [one, other] = [JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b))];
        expect(jsonChanges(one, structuredClone(one))).toEqual([]);
        expect(jsonChanges(one, other).length === 0).toBe(JSON.stringify(sorted(one)) === JSON.stringify(sorted(other)));
      }),
    );
  });
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  // Kept apart from a list, because an empty one is not an empty record.
  return {
    entries: Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  };
}

test('active states are the keys from the root down', () => {
  expect(activeStates('CLOSED')).toEqual(['', 'CLOSED']);
  expect(activeStates({ open: { lifecycle: { ACTIVE: 'bot' }, 'a.b': 'x' } })).toEqual([
    '',
    'open',
    'open.lifecycle',
    'open.lifecycle.ACTIVE',
    'open.lifecycle.ACTIVE.bot',
    'open.a\\.b',
    'open.a\\.b.x',
  ]);
});
