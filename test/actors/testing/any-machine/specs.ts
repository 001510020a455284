/**
 * Arbitrary machines as plain data, which fast-check draws, shrinks and prints. `build.ts` makes
 * XState machines of them. Everything that happens by itself (always, after, onDone, raise, sends)
 * costs fuel, so that no machine runs for ever.
 */
import * as fc from 'fast-check';

export type ActSpec =
  | { readonly do: 'named' | 'params' | 'dynamic' | 'implemented' | 'inline' | 'log' | 'throw' }
  | { readonly do: 'add'; readonly by: number }
  | { readonly do: 'raise' | 'emit' | 'sendParent' | 'sendSelf'; readonly event: string }
  | { readonly do: 'raiseLater' | 'sendSelfLater' | 'sendParentLater'; readonly event: string; readonly ms: number; readonly id: string }
  | { readonly do: 'cancel'; readonly id: string }
  | { readonly do: 'tell' | 'tellSystem'; readonly child: string; readonly event: string }
  | { readonly do: 'tellLater'; readonly child: string; readonly event: string; readonly ms: number; readonly id: string }
  | { readonly do: 'spawn' | 'spawnIntoContext'; readonly child: string; readonly src: string; readonly sync: boolean }
  | { readonly do: 'stop'; readonly child: string }
  | { readonly do: 'several'; readonly acts: readonly ActSpec[]; readonly ifOdd: boolean };

export interface TransitionSpec {
  /** Index among the states of the machine, or null for none. */
  readonly target: number | null;
  readonly reenter: boolean;
  readonly guard: 'none' | 'odd' | 'even' | 'inRange';
  readonly acts: readonly ActSpec[];
}

export interface InvokeSpec {
  readonly src: string;
  readonly onDone: TransitionSpec | null;
  readonly onError: TransitionSpec | null;
  readonly onSnapshot: TransitionSpec | null;
  readonly systemId: boolean;
}

export interface StateSpec {
  readonly kind: 'atomic' | 'compound' | 'parallel' | 'final' | 'shallow' | 'deep';
  readonly states: readonly StateSpec[];
  readonly entry: readonly ActSpec[];
  readonly exit: readonly ActSpec[];
  readonly on: readonly { readonly event: string; readonly transition: TransitionSpec }[];
  readonly always: readonly TransitionSpec[];
  readonly after: readonly { readonly ms: number; readonly transition: TransitionSpec }[];
  readonly invoke: readonly InvokeSpec[];
  readonly onDone: TransitionSpec | null;
  readonly tagged: boolean;
}

export interface MachineSpec {
  readonly root: StateSpec;
  /** Machines that it may invoke and spawn, by name. */
  readonly kids: Readonly<Record<string, MachineSpec>>;
}

export type StepSpec =
  | { readonly send: { readonly type: string; readonly n: number } }
  | { readonly advance: number }
  | { readonly restart: true };

const EVENTS = ['A', 'B', 'C', 'X.one', 'X.two'] as const;
const HEARD = [...EVENTS, '*', 'X.*'] as const;
const CODE = [
  'ok',
  'fail',
  'syncThrow',
  'chain',
  'cbNow',
  'cbEcho',
  'cbThrow',
  'cbThrowTold',
  'cbTalksToSystem',
  'obs',
  'evObs',
  'counter',
] as const;
const CHILDREN = ['s1', 's2'] as const;

const delays = fc.constantFrom(0, 0, 10, 10, 20, 100);
const ids = fc.constantFrom('t1', 't2');
const events = fc.constantFrom(...EVENTS);

function actSpecs(srcs: readonly string[], isKid: boolean): fc.Arbitrary<ActSpec> {
  const children = fc.constantFrom(...CHILDREN, 'i0', 'i1');
  const spawned = fc.constantFrom(...CHILDREN);
  const simple: fc.Arbitrary<ActSpec> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constantFrom(
          'named' as const,
          'params' as const,
          'dynamic' as const,
          'implemented' as const,
          'inline' as const,
          'log' as const,
        ),
      }),
    },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('add' as const), by: fc.integer({ min: 1, max: 3 }) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constantFrom(
          'raise' as const,
          'emit' as const,
          'sendSelf' as const,
          ...(isKid ? (['sendParent', 'sendParent'] as const) : []),
        ),
        event: events,
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constantFrom('raiseLater' as const, 'sendSelfLater' as const, ...(isKid ? (['sendParentLater'] as const) : [])),
        event: events,
        ms: delays,
        id: ids,
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), id: ids }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constantFrom('tell' as const, 'tell' as const, 'tellSystem' as const),
        child: children,
        event: events,
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('tellLater' as const), child: children, event: events, ms: delays, id: ids }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constantFrom('spawn' as const, 'spawnIntoContext' as const),
        child: spawned,
        src: fc.constantFrom(...srcs),
        sync: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('stop' as const), child: spawned }) },
  );
  return fc.oneof(
    { weight: 40, arbitrary: simple },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('several' as const),
        acts: fc.array(simple, { minLength: 1, maxLength: 3 }),
        ifOdd: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('throw' as const) }) },
  );
}

function machineSpecs(kids: Readonly<Record<string, fc.Arbitrary<MachineSpec>>>, isKid: boolean, size: number): fc.Arbitrary<MachineSpec> {
  const kidNames = Object.keys(kids);
  const srcs: readonly string[] = [...CODE, ...kidNames, ...kidNames, ...kidNames];
  const acts = fc.array(actSpecs(srcs, isKid), { maxLength: 2 });
  const transition: fc.Arbitrary<TransitionSpec> = fc.record({
    target: fc.option(fc.nat(12), { nil: null, freq: 5 }),
    reenter: fc.boolean(),
    guard: fc.constantFrom('none' as const, 'none' as const, 'none' as const, 'odd' as const, 'even' as const, 'inRange' as const),
    acts,
  });
  const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<readonly T[]> =>
    fc.oneof(
      { weight: 3, arbitrary: fc.constant<readonly T[]>([]) },
      { weight: 1, arbitrary: fc.array(arbitrary, { minLength: 1, maxLength: 2 }) },
    );
  const invoke: fc.Arbitrary<InvokeSpec> = fc.record({
    src: fc.constantFrom(...srcs),
    onDone: fc.option(transition, { nil: null, freq: 4 }),
    onError: fc.option(transition, { nil: null, freq: 6 }),
    onSnapshot: fc.option(transition, { nil: null, freq: 2 }),
    systemId: fc.boolean(),
  });
  const state = (depth: number): fc.Arbitrary<StateSpec> =>
    fc.record({
      kind:
        depth <= 0
          ? fc.constantFrom('atomic' as const, 'atomic' as const, 'atomic' as const, 'final' as const, 'shallow' as const, 'deep' as const)
          : fc.constantFrom('atomic' as const, 'compound' as const, 'compound' as const, 'parallel' as const, 'final' as const),
      states: depth <= 0 ? fc.constant([]) : fc.array(state(depth - 1), { minLength: 1, maxLength: size }),
      entry: acts,
      exit: acts,
      on: fc.array(fc.record({ event: fc.constantFrom(...HEARD), transition }), { maxLength: 3 }),
      always: rarely(transition),
      after: rarely(fc.record({ ms: delays, transition })),
      invoke: rarely(invoke),
      onDone: fc.option(transition, { nil: null }),
      tagged: fc.boolean(),
    });
  const root = fc.oneof({ weight: 4, arbitrary: state(2) }, { weight: 1, arbitrary: state(1) }).map((spec): StateSpec => {
    const kind = spec.kind === 'parallel' ? 'parallel' : 'compound';
    return { ...spec, kind };
  });
  return fc.record({ root, kids: fc.record(kids) });
}

const grandchild = machineSpecs({}, true, 2);
const kid = machineSpecs({ kid0: grandchild }, true, 2);
export const machines = machineSpecs({ kid0: kid, kid1: machineSpecs({}, true, 2) }, false, 3);

export const scripts: fc.Arbitrary<readonly StepSpec[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ send: fc.record({ type: fc.constantFrom(...EVENTS, 'unknown'), n: fc.nat(5) }) }) },
    { weight: 3, arbitrary: fc.record({ advance: fc.constantFrom(0, 5, 10, 10, 20, 100) }) },
    { weight: 1, arbitrary: fc.constant({ restart: true as const }) },
  ),
  { minLength: 1, maxLength: 8 },
);
