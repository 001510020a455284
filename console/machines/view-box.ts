/** The part of a picture that is shown. Pure. */
import type { Place, Point } from '#machines/drawing/layout.ts';

/** Left upper corner in the picture, and pixels of the screen for one of the picture. */
export interface ViewBox extends Point {
  readonly scale: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

const SCALES = { least: 0.05, most: 4 } as const;

/**
 * The whole picture, in the middle, and no larger than it is. `below` are pixels of the screen that
 * stay free at its lower edge.
 */
export function fitted(picture: Size, { width, height }: Size, below: number): ViewBox {
  const free = height - below;
  const scale = clamp(Math.min(width / picture.width, free / picture.height, 1));
  return { scale, x: (picture.width - width / scale) / 2, y: (picture.height - free / scale) / 2 };
}

/** The point of the screen stays where it is. */
export function zoomed(view: ViewBox, by: number, at: Point): ViewBox {
  const scale = clamp(view.scale * by);
  return { scale, x: view.x + at.x / view.scale - at.x / scale, y: view.y + at.y / view.scale - at.y / scale };
}

/** By pixels of the screen. */
export function moved(view: ViewBox, by: Point): ViewBox {
  return { ...view, x: view.x + by.x / view.scale, y: view.y + by.y / view.scale };
}

/** The place in the middle, large enough to be read. */
export function showing(place: Place, screen: Size, view: ViewBox): ViewBox {
  const scale = clamp(Math.max(view.scale, 0.8));
  return { scale, x: place.x + place.width / 2 - screen.width / scale / 2, y: place.y + place.height / 2 - screen.height / scale / 2 };
}

function clamp(scale: number): number {
  return Math.min(SCALES.most, Math.max(SCALES.least, scale));
}
