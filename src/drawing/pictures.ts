/** Pictures of machines, each laid out once. One layout runs at a time. */
import { LRUCache } from 'lru-cache';
import { type Detail, diagramOf } from '#machines/drawing/diagram.ts';
import { type LayoutEngine, type Picture, placeDiagram } from '#machines/drawing/layout.ts';
import type { MachineGraph } from '#machines/graph.ts';

/** A large one has 200 KB. */
const KEPT = 32;

export type Pictures = (graph: MachineGraph, detail: Detail) => Promise<Picture>;

/** @param engine is called for one diagram at a time. */
export function keptPictures(engine: LayoutEngine): Pictures {
  const kept = new LRUCache<string, Promise<Picture>>({ max: KEPT });
  let last: Promise<unknown> = Promise.resolve();
  return (graph, detail) => {
    const key = `${graph.id}@${graph.version} ${detail}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    const picture = last.then(() => placeDiagram(diagramOf(graph, { detail }), engine));
    kept.set(key, picture);
    last = picture.catch(() => {
      // The next caller tries again.
      if (kept.peek(key) === picture) kept.delete(key);
    });
    return picture;
  };
}
