/** What of a picture lies over something else. Empty for a picture that can be read. */
import type { Box } from '#machines/drawing/diagram.ts';
import type { Picture, Place, PlacedBox } from '#machines/drawing/layout.ts';

/** Pixels by which two may touch, because the engine counts in fractions. */
const SLACK = 0.5;

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
    for (const { box, ...leaf } of boxes.filter(isLeaf)) {
      if (points.slice(1).some((point, index) => crosses(points[index] ?? point, point, leaf))) found.push(`${arrow.id} crosses ${box.id}`);
    }
  }
  return found;
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

function onBorder({ x, y }: { readonly x: number; readonly y: number }, box: PlacedBox): boolean {
  const [dx, dy] = [
    Math.min(Math.abs(x - box.x), Math.abs(x - box.x - box.width)),
    Math.min(Math.abs(y - box.y), Math.abs(y - box.y - box.height)),
  ];
  const inX = x >= box.x - 1 && x <= box.x + box.width + 1;
  const inY = y >= box.y - 1 && y <= box.y + box.height + 1;
  return (dx <= 1 && inY) || (dy <= 1 && inX);
}

/** Lines are level or upright. */
function crosses(a: { readonly x: number; readonly y: number }, b: typeof a, { x, y, width, height }: Place): boolean {
  const line = {
    x: Math.min(a.x, b.x),
    y: Math.min(a.y, b.y),
    width: Math.abs(a.x - b.x) + 2 * SLACK,
    height: Math.abs(a.y - b.y) + 2 * SLACK,
  };
  return meet(line, { x: x + 2, y: y + 2, width: width - 4, height: height - 4 });
}
