/** One version of a machine, with its picture, search, export and outline. */
import { type ReactNode, useCallback, useMemo, useState } from 'react';
import type { Detail } from '#machines/drawing/diagram.ts';
import type { Picture } from '#machines/drawing/layout.ts';
import { outlineOf } from '#machines/drawing/outline.ts';
import { countsByState } from '#machines/drawing/state-counts.ts';
import type { MachineGraph } from '#machines/graph.ts';
import { ExportButtons } from './export-buttons.tsx';
import { foundIn } from './found.ts';
import type { ListedMachine } from './machines-api.ts';
import { useMachines } from './machines-context.ts';
import { OutlineView } from './outline-view.tsx';
import { PictureView } from './picture-view.tsx';
import { usePicture } from './use-picture.ts';

interface MachineDrawingProps {
  /** Tells it from another one on the page. Without it, it is the machine's name and version. */
  readonly title?: string;
  readonly graph: MachineGraph;
  readonly sessions: ListedMachine['sessions'];
  readonly detail: Detail;
  readonly lit: ReadonlySet<string>;
  readonly onState: (id: string) => void;
}

const NOTHING: ReadonlySet<string> = new Set();

/** The invocations whose machines open in place, for those who press no place of the picture. */
function childMachines({ boxes }: Picture): readonly { readonly id: string; readonly text: string }[] {
  const rows = boxes.flatMap(({ box }) => box.columns.flatMap((column) => column.rows));
  return rows.flatMap(({ opens, text }) => (opens === undefined ? [] : [{ id: opens, text }]));
}

export function MachineDrawing({
  graph,
  title = `${graph.id}@${graph.version}`,
  sessions,
  detail,
  lit,
  onState,
}: MachineDrawingProps): ReactNode {
  const { engine, words } = useMachines();
  const [closed, setClosed] = useState(NOTHING);
  const drawn = usePicture(graph, detail, closed, engine);
  const counts = useMemo(() => countsByState(graph, sessions), [graph, sessions]);
  const [query, setQuery] = useState('');
  const [hit, setHit] = useState(0);
  const found = useMemo(() => (drawn.kind === 'drawn' ? foundIn(drawn.picture, query) : []), [drawn, query]);
  const shown = found[found.length === 0 ? 0 : hit % found.length];
  const outline = useMemo(() => outlineOf(graph, { words: words.outlineWords, lit, counts }), [graph, words, lit, counts]);
  const children = useMemo(() => (drawn.kind === 'drawn' ? childMachines(drawn.picture) : []), [drawn]);
  const toggle = useCallback(
    (box: string) => setClosed((now) => (now.has(box) ? new Set([...now].filter((one) => one !== box)) : new Set([...now, box]))),
    [],
  );
  return (
    <section className="drawing" aria-label={title}>
      <div className="drawing-bar">
        <form
          role="search"
          aria-label={`${words.search} ${title}`}
          onSubmit={(event) => {
            event.preventDefault();
            setHit((now) => now + 1);
          }}
        >
          <input
            type="search"
            aria-label={words.search}
            placeholder={words.search}
            value={query}
            onChange={(event) => {
              setQuery(event.target.value);
              setHit(0);
            }}
          />
          <span className="drawing-hits" role="status">
            {query.trim() === '' ? '' : found.length === 0 ? words.noHits : words.hits((hit % found.length) + 1, found.length)}
          </span>
        </form>
        {drawn.kind === 'drawn' && <ExportButtons graph={graph} picture={drawn.picture} lit={lit} />}
      </div>
      {drawn.kind === 'drawing' && <p className="picture-wait">{words.drawing}</p>}
      {drawn.kind === 'failed' && <p className="picture-wait">{words.notDrawn}</p>}
      {drawn.kind === 'drawn' && (
        <PictureView
          picture={drawn.picture}
          title={title}
          words={words}
          lit={lit}
          counts={counts}
          shown={shown?.place}
          onBox={onState}
          onOpen={toggle}
        />
      )}
      {children.length > 0 && (
        <div className="drawing-children" role="group" aria-label={words.childMachines}>
          {children.map(({ id, text }) => (
            <button key={id} type="button" className="button" aria-expanded={!closed.has(id)} onClick={() => toggle(id)}>
              <bdi>{text}</bdi>
            </button>
          ))}
        </div>
      )}
      <details className="drawing-outline">
        <summary>{words.outline}</summary>
        <OutlineView item={outline} />
      </details>
    </section>
  );
}
