/** States and transitions of a picture whose text has the words that somebody searches. Pure. */
import type { Column } from '#machines/drawing/diagram.ts';
import type { Picture, Place } from '#machines/drawing/layout.ts';

export interface Found {
  readonly text: string;
  readonly place: Place;
}

export function foundIn({ boxes, arrows }: Picture, query: string): readonly Found[] {
  const wanted = query.trim().toLowerCase();
  if (wanted === '') return [];
  const has = (text: string): boolean => text.toLowerCase().includes(wanted);
  const rowIn = (columns: readonly Column[]): string | undefined =>
    columns.flatMap(({ rows }) => rows).find(({ text, title = '' }) => has(text) || has(title))?.text;
  return [
    ...boxes.flatMap(({ box, x, y, width, height }): Found[] => {
      const text = has(box.name) || has(box.node.key) ? box.name : rowIn(box.columns);
      return text === undefined
        ? []
        : [
            {
              text,
              place: { x, y, width: box.children.length > 0 ? box.width : width, height: box.children.length > 0 ? box.height : height },
            },
          ];
    }),
    ...arrows.flatMap(({ arrow, label }): Found[] => {
      const text = label === null ? undefined : rowIn(arrow.columns);
      return text === undefined || label === null ? [] : [{ text, place: label }];
    }),
  ];
}
