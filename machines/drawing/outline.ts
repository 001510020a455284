/**
 * A graph as an outline of text, for people who do not see the picture. It tells the same. Each
 * state of a picture with the detail `full` is an item, and each of its rows and arrows is a line.
 */
import type { GraphEdge, GraphInvoke, GraphNode, MachineGraph, StateGraph } from '../graph.ts';
import { actionText, invokeText, transitionText } from './words.ts';

export interface OutlineWords {
  readonly kinds: Readonly<Record<GraphNode['type'], string>>;
  readonly initial: string;
  readonly active: string;
  readonly entry: string;
  readonly exit: string;
  readonly initially: string;
  readonly stays: string;
  readonly again: string;
  readonly to: (states: string) => string;
  readonly sessions: (count: number) => string;
}

export interface OutlineItem {
  /** Id of the state. Of a machine that runs in another one, after the id of its box. */
  readonly id: string;
  readonly name: string;
  /** What it is, such as `initial, parallel`. */
  readonly facts: readonly string[];
  readonly lines: readonly string[];
  readonly children: readonly OutlineItem[];
}

export interface OutlineOptions {
  readonly words: OutlineWords;
  readonly lit?: ReadonlySet<string>;
  readonly counts?: ReadonlyMap<string, number>;
}

export function outlineOf(graph: MachineGraph, options: OutlineOptions): OutlineItem {
  return itemsOf(graph, `${graph.id}@${graph.version}`, { graph, options, scope: '', around: [] });
}

interface Scope {
  readonly graph: MachineGraph;
  readonly options: OutlineOptions;
  readonly scope: string;
  readonly around: readonly string[];
}

function itemsOf({ nodes, edges }: StateGraph, title: string, context: Scope): OutlineItem {
  const { words, lit, counts } = context.options;
  const byParent = Map.groupBy(nodes, ({ parent }) => parent);
  const bySource = Map.groupBy(edges, ({ from }) => from);
  const nameOf = (id: string): string => (id === '' ? title : id);
  const lineOf = (edge: GraphEdge): string => {
    const others = edge.to.filter((target) => target !== edge.from);
    const where = others.length > 0 ? words.to(others.map(nameOf).join(', ')) : edge.to.length > 0 ? words.again : words.stays;
    return [transitionText(edge, true), where, ...(edge.description === null ? [] : [edge.description])].join(' — ');
  };
  const itemOf = (node: GraphNode): OutlineItem => {
    const id = `${context.scope}${node.id}`;
    const count = counts?.get(id);
    return {
      id,
      name: node.parent === null ? title : node.key,
      facts: [
        words.kinds[node.type],
        ...(node.initial && node.parent !== null ? [words.initial] : []),
        ...(lit?.has(id) === true ? [words.active] : []),
        ...(count === undefined ? [] : [words.sessions(count)]),
        ...node.tags.map((tag) => `#${tag}`),
      ],
      lines: [
        ...(node.problems ?? []).map((problem) => `⚠ ${problem}`),
        ...(node.description === null ? [] : [node.description]),
        ...node.invokes.map(invokeText),
        ...node.entry.map((action) => `${words.entry}: ${actionText(action)}`),
        ...node.exit.map((action) => `${words.exit}: ${actionText(action)}`),
        ...node.initialActions.map((action) => `${words.initially}: ${actionText(action)}`),
        ...(bySource.get(node.id) ?? []).map(lineOf),
      ],
      children: [...(byParent.get(node.id) ?? []).map(itemOf), ...node.invokes.flatMap((invoke) => childOf(node, invoke, context))],
    };
  };
  const [root] = nodes;
  if (root === undefined) throw new TypeError('A graph has a root');
  return itemOf(root);
}

function childOf(node: GraphNode, invoke: GraphInvoke, context: Scope): readonly OutlineItem[] {
  const child = context.graph.children.find(({ name }) => name === invoke.machine);
  if (child === undefined || context.around.includes(child.name)) return [];
  const scope = `${context.scope}${node.id}▸${invoke.id}/`;
  return [itemsOf(child, `${invoke.id}: ${child.name}`, { ...context, scope, around: [...context.around, child.name] })];
}
