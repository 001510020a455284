/** Makes an XState machine of a spec. */
import { type AnyStateMachine, and, assign, createMachine, type EventObject } from 'xstate';
import { type Args, acts, type Context } from './acts.ts';
import { CODE } from './code.ts';
import type { MachineSpec, StateSpec, TransitionSpec } from './specs.ts';

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

/** XState's types describe machines that are written by hand. These are drawn. */
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

/**
 * Transitions that happen by themselves use fuel. An event that the script sent (it has an `n`) is
 * free.
 */
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

/** Records the received event, so that a wrong order shows. */
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
