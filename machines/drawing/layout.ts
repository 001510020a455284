/**
 * Places of a diagram's boxes and arrows. A layout engine computes them (ELK, see
 * docs/decisions/0084). This file says what the engine gets, and reads what it returns. The engine
 * runs elsewhere, on the server in a thread and in the page in a worker.
 */
import * as z from 'zod';
import { type Arrow, type Box, type Diagram, dotOf, SIZES } from './diagram.ts';

/** ELK's own JSON. */
export interface EngineNode {
  readonly id: string;
  readonly width?: number;
  readonly height?: number;
  readonly children?: EngineNode[];
  readonly edges?: EngineEdge[];
  readonly layoutOptions?: Record<string, string>;
}
interface EngineEdge {
  readonly id: string;
  readonly sources: string[];
  readonly targets: string[];
  readonly labels: { readonly id: string; readonly text: string; readonly width: number; readonly height: number }[];
}

/** Takes an `EngineNode`, and returns it with places. */
export type LayoutEngine = (input: EngineNode) => Promise<unknown>;

export interface Point {
  readonly x: number;
  readonly y: number;
}
export interface Place extends Point {
  readonly width: number;
  readonly height: number;
}
export interface PlacedBox extends Place {
  readonly box: Box;
  /** Boxes around it. 0 for the root. */
  readonly depth: number;
}
export interface PlacedArrow {
  readonly arrow: Arrow;
  /** From the border of one box to that of the other, with every bend. */
  readonly points: readonly Point[];
  /** Of the label. Null for an arrow without one. */
  readonly label: Place | null;
}
/** All in pixels, from the upper left corner. Boxes come after the box around them. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly PlacedBox[];
  readonly dots: readonly Place[];
  readonly arrows: readonly PlacedArrow[];
}

const MARGIN = 8;

const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.edgeLabels.inline': 'true',
  'elk.json.shapeCoords': 'ROOT',
  'elk.json.edgeCoords': 'ROOT',
  'elk.spacing.nodeNode': '24',
  'elk.spacing.edgeNode': '16',
  'elk.spacing.edgeEdge': '12',
  'elk.layered.spacing.nodeNodeBetweenLayers': '28',
  'elk.layered.spacing.edgeNodeBetweenLayers': '16',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '12',
  // Boxes of a row keep the order of their positions, see `engineNode`.
  'elk.layered.crossingMinimization.semiInteractive': 'true',
} as const;

const TOGETHER = { 'elk.hierarchyHandling': 'INCLUDE_CHILDREN' } as const;
/** A chain of more boxes than that goes on in a column beside it. */
const LONG = 8;
/** Pixels between the ends of arrows at one border, so that no head lies over another one. */
const BETWEEN_ENDS = 10;
/** Width of a chain in columns over its height. In a chain of chains each is wider. */
const WIDE = { first: 1.6, most: 5 } as const;

function engineInput({ root, arrows }: Diagram): EngineNode {
  const leadsBack = backArrows(root);
  const dots = new Set(arrows.filter(({ isInitial }) => isInitial).map(({ from }) => from));
  const edges = [
    ...rowEdges(root, arrows),
    ...arrows.map((arrow) => ({
      id: arrow.id,
      sources: [leadsBack(arrow) ? arrow.to : arrow.from],
      targets: [leadsBack(arrow) ? arrow.from : arrow.to],
      labels: arrow.columns.length === 0 ? [] : [{ id: `${arrow.id}label`, text: arrow.id, width: arrow.width, height: arrow.height }],
    })),
  ];
  const around = boxesAround(root);
  const inside = Map.groupBy(edges, (edge) => boxOf(edge, around));
  const open = new Set(edges.flatMap((edge) => boxesCrossed(edge, around)));
  return {
    id: 'picture',
    layoutOptions: { ...OPTIONS, ...TOGETHER, 'elk.padding': paddingOf(MARGIN, MARGIN) },
    children: [engineNode(root, { arrows, dots, inside, open, ends: mostEnds(edges) })],
  };
}

/** The boxes around each box and dot, the inner ones first, with the box itself. */
function boxesAround(root: Box): (id: string) => readonly string[] {
  const around = new Map<string, readonly string[]>();
  const add = (box: Box, outer: readonly string[]): void => {
    const own = [box.id, ...outer];
    around.set(box.id, own);
    around.set(dotOf(box.id), [dotOf(box.id), ...own]);
    for (const child of box.children) add(child, own);
  };
  add(root, []);
  return (id) => around.get(id) ?? [];
}

/** How many arrows each box has at the border that has more, since they leave below and enter above. */
function mostEnds(edges: readonly EngineEdge[]): (id: string) => number {
  const [leaving, entering] = [Map.groupBy(edges, ({ sources }) => sources[0]), Map.groupBy(edges, ({ targets }) => targets[0])];
  return (id) => Math.max(leaving.get(id)?.length ?? 0, entering.get(id)?.length ?? 0);
}

/** The innermost box that both ends of the edge are in, which may be one of them. */
function boxOf({ sources, targets }: EngineEdge, around: (id: string) => readonly string[]): string | undefined {
  const [from, to] = [around(sources[0] ?? ''), around(targets[0] ?? '')];
  return from.find((id) => to.includes(id));
}

/**
 * Boxes whose border the edge crosses, or leads from inside to. They are not laid out by
 * themselves.
 */
function boxesCrossed(edge: EngineEdge, around: (id: string) => readonly string[]): readonly string[] {
  const common = boxOf(edge, around);
  const ends = [edge.sources, edge.targets].flat();
  return ends
    .flatMap((end) => around(end).slice(1))
    .filter((id) => !around(common ?? '').includes(id) || (id === common && ends.includes(id)));
}

/**
 * Edges that are not drawn and put boxes in rows. The engine puts what no edge orders beside each
 * other, so that regions of a parallel state, or the many targets of one state, would be wide and
 * flat. Boxes of one layer are never ordered by an edge, so that these close no cycle.
 */
function rowEdges(box: Box, arrows: readonly Arrow[]): readonly EngineEdge[] {
  const { id, children } = box;
  // A few targets beside each other read better than in rows. Regions are large.
  const columns = Math.max(box.node.type === 'parallel' ? 1 : 5, Math.ceil(Math.sqrt(children.length)));
  const below = layersOf(box, arrows).layers.flatMap((layer) =>
    layer.slice(columns).map((child, index) => {
      const above = layer[index]?.id ?? id;
      return { id: `row ${child.id}`, sources: [above], targets: [child.id], labels: [] };
    }),
  );
  return [...below, ...children.flatMap((child) => rowEdges(child, arrows))];
}

interface Layers {
  readonly layers: readonly (readonly Box[])[];
  /** Whether arrows lead from each layer to the next or the one before alone. */
  readonly isChain: boolean;
}

/** The boxes in a box by the longest way to them, along arrows that lead to later ones. */
function layersOf({ children }: Box, arrows: readonly Arrow[]): Layers {
  const owner = new Map<string, number>();
  const own = (box: Box, index: number): void => {
    owner.set(box.id, index);
    for (const inner of box.children) own(inner, index);
  };
  children.forEach(own);
  const depths = children.map(() => 0);
  const ahead = arrows
    .flatMap(({ from, to }) => {
      const [one, other] = [owner.get(from), owner.get(to)];
      return one === undefined || other === undefined || one === other ? [] : [[Math.min(one, other), Math.max(one, other)] as const];
    })
    .toSorted(([one], [other]) => one - other);
  for (const [from, to] of ahead) depths[to] = Math.max(depths[to] ?? 0, (depths[from] ?? 0) + 1);
  return {
    layers: [...Map.groupBy(children, (_, index) => depths[index]).values()],
    isChain: ahead.every(([from, to]) => (depths[to] ?? 0) - (depths[from] ?? 0) === 1),
  };
}

/**
 * An arrow that leads to an earlier state, in the order of the machine, is turned round for the
 * engine. States then come from top to bottom as their author ordered them. One that leads to a
 * state around it stays, and ends at its lower border, away from its name.
 */
function backArrows(root: Box): (arrow: Arrow) => boolean {
  const order = new Map<string, number>();
  const around = boxesAround(root);
  const add = (box: Box): void => {
    order.set(box.id, order.size);
    box.children.forEach(add);
  };
  add(root);
  return ({ from, to }) => (order.get(from) ?? -1) > (order.get(to) ?? -1) && !around(from).includes(to);
}

function paddingOf(top: number, around: number): string {
  return `[top=${top},left=${around},bottom=${around},right=${around}]`;
}

interface EngineParts {
  readonly arrows: readonly Arrow[];
  readonly dots: ReadonlySet<string>;
  /** Edges by the box that they are within. */
  readonly inside: ReadonlyMap<string | undefined, readonly EngineEdge[]>;
  /** Boxes that are not laid out by themselves. */
  readonly open: ReadonlySet<string>;
  /** Arrows that end at one border of a box. */
  readonly ends: (id: string) => number;
}

/**
 * @param index among the boxes beside it, in the order of the machine. The engine keeps it where
 * boxes stand in a row.
 * @param above how many boxes the box around it has below each other.
 */
function engineNode(box: Box, parts: EngineParts, index = 0, above = 1): EngineNode {
  const { id, height, children } = box;
  const width = Math.max(box.width, (parts.ends(id) + 1) * BETWEEN_ENDS);
  const position = { 'elk.position': `(${index},0)` };
  if (children.length === 0) return { id, width, height, layoutOptions: position };
  const dot = parts.dots.has(dotOf(id)) ? [{ id: dotOf(id), width: SIZES.dot, height: SIZES.dot }] : [];
  const { layers, isChain } = layersOf(box, parts.arrows);
  return {
    id,
    children: [...dot, ...children.map((child, at) => engineNode(child, parts, at, layers.length))],
    edges: [...(parts.inside.get(id) ?? [])],
    layoutOptions: {
      ...OPTIONS,
      ...position,
      ...(isChain && layers.length > LONG && isByItself(box, parts) ? inColumns(above) : {}),
      'elk.padding': paddingOf(height + 8, 16),
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      // ELK turns a picture that goes down on its side, and this size not with it.
      'elk.nodeSize.minimum': `(${height},${width})`,
    },
  };
}

/** Nothing in it leads out of it, nor anything in its boxes out of them. */
function isByItself(box: Box, { open }: EngineParts): boolean {
  return !open.has(box.id) && !box.children.some(({ id }) => open.has(id));
}

/**
 * ELK breaks a chain into columns where no other layout goes on at the same time, and where no
 * arrow passes a layer. It draws others wrong.
 *
 * @param above how many boxes the box around it has below each other.
 */
function inColumns(above: number): Record<string, string> {
  return {
    'elk.hierarchyHandling': 'SEPARATE_CHILDREN',
    'elk.layered.wrapping.strategy': 'MULTI_EDGE',
    'elk.aspectRatio': String(Math.min(WIDE.most, WIDE.first * above)),
  };
}

const point = z.object({ x: z.number(), y: z.number() });
const placed = { ...point.shape, width: z.number(), height: z.number() };
const engineEdgeOut = z.object({
  id: z.string(),
  sections: z.array(z.object({ startPoint: point, bendPoints: z.array(point).optional(), endPoint: point })),
  labels: z.array(z.object(placed)).optional(),
});
type EngineEdgeOut = z.infer<typeof engineEdgeOut>;
interface EngineNodeOut extends Place {
  readonly id: string;
  readonly children?: EngineNodeOut[] | undefined;
  readonly edges?: EngineEdgeOut[] | undefined;
}
const engineNodeOut: z.ZodType<EngineNodeOut> = z.object({
  id: z.string(),
  ...placed,
  children: z.lazy(() => z.array(engineNodeOut)).optional(),
  edges: z.array(engineEdgeOut).optional(),
});
const engineOutput = z.object({ width: z.number(), height: z.number(), children: z.array(engineNodeOut) });

/** Throws if the engine rejects, or returns something else than places for the whole diagram. */
export async function placeDiagram(diagram: Diagram, engine: LayoutEngine): Promise<Picture> {
  const { width, height, children } = engineOutput.parse(await engine(engineInput(diagram)));
  const places = new Map<string, Place>();
  const routes = new Map<string, EngineEdgeOut>();
  const note = (node: EngineNodeOut): void => {
    places.set(node.id, { x: node.x, y: node.y, width: node.width, height: node.height });
    for (const edge of node.edges ?? []) routes.set(edge.id, edge);
    node.children?.forEach(note);
  };
  children.forEach(note);
  const placeOf = (id: string): Place => {
    const place = places.get(id);
    if (place === undefined) throw new TypeError(`The layout engine gave no place to ${id}`);
    return place;
  };
  const boxes: PlacedBox[] = [];
  const add = (box: Box, depth: number): void => {
    boxes.push({ box, depth, ...placeOf(box.id) });
    for (const child of box.children) add(child, depth + 1);
  };
  add(diagram.root, 0);
  const leadsBack = backArrows(diagram.root);
  const arrows = diagram.arrows.map((arrow): PlacedArrow => {
    const route = routes.get(arrow.id);
    const label = route?.labels?.[0];
    const points = (route?.sections ?? []).flatMap(({ startPoint, bendPoints = [], endPoint }) => [startPoint, ...bendPoints, endPoint]);
    if (points.length < 2) throw new TypeError(`The layout engine gave no route to ${arrow.id}`);
    if (leadsBack(arrow)) points.reverse();
    return { arrow, points, label: label === undefined ? null : { x: label.x, y: label.y, width: label.width, height: label.height } };
  });
  const dots = diagram.arrows.flatMap(({ isInitial, from }) => (isInitial ? [placeOf(from)] : []));
  return { width, height, boxes, dots, arrows };
}
