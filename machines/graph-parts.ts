/**
 * Words for the parts of a machine that are code, which are actions, guards, delays and the logic
 * of children. XState keeps what its own creators were given on the functions that they return.
 * test/machines/graph.test.ts fails if it keeps something else.
 */
import { type AnyStateMachine, type AnyStateNode, and, not, or, StateMachine, stateIn } from 'xstate';

export interface GraphedMachine {
  readonly id: string;
  readonly version: number;
  readonly machine: AnyStateMachine;
  /** Why the host refuses the machine, by the state that it is about. Default is no reason. */
  readonly problemsOf?: (state: AnyStateNode) => readonly string[];
}

/** A delay by name, by its milliseconds, or by a name that stands for them. */
export interface GraphDelay {
  readonly name?: string;
  readonly ms?: number;
}

export interface GraphAction {
  /** Of a named action, or of the creator, such as `assign`. `inline` for a function. */
  readonly name: string;
  /** The type of the event that it raises, sends or emits, if it is not made while it runs. */
  readonly event?: string;
  /** After which the event is raised or sent. */
  readonly delay?: GraphDelay;
  /** The actor that it spawns, stops or sends to, if it is named. */
  readonly actor?: string;
}

interface Spawned {
  readonly id: string;
  readonly src: string;
  readonly start: 'spawned';
  readonly machine: string | null;
}

export interface GraphParts {
  /** Without the timers that XState adds for `after`. */
  actions(list: readonly unknown[]): readonly GraphAction[];
  spawned(list: readonly unknown[]): readonly Spawned[];
  guard(guard: unknown): string;
  delayOf(transition: object): GraphDelay | undefined;
  /** Of logic by name or in its own place. Null for logic that is no machine. */
  machineBehind(src: unknown): string | null;
}

/** Gives each machine within another a name, and lists them as they are first named. */
export function machineParts(): {
  readonly name: (machine: AnyStateMachine) => string;
  readonly named: readonly { readonly name: string; readonly machine: AnyStateMachine }[];
} {
  const named: { readonly name: string; readonly machine: AnyStateMachine }[] = [];
  const name = (machine: AnyStateMachine): string => {
    const known = named.find((child) => child.machine === machine);
    if (known !== undefined) return known.name;
    const same = named.filter((child) => child.machine.id === machine.id).length;
    const chosen = same === 0 ? machine.id : `${machine.id} ${same + 1}`;
    named.push({ name: chosen, machine });
    return chosen;
  };
  return { name, named };
}

export function graphParts(machine: AnyStateMachine, nameOf: (machine: AnyStateMachine) => string): GraphParts {
  const { actions, actors, delays } = machine.implementations;

  const delayNamed = (delay: unknown): GraphDelay | undefined => {
    if (typeof delay === 'number') return { ms: delay };
    if (typeof delay === 'function') return { name: 'inline' };
    if (typeof delay !== 'string') return undefined;
    const known: unknown = delays[delay];
    return typeof known === 'number' ? { name: delay, ms: known } : { name: delay };
  };

  const creatorOf = (action: unknown): object | undefined => {
    if (isCreated(action)) return action;
    const implemented: unknown = actions[typeOf(action) ?? ''];
    return isCreated(implemented) ? implemented : undefined;
  };

  const actionOf = (action: unknown): GraphAction => {
    const creator = creatorOf(action);
    const name = isCreated(action) ? (typeOf(action) ?? '').replace(/^xstate\./, '') : (typeOf(action) ?? 'inline');
    if (creator === undefined) return { name };
    const event = typeOf(member(creator, 'event')) ?? typeOf(member(creator, 'eventOrExpr'));
    const delay = delayNamed(member(creator, 'delay'));
    const actor = [member(creator, 'src'), member(creator, 'to'), member(creator, 'actorRef')].find((named) => typeof named === 'string');
    return {
      name,
      ...(event === undefined ? {} : { event }),
      ...(delay === undefined ? {} : { delay }),
      ...(typeof actor === 'string' ? { actor } : {}),
    };
  };

  const machineBehind = (src: unknown): string | null => {
    const logic: unknown = typeof src === 'string' ? actors[src] : src;
    return logic instanceof StateMachine ? nameOf(logic) : null;
  };

  return {
    machineBehind,
    guard: guardText,
    actions: (list) => list.filter((action) => !isAfterTimer(action)).map(actionOf),
    spawned: (list) =>
      list.flatMap((action): Spawned[] => {
        const creator = creatorOf(action);
        if (creator === undefined || typeOf(creator) !== 'xstate.spawnChild') return [];
        const [src, id] = [member(creator, 'src'), member(creator, 'id')];
        const name = typeof src === 'string' ? src : 'inline';
        return [{ id: typeof id === 'string' ? id : name, src: name, start: 'spawned', machine: machineBehind(src) }];
      }),
    delayOf: (transition) => ('delay' in transition ? delayNamed(transition.delay) : undefined),
  };
}

/** XState raises and cancels the event of `after` by actions of its own. */
function isAfterTimer(action: unknown): boolean {
  if (!isCreated(action)) return false;
  const id = typeOf(action) === 'xstate.cancel' ? member(action, 'sendId') : member(action, 'id');
  return typeof id === 'string' && id.startsWith('xstate.after.');
}

function isCreated(action: unknown): action is object {
  return typeof action === 'function' && 'resolve' in action;
}

/** Undefined for what has none. A string is its own type. */
function typeOf(named: unknown): string | undefined {
  if (typeof named === 'string') return named;
  const type = typeof named === 'object' || isCreated(named) ? member(named, 'type') : undefined;
  return typeof type === 'string' ? type : undefined;
}

function member(owner: unknown, name: string): unknown {
  if ((typeof owner !== 'object' && typeof owner !== 'function') || owner === null) return undefined;
  return Object.entries(owner).find(([key]) => key === name)?.[1];
}

/** XState tells its guards apart by the function that checks them. */
const CHECKS = { and: checkOf(and([])), or: checkOf(or([])), not: checkOf(not('')), in: checkOf(stateIn('')) };

function checkOf(guard: unknown): unknown {
  return member(guard, 'check');
}

function guardText(guard: unknown): string {
  const check = checkOf(guard);
  if (check === undefined) return typeOf(guard) ?? 'inline';
  const parts = [member(guard, 'guards') ?? []].flat().map((part) => {
    const inner = checkOf(part);
    return inner === CHECKS.and || inner === CHECKS.or ? `(${guardText(part)})` : guardText(part);
  });
  if (check === CHECKS.not) return `not ${parts.join()}`;
  if (check === CHECKS.in) return `in ${pathText(member(guard, 'stateValue'))}`;
  return parts.join(check === CHECKS.and ? ' and ' : ' or ');
}

function pathText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([key, inner]) => (typeof inner === 'object' && Object.keys(Object(inner)).length === 0 ? key : `${key}.${pathText(inner)}`))
    .join(', ');
}
