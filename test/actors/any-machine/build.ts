/** Makes an XState machine of a spec. */
import {
  type AnyActorLogic,
  type AnyActorRef,
  type AnyStateMachine,
  and,
  assign,
  cancel,
  createMachine,
  type EventObject,
  emit,
  enqueueActions,
  fromCallback,
  fromEventObservable,
  fromObservable,
  fromPromise,
  fromTransition,
  log,
  type Observer,
  raise,
  type Subscribable,
  sendParent,
  sendTo,
  spawnChild,
  stopChild,
} from 'xstate';
import type { ActSpec, MachineSpec, StateSpec, TransitionSpec } from './specs.ts';

interface Context {
  readonly n: number;
  readonly fuel: number;
  readonly heard: readonly string[];
  readonly refs: Readonly<Record<string, AnyActorRef>>;
}
interface Args {
  readonly context: Context;
  readonly event: EventObject;
}
type Config = Record<string, unknown>;

const FUEL = 10;

export function buildMachine(spec: MachineSpec, id = 'm'): AnyStateMachine {
  const paths: string[] = [];
  number(spec.root, id, paths);
  const config: Config = {
    ...stateConfig(spec.root, id, { paths, machineId: id }),
    id,
    context: ({ input }: { input?: { n?: number } }): Context => ({ n: input?.n ?? 0, fuel: FUEL, heard: [], refs: {} }),
    output: ({ context }: Args) => ({ n: context.n, heard: context.heard.length }),
  };
  return machineOf(config, {
    actions: { implemented: () => {} },
    guards: {
      odd: ({ context }: Args) => context.n % 2 === 1,
      inRange: ({ context }: Args, params: { max: number }) => context.n < params.max,
    },
    delays: { soon: 10 },
    actors: {
      ...CODE,
      ...Object.fromEntries(Object.entries(spec.kids).map(([name, kid]) => [name, buildMachine(kid, `${id}-${name}`)])),
    },
  });
}

/** XState's types describe machines that are written by hand; these are drawn. */
function machineOf(config: Config, implementations: Config): AnyStateMachine {
  return createMachine(config as Parameters<typeof createMachine>[0]).provide(implementations as Parameters<AnyStateMachine['provide']>[0]);
}

interface Scope {
  readonly paths: readonly string[];
  readonly machineId: string;
}

function number(state: StateSpec, path: string, into: string[]): void {
  if (path.includes('_')) into.push(path);
  if (!isComposed(state)) return;
  for (const [index, child] of state.states.entries()) number(child, `${path}_s${index}`, into);
}

function isComposed({ kind, states }: StateSpec): boolean {
  return (kind === 'compound' || kind === 'parallel') && states.some((state) => !isHistory(state));
}

const isHistory = ({ kind }: StateSpec): boolean => kind === 'shallow' || kind === 'deep';

function stateConfig(spec: StateSpec, path: string, scope: Scope): Config {
  if (isHistory(spec)) return { id: path, type: 'history', history: spec.kind };
  if (spec.kind === 'final')
    return {
      id: path,
      type: 'final',
      entry: acts(spec.entry),
      output: ({ context }: Args) => context.n,
      ...(spec.tagged ? { tags: [path] } : {}),
    };
  const real = spec.states.findIndex((state) => !isHistory(state));
  const composed = isComposed(spec);
  return {
    id: path,
    ...(composed
      ? {
          type: spec.kind,
          states: Object.fromEntries(spec.states.map((state, index) => [`s${index}`, stateConfig(state, `${path}_s${index}`, scope)])),
        }
      : {}),
    ...(composed && spec.kind === 'compound' ? { initial: `s${real}` } : {}),
    ...(composed && spec.onDone ? { onDone: transition(spec.onDone, scope) } : {}),
    entry: acts(spec.entry),
    exit: acts(spec.exit),
    on: grouped(spec.on.map(({ event, transition: each }) => [event, transition(each, scope, true)])),
    always: spec.always.map((each) => transition(each, scope)),
    after: grouped(spec.after.map(({ ms, transition: each }) => [ms === 10 ? 'soon' : String(ms), transition(each, scope)])),
    invoke: spec.invoke.map(({ src, onDone, onError, onSnapshot, systemId }, index) => ({
      src,
      id: path === scope.machineId ? `i${index}` : `i${index}_${path}`,
      input: ({ context }: Args) => ({ n: context.n }),
      ...(systemId && path === scope.machineId ? { systemId: `${scope.machineId}.i${index}` } : {}),
      ...(onDone ? { onDone: transition(onDone, scope) } : {}),
      ...(onError ? { onError: transition(onError, scope) } : {}),
      ...(onSnapshot ? { onSnapshot: transition(onSnapshot, scope) } : {}),
    })),
    ...(spec.tagged ? { tags: [path] } : {}),
  };
}

function grouped(pairs: readonly (readonly [string, Config])[]): Record<string, Config[]> {
  const groups: Record<string, Config[]> = {};
  for (const [key, value] of pairs) groups[key] = [...(groups[key] ?? []), value];
  return groups;
}

type Guard = (args: Args) => boolean;

/** What happens by itself takes fuel; an event that the script sent (it has an `n`) is free. */
function transition(spec: TransitionSpec, { paths }: Scope, mayBeFree = false): Config {
  const target = spec.target === null ? undefined : paths[spec.target % paths.length];
  const free = (event: EventObject): boolean => mayBeFree && 'n' in event;
  const odd = ({ context }: Args): boolean => context.n % 2 === 1;
  const holds: Guard = (args) =>
    (free(args.event) || args.context.fuel > 0) &&
    (spec.guard === 'none' || spec.guard === 'inRange' || odd(args) === (spec.guard === 'odd'));
  const guard =
    spec.guard === 'inRange' ? both(holds, { type: 'inRange', params: { max: 6 } }) : spec.guard === 'odd' ? both(holds, 'odd') : holds;
  return {
    ...(target === undefined ? {} : { target: `#${target}`, reenter: spec.reenter }),
    guard,
    actions: [hear(free), ...acts(spec.acts)],
  };
}

/** Writes down what was heard, so that a wrong order shows. */
const hear = (free: (event: EventObject) => boolean): unknown =>
  assign(({ context, event }: Args) => {
    const error: unknown = Reflect.get(event, 'error');
    const facts = [event.type, JSON.stringify(Reflect.get(event, 'output')), error instanceof Error ? error.message : undefined];
    return {
      heard: [
        ...context.heard,
        facts
          .filter((fact) => fact !== undefined)
          .join(' ')
          .slice(0, 80),
      ].slice(-25),
      fuel: free(event) ? context.fuel : context.fuel - 1,
    };
  });

function both(one: Guard, other: unknown): unknown {
  return and([one, other] as Parameters<typeof and>[0]);
}

function acts(specs: readonly ActSpec[]): unknown[] {
  return specs.flatMap((spec) => act(spec));
}

/** Does the actions if there is fuel for them. */
function fuelled(...actions: readonly unknown[]): unknown {
  return enqueueActions(({ context, enqueue }) => {
    if (!((context as Context).fuel > 0)) return;
    enqueue(assign({ fuel: ({ context }: Args) => context.fuel - 1 }) as never);
    for (const action of actions) enqueue(action as never);
  });
}

function forget(id: string): unknown {
  return assign({ refs: ({ context }: Args) => Object.fromEntries(Object.entries(context.refs).filter(([key]) => key !== id)) });
}

function inlined(): void {}

function act(spec: ActSpec): unknown[] {
  switch (spec.do) {
    case 'named':
      return ['plain'];
    case 'implemented':
      return ['implemented'];
    case 'inline':
      return [inlined];
    case 'params':
      return [{ type: 'withParams', params: { a: 1, deep: { list: [1, null, 'x'] } } }];
    case 'dynamic':
      return [{ type: 'withDynamic', params: ({ context, event }: Args) => ({ n: context.n, of: event.type }) }];
    case 'log':
      return [log(({ context }: Args) => context.n)];
    case 'throw':
      return [
        assign(() => {
          throw new Error('thrown by an assign');
        }),
      ];
    case 'add':
      return [assign({ n: ({ context }: Args) => context.n + spec.by })];
    case 'raise':
      return [fuelled(raise({ type: spec.event }))];
    case 'emit':
      return [emit(({ context }: Args) => ({ type: `emitted.${spec.event}`, n: context.n }))];
    case 'sendParent':
      return [fuelled(sendParent({ type: spec.event }))];
    case 'sendSelf':
      return [fuelled(sendTo(({ self }) => self, { type: spec.event }))];
    case 'raiseLater':
      return [fuelled(raise({ type: spec.event }, { id: spec.id, delay: spec.ms }))];
    case 'sendSelfLater':
      return [fuelled(sendTo(({ self }) => self, { type: spec.event }, { id: spec.id, delay: spec.ms }))];
    case 'sendParentLater':
      return [fuelled(sendParent({ type: spec.event }, { id: spec.id, delay: spec.ms }))];
    case 'cancel':
      return [cancel(spec.id)];
    case 'tell':
      return [withChild(spec.child, (to) => sendTo(to, { type: spec.event }))];
    case 'tellLater':
      return [withChild(spec.child, (to) => sendTo(to, { type: spec.event }, { id: spec.id, delay: spec.ms }))];
    case 'tellSystem':
      return [
        enqueueActions(({ context, system, enqueue }) => {
          const actor = system.get(`m.${spec.child}`);
          if (!actor || !((context as Context).fuel > 0)) return;
          enqueue(assign({ fuel: ({ context }: Args) => context.fuel - 1 }) as never);
          enqueue.sendTo(actor, { type: spec.event });
        }),
      ];
    case 'spawn':
      return [
        stopChild(spec.child),
        forget(spec.child),
        fuelled(
          spawnChild(spec.src, { id: spec.child, syncSnapshot: spec.sync, input: ({ context }: Args) => ({ n: context.n }) } as never),
        ),
      ];
    case 'spawnIntoContext':
      return [
        stopChild(spec.child),
        assign(({ context, spawn }) => {
          const { [spec.child]: _, ...refs } = (context as Context).refs;
          return {
            refs: {
              ...refs,
              [spec.child]: spawn(spec.src, { id: spec.child, syncSnapshot: spec.sync, input: { n: (context as Context).n } }),
            },
          };
        }),
      ];
    case 'stop':
      return [
        stopChild(spec.child),
        assign({ refs: ({ context }: Args) => Object.fromEntries(Object.entries(context.refs).filter(([id]) => id !== spec.child)) }),
      ];
    case 'several':
      return [
        enqueueActions(({ context, enqueue, check }) => {
          if (spec.ifOdd && !check('odd' as never)) return;
          enqueue.assign({ n: (context as Context).n + 1 } as never);
          for (const action of spec.acts.flatMap((each) => act(each))) enqueue(action as never);
        }),
      ];
  }
}

/** Telling a child that is not there is an error in XState, so it is done only if it is. */
function withChild(id: string, tell: (to: AnyActorRef) => unknown): unknown {
  return enqueueActions(({ context, self, enqueue }) => {
    const child = childrenOf(self)[id];
    if (!child || !((context as Context).fuel > 0)) return;
    enqueue(assign({ fuel: ({ context }: Args) => context.fuel - 1 }) as never);
    enqueue(tell(child) as never);
  });
}

function childrenOf(actor: AnyActorRef): Readonly<Record<string, AnyActorRef>> {
  try {
    return Reflect.get(Object(actor.getSnapshot()), 'children') ?? {};
  } catch {
    // It has none yet while it initializes itself.
    return {};
  }
}

const CODE: Readonly<Record<string, AnyActorLogic>> = {
  ok: fromPromise(async ({ input }) => ({ echoed: input })),
  fail: fromPromise(async () => {
    throw new Error('rejected');
  }),
  syncThrow: fromPromise(() => {
    throw new Error('thrown at once');
  }),
  chain: fromPromise(async () => {
    for (let link = 0; link < 5; link++) await Promise.resolve();
    return 'chained';
  }),
  cbNow: fromCallback(({ sendBack, receive, input }) => {
    sendBack({ type: 'B', from: input });
    sendBack({ type: 'X.two' });
    receive((event) => sendBack({ type: event.type === 'A' ? 'C' : 'X.one' }));
  }),
  cbEcho: fromCallback(({ sendBack, receive }) => {
    receive((event) => sendBack({ type: event.type === 'X.one' ? 'X.two' : 'A' }));
  }),
  cbThrow: fromCallback(() => {
    throw new Error('callback threw');
  }),
  cbThrowTold: fromCallback(({ receive }) => {
    receive(() => {
      throw new Error('callback threw when told');
    });
  }),
  cbTalksToSystem: fromCallback(({ system, receive }) => {
    receive(() => system.get('m.i0')?.send({ type: 'B' }));
  }),
  obs: fromObservable(() => listed([1, 2])),
  evObs: fromEventObservable(() => listed([{ type: 'A' }, { type: 'X.one' }])),
  counter: fromTransition((state: { count: number }, event) => (event.type === 'A' ? { count: state.count + 1 } : state), { count: 0 }),
};

function listed<T>(values: readonly T[]): Subscribable<T> {
  return {
    subscribe: (observer: Observer<T> | ((value: T) => void)) => {
      const { next, complete } = typeof observer === 'function' ? { next: observer, complete: undefined } : observer;
      for (const value of values) next?.(value);
      complete?.();
      return { unsubscribe: () => {} };
    },
  };
}
