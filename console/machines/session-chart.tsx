/**
 * The states of a machine within one another, with the active ones lit. It stands for the drawing
 * of the machine, and takes what the drawing takes.
 */
import type { ReactNode } from 'react';
import type { Graph } from './session-api.ts';
import { useSession } from './session-context.ts';

interface ChartProps {
  readonly graph: Graph;
  readonly activeStates: readonly string[];
  /** Tells it from another one on the page. */
  readonly name: string;
}

export function SessionChart({ graph, activeStates, name }: ChartProps): ReactNode {
  const { words } = useSession();
  return (
    <section className="life-chart" aria-label={`${words.machine} ${name}`}>
      <States graph={graph} active={new Set(activeStates)} parent={null} />
    </section>
  );
}

function States({
  graph,
  active,
  parent,
}: {
  readonly graph: Graph;
  readonly active: ReadonlySet<string>;
  readonly parent: string | null;
}): ReactNode {
  const { words } = useSession();
  const states = graph.states.filter((state) => state.parent === parent);
  if (states.length === 0) return null;
  return (
    <ul>
      {states.map(({ id, key, type }) => (
        <li key={id} data-type={type} data-lit={active.has(id)}>
          <span className="life-state" dir="auto">
            {key}
            {active.has(id) && <span className="visually-hidden"> ({words.isActive})</span>}
          </span>
          <States graph={graph} active={active} parent={id} />
        </li>
      ))}
    </ul>
  );
}
