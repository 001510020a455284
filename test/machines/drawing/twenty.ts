/** Twenty machines that are hard to draw, by what is hard about them. */
import { type AnyStateMachine, and, createMachine, raise, setup } from 'xstate';

type Config = Record<string, unknown>;

/** XState's types describe machines that are written by hand. These are made. */
function machineOf(id: string, config: Config): AnyStateMachine {
  return createMachine({ id, ...config } as Parameters<typeof createMachine>[0]);
}

const range = (length: number): readonly number[] => Array.from({ length }, (_, index) => index);

function states(keys: readonly string[], of: (key: string, index: number) => Config): Record<string, Config> {
  return Object.fromEntries(keys.map((key, index) => [key, of(key, index)]));
}

function nested(depth: number): Config {
  if (depth === 0) return {};
  return { initial: 'in', on: { [`out${depth}`]: '.beside' }, states: { in: nested(depth - 1), beside: { on: { back: 'in' } } } };
}

const numbered = (length: number): readonly string[] => range(length).map((index) => `s${index}`);

function grid(groups: number, each: number): Config {
  const group = (index: number): Config => ({
    initial: 's0',
    onDone: `g${(index + 1) % groups}`,
    on: { RESET: `#first`, [`SKIP_${index}`]: `g${(index + 2) % groups}` },
    states: states(numbered(each), (_, at) =>
      at === each - 1 ? { type: 'final' } : { on: { NEXT: `s${at + 1}`, BACK: `s${Math.max(0, at - 1)}` }, entry: 'work' },
    ),
  });
  return {
    initial: 'g0',
    states: states(
      range(groups).map((index) => `g${index}`),
      (_, index) => ({ ...group(index), ...(index === 0 ? { id: 'first' } : {}) }),
    ),
  };
}

const child = machineOf('child', { initial: 'a', states: { a: { on: { GO: 'b' } }, b: { type: 'final' } } });
const family = setup({
  actors: { child, parent: machineOf('parent', { initial: 'x', states: { x: { invoke: { src: child, id: 'inner' } } } }) },
  delays: { later: 90_000 },
}).createMachine({
  id: 'family',
  initial: 'one',
  states: {
    one: { invoke: { src: 'child', id: 'first', onDone: 'two', onError: 'two' }, after: { later: 'two' } },
    two: {
      invoke: [
        { src: 'parent', id: 'second' },
        { src: 'child', id: 'third' },
      ],
      on: { BACK: 'one' },
    },
  },
});

const full = setup({ guards: { ok: () => true, no: () => false }, actions: { one: () => {}, two: () => {} } }).createMachine({
  id: 'full',
  description: 'All that a state can have, at once',
  initial: 'everything',
  states: {
    everything: {
      description: 'A state with a long description that says more than there is room for in one row of a box',
      tags: ['busy', 'visible'],
      entry: ['one', raise({ type: 'TICK' }, { delay: 5_000 })],
      exit: ['one', 'two'],
      always: { guard: and(['no', 'ok']), target: 'end' },
      after: { 1000: 'end', 86400000: { target: 'end', guard: 'ok' } },
      on: {
        '*': 'end',
        'a.*': { actions: 'one' },
        TICK: { target: 'everything', reenter: true },
        GO: [{ guard: 'no', target: 'end' }, 'history'],
      },
      initial: 'inner',
      states: { inner: { on: { UP: '#full.everything' } }, history: { type: 'history', history: 'deep' } },
    },
    history: { type: 'history', target: 'end' },
    end: { type: 'final' },
  },
});

export const TWENTY: Readonly<Record<string, AnyStateMachine>> = {
  'no state': machineOf('empty', {}),
  'no state and transitions': machineOf('root only', { on: { A: { actions: 'a' }, B: { actions: 'b' } } }),
  'five states': machineOf('five', { initial: 's0', states: states(numbered(5), (_, index) => ({ on: { NEXT: `s${(index + 1) % 5}` } })) }),
  deep: machineOf('deep', nested(9)),
  wide: machineOf('wide', {
    initial: 's0',
    states: states(numbered(40), (_, index) =>
      index === 0 ? { on: Object.fromEntries(range(39).map((n) => [`TO_${n + 1}`, `s${n + 1}`])) } : {},
    ),
  }),
  '150 states': machineOf('large', grid(10, 14)),
  chain: machineOf('chain', {
    initial: 's0',
    states: states(numbered(40), (_, index) => (index < 39 ? { on: { NEXT: `s${index + 1}` } } : { type: 'final' })),
  }),
  cycle: machineOf('cycle', {
    initial: 's0',
    states: states(numbered(12), (_, index) => ({ on: { NEXT: `s${(index + 1) % 12}`, BACK: `s${(index + 11) % 12}` } })),
  }),
  'each to each': machineOf('complete', {
    initial: 's0',
    states: states(numbered(6), (key) => ({
      on: Object.fromEntries(
        numbered(6)
          .filter((other) => other !== key)
          .map((other) => [`to.${other}`, other]),
      ),
    })),
  }),
  'right to left': machineOf('محادثة', {
    initial: 'جديدة',
    states: {
      جديدة: { on: { 'رسالة العميل': 'نشطة' }, description: 'جلسة جديدة' },
      نشطة: {
        initial: 'المساعد',
        on: { إغلاق: 'مغلقة' },
        states: { المساعد: { on: { 'اطلب موظفًا': 'الموظف' }, tags: ['مشغول'] }, الموظف: { on: { أعد: 'المساعد' } } },
      },
      مغلقة: { type: 'final' },
    },
  }),
  'other scripts': machineOf('混合', {
    initial: '开始',
    states: { 开始: { on: { '次へ 🚀': '終わり', 'שלח הודעה': '끝' } }, 終わり: {}, 끝: { type: 'final' } },
  }),
  'names like markup': machineOf('<script>alert(1)</script>', {
    initial: '"><img src=x onerror=alert(1)>',
    states: {
      '"><img src=x onerror=alert(1)>': { on: { '</text><script>': "a & b'" }, entry: '--> [*]' },
      "a & b'": { description: ']]> <!-- ;%%{init}' },
    },
  }),
  'long names': machineOf('long', {
    initial: 'a',
    states: { a: { on: { ['event.'.repeat(40)]: 'b'.repeat(300) } }, ['b'.repeat(300)]: { entry: 'c'.repeat(200) } },
  }),
  parallel: machineOf('parallel', {
    type: 'parallel',
    states: states(numbered(6), () => ({ initial: 'off', states: { off: { on: { TOGGLE: 'on' } }, on: { on: { TOGGLE: 'off' } } } })),
  }),
  'parallel in parallel': machineOf('nest', {
    type: 'parallel',
    states: states(numbered(3), () => ({
      type: 'parallel',
      states: states(numbered(3), () => ({ initial: 'a', states: { a: { on: { X: 'b' } }, b: {} } })),
    })),
  }),
  'across regions': machineOf('across', {
    initial: 'p',
    states: {
      p: {
        type: 'parallel',
        on: { RESET: '.l' },
        states: {
          l: { initial: 'a', states: { a: { on: { BOTH: ['#lb', '#rb'] } }, b: { id: 'lb', on: { OUT: '#across.out' } } } },
          r: { initial: 'a', states: { a: {}, b: { id: 'rb' } } },
        },
      },
      out: { on: { IN: ['#lb', '#rb'], ONE: '#rb' } },
    },
  }),
  'many transitions': machineOf('many', {
    initial: 'a',
    states: {
      a: { on: Object.fromEntries(range(60).map((n) => [`event.${n}`, n % 2 === 0 ? 'b' : { actions: 'note' }])) },
      b: { on: Object.fromEntries(range(30).map((n) => [`back.${n}`, 'a'])) },
    },
  }),
  'children in place': family,
  everything: full,
  'to parents and children': machineOf('up', {
    initial: 'outer',
    states: {
      outer: {
        initial: 'mid',
        on: { DOWN: '#leaf', HERE: { target: '#outer', reenter: true } },
        id: 'outer',
        states: { mid: { initial: 'low', states: { low: { id: 'leaf', on: { UP: '#outer', SIDE: '#up.other' } } } } },
      },
      other: { on: { IN: '#leaf' } },
    },
  }),
};
