/** The one renderer of pictures. The server, the command line and the page draw with it. Pure. */
import { type Box, type Column, type Row, SIZES } from './diagram.ts';
import type { Picture, PlacedArrow, PlacedBox, Point } from './layout.ts';
import { type SvgNode, svgNode } from './svg-node.ts';
import { FONT } from './text-width.ts';
import type { Theme } from './themes.ts';

export interface SvgOptions {
  readonly theme: Theme;
  /** Of the whole picture, for people who do not see it. */
  readonly title: string;
  /** Ids of the boxes that are lit. */
  readonly lit?: ReadonlySet<string>;
  /** A number in a box, by its id. */
  readonly counts?: ReadonlyMap<string, number>;
}

/** Colours stand in attributes, because pages may forbid styles in the document. */
export function svgOf(picture: Picture, options: SvgOptions): SvgNode {
  const { width, height, boxes, dots, arrows } = picture;
  const { theme, title } = options;
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  return svgNode(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${w} ${h}`,
      width: w,
      height: h,
      role: 'img',
      'font-family': FONT,
      'font-size': SIZES.row,
      // Also in a page from right to left. Each text has its own direction, see `text`.
      direction: 'ltr',
    },
    svgNode('title', {}, title),
    svgNode('rect', { class: 'picture-ground', width: w, height: h, fill: theme.ground }),
    ...boxes.map((placed) => boxShape(placed, options)),
    ...arrows.map(({ points }) => line(points, theme)),
    ...dots.map(({ x, y, width: size }) =>
      svgNode('circle', { cx: round(x + size / 2), cy: round(y + size / 2), r: size / 2, fill: theme.text }),
    ),
    ...boxes.flatMap((placed) => headText(placed, options)),
    ...arrows.flatMap((arrow) => labelOf(arrow, theme)),
  );
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

/** Of the path to a lit state, the end is filled. */
function isEndOfLit(box: Box, { lit }: SvgOptions): boolean {
  return lit?.has(box.id) === true && !box.children.some(({ id }) => lit.has(id));
}

function colourOf({ box, depth }: PlacedBox, options: SvgOptions): string {
  const { theme } = options;
  return isEndOfLit(box, options) ? theme.litBox : theme.box[depth % 2 === 0 ? 0 : 1];
}

function boxShape(placed: PlacedBox, options: SvgOptions): SvgNode {
  const { box, x, y, width, height } = placed;
  const { theme, lit } = options;
  const isLit = lit?.has(box.id) === true;
  const isRefused = box.node.problems !== undefined;
  const border = isRefused ? theme.problem : isLit ? theme.litBorder : theme.border;
  const place = { x: round(x), y: round(y), width: round(width), height: round(height) };
  const outline = {
    ...place,
    rx: box.node.type === 'history' ? 16 : 8,
    fill: colourOf(placed, options),
    stroke: border,
    'stroke-width': isLit || isRefused ? 2 : 1,
    ...(dashes(box) === undefined ? {} : { 'stroke-dasharray': dashes(box) ?? '' }),
  };
  const inner = { x: place.x + 3, y: place.y + 3, width: place.width - 6, height: place.height - 6, rx: 6, fill: 'none', stroke: border };
  return svgNode(
    'g',
    { class: `picture-box picture-${box.node.type}`, 'data-box': box.id, 'data-lit': String(isLit) },
    svgNode('title', {}, box.node.description ?? box.node.key),
    svgNode('rect', outline),
    ...(box.node.type === 'final' ? [svgNode('rect', inner)] : []),
    ...(box.children.length === 0 ? textsOf(placed, options, isEndOfLit(box, options)) : []),
  );
}

function textsOf({ box, x, y, width }: PlacedBox, { theme, counts }: SvgOptions, isFilled: boolean): readonly SvgNode[] {
  const count = counts?.get(box.id);
  // A name alone stands in the middle of its box.
  const baseline = box.children.length === 0 && box.columns.length === 0 ? 21 : 18;
  return [
    text(box.name, { left: x + SIZES.padding, right: x + width - SIZES.padding - (count === undefined ? 0 : SIZES.count) }, y + baseline, {
      'font-size': SIZES.name,
      'font-weight': 700,
      fill: isFilled ? theme.litText : theme.text,
    }),
    ...columnTexts(box.columns, { left: x + SIZES.padding, right: x + width - SIZES.padding }, y + SIZES.nameLine + 13, theme, isFilled),
    ...(count === undefined ? [] : [countBadge(count, x + width, y + baseline - 18, theme)]),
  ];
}

/** Over the arrows that come into the box from above, which its colour keeps off the letters. */
function headText(placed: PlacedBox, options: SvgOptions): readonly SvgNode[] {
  const { box } = placed;
  if (box.children.length === 0) return [];
  const isFilled = isEndOfLit(box, options);
  const halo = { 'paint-order': 'stroke', stroke: colourOf(placed, options), 'stroke-width': 4 };
  const isLetters = ({ name }: SvgNode): boolean => name === 'text';
  const texts = textsOf(placed, options, isFilled).map((node) =>
    isLetters(node) ? { ...node, attributes: { ...halo, ...node.attributes } } : node,
  );
  return [svgNode('g', { class: 'picture-text', 'data-box': box.id }, ...texts)];
}

/** A machine that runs inside another one has a dashed border. */
function dashes({ isChildMachine }: Box): string | undefined {
  return isChildMachine ? '6 3' : undefined;
}

function countBadge(count: number, right: number, y: number, theme: Theme): SvgNode {
  const shown = count > 9_999 ? `${Math.floor(count / 1_000)}k` : String(count);
  const width = SIZES.count - 6;
  return svgNode(
    'g',
    { class: 'picture-count' },
    svgNode('rect', { x: round(right - width - 6), y: round(y + 6), width, height: 18, rx: 9, fill: theme.count }),
    svgNode(
      'text',
      {
        x: round(right - width / 2 - 6),
        y: round(y + 19),
        'text-anchor': 'middle',
        'font-weight': 700,
        fill: theme.countText,
      },
      shown,
    ),
  );
}

/** Where a text may be, in the picture. */
interface Span {
  readonly left: number;
  readonly right: number;
}

/** Whether the first letter that has a direction goes from right to left. */
const RIGHT_TO_LEFT = /^\P{Letter}*[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** Begins where a reader of its letters begins. */
function text(shown: string, { left, right }: Span, y: number, attributes: SvgNode['attributes']): SvgNode {
  const start = RIGHT_TO_LEFT.test(shown) ? { x: round(right), direction: 'rtl' } : { x: round(left) };
  return svgNode('text', { ...start, y: round(y), ...attributes }, shown);
}

/** From the baseline of the first row. The last column has what is left of the place. */
function columnTexts(columns: readonly Column[], { left, right }: Span, top: number, theme: Theme, isFilled: boolean): readonly SvgNode[] {
  let x = left;
  return columns.flatMap(({ rows, width }, index) => {
    const span = { left: x, right: index === columns.length - 1 ? right : x + width };
    x += width + SIZES.gap;
    return rows.map((row, at) => rowText(row, span, top + at * SIZES.line, theme, isFilled));
  });
}

const ITALIC: ReadonlySet<Row['role']> = new Set(['description', 'tags']);

function rowText(row: Row, span: Span, y: number, theme: Theme, isFilled: boolean): SvgNode {
  const fill = row.role === 'transition' ? theme.text : theme.faint;
  const shown = text(row.text, span, y, {
    fill: row.role === 'problem' ? theme.problem : isFilled ? theme.litText : fill,
    ...(ITALIC.has(row.role) ? { 'font-style': 'italic' } : {}),
    ...(row.edge === undefined ? {} : { 'data-edge': row.edge }),
    ...(row.opens === undefined ? {} : { 'data-opens': row.opens }),
  });
  return row.title === undefined ? shown : { ...shown, children: [svgNode('title', {}, row.title), ...shown.children] };
}

function line(points: readonly Point[], theme: Theme): SvgNode {
  return svgNode(
    'g',
    { class: 'picture-arrow', fill: 'none', stroke: theme.arrow, 'stroke-width': 1.2 },
    svgNode('path', { d: pathOf(points) }),
    svgNode('path', { d: headOf(points), fill: theme.arrow, stroke: 'none' }),
  );
}

/** Radius of a bend. */
const BEND = 6;

function pathOf(points: readonly Point[]): string {
  const at = ({ x, y }: Point): string => `${round(x)} ${round(y)}`;
  return points
    .map((here, index) => {
      const [before, after] = [points[index - 1], points[index + 1]];
      if (before === undefined) return `M${at(here)}`;
      if (after === undefined) return `L${at(here)}`;
      return `L${at(towards(here, before, BEND))}Q${at(here)} ${at(towards(here, after, BEND))}`;
    })
    .join('');
}

/** The point that far from one towards another, and no further than half of the way. */
function towards(from: Point, to: Point, distance: number): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const share = length === 0 ? 0 : Math.min(distance, length / 2) / length;
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

function headOf(points: readonly Point[]): string {
  const [tip, before] = [points.at(-1), points.at(-2)];
  if (tip === undefined || before === undefined) return '';
  const angle = Math.atan2(tip.y - before.y, tip.x - before.x);
  const corner = (side: number): string => {
    const [x, y] = [tip.x - 8 * Math.cos(angle + side), tip.y - 8 * Math.sin(angle + side)];
    return `L${round(x)} ${round(y)}`;
  };
  return `M${round(tip.x)} ${round(tip.y)}${corner(0.45)}${corner(-0.45)}Z`;
}

function labelOf({ arrow, label }: PlacedArrow, theme: Theme): readonly SvgNode[] {
  if (label === null) return [];
  const { x, y, width, height } = label;
  return [
    svgNode(
      'g',
      { class: 'picture-label' },
      svgNode('rect', {
        x: round(x),
        y: round(y),
        width: round(width),
        height: round(height),
        rx: 4,
        fill: theme.label,
        stroke: theme.border,
        'stroke-width': 0.5,
      }),
      ...columnTexts(arrow.columns, { left: x + 4, right: x + width - 4 }, y + 13.5, theme, false),
    ),
  ];
}
