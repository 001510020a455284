/**
 * A measure over time, as bars or a line. The picture is one image to a screen reader, and the same
 * figures are in a table below it.
 */
import { AxisBottom, AxisLeft, AxisRight } from '@visx/axis';
import { GridRows } from '@visx/grid';
import { scaleBand, scaleLinear } from '@visx/scale';
import { LinePath } from '@visx/shape';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { Figure, Measured } from './analytics-api.ts';
import type { AnalyticsWords } from './strings.ts';
import type { ValueFormat } from './value-format.ts';

interface TimeChartProps {
  readonly title: string;
  readonly unit: Measured['unit'];
  readonly starts: readonly number[];
  readonly step: string;
  readonly figures: readonly Figure[];
  readonly words: AnalyticsWords;
  readonly format: ValueFormat;
  readonly rtl: boolean;
}

const HEIGHT = 260;
const ROOM = { top: 12, bottom: 30, values: 62, far: 10 } as const;

export function TimeChart({ title, unit, starts, step, figures, words, format, rtl }: TimeChartProps): ReactNode {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const [at, setAt] = useState<number>();
  const values = figures.map(({ value }) => value);
  const most = Math.max(...values.map((value) => value ?? 0), 0);
  const inner = Math.max(0, width - ROOM.values - ROOM.far);
  const range: [number, number] = rtl ? [inner, 0] : [0, inner];
  const x = scaleBand({ domain: starts.map((_, index) => index), range, paddingInner: 0.25, paddingOuter: 0.1 });
  const length = unit === 'milliseconds' ? lengthOf(most) : 1;
  const scaled = scaleLinear({ domain: [0, most === 0 ? 1 : most / length], range: [HEIGHT - ROOM.top - ROOM.bottom, 0], nice: true });
  // There is no half of a conversation.
  const ticks = scaled.ticks(4).filter((tick) => (unit !== 'number' || most < 1 ? true : Number.isInteger(tick)));
  const y = (value: number): number => scaled(value / length);
  const bottom = HEIGHT - ROOM.top - ROOM.bottom;
  const middle = (index: number): number => (x(index) ?? 0) + x.bandwidth() / 2;
  const isLine = unit === 'milliseconds' || unit === 'share' || unit === 'score';
  const points = values.flatMap((value, index) => (value === null ? [] : [{ index, value }]));
  const shown = at === undefined ? undefined : figures[at];
  const every = Math.max(1, Math.ceil(starts.length / Math.max(2, Math.floor(inner / 76))));
  const Values = rtl ? AxisRight : AxisLeft;
  const move = (by: number): void => setAt((now) => Math.min(starts.length - 1, Math.max(0, (now ?? (by > 0 ? -1 : starts.length)) + by)));
  return (
    <figure className="chart">
      <div
        ref={frame}
        className="chart-frame"
        role="group"
        tabIndex={0}
        aria-label={words.chartKeys(title)}
        onKeyDown={(event) => {
          const forward = rtl ? 'ArrowLeft' : 'ArrowRight';
          const back = rtl ? 'ArrowRight' : 'ArrowLeft';
          if (event.key !== forward && event.key !== back) return;
          event.preventDefault();
          move(event.key === forward ? 1 : -1);
        }}
        onBlur={() => setAt(undefined)}
        onPointerLeave={() => setAt(undefined)}
        onPointerMove={(event) => {
          const left = event.currentTarget.getBoundingClientRect().left + (rtl ? ROOM.far : ROOM.values);
          const step = Math.floor(((event.clientX - left) / Math.max(1, inner)) * starts.length);
          const index = rtl ? starts.length - 1 - step : step;
          setAt(index >= 0 && index < starts.length ? index : undefined);
        }}
      >
        {width > 0 && (
          <svg width={width} height={HEIGHT} aria-hidden="true">
            <g transform={`translate(${rtl ? ROOM.far : ROOM.values}, ${ROOM.top})`}>
              <GridRows scale={scaled} width={inner} tickValues={ticks} className="chart-grid" />
              {isLine ? (
                <>
                  <LinePath data={points} x={({ index }) => middle(index)} y={({ value }) => y(value)} className="chart-line" />
                  {points.map(({ index, value }) => (
                    <circle
                      key={index}
                      cx={middle(index)}
                      cy={y(value)}
                      r={index === at ? 5 : points.length > 40 ? 1.5 : 3}
                      className="chart-dot"
                    />
                  ))}
                </>
              ) : (
                points.map(({ index, value }) => (
                  <rect
                    key={index}
                    x={x(index) ?? 0}
                    y={y(value)}
                    width={x.bandwidth()}
                    height={Math.max(0, bottom - y(value))}
                    rx={Math.min(3, x.bandwidth() / 4)}
                    className={index === at ? 'chart-bar chart-bar-at' : 'chart-bar'}
                  />
                ))
              )}
              <Values
                scale={scaled}
                left={rtl ? inner : 0}
                tickValues={ticks}
                hideAxisLine
                hideTicks
                tickFormat={(value) => format.short(unit, Number(value) * length)}
                tickClassName="chart-tick"
                tickLabelProps={{ dx: 0 }}
              />
              <AxisBottom
                scale={x}
                top={bottom}
                hideTicks
                tickValues={starts.map((_, index) => index).filter((index) => index % every === 0)}
                tickFormat={(index) => format.step(starts[Number(index)] ?? 0, step)}
                axisLineClassName="chart-axis"
                tickClassName="chart-tick"
              />
            </g>
          </svg>
        )}
      </div>
      <figcaption className="chart-read" aria-live="polite">
        {shown === undefined || at === undefined
          ? words.chartHint
          : `${format.step(starts[at] ?? 0, step)}: ${words.reading(unit, shown, format)}`}
      </figcaption>
      <details className="chart-table">
        <summary>{words.asTable}</summary>
        <div className="table-scroller" role="region" aria-label={title} tabIndex={0}>
          <table className="data-table">
            <caption className="visually-hidden">{title}</caption>
            <thead>
              <tr>
                <th scope="col">{words.when}</th>
                <th scope="col">{title}</th>
              </tr>
            </thead>
            <tbody>
              {starts.map((start, index) => (
                <tr key={start}>
                  <th scope="row">{format.step(start, step)}</th>
                  <td>{words.reading(unit, figures[index] ?? { value: null, n: 0 }, format)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}

/** Milliseconds of the unit in which an axis has round numbers. */
function lengthOf(most: number): number {
  return [86_400_000, 3_600_000, 60_000, 1_000].find((length) => most >= 4 * length) ?? 1;
}

/** Pixels, as they change with the window. */
function useWidth(frame: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(element);
    return () => observer.disconnect();
  }, [frame]);
  return width;
}
