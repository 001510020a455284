/**
 * The journal of a session as lanes, on compressed or real time, with the step that is shown. Only
 * what is in view is drawn. A slider moves the step, so keys do too.
 */
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import type { TimelineEntry } from './session-api.ts';
import { useSession } from './session-context.ts';
import { LANES, layoutOf, marksWithin } from './timeline-layout.ts';

interface TimelineProps {
  readonly entries: readonly TimelineEntry[];
  readonly seq: number;
  /** Tells it from another one on the page. */
  readonly name: string;
  readonly onStep: (seq: number) => void;
}

/** Of a lane and of what is drawn beside the view, in pixels. */
const LANE = 26;
const AROUND = 400;

export function SessionTimeline({ entries, seq, name, onStep }: TimelineProps): ReactNode {
  const { words } = useSession();
  const [realTime, setRealTime] = useState(false);
  const [view, setView] = useState({ left: 0, width: 1_200 });
  const scroller = useRef<HTMLDivElement>(null);
  const layout = useMemo(() => layoutOf(entries, realTime), [entries, realTime]);
  const shown = marksWithin(layout.marks, view.left - AROUND, view.left + view.width + AROUND);
  const x = layout.xOf(seq);
  const last = entries.at(-1)?.seq ?? 1;
  const look = (): void => {
    const { current } = scroller;
    if (current !== null) setView({ left: Math.abs(current.scrollLeft), width: current.clientWidth });
  };
  useEffect(() => {
    const { current } = scroller;
    if (current === null) return;
    const side = current.dir === 'rtl' || getComputedStyle(current).direction === 'rtl' ? -1 : 1;
    current.scrollLeft = side * Math.max(0, x - current.clientWidth / 2);
  }, [x]);
  const step = (to: number): void => onStep(Math.min(last, Math.max(1, to)));
  const kind = entries.find((entry) => entry.seq === seq)?.kind ?? '';
  return (
    <section className="life-timeline" aria-label={`${words.timeline} ${name}`}>
      <div className="life-steps">
        <button type="button" className="life-button" aria-label={words.first} onClick={() => step(1)}>
          «
        </button>
        <button type="button" className="life-button" aria-label={words.before} onClick={() => step(seq - 1)}>
          ‹
        </button>
        <input
          type="range"
          min={1}
          max={last}
          value={seq}
          aria-label={`${words.step} ${name}`}
          aria-valuetext={words.stepOf(seq, last, kind)}
          onChange={({ target }) => step(Number(target.value))}
        />
        <button type="button" className="life-button" aria-label={words.after} onClick={() => step(seq + 1)}>
          ›
        </button>
        <button type="button" className="life-button" aria-label={words.last} onClick={() => step(last)}>
          »
        </button>
        <label className="life-check">
          <input type="checkbox" checked={realTime} onChange={({ target }) => setRealTime(target.checked)} />
          {words.realTime}
        </label>
      </div>
      <div className="life-lanes">
        <ul className="life-lane-names" aria-hidden="true">
          {LANES.map((lane) => (
            <li key={lane}>{words.lanes[lane]}</li>
          ))}
        </ul>
        {/* The slider says the same to a screen reader and takes the keys. */}
        <div className="life-track" ref={scroller} onScroll={look} aria-hidden="true">
          <div style={{ inlineSize: layout.width, blockSize: LANES.length * LANE }}>
            <span className="life-cursor" style={{ insetInlineStart: x }} />
            {shown.map((mark) => (
              <button
                key={`${mark.seq} ${mark.lane}`}
                type="button"
                tabIndex={-1}
                className="life-mark"
                data-lane={mark.lane}
                data-current={mark.seq === seq}
                style={{ insetInlineStart: mark.x, insetBlockStart: LANES.indexOf(mark.lane) * LANE + LANE / 2 }}
                onClick={() => step(mark.seq)}
              />
            ))}
          </div>
        </div>
      </div>
    </section>
  );
}
