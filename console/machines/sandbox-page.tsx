/**
 * A sandbox, with its events, time and outcomes, what would have happened, and saving it as a test.
 */
import { type ReactNode, useEffect, useState } from 'react';
import type { MachineGraph } from '#machines/graph.ts';
import { jsonChanges } from '#machines/json-changes.ts';
import { useMachines } from './machines-context.ts';
import { hashOf } from './place.ts';
import { problemText } from './problem-text.ts';
import { SandboxClock } from './sandbox-clock.tsx';
import { SandboxEventForm } from './sandbox-event-form.tsx';
import { SandboxOutcomes } from './sandbox-outcomes.tsx';
import { SandboxRecord } from './sandbox-record.tsx';
import { SandboxSave } from './sandbox-save.tsx';
import type { Moment, SandboxState } from './session-api.ts';
import { Changes, Opened } from './session-changes.tsx';
import { SessionChart } from './session-chart.tsx';
import { useSession } from './session-context.ts';
import { Outcome } from './session-moment.tsx';
import { compared } from './session-page.tsx';
import { States } from './session-states.tsx';
import { useSandbox } from './use-sandbox.ts';

export function SandboxPage({ id }: { readonly id: string }): ReactNode {
  const { words, times, api, show } = useSession();
  const used = useSandbox(api, id, words.problems);
  const { state, events, problem, byOthers, isGone, busy, change } = used;
  const graph = useMachineGraph(state?.machine);
  if (state === undefined || isGone) {
    return (
      <>
        <h1>{words.sandbox}</h1>
        <p role={problem === undefined ? 'status' : 'alert'}>{problem ?? words.loading}</p>
      </>
    );
  }
  const { forkOf, machine } = state;
  const play = (step: object): Promise<boolean> => change((now) => api.play(now, step));
  const leave = (): void =>
    show(forkOf === null ? { machine: `${machine.id}@${machine.version}` } : { session: forkOf.sessionId, seq: forkOf.seq });
  const end = (): void => void api.end(id).then(leave, leave);
  const result = state.results?.at(-1);
  return (
    <article className="life" aria-busy={busy}>
      <h1>{words.sandbox}</h1>
      <p className="life-about">
        <bdi>
          {machine.id}@{machine.version}
        </bdi>{' '}
        · {words.ofAssistant} <bdi>{state.assistant}</bdi>
        {forkOf !== null && (
          <>
            {' · '}
            <a href={hashOf({ session: forkOf.sessionId, seq: forkOf.seq })}>
              {words.back} · {words.step} {forkOf.seq}
            </a>
          </>
        )}
        {state.redacted && <span className="life-hidden">{words.hidden}</span>}
      </p>
      <p className="life-quiet">
        {words.sandboxMore} {words.expires(times.whole(state.expiresAt))}
      </p>
      <fieldset className="life-actions life-bar" disabled={busy}>
        <SandboxSave id={id} version={state.version} />
        <button type="button" className="life-button" onClick={end}>
          {words.end}
        </button>
      </fieldset>
      <div role="status">{byOthers && <p className="life-outcome">{words.somebody}</p>}</div>
      {problem !== undefined && (
        <p role="alert" className="life-problem">
          {problem}
        </p>
      )}
      <div className="life-columns">
        {/* Each step follows from the one before, so the next one waits for it. */}
        <fieldset disabled={busy} className="life-reading">
          {state.open ? (
            <SandboxEventForm
              key={machine.id}
              events={events}
              number={state.steps.length + 1}
              now={state.now}
              onSend={(event) => play({ do: 'send', event })}
            />
          ) : (
            <p className="life-outcome">{words.closed}</p>
          )}
          <SandboxClock state={state} play={(step) => void play(step)} />
          <SandboxOutcomes
            state={state}
            play={(step) => void play(step)}
            run={(serial, model) => void change((now) => api.run(now, serial, model))}
          />
        </fieldset>
        <div className="life-picture">
          <div role="status">
            {result?.ignored !== undefined && <Outcome name={words.ignored} reason={result.ignored} />}
            {result?.refused !== undefined && <Outcome name={words.refused} reason={`${result.refused.code}: ${result.refused.message}`} />}
            {result?.parked !== undefined && <Outcome name={words.parked} reason={result.parked} />}
          </div>
          <States {...state} />
          {state.changes !== undefined && <Changes name="" title={words.changes} changes={state.changes} none={words.noChanges} />}
          <SandboxRecord state={state} busy={busy} play={(step) => void play(step)} />
          {forkOf !== null && <Reality session={forkOf.sessionId} state={state} />}
          {graph !== undefined && <SessionChart name="" graph={graph} activeStates={state.activeStates} />}
          <Opened title={words.context} value={state.context} />
        </div>
      </div>
    </article>
  );
}

/** What differs from the session that the sandbox was forked from, as it went on without it. */
function Reality({ session, state }: { readonly session: string; readonly state: SandboxState }): ReactNode {
  const { api, words } = useSession();
  const [real, setReal] = useState<Moment>();
  const [problem, setProblem] = useState<string>();
  const { version } = state;
  // biome-ignore lint/correctness/useExhaustiveDependencies: Read again with each step.
  useEffect(() => {
    let left = false;
    api.latest(session).then(
      (found) => left || setReal(found),
      (error: unknown) => left || setProblem(problemText(error, words.problems, words.problems.noSession)),
    );
    return () => {
      left = true;
    };
  }, [api, session, version]);
  if (real === undefined) return problem === undefined ? null : <p role="alert">{problem}</p>;
  return (
    <Changes
      name=""
      title={words.reality}
      before={`${words.sessionNamed('')} · ${words.step} ${real.seq}`}
      after={words.sandbox}
      changes={jsonChanges(compared(real), compared(state))}
      none={words.asReality}
    />
  );
}

function useMachineGraph(machine: SandboxState['machine'] | undefined): MachineGraph | undefined {
  const { api } = useMachines();
  const [graph, setGraph] = useState<MachineGraph>();
  const { id, version } = machine ?? {};
  useEffect(() => {
    if (id === undefined || version === undefined) return;
    let left = false;
    api.graph({ id, version }).then(
      (found) => left || setGraph(found),
      () => undefined,
    );
    return () => {
      left = true;
    };
  }, [api, id, version]);
  return graph;
}
