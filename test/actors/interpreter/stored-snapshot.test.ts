/** What 0.1.0 stored is read as it was, and what is stored now is what 0.1.0 would have stored. */
import { describe, expect, test } from 'vitest';
import type { ActorInput } from '#actors/interpreter/input.ts';
import {
  decodeInput,
  decodeSnapshot,
  encodeInput,
  encodeSnapshot,
  nextSerialIn,
  type StoredSnapshot,
} from '#actors/interpreter/stored-snapshot.ts';
import type { Json } from '#machines/definition.ts';
import { parseSessionId } from '#machines/ids.ts';

const machine = { status: 'active', value: 'a', context: { n: 1 }, children: {}, historyValue: {} };
const timer = { serial: 3, id: 'late', source: 0, target: 0, event: { type: 'LATE' }, due: 10, cancellable: true };
const SESSION = '01a22142-b5ad-755c-8a19-b4c16a28b859';

/** Every key that 0.1.0 could store. */
const STORED: Json = {
  format: 1,
  snapshot: machine,
  timers: [timer],
  serials: { '': 0, '/kid': 1 },
  next: 9,
  absent: { '0': ['m.a'] },
  lingering: { '1': ['kid.b'] },
  orphans: [{ id: 'lost', parent: 2, path: ['kid', 'lost'], snapshot: { status: 'active', value: 'x' }, serials: { '': 4 } }],
  taken: ['printer'],
  tags: ['busy'],
  dialogues: { '5': [{ heard: { type: 'ASK', n: 1 } }, { said: { type: 'REPLY' }, to: 'parent' }], '6': null },
  underWay: {
    stimulus: { kind: 'event', event: { type: 'GO' } },
    at: 100,
    answers: [{ serial: 5, call: 7, said: [{ to: 'system:printer', event: { type: 'PRINT' } }] }],
    open: { serial: 5, call: 8, event: { type: 'ASK' } },
    next: 9,
  },
  held: [{ kind: 'timer', serial: 3 }, { kind: 'wake' }],
  lineage: [{ id: SESSION, closedAt: 50 }],
};

const READ: StoredSnapshot = {
  machine,
  timers: [timer],
  serials: { '': 0, '/kid': 1 },
  nextSerial: 9,
  missingStates: { '0': ['m.a'] },
  surplusStates: { '1': ['kid.b'] },
  detachedChildren: [{ id: 'lost', parent: 2, path: ['kid', 'lost'], snapshot: { status: 'active', value: 'x' }, serials: { '': 4 } }],
  reservedSystemIds: ['printer'],
  tags: ['busy'],
  callbackHistories: { '5': [{ received: { type: 'ASK', n: 1 } }, { sent: { to: 'parent', event: { type: 'REPLY' } } }], '6': null },
  interruptedStep: {
    input: { kind: 'event', event: { type: 'GO' } },
    at: 100,
    answers: [{ serial: 5, call: 7, sent: [{ to: 'system:printer', event: { type: 'PRINT' } }] }],
    openCall: { serial: 5, call: 8, event: { type: 'ASK' } },
    nextSerial: 9,
  },
  heldInputs: [{ kind: 'timer', serial: 3 }, { kind: 'wake' }],
  lineage: [{ id: parseSessionId(SESSION), closedAt: 50 }],
};

describe('a stored snapshot', () => {
  test('of 0.1.0 with every key is read', () => {
    expect(decodeSnapshot(STORED)).toEqual(READ);
  });

  test('is stored under the keys of 0.1.0', () => {
    expect(encodeSnapshot(READ)).toEqual(STORED);
  });

  test('has no key for what a session does not have', () => {
    const { machine, timers, serials, nextSerial } = READ;
    const stored = encodeSnapshot({ machine, timers, serials, nextSerial });
    expect(Object.keys(Object(stored))).toEqual(['format', 'snapshot', 'timers', 'serials', 'next']);
    expect(decodeSnapshot(stored)).toEqual({ machine, timers, serials, nextSerial });
  });

  test('may wait in its beginning', () => {
    const beginning = { kind: 'beginning', input: { name: 'x' }, firstSerial: 0 } as const;
    const underWay = { stimulus: beginning, at: 1, answers: [], open: { serial: 1, call: 2 }, next: 3 };
    const stored = { format: 1, snapshot: machine, timers: [], serials: {}, next: 0, underWay };
    const read = decodeSnapshot(stored);
    expect(read.interruptedStep).toEqual({ input: beginning, at: 1, answers: [], openCall: { serial: 1, call: 2 }, nextSerial: 3 });
    expect(encodeSnapshot(read)).toEqual(stored);
    expect(nextSerialIn(stored)).toBe(3);
  });

  test.each<[string, Json]>([
    ['of another format', { ...Object(STORED), format: 2 }],
    ['without timers', { ...Object(STORED), timers: null }],
    ['with an input of an unknown kind', { ...Object(STORED), held: [{ kind: 'shake' }] }],
    ['of a program before 0.1.0', { ...Object(STORED), mailboxes: [{}] }],
  ])('%s is unreadable', (_what, stored) => {
    expect(() => decodeSnapshot(stored)).toThrow(expect.objectContaining({ code: 'unreadable_snapshot' }));
  });

  test('that is unreadable may still say which serials it gave away', () => {
    expect(nextSerialIn({ format: 7, next: 12 })).toBe(12);
    expect(nextSerialIn({ format: 7 })).toBeUndefined();
    expect(nextSerialIn('nothing')).toBeUndefined();
  });
});

describe('a stored input', () => {
  const event = { type: 'E', list: [1] };
  test.each<[Json, ActorInput]>([
    [
      { kind: 'event', event },
      { kind: 'event', event },
    ],
    [
      { kind: 'timer', serial: 1 },
      { kind: 'timer', serial: 1 },
    ],
    [
      { kind: 'drop', serial: 1 },
      { kind: 'drop', serial: 1 },
    ],
    [
      { kind: 'signal', serial: 1, to: 'self', event, prompt: true },
      { kind: 'signal', serial: 1, to: 'self', event, prompt: true },
    ],
    [
      { kind: 'answer', serial: 1, call: 2, said: [{ to: 'parent', event }] },
      { kind: 'answer', serial: 1, call: 2, sent: [{ to: 'parent', event }] },
    ],
    [
      { kind: 'hold', stimulus: { kind: 'event', event } },
      { kind: 'hold', input: { kind: 'event', event } },
    ],
    [
      { kind: 'hold', stimulus: { kind: 'answer', serial: 1, call: 2, said: [] }, first: true },
      { kind: 'hold', input: { kind: 'answer', serial: 1, call: 2, sent: [] }, first: true },
    ],
    [{ kind: 'abandon' }, { kind: 'abandon' }],
    [{ kind: 'wake' }, { kind: 'wake' }],
    [{ kind: 'release' }, { kind: 'release' }],
    [{ kind: 'skip' }, { kind: 'skip' }],
  ])('%j', (stored, input) => {
    expect(decodeInput(stored)).toEqual(input);
    expect(encodeInput(input)).toEqual(stored);
  });

  test('of no known kind is none', () => {
    expect(decodeInput({ kind: 'shake' })).toBeUndefined();
    expect(decodeInput(undefined)).toBeUndefined();
  });
});
