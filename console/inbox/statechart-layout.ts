/**
 * Places the states around one of a machine for a small drawing. The states are those of the region
 * that has it, in rows by how many transitions lead there from the first, with the final states of
 * the machine last. Pure.
 */
import type { MachineGraph } from './insight-api.ts';

export interface PlacedState {
  readonly id: string;
  readonly key: string;
  readonly x: number;
  readonly y: number;
  readonly final: boolean;
  /** Keys of the states in it. */
  readonly parts: readonly string[];
}

export interface PlacedEdge {
  readonly from: PlacedState;
  readonly to: PlacedState;
  /** Another transition leads back. */
  readonly both: boolean;
}

export interface Chart {
  readonly states: readonly PlacedState[];
  readonly edges: readonly PlacedEdge[];
  readonly width: number;
  readonly height: number;
}

/** Of a state and between two rows, in pixels of the drawing. */
export const STATE = { width: 112, height: 40 } as const;
const GAP = { x: 16, y: 36 } as const;
const EDGE = 4;

/** Undefined if the machine has no state of that name. */
export function chartOf({ nodes, edges }: MachineGraph, key: string): Chart | undefined {
  const states = nodes.filter(({ parent }) => parent !== null);
  const named = states.find((state) => state.key === key);
  const region = named?.type === 'final' ? firstRegion(states) : named?.parent;
  if (region === undefined) return undefined;
  const ends = states.filter(({ type, parent }) => type === 'final' && parent === ROOT);
  const shown = [...states.filter(({ parent }) => parent === region), ...ends.filter(({ parent }) => parent !== region)];
  /** The state of the drawing that a state of the machine is in. */
  const shownOf = (id: string): string | undefined => shown.find((state) => id === state.id || id.startsWith(`${state.id}.`))?.id;
  const links = new Set(
    edges.flatMap(({ from, to }) =>
      to.flatMap((target) => {
        const [a, b] = [shownOf(from), shownOf(target)];
        return a === undefined || b === undefined || a === b ? [] : [`${a} ${b}`];
      }),
    ),
  );
  const rows = rowsOf(shown, links);
  const widest = Math.max(...rows.map(({ length }) => length));
  const width = widest * STATE.width + (widest - 1) * GAP.x + 2 * EDGE;
  const placed = rows.flatMap((row, y) =>
    row.map((state, x): PlacedState => {
      const left = (width - row.length * STATE.width - (row.length - 1) * GAP.x) / 2;
      return {
        id: state.id,
        key: state.key,
        x: left + x * (STATE.width + GAP.x),
        y: EDGE + y * (STATE.height + GAP.y),
        final: state.type === 'final',
        parts: states.filter(({ parent }) => parent === state.id).map((part) => part.key),
      };
    }),
  );
  const height = rows.length * STATE.height + (rows.length - 1) * GAP.y + 2 * EDGE;
  return { states: placed, edges: edgesOf(placed, links), width, height };
}

type GraphState = MachineGraph['nodes'][number];

/** Id of the state around all others. */
const ROOT = '';

/** Of the first parallel state, else the root. */
function firstRegion(states: MachineGraph['nodes']): string {
  const parallel = states.find(({ type, parent }) => type === 'parallel' && parent === ROOT);
  return states.find(({ parent }) => parallel !== undefined && parent === parallel.id)?.id ?? ROOT;
}

function rowsOf(shown: readonly GraphState[], links: ReadonlySet<string>): readonly (readonly GraphState[])[] {
  const inner = shown.filter(({ type }) => type !== 'final');
  const rows: GraphState[][] = [];
  let left = inner;
  let row = inner.filter(({ initial }) => initial).slice(0, 1);
  while (left.length > 0) {
    // What no transition leads to comes last.
    const next = row.length > 0 ? row : left;
    rows.push([...next]);
    left = left.filter((state) => !next.includes(state));
    row = left.filter((state) => next.some((before) => links.has(`${before.id} ${state.id}`)));
  }
  const ends = shown.filter(({ type }) => type === 'final');
  return ends.length === 0 ? rows : [...rows, ends];
}

function edgesOf(placed: readonly PlacedState[], links: ReadonlySet<string>): readonly PlacedEdge[] {
  return placed.flatMap((from, index) =>
    placed.slice(index + 1).flatMap((to): PlacedEdge[] => {
      const [there, back] = [links.has(`${from.id} ${to.id}`), links.has(`${to.id} ${from.id}`)];
      if (!there && !back) return [];
      return [there ? { from, to, both: back } : { from: to, to: from, both: false }];
    }),
  );
}

/** Where the line between two states leaves the first one, towards the second. */
export function borderPoint(from: PlacedState, to: PlacedState): { readonly x: number; readonly y: number } {
  const [x, y] = [from.x + STATE.width / 2, from.y + STATE.height / 2];
  const [dx, dy] = [to.x + STATE.width / 2 - x, to.y + STATE.height / 2 - y];
  const scale = Math.min(STATE.width / 2 / Math.abs(dx || 1e-9), STATE.height / 2 / Math.abs(dy || 1e-9));
  return { x: x + dx * scale, y: y + dy * scale };
}
