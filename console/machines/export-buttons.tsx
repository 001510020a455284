/** Saves a picture as SVG, PNG or Mermaid. */
import type { ReactNode } from 'react';
import type { Picture } from '#machines/drawing/layout.ts';
import { mermaidOf } from '#machines/drawing/mermaid.ts';
import { svgOf } from '#machines/drawing/svg.ts';
import { svgText } from '#machines/drawing/svg-node.ts';
import { THEMES } from '#machines/drawing/themes.ts';
import type { MachineGraph } from '#machines/graph.ts';
import { useMachines } from './machines-context.ts';
import { pngOf } from './png.ts';

interface ExportButtonsProps {
  readonly graph: MachineGraph;
  readonly picture: Picture;
  readonly lit: ReadonlySet<string>;
}

export function ExportButtons({ graph, picture, lit }: ExportButtonsProps): ReactNode {
  const { words, save } = useMachines();
  const name = `${graph.id}@${graph.version}`;
  const svg = (): Blob => new Blob([svgText(svgOf(picture, { theme: THEMES.light, title: name, lit }))], { type: 'image/svg+xml' });
  return (
    <div className="drawing-export" role="group" aria-label={words.save}>
      <span>{words.save}</span>
      <button type="button" className="button" onClick={() => save(svg(), `${name}.svg`)}>
        SVG
      </button>
      <button type="button" className="button" onClick={() => void pngOf(svg(), picture).then((png) => save(png, `${name}.png`))}>
        PNG
      </button>
      <button type="button" className="button" onClick={() => save(new Blob([mermaidOf(graph, lit)]), `${name}.mmd`)}>
        Mermaid
      </button>
    </div>
  );
}
