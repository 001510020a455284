/** All machines and their versions, one of them drawn, or two of them side by side. */
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { differences } from '#machines/drawing/compare.ts';
import type { Detail } from '#machines/drawing/diagram.ts';
import { isInState } from '#machines/drawing/state-counts.ts';
import type { MachineGraph } from '#machines/graph.ts';
import { MachineDrawing } from './machine-drawing.tsx';
import type { ListedMachine, MachineName } from './machines-api.ts';
import { useMachines } from './machines-context.ts';
import type { Place } from './place.ts';
import { BeginSandbox } from './sandbox-begin.tsx';
import { SessionsInState } from './sessions-in-state.tsx';
import { usePolled } from './use-polled.ts';
import { MigrationTrial, VersionChanges } from './version-changes.tsx';

/** The counts are that old at most, in milliseconds. */
const POLL_MS = 3_000;
const DETAILS = ['overview', 'normal', 'full'] as const satisfies readonly Detail[];

const nameOf = ({ id, version }: MachineName): string => `${id}@${version}`;

export function MachinesPage({
  place,
  show,
}: {
  readonly place: Place;
  /** Another place, which is another entry of the browser's history. */
  readonly show: (next: Partial<Place>) => void;
}): ReactNode {
  const { api, words } = useMachines();
  const {
    value: machines,
    hasFailed,
    again,
  } = usePolled(
    useCallback(() => api.list(), [api]),
    POLL_MS,
  );
  const chosen = machines?.find((one) => nameOf(one) === place.machine);
  const machine = chosen ?? machines?.[0];
  return (
    <div className="machines">
      <header className="machines-head">
        <a href="/console">{words.console}</a>
        <h1>{words.title}</h1>
      </header>
      {hasFailed && machines === undefined && (
        <p role="alert">
          {words.failed}{' '}
          <button type="button" className="button" onClick={again}>
            {words.retry}
          </button>
        </p>
      )}
      {hasFailed && machines !== undefined && <p role="alert">{words.away}</p>}
      {machines?.length === 0 && <p>{words.none}</p>}
      {machines !== undefined && chosen === undefined && place.machine !== undefined && <p role="alert">{words.noSuch(place.machine)}</p>}
      {machines !== undefined && machine !== undefined && (
        <div className="machines-body">
          <MachineList machines={machines} chosen={machine} onChoose={(name) => show({ machine: name })} />
          <Machine
            key={nameOf(machine)}
            machine={machine}
            machines={machines}
            place={place}
            show={(next) => show({ machine: nameOf(machine), detail: place.detail, with: place.with, state: place.state, ...next })}
          />
        </div>
      )}
    </div>
  );
}

interface MachineListProps {
  readonly machines: readonly ListedMachine[];
  readonly chosen: ListedMachine;
  readonly onChoose: (name: string) => void;
}

function MachineList({ machines, chosen, onChoose }: MachineListProps): ReactNode {
  const { words } = useMachines();
  const current = useRef<HTMLButtonElement>(null);
  const name = nameOf(chosen);
  // On a phone the list is longer than the screen is wide.
  // biome-ignore lint/correctness/useExhaustiveDependencies: Another machine is another button.
  useEffect(() => void current.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' }), [name]);
  return (
    <nav className="machines-list" aria-label={words.machines}>
      <ul>
        {machines.map((machine) => (
          <li key={nameOf(machine)}>
            <button
              ref={machine === chosen ? current : undefined}
              type="button"
              aria-current={machine === chosen ? 'page' : undefined}
              onClick={() => onChoose(nameOf(machine))}
            >
              <bdi className="machines-name">{machine.id}</bdi> <span>{words.version(machine.version)}</span>
              <small>{machine.assistants.length === 0 ? words.unused : words.usedBy(machine.assistants.join(', '))}</small>
              <small>{words.total(Object.values(machine.sessions).reduce((sum, count) => sum + count, 0))}</small>
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}

const NOTHING: ReadonlySet<string> = new Set();

interface MachineProps {
  readonly machine: ListedMachine;
  readonly machines: readonly ListedMachine[];
  readonly place: Place;
  readonly show: (next: Partial<Place>) => void;
}

function Machine({ machine, machines, place, show }: MachineProps): ReactNode {
  const { words } = useMachines();
  const detail = DETAILS.find((one) => one === place.detail) ?? 'overview';
  const { state } = place;
  const setState = (next: string | undefined): void => show({ state: next });
  const [graph, failed, again] = useGraph(machine);
  const compared = machines.find((one) => one !== machine && nameOf(one) === place.with);
  const [otherGraph] = useGraph(compared);
  // From the older version to the newer one.
  const changes = useMemo(() => {
    if (graph === undefined || otherGraph === undefined) return undefined;
    return graph.version < otherGraph.version ? differences(graph, otherGraph) : differences(otherGraph, graph);
  }, [graph, otherGraph]);
  const changed = useMemo(() => (changes === undefined ? NOTHING : new Set(changes.map((change) => change.state))), [changes]);
  const { sessions } = machine;
  // A state of the picture may be counted under another name.
  const openState = (id: string): void => {
    const name = graph === undefined ? undefined : Object.keys(sessions).find((key) => isInState(graph, key, id));
    if (name !== undefined) setState(name);
  };
  const isOld = machines.some(({ id, version }) => id === machine.id && version > machine.version);
  if (failed)
    return (
      <main className="machine">
        <p role="alert">
          {words.failed}{' '}
          <button type="button" className="button" onClick={again}>
            {words.retry}
          </button>
        </p>
      </main>
    );
  return (
    <main className="machine">
      <div className="machine-bar">
        <label>
          {words.detail}{' '}
          <select value={detail} onChange={(event) => show({ detail: event.target.value })}>
            {DETAILS.map((one) => (
              <option key={one} value={one}>
                {words.details[one]}
              </option>
            ))}
          </select>
        </label>
        <label>
          {words.compareWith}{' '}
          <select
            value={compared === undefined ? '' : nameOf(compared)}
            onChange={(event) => show({ with: event.target.value || undefined })}
          >
            <option value="">{words.noComparison}</option>
            {machines.flatMap((one) =>
              one === machine
                ? []
                : [
                    <option key={nameOf(one)} value={nameOf(one)}>
                      {nameOf(one)}
                    </option>,
                  ],
            )}
          </select>
        </label>
        <BeginSandbox machine={machine} />
      </div>
      <div className="machine-pictures">
        {graph === undefined && <p className="picture-wait drawing">{words.drawing}</p>}
        {graph !== undefined && <MachineDrawing graph={graph} sessions={sessions} detail={detail} lit={changed} onState={openState} />}
        {otherGraph !== undefined && compared !== undefined && (
          <MachineDrawing graph={otherGraph} sessions={compared.sessions} detail={detail} lit={changed} onState={openState} />
        )}
      </div>
      {changes !== undefined && <VersionChanges changes={changes} />}
      <SessionsInState machine={machine} sessions={sessions} state={state} onState={setState} />
      {isOld && <MigrationTrial machine={machine} />}
    </main>
  );
}

/**
 * Undefined until it is loaded, and for no machine. It is loaded again when the machine changes.
 */
function useGraph(machine: ListedMachine | undefined): readonly [graph: MachineGraph | undefined, failed: boolean, again: () => void] {
  const { api } = useMachines();
  const name = machine === undefined ? '' : nameOf(machine);
  const revision = machine?.revision;
  const [attempt, setAttempt] = useState(0);
  const again = useCallback(() => setAttempt((now) => now + 1), []);
  const [loaded, setLoaded] = useState<{ readonly name: string; readonly graph: MachineGraph | undefined }>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: Another revision is another graph of the same name, and another attempt loads it again.
  useEffect(() => {
    const [, id, version] = /^(.*)@(\d+)$/.exec(name) ?? [];
    if (id === undefined) return;
    let isWanted = true;
    const take = (graph: MachineGraph | undefined): void => {
      if (isWanted) setLoaded({ name, graph });
    };
    api.graph({ id, version: Number(version) }).then(take, () => take(undefined));
    return () => {
      isWanted = false;
    };
  }, [api, name, revision, attempt]);
  if (loaded?.name !== name) return [undefined, false, again];
  return [loaded.graph, loaded.graph === undefined, again];
}
