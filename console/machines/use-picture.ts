/** Lays a graph out and keeps the picture until another one is asked for. */
import { useEffect, useState } from 'react';
import { type Detail, diagramOf } from '#machines/drawing/diagram.ts';
import { type LayoutEngine, type Picture, placeDiagram } from '#machines/drawing/layout.ts';
import type { MachineGraph } from '#machines/graph.ts';

export type Drawn = { readonly kind: 'drawing' } | { readonly kind: 'failed' } | { readonly kind: 'drawn'; readonly picture: Picture };

/** @param closed ids of the boxes whose machines are closed. */
export function usePicture(graph: MachineGraph, detail: Detail, closed: ReadonlySet<string>, engine: LayoutEngine): Drawn {
  const [drawn, setDrawn] = useState<Drawn>({ kind: 'drawing' });
  useEffect(() => {
    let isWanted = true;
    const take = (next: Drawn): void => {
      if (isWanted) setDrawn(next);
    };
    placeDiagram(diagramOf(graph, { detail, counts: true, isOpen: (box) => !closed.has(box) }), engine).then(
      (picture) => take({ kind: 'drawn', picture }),
      () => take({ kind: 'failed' }),
    );
    return () => {
      isWanted = false;
    };
  }, [graph, detail, closed, engine]);
  return drawn;
}
