/** The picture of a session's machine, with the active states lit. */
import { type ReactNode, useMemo } from 'react';
import type { MachineGraph } from '#machines/graph.ts';
import { MachineDrawing } from './machine-drawing.tsx';
import { useSession } from './session-context.ts';

interface ChartProps {
  readonly graph: MachineGraph;
  readonly activeStates: readonly string[];
  /** Tells it from another one on the page. */
  readonly name: string;
}

const NO_COUNTS = {};
const ignore = (): void => undefined;

export function SessionChart({ graph, activeStates, name }: ChartProps): ReactNode {
  const { words } = useSession();
  const lit = useMemo(() => new Set(activeStates), [activeStates]);
  const title = `${words.machine} ${name}`.trim();
  return (
    <div className="life-chart">
      <MachineDrawing title={title} graph={graph} sessions={NO_COUNTS} detail="overview" lit={lit} onState={ignore} />
    </div>
  );
}
