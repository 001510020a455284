/**
 * What a picture of a graph consists of, before anything has a place. A state is a box with rows of
 * text. Transitions between two states share an arrow, and each is a row of its label. Transitions
 * that stay in their state are rows of its box. Machines that a state runs open inside its box.
 *
 * Invariant (test/machines/drawing/diagram.test.ts)
 * Above the detail `overview`, each transition of the graph is one row.
 */
import type { GraphEdge, GraphInvoke, GraphNode, MachineGraph, StateGraph } from '../graph.ts';
import { cutText, linesOf, textWidth } from './text-width.ts';
import { actionText, invokeText, transitionText, triggerText } from './words.ts';

/**
 * `overview` has the names of states and events, `normal` all but the actions of transitions, and
 * `full` everything.
 */
export type Detail = 'overview' | 'normal' | 'full';

export interface DiagramOptions {
  readonly detail: Detail;
  /** Whether the machine behind an invocation is open. Gets the id of its box. Default is all. */
  readonly isOpen?: (box: string) => boolean;
  /** Leaves place for a number in each box, such as the sessions that are in its state. */
  readonly counts?: boolean;
}

export interface Row {
  readonly role: 'problem' | 'tags' | 'description' | 'entry' | 'exit' | 'initial' | 'invoke' | 'transition';
  readonly text: string;
  /** What was cut off. */
  readonly title?: string;
  /** Id of the edge, for a row that is a transition. */
  readonly edge?: string;
  /** Id of the box that opens, for an invocation of a machine. */
  readonly opens?: string;
}

export interface Box {
  /** Unique in the diagram. The id of the state, after those of the machines that it runs in. */
  readonly id: string;
  readonly node: GraphNode;
  readonly name: string;
  readonly children: readonly Box[];
  /** A machine that runs in the state around it. */
  readonly isChildMachine: boolean;
  readonly columns: readonly Column[];
  /** Of the name and the rows, in pixels. */
  readonly width: number;
  readonly height: number;
}

/** Rows below each other. Many rows stand in several columns. */
export interface Column {
  readonly rows: readonly Row[];
  /** Pixels. */
  readonly width: number;
}

export interface Arrow {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly columns: readonly Column[];
  readonly width: number;
  readonly height: number;
  /** From the dot that marks an initial state. */
  readonly isInitial: boolean;
}

export interface Diagram {
  readonly root: Box;
  readonly arrows: readonly Arrow[];
}

/** Pixels. */
export const SIZES = { name: 14, row: 11.5, line: 16, nameLine: 22, padding: 10, gap: 16, dot: 10, count: 44 } as const;
/** Em of a row. A longer one is cut, and has its whole text as a title. */
const MOST = { name: 30, row: 36 } as const;
/** Rows of a column, of a box and of a label. */
const COLUMN = { box: 18, label: 12 } as const;

export function diagramOf(graph: MachineGraph, options: DiagramOptions): Diagram {
  const arrows: Arrow[] = [];
  const root = boxesOf(graph, `${graph.id}@${graph.version}`, { graph, options, arrows, scope: '', around: [] });
  return { root, arrows };
}

interface Scope {
  readonly graph: MachineGraph;
  readonly options: DiagramOptions;
  readonly arrows: Arrow[];
  /** Before the id of each state. */
  readonly scope: string;
  /** Names of the machines around this one. */
  readonly around: readonly string[];
}

function boxesOf({ nodes, edges }: StateGraph, title: string, scope: Scope): Box {
  const byParent = Map.groupBy(nodes, ({ parent }) => parent);
  const staying = Map.groupBy(edges.filter(isStaying), ({ from }) => from);
  const boxOf = (node: GraphNode): Box => {
    const children = (byParent.get(node.id) ?? []).map(boxOf);
    const columns = columnsOf([...stateRows(node, scope), ...stayingRows(staying.get(node.id) ?? [], scope.options.detail)], COLUMN.box);
    const key = cutText(node.parent === null ? title : node.key, MOST.name);
    const name = node.type === 'history' ? `${node.history === 'deep' ? 'H*' : 'H'} ${key}` : key;
    const start = children.find((child) => child.node.initial && node.type === 'compound');
    if (start !== undefined) scope.arrows.push(initialArrow(`${scope.scope}${node.id}`, start.id));
    return {
      id: `${scope.scope}${node.id}`,
      node,
      name,
      columns,
      children: [...children, ...machinesOf(node, scope)],
      isChildMachine: node.parent === null && scope.scope !== '',
      ...boxSize(name, columns, scope.options.counts === true),
    };
  };
  const [first] = nodes;
  if (first === undefined) throw new TypeError('A graph has a root');
  scope.arrows.push(...arrowsOf(edges, scope));
  return boxOf(first);
}

/** Not at a place of its own, because no other state is entered. */
function isStaying({ from, to }: GraphEdge): boolean {
  return to.every((target) => target === from);
}

function columnsOf(rows: readonly Row[], most: number): readonly Column[] {
  const count = Math.ceil(rows.length / most);
  const length = Math.ceil(rows.length / count);
  return Array.from({ length: count }, (_, index) => {
    const column = rows.slice(index * length, (index + 1) * length);
    return { rows: column, width: Math.max(...column.map(({ text }) => textWidth(text, SIZES.row))) };
  });
}

/** Of the columns beside each other. */
function sizeOf(columns: readonly Column[]): { readonly width: number; readonly height: number } {
  const width = columns.reduce((sum, column) => sum + column.width, 0) + Math.max(0, columns.length - 1) * SIZES.gap;
  return { width, height: (columns[0]?.rows.length ?? 0) * SIZES.line };
}

function boxSize(name: string, columns: readonly Column[], counts: boolean): { readonly width: number; readonly height: number } {
  const named = textWidth(name, SIZES.name) + (counts ? SIZES.count : 0) + 12;
  const { width, height } = sizeOf(columns);
  return {
    width: Math.max(60, named, width) + 2 * SIZES.padding,
    height: SIZES.nameLine + height + (height > 0 ? 6 : 0) + SIZES.padding,
  };
}

function rowOf(role: Row['role'], text: string, more: Pick<Row, 'edge' | 'opens' | 'title'> = {}): Row {
  const cut = cutText(text, MOST.row);
  return { role, text: cut, ...(cut === text ? {} : { title: text }), ...more };
}

function stateRows(node: GraphNode, scope: Scope): readonly Row[] {
  const { tags, description, entry, exit, initialActions, problems = [] } = node;
  const refused = problems.flatMap((problem) => linesOf(`⚠ ${problem}`, MOST.row).map((text): Row => ({ role: 'problem', text })));
  const invokes = node.invokes.map((invoke) =>
    rowOf('invoke', invokeText(invoke), invoke.machine === null ? {} : { opens: boxOfInvoke(node, invoke, scope) }),
  );
  if (scope.options.detail === 'overview') return [...refused, ...invokes];
  return [
    ...refused,
    ...(description === null ? [] : [rowOf('description', description)]),
    ...(tags.length === 0 ? [] : [rowOf('tags', tags.map((tag) => `#${tag}`).join(' '))]),
    ...invokes,
    ...entry.map((action) => rowOf('entry', `entry / ${actionText(action)}`)),
    ...exit.map((action) => rowOf('exit', `exit / ${actionText(action)}`)),
    ...initialActions.map((action) => rowOf('initial', `initial / ${actionText(action)}`)),
  ];
}

/** Transitions that enter no other state. */
function stayingRows(edges: readonly GraphEdge[], detail: Detail): readonly Row[] {
  if (detail === 'overview') return [];
  return edges.map((edge) => {
    const mark = edge.to.length > 0 ? '↻ ' : '';
    return rowOf('transition', `${mark}${transitionText(edge, detail === 'full')}`, wholeOf(edge));
  });
}

function wholeOf(edge: GraphEdge): Pick<Row, 'edge' | 'title'> {
  const title = transitionText(edge, true);
  return { edge: edge.id, title: edge.description === null ? title : `${title} — ${edge.description}` };
}

function boxOfInvoke(node: GraphNode, { id }: GraphInvoke, { scope }: Scope): string {
  return `${scope}${node.id}▸${id}/`;
}

function machinesOf(node: GraphNode, scope: Scope): readonly Box[] {
  return node.invokes.flatMap((invoke) => {
    const child = scope.graph.children.find(({ name }) => name === invoke.machine);
    const id = boxOfInvoke(node, invoke, scope);
    if (child === undefined || scope.around.includes(child.name) || scope.options.isOpen?.(id) === false) return [];
    return [boxesOf(child, `${invoke.id}: ${child.name}`, { ...scope, scope: id, around: [...scope.around, child.name] })];
  });
}

function initialArrow(parent: string, to: string): Arrow {
  return { id: `${parent}•`, from: dotOf(parent), to, columns: [], width: 0, height: 0, isInitial: true };
}

/** Id of the dot from which the arrow to the initial state of a box comes. */
export function dotOf(box: string): string {
  return `${box}•dot`;
}

function arrowsOf(edges: readonly GraphEdge[], { scope, options: { detail } }: Scope): readonly Arrow[] {
  // The first target has the label.
  const ends = edges
    .filter((edge) => !isStaying(edge))
    .flatMap((edge) => edge.to.map((to, index) => ({ edge, to, isLabelled: index === 0 })));
  const groups = Map.groupBy(ends, ({ edge, to }) => JSON.stringify([edge.from, to]));
  return [...groups.values()].flatMap((group): Arrow[] => {
    const [first] = group;
    if (first === undefined) return [];
    const labelled = group.filter(({ isLabelled }) => isLabelled).map(({ edge }) => edge);
    const columns = columnsOf(
      detail === 'overview' ? overviewRows(labelled) : labelled.map((edge) => arrowRow(edge, detail)),
      COLUMN.label,
    );
    const { width, height } = sizeOf(columns);
    return [
      {
        id: `${scope}${first.edge.id}→${first.to}`,
        from: `${scope}${first.edge.from}`,
        to: `${scope}${first.to}`,
        columns,
        width: columns.length === 0 ? 0 : width + 8,
        height: columns.length === 0 ? 0 : height + 4,
        isInitial: false,
      },
    ];
  });
}

function arrowRow(edge: GraphEdge, detail: Detail): Row {
  return rowOf(
    'transition',
    `${transitionText(edge, detail === 'full')}${edge.reenter && edge.to.length === 0 ? ' ↻' : ''}`,
    wholeOf(edge),
  );
}

/** Each event once. */
function overviewRows(edges: readonly GraphEdge[]): readonly Row[] {
  const names = [...new Set(edges.map(triggerText))];
  return names.map((name) => {
    const of = edges.filter((edge) => triggerText(edge) === name);
    const [edge] = of;
    return rowOf('transition', name, {
      ...(edge === undefined ? {} : { edge: edge.id }),
      title: of.map((one) => transitionText(one, true)).join('\n'),
    });
  });
}
