/** The machine of the session as a small statechart, with the state that it is in lit. */
import { type ReactNode, useId, useMemo } from 'react';
import type { MachineGraph } from './insight-api.ts';
import type { Card } from './lists.ts';
import { useConsole } from './page-context.ts';
import { borderPoint, chartOf, type PlacedEdge, type PlacedState, STATE } from './statechart-layout.ts';

export function Statechart({ graph, card }: { readonly graph: MachineGraph; readonly card: Card }): ReactNode {
  const { strings, language } = useConsole();
  const words = strings.panel;
  const chart = useMemo(() => chartOf(graph, card.state), [graph, card.state]);
  const arrow = useId();
  if (chart === undefined) return null;
  const nameOf = (key: string): string => words.states[key] ?? key;
  const next = chart.edges.flatMap(({ from, to, both }) =>
    from.key === card.state ? [nameOf(to.key)] : both && to.key === card.state ? [nameOf(from.key)] : [],
  );
  // From right to left the drawing is mirrored, and its words are not.
  const mirrored = (state: PlacedState): PlacedState => (language === 'ar' ? { ...state, x: chart.width - state.x - STATE.width } : state);
  const label = words.chartOf(nameOf(card.state), next.length === 0 ? words.none : next.join(language === 'ar' ? '، ' : ', '));
  return (
    <svg className="statechart" viewBox={`0 0 ${chart.width} ${chart.height}`} role="img" aria-label={label}>
      <defs>
        <marker id={arrow} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto-start-reverse">
          <path className="statechart-arrow" d="M0 0.5 8 4 0 7.5Z" />
        </marker>
      </defs>
      {chart.edges.map((edge) => (
        <Edge
          key={`${edge.from.id} ${edge.to.id}`}
          edge={{ ...edge, from: mirrored(edge.from), to: mirrored(edge.to) }}
          arrow={`url(#${arrow})`}
        />
      ))}
      {chart.states.map(mirrored).map((state) => (
        <State key={state.id} state={state} name={nameOf(state.key)} card={card} />
      ))}
    </svg>
  );
}

function Edge({ edge: { from, to, both }, arrow }: { readonly edge: PlacedEdge; readonly arrow: string }): ReactNode {
  const [a, b] = [borderPoint(from, to), borderPoint(to, from)];
  return (
    <line className="statechart-edge" x1={a.x} y1={a.y} x2={b.x} y2={b.y} markerEnd={arrow} {...(both ? { markerStart: arrow } : {})} />
  );
}

function State({ state, name, card }: { readonly state: PlacedState; readonly name: string; readonly card: Card }): ReactNode {
  const { strings } = useConsole();
  const isLit = state.key === card.state;
  // Which part of an active state it is in is who answers.
  const part = isLit && state.parts.includes(card.handler) ? (strings.panel.parts[card.handler] ?? card.handler) : undefined;
  const [x, y] = [state.x + STATE.width / 2, state.y + STATE.height / 2];
  return (
    <g className="statechart-state" data-state={state.key} data-lit={isLit}>
      <rect x={state.x} y={state.y} width={STATE.width} height={STATE.height} rx="10" />
      {state.final && <rect x={state.x + 3} y={state.y + 3} width={STATE.width - 6} height={STATE.height - 6} rx="7.5" />}
      <text
        x={x}
        y={part === undefined ? y : y - 6}
        textLength={name.length > 17 ? STATE.width - 12 : undefined}
        lengthAdjust="spacingAndGlyphs"
      >
        {name}
      </text>
      {part !== undefined && (
        <text className="statechart-part" x={x} y={y + 9}>
          {part}
        </text>
      )}
    </g>
  );
}
