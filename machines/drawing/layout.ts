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
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
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
} as const;

function engineInput({ root, arrows }: Diagram): EngineNode {
  const leadsBack = backArrows(root);
  const dots = new Set(arrows.filter(({ isInitial }) => isInitial).map(({ from }) => from));
  return {
    id: 'picture',
    layoutOptions: { ...OPTIONS, 'elk.padding': paddingOf(MARGIN, MARGIN) },
    children: [engineNode(root, dots)],
    edges: [
      ...rowEdges(root),
      ...arrows.map((arrow) => ({
        id: arrow.id,
        sources: [leadsBack(arrow) ? arrow.to : arrow.from],
        targets: [leadsBack(arrow) ? arrow.from : arrow.to],
        labels: arrow.columns.length === 0 ? [] : [{ id: `${arrow.id}label`, text: arrow.id, width: arrow.width, height: arrow.height }],
      })),
    ],
  };
}

/**
 * Edges that are not drawn and put the regions of parallel states in rows. The engine puts what no
 * edge orders beside each other, so that a picture would be wide and flat.
 */
function rowEdges({ id, node, children }: Box): readonly EngineEdge[] {
  const columns = Math.ceil(Math.sqrt(children.length));
  const below =
    node.type !== 'parallel'
      ? []
      : children.slice(columns).map((child, index) => {
          const above = children[index]?.id ?? id;
          return { id: `row ${child.id}`, sources: [above], targets: [child.id], labels: [] };
        });
  return [...below, ...children.flatMap(rowEdges)];
}

/**
 * An arrow that leads to an earlier state, in the order of the machine, is turned round for the
 * engine. States then come from top to bottom as their author ordered them.
 */
function backArrows(root: Box): (arrow: Arrow) => boolean {
  const order = new Map<string, number>();
  const add = (box: Box): void => {
    order.set(box.id, order.size);
    box.children.forEach(add);
  };
  add(root);
  return ({ from, to }) => (order.get(from) ?? -1) > (order.get(to) ?? -1);
}

function paddingOf(top: number, around: number): string {
  return `[top=${top},left=${around},bottom=${around},right=${around}]`;
}

function engineNode(box: Box, dots: ReadonlySet<string>): EngineNode {
  const { id, width, height, children } = box;
  if (children.length === 0) return { id, width, height };
  const dot = dots.has(dotOf(id)) ? [{ id: dotOf(id), width: SIZES.dot, height: SIZES.dot }] : [];
  return {
    id,
    children: [...dot, ...children.map((child) => engineNode(child, dots))],
    layoutOptions: {
      ...OPTIONS,
      'elk.padding': paddingOf(height + 8, 16),
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      // ELK turns a picture that goes down on its side, and this size not with it.
      'elk.nodeSize.minimum': `(${height},${width})`,
    },
  };
}

const point = z.object({ x: z.number(), y: z.number() });
const placed = { ...point.shape, width: z.number(), height: z.number() };
const engineNodeOut: z.ZodType<EngineNodeOut> = z.object({
  id: z.string(),
  ...placed,
  children: z.lazy(() => z.array(engineNodeOut)).optional(),
});
interface EngineNodeOut extends Place {
  readonly id: string;
  readonly children?: EngineNodeOut[] | undefined;
}
const engineOutput = z.object({
  width: z.number(),
  height: z.number(),
  children: z.array(engineNodeOut),
  edges: z.array(
    z.object({
      id: z.string(),
      sections: z.array(z.object({ startPoint: point, bendPoints: z.array(point).optional(), endPoint: point })),
      labels: z.array(z.object(placed)).optional(),
    }),
  ),
});

/** Throws if the engine rejects, or returns something else than places for the whole diagram. */
export async function placeDiagram(diagram: Diagram, engine: LayoutEngine): Promise<Picture> {
  const { width, height, children, edges } = engineOutput.parse(await engine(engineInput(diagram)));
  const places = new Map<string, Place>();
  const note = (node: EngineNodeOut): void => {
    places.set(node.id, { x: node.x, y: node.y, width: node.width, height: node.height });
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
  const routes = new Map(edges.map((edge) => [edge.id, edge]));
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
