/**
 * Names of states for a picture that is seen from afar, where its own letters are too small to
 * read. Pure.
 */
import { SIZES } from '#machines/drawing/diagram.ts';
import type { Picture, Place, PlacedBox } from '#machines/drawing/layout.ts';
import { textWidth } from '#machines/drawing/text-width.ts';

export interface FarName {
  readonly id: string;
  /** The name, and how many conversations are in the state. */
  readonly text: string;
  /** Left end of the baseline, in the picture. */
  readonly x: number;
  readonly y: number;
  /** Of the font, in the picture. */
  readonly size: number;
}

/** Pixels of the screen. */
const READABLE = 9;
const SHOWN = 12;

/**
 * None while the picture's own names are readable. A name that would lie over another one is left
 * out. States with conversations come first, then the outer ones.
 */
export function farNames({ boxes, width }: Picture, scale: number, counts: ReadonlyMap<string, number>): readonly FarName[] {
  if (SIZES.name * scale >= READABLE) return [];
  const size = SHOWN / scale;
  const taken: Place[] = [];
  const names: FarName[] = [];
  const first = ({ box, depth }: PlacedBox): number => (counts.has(box.id) ? depth - 1_000 : depth);
  for (const placed of boxes.toSorted((a, b) => first(a) - first(b))) {
    const count = counts.get(placed.box.id);
    const text = count === undefined ? placed.box.name : `${placed.box.name} (${count})`;
    const place = within(width, placeOf(placed, textWidth(text, size), size));
    if (taken.some((other) => meet(place, other, size / 2))) continue;
    taken.push(place);
    names.push({ id: placed.box.id, text, x: place.x, y: place.y + size, size });
  }
  return names;
}

/**
 * In the corner of a box with others in it. Else where the name is, or over the middle if it is too
 * long.
 */
function placeOf({ box, x, y, width, height }: PlacedBox, textWide: number, size: number): Place {
  const high = size * 1.3;
  if (box.children.length > 0) return { x: x + SIZES.padding, y: y + 2, width: textWide, height: high };
  const left = textWide + 2 * SIZES.padding < width ? SIZES.padding : (width - textWide) / 2;
  return { x: x + left, y: y + (height - high) / 2, width: textWide, height: high };
}

/** The place, moved so that the picture's edge cuts nothing off. */
function within(width: number, place: Place): Place {
  return { ...place, x: Math.max(0, Math.min(place.x, width - place.width)) };
}

/** Whether they overlap, or stand closer beside each other than the gap. */
function meet(a: Place, b: Place, gap: number): boolean {
  return a.x < b.x + b.width + gap && b.x < a.x + a.width + gap && a.y < b.y + b.height && b.y < a.y + a.height;
}
