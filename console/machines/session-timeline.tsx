/**
 * The journal of a session as lanes, on compressed or real time, with the step that is shown. Only
 * what is in view is drawn. A slider moves the step, so keys do too.
 */
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import type { TimelineEntry } from './session-api.ts';
import { type SessionContextValue, useSession } from './session-context.ts';
import { entryAt, LANES, layoutOf, resultOf, subjectOf, within } from './timeline-layout.ts';

interface TimelineProps {
  readonly entries: readonly TimelineEntry[];
  readonly seq: number;
  /** Id of the session's machine. */
  readonly machine: string;
  /** Tells it from another one on the page. */
  readonly name: string;
  readonly onStep: (seq: number) => void;
}

/** Of a lane, of the times above the lanes, and of what is drawn beside the view, in pixels. */
const LANE = 26;
const TIMES = 22;
const AROUND = 400;

export function SessionTimeline({ entries, seq, machine, name, onStep }: TimelineProps): ReactNode {
  const { words, times } = useSession();
  const [realTime, setRealTime] = useState(false);
  const first = entries[0]?.seq ?? 1;
  const last = entries.at(-1)?.seq ?? 1;
  const step = (to: number): void => onStep(Math.min(last, Math.max(first, to)));
  const entry = entryAt(entries, seq);
  const before = entryAt(entries, seq - 1);
  return (
    <section className="life-timeline" aria-label={`${words.timeline} ${name}`}>
      <div className="life-steps">
        <button type="button" className="life-button" aria-label={words.first} disabled={seq <= first} onClick={() => step(first)}>
          «
        </button>
        <button type="button" className="life-button" aria-label={words.before} disabled={seq <= first} onClick={() => step(seq - 1)}>
          ‹
        </button>
        <input
          type="range"
          min={first}
          max={last}
          value={seq}
          aria-label={`${words.step} ${name}`}
          aria-valuetext={words.stepOf(seq, last, entry?.kind ?? '')}
          onChange={({ target }) => step(Number(target.value))}
        />
        <button type="button" className="life-button" aria-label={words.after} disabled={seq >= last} onClick={() => step(seq + 1)}>
          ›
        </button>
        <button type="button" className="life-button" aria-label={words.last} disabled={seq >= last} onClick={() => step(last)}>
          »
        </button>
        <label className="life-check">
          <input type="checkbox" checked={realTime} onChange={({ target }) => setRealTime(target.checked)} />
          {words.realTime}
        </label>
      </div>
      <p className="life-at">
        <strong>{words.stepOf(seq, last, entry?.kind ?? '')}</strong>
        {entry !== undefined && (
          <>
            {' · '}
            <time dateTime={new Date(entry.at).toISOString()}>{times.precise(entry.at)}</time>
            {before !== undefined && seq > first && (
              <span className="life-quiet"> (+{times.duration(Math.max(0, entry.at - before.at))})</span>
            )}
          </>
        )}
      </p>
      <Lanes entries={entries} seq={seq} machine={machine} realTime={realTime} onStep={step} />
      {entries.some((one) => resultOf(one) !== undefined) && <p className="life-quiet life-legend">{words.legend}</p>}
    </section>
  );
}

interface LanesProps extends Omit<TimelineProps, 'name'> {
  readonly realTime: boolean;
}

function Lanes({ entries, seq, machine, realTime, onStep }: LanesProps): ReactNode {
  const { words, times } = useSession();
  const [view, setView] = useState({ left: 0, width: 1_200 });
  const scroller = useRef<HTMLDivElement>(null);
  const layout = useMemo(() => layoutOf(entries, realTime), [entries, realTime]);
  const [from, to] = [view.left - AROUND, view.left + view.width + AROUND];
  const x = layout.xOf(seq);
  const look = (): void => {
    const { current } = scroller;
    if (current !== null) setView({ left: Math.abs(current.scrollLeft), width: current.clientWidth });
  };
  useEffect(() => {
    const { current } = scroller;
    if (current === null) return;
    const side = getComputedStyle(current).direction === 'rtl' ? -1 : 1;
    current.scrollLeft = side * Math.max(0, x - current.clientWidth / 2);
  }, [x]);
  return (
    // The slider says the same to a screen reader and takes the keys.
    <div className="life-lanes" aria-hidden="true">
      <ul className="life-lane-names">
        {LANES.map((lane) => (
          <li key={lane}>{words.lanes[lane]}</li>
        ))}
      </ul>
      <div className="life-track" ref={scroller} onScroll={look}>
        <div style={{ inlineSize: layout.width, blockSize: TIMES + LANES.length * LANE }}>
          {within(layout.pauses, from, to).map(({ x: at, width, ms }) => (
            <span key={at} className="life-pause" style={{ insetInlineStart: at, inlineSize: width }}>
              {words.pause(times.duration(ms))}
            </span>
          ))}
          {within(layout.ticks, from, to).map(({ x: at, at: time }) => (
            <span key={at} className="life-tick" style={{ insetInlineStart: at }}>
              {times.clock(time)}
            </span>
          ))}
          <span className="life-cursor" style={{ insetInlineStart: x }} />
          {within(layout.marks, from, to).map(({ entry, lane, x: at }) => (
            <button
              key={`${entry.seq} ${lane}`}
              type="button"
              tabIndex={-1}
              className="life-mark"
              title={titleOf(entry, subjectOf(entry, machine), words, times)}
              data-lane={lane}
              data-result={resultOf(entry)}
              data-current={entry.seq === seq}
              style={{ insetInlineStart: at, insetBlockStart: TIMES + LANES.indexOf(lane) * LANE + LANE / 2 }}
              onClick={() => onStep(entry.seq)}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

/** Characters of a text in a title. */
const TITLE = 80;

function titleOf(entry: TimelineEntry, subject: string, words: SessionContextValue['words'], times: SessionContextValue['times']): string {
  const result = resultOf(entry);
  const parts = [
    `${entry.seq} · ${entry.kind}`,
    times.precise(entry.at),
    ...(result === undefined ? [] : [words[result]]),
    ...(subject === '' ? [] : [subject.slice(0, TITLE)]),
  ];
  return parts.join(' · ');
}
