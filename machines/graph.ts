/**
 * A machine as a graph of states and transitions, for people and pictures. Pure.
 *
 * Owns what is in the graph, which is every state of the machine, every transition once, and the
 * machines that it invokes or spawns by name. Does not own places and pictures (drawing/).
 *
 * Invariants (test/machines/graph.test.ts, over generated machines)
 * 1. Each transition of the machine is one edge, and no edge is anything else.
 * 2. `activeStates` of a snapshot's value are the states that XState is in.
 */
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { type GraphAction, type GraphDelay, type GraphedMachine, type GraphParts, graphParts, machineParts } from './graph-parts.ts';

export type { GraphAction, GraphDelay } from './graph-parts.ts';

/** An actor that runs while a state is active, or that a state or its transitions spawn. */
export interface GraphInvoke {
  readonly id: string;
  readonly src: string;
  /** `spawned` for one that an action starts. */
  readonly start: 'invoked' | 'spawned';
  /** The child in `children` of the graph. Null for logic that is no machine. */
  readonly machine: string | null;
}

export interface GraphNode {
  /** Keys from the root down, joined by dots. Empty for the root. */
  readonly id: string;
  readonly key: string;
  /** Id of the state around it. Null for the root. */
  readonly parent: string | null;
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  /** It is entered when the state around it is. */
  readonly initial: boolean;
  readonly history?: 'shallow' | 'deep';
  readonly tags: readonly string[];
  readonly description: string | null;
  readonly entry: readonly GraphAction[];
  readonly exit: readonly GraphAction[];
  /** Taken when the state is entered by its initial state. */
  readonly initialActions: readonly GraphAction[];
  readonly invokes: readonly GraphInvoke[];
  /**
   * Why the host refuses the machine, as far as it is about this state. Absent if there is nothing.
   */
  readonly problems?: readonly string[];
}

export interface GraphEdge {
  /** Unique in its graph, and the same for the same machine. */
  readonly id: string;
  readonly from: string;
  /** Empty if the transition enters no state. Several for the regions of a parallel state. */
  readonly to: readonly string[];
  /** As XState has it, such as `xstate.done.actor.answer`. Empty for `always` and `history`. */
  readonly event: string;
  /** `history` is where a history state leads as long as there is nothing to go back to. */
  readonly kind: 'event' | 'wildcard' | 'always' | 'after' | 'done' | 'error' | 'snapshot' | 'route' | 'history';
  readonly delay?: GraphDelay;
  readonly guard?: string;
  readonly actions: readonly GraphAction[];
  /** A state that is active already is left and entered again. */
  readonly reenter: boolean;
  readonly description: string | null;
}

export interface StateGraph {
  /** Parents first, in the order of the machine. The first is the root. */
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export interface MachineGraph extends StateGraph {
  readonly id: string;
  readonly version: number;
  /** Machines that run inside it, each once. They may name each other, and themselves. */
  readonly children: readonly (StateGraph & { readonly name: string })[];
}

export function graphOf({ id, version, machine, problemsOf = () => [] }: GraphedMachine): MachineGraph {
  const { name, named } = machineParts();
  // Reading a graph names the machines in it.
  const whole = stateGraph(machine, name, problemsOf);
  const children: (StateGraph & { readonly name: string })[] = [];
  for (const child of named) children.push({ name: child.name, ...stateGraph(child.machine, name, problemsOf) });
  return { id, version, ...whole, children };
}

/** Ids of the states that a snapshot with this value is in, the root among them. */
export function activeStates(value: unknown): readonly string[] {
  return ['', ...below(value, [])];
}

function below(value: unknown, path: readonly string[]): readonly string[] {
  if (typeof value === 'string') return [idOf([...path, value])];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [idOf([...path, key]), ...below(inner, [...path, key])]);
}

function stateGraph(
  machine: AnyStateMachine,
  nameOf: (machine: AnyStateMachine) => string,
  problemsOf: NonNullable<GraphedMachine['problemsOf']>,
): StateGraph {
  const parts = graphParts(machine, nameOf);
  const nodes = [machine.root, ...descendants(machine.root)];
  const withProblems = (node: AnyStateNode): GraphNode => {
    const problems = problemsOf(node);
    return { ...nodeOf(node, parts), ...(problems.length === 0 ? {} : { problems }) };
  };
  return { nodes: nodes.map(withProblems), edges: nodes.flatMap((node) => edgesOf(node, parts)) };
}

function descendants(node: AnyStateNode): readonly AnyStateNode[] {
  return Object.values<AnyStateNode>(node.states).flatMap((child) => [child, ...descendants(child)]);
}

/** A dot in a key is written `\.`, as XState has it. */
function idOf(path: readonly string[]): string {
  return path.map((key) => key.replaceAll(/[\\.]/g, '\\$&')).join('.');
}

function nodeOf(node: AnyStateNode, parts: GraphParts): GraphNode {
  const { key, parent, type, history, tags, description, entry, exit, invoke } = node;
  const initial = type === 'compound' ? node.initial.actions : [];
  const started = [...entry, ...initial, ...transitionsOf(node).flatMap(({ actions }) => actions), ...exit];
  return {
    id: idOf(node.path),
    key: parent === undefined ? node.machine.id : key,
    parent: parent === undefined ? null : idOf(parent.path),
    type,
    initial: parent?.type === 'parallel' || (parent?.initial.target ?? []).includes(node),
    ...(type === 'history' ? { history: history === 'deep' ? 'deep' : 'shallow' } : {}),
    tags,
    description: description ?? null,
    entry: parts.actions(entry),
    exit: parts.actions(exit),
    initialActions: parts.actions(initial),
    invokes: [
      ...invoke.map(({ id, src }, index) => ({
        id,
        src: String(src),
        start: 'invoked' as const,
        machine: parts.machineBehind([node.config.invoke].flat()[index]?.src),
      })),
      ...parts.spawned(started),
    ],
  };
}

type Transition = ReturnType<typeof transitionsOf>[number];

/** XState lists `always` apart from the others. */
function transitionsOf(node: AnyStateNode) {
  return [...node.transitions.values()].flat().concat(node.always ?? []);
}

function edgesOf(node: AnyStateNode, parts: GraphParts): readonly GraphEdge[] {
  const from = idOf(node.path);
  const counts = new Map<string, number>();
  const edges = transitionsOf(node).map((transition): GraphEdge => {
    const { eventType, target = [], guard, actions, reenter, description } = transition;
    const count = counts.get(eventType) ?? 0;
    counts.set(eventType, count + 1);
    const delay = parts.delayOf(transition);
    return {
      id: `${from}:${eventType}:${count}`,
      from,
      to: target.map(({ path }) => idOf(path)),
      event: eventType,
      kind: kindOf(transition),
      ...(delay === undefined ? {} : { delay }),
      ...(guard === undefined ? {} : { guard: parts.guard(guard) }),
      actions: parts.actions(actions),
      reenter,
      description: description ?? null,
    };
  });
  return [...edges, ...historyDefault(node)];
}

function historyDefault(node: AnyStateNode): readonly GraphEdge[] {
  const target: unknown = node.type === 'history' ? node.config.target : undefined;
  if (target === undefined || node.parent === undefined) return [];
  const names = [target].flat().filter((name) => typeof name === 'string');
  const { parent } = node;
  const to = names.map((name) => {
    if (name.startsWith('#')) return idOf(node.machine.getStateNodeById(name).path);
    return idOf([...parent.path, ...name.replace(/^\./, '').split('.')]);
  });
  const from = idOf(node.path);
  return [{ id: `${from}::history`, from, to, event: '', kind: 'history', actions: [], reenter: false, description: null }];
}

/** XState names the events that it makes itself. */
const KINDS: readonly (readonly [prefix: string, kind: GraphEdge['kind']])[] = [
  ['xstate.after.', 'after'],
  ['xstate.done.', 'done'],
  ['xstate.error.', 'error'],
  ['xstate.snapshot.', 'snapshot'],
  ['xstate.route', 'route'],
];

function kindOf({ eventType }: Transition): GraphEdge['kind'] {
  if (eventType === '') return 'always';
  if (eventType === '*' || eventType.endsWith('.*')) return 'wildcard';
  return KINDS.find(([prefix]) => eventType.startsWith(prefix))?.[1] ?? 'event';
}
