/** What of a picture lies over something else. Empty for a picture that can be read. */
import type { Box } from '#machines/drawing/diagram.ts';
import type { Picture, Place, PlacedArrow, PlacedBox, Point } from '#machines/drawing/layout.ts';

/** Pixels by which two may touch, because the engine counts in fractions. */
const SLACK = 0.5;
/** Pixels between the ends of two arrows, below which their heads lie over each other. */
const HEAD = 8;

export function overlapsOf({ boxes, arrows, dots, width, height }: Picture): readonly string[] {
  const found: string[] = [];
  const byId = new Map(boxes.map((placed) => [placed.box.id, placed]));
  const labels = arrows.flatMap(({ arrow, label }) => (label === null ? [] : [{ name: `label of ${arrow.id}`, place: label }]));
  const headers = boxes.map(({ box, x, y }) => ({ name: `text of ${box.id}`, place: { x, y, width: box.width, height: box.height } }));

  for (const { box, ...place } of boxes) {
    if (!within(place, { x: 0, y: 0, width, height })) found.push(`${box.id} is outside the picture`);
    if (place.width + SLACK < box.width || place.height + SLACK < box.height) found.push(`${box.id} is too small for its text`);
    const children = box.children.flatMap((child) => byId.get(child.id) ?? []);
    for (const [index, child] of children.entries()) {
      if (!within(child, place)) found.push(`${child.box.id} is outside ${box.id}`);
      for (const other of children.slice(index + 1)) if (meet(child, other)) found.push(`${child.box.id} lies over ${other.box.id}`);
    }
    const text = { ...place, height: box.height };
    for (const child of children)
      if (meet(child, { ...text, width: place.width })) found.push(`${child.box.id} lies over the text of ${box.id}`);
  }
  for (const [index, one] of labels.entries()) {
    if (!within(one.place, { x: 0, y: 0, width, height })) found.push(`${one.name} is outside the picture`);
    for (const other of labels.slice(index + 1)) if (meet(one.place, other.place)) found.push(`${one.name} lies over the ${other.name}`);
    for (const header of headers) if (meet(one.place, header.place)) found.push(`${one.name} lies over the ${header.name}`);
    for (const leaf of boxes.filter(isLeaf)) if (meet(one.place, leaf)) found.push(`${one.name} lies over ${leaf.box.id}`);
    for (const dot of dots) if (meet(one.place, dot)) found.push(`${one.name} lies over a dot`);
  }
  for (const { arrow, points } of arrows) {
    const [first, last] = [points.at(0), points.at(-1)];
    for (const [end, id] of [
      [first, arrow.from],
      [last, arrow.to],
    ] as const) {
      const box = byId.get(id);
      if (end !== undefined && box !== undefined && !onBorder(end, box)) found.push(`${arrow.id} does not touch ${id}`);
    }
    for (const { box, ...leaf } of boxes.filter(isLeaf)) if (crosses(points, leaf)) found.push(`${arrow.id} crosses ${box.id}`);
  }
  for (const [index, one] of arrows.entries()) {
    for (const { arrow, label } of arrows) {
      if (arrow !== one.arrow && label !== null && crosses(one.points, label))
        found.push(`${one.arrow.id} crosses the label of ${arrow.id}`);
    }
    for (const other of arrows.slice(index + 1)) found.push(...tangled(one, other));
    const around = one.label === null ? undefined : grown(one.label, HEAD);
    if (around !== undefined && !linesOf(one).some((part) => meet(part, around))) found.push(`the label of ${one.arrow.id} is far from it`);
  }
  return found;
}

function tangled(one: PlacedArrow, other: PlacedArrow): readonly string[] {
  const ends = ({ points }: PlacedArrow): readonly Point[] => [points.at(0), points.at(-1)].filter((point) => point !== undefined);
  const isNear = (a: Point, b: Point): boolean => Math.hypot(a.x - b.x, a.y - b.y) < HEAD;
  const names = `${one.arrow.id} and ${other.arrow.id}`;
  return [
    ...(ends(one).some((a) => ends(other).some((b) => isNear(a, b))) ? [`the ends of ${names} lie over each other`] : []),
    ...(linesOf(one).some((a) => linesOf(other).some((b) => isAlong(a, b))) ? [`${names} share a line`] : []),
  ];
}

function linesOf({ points }: PlacedArrow): readonly Place[] {
  return points.slice(1).map((point, index) => line(points[index] ?? point, point));
}

/** Whether two lines are one for more than a few pixels, instead of crossing. */
function isAlong(a: Place, b: Place): boolean {
  const [across, down] = [
    Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x),
    Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y),
  ];
  return Math.min(across, down) > 0 && Math.max(across, down) > HEAD / 2;
}

function isLeaf({ box }: { readonly box: Box }): boolean {
  return box.children.length === 0;
}

function meet(a: Place, b: Place): boolean {
  return a.x + a.width - SLACK > b.x && b.x + b.width - SLACK > a.x && a.y + a.height - SLACK > b.y && b.y + b.height - SLACK > a.y;
}

function within(inner: Place, outer: Place): boolean {
  return (
    inner.x >= outer.x - SLACK &&
    inner.y >= outer.y - SLACK &&
    inner.x + inner.width <= outer.x + outer.width + SLACK &&
    inner.y + inner.height <= outer.y + outer.height + SLACK
  );
}

function onBorder({ x, y }: Point, box: PlacedBox): boolean {
  const [dx, dy] = [
    Math.min(Math.abs(x - box.x), Math.abs(x - box.x - box.width)),
    Math.min(Math.abs(y - box.y), Math.abs(y - box.y - box.height)),
  ];
  const inX = x >= box.x - 1 && x <= box.x + box.width + 1;
  const inY = y >= box.y - 1 && y <= box.y + box.height + 1;
  return (dx <= 1 && inY) || (dy <= 1 && inX);
}

/** Whether the way leads over the place, and not only along its border. */
function crosses(points: readonly Point[], { x, y, width, height }: Place): boolean {
  const inner = { x: x + 2, y: y + 2, width: width - 4, height: height - 4 };
  return points.slice(1).some((point, index) => meet(line(points[index] ?? point, point), inner));
}

/** Lines are level or upright. */
function line(a: Point, b: Point): Place {
  return {
    x: Math.min(a.x, b.x),
    y: Math.min(a.y, b.y),
    width: Math.abs(a.x - b.x) + 2 * SLACK,
    height: Math.abs(a.y - b.y) + 2 * SLACK,
  };
}

function grown({ x, y, width, height }: Place, by: number): Place {
  return { x: x - by, y: y - by, width: width + 2 * by, height: height + 2 * by };
}
