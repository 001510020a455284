/** A sandbox: events, time, outcomes, what would have happened, and saving it as a test. */
import { type ReactNode, useCallback, useEffect, useState } from 'react';
import type { MachineGraph } from '#machines/graph.ts';
import { useMachines } from './machines-context.ts';
import { hashOf } from './place.ts';
import { SandboxEventForm } from './sandbox-event-form.tsx';
import { SandboxOutcomes } from './sandbox-outcomes.tsx';
import type { Json, SandboxState } from './session-api.ts';
import { Changes, Opened } from './session-changes.tsx';
import { SessionChart } from './session-chart.tsx';
import { useSession } from './session-context.ts';
import { Outcome } from './session-moment.tsx';

export function SandboxPage({ id }: { readonly id: string }): ReactNode {
  const { words, formats, api } = useSession();
  const { api: machines, save } = useMachines();
  const [state, setState] = useState<SandboxState>();
  const [events, setEvents] = useState<Json>(null);
  const [graph, setGraph] = useState<MachineGraph>();
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [seconds, setSeconds] = useState('60');
  const take = useCallback((next: SandboxState) => {
    setState(next);
    setProblem(undefined);
    if (next.events !== undefined) setEvents(next.events);
  }, []);
  const attempt = useCallback((work: Promise<unknown>) => {
    setBusy(true);
    work.catch((error: unknown) => setProblem(error instanceof Error ? error.message : String(error))).finally(() => setBusy(false));
  }, []);
  useEffect(
    () =>
      attempt(
        api.sandbox(id).then(async (found) => {
          take(found);
          setGraph(await machines.graph(found.machine));
        }),
      ),
    [api, machines, id, take, attempt],
  );
  if (state === undefined) return <p role={problem === undefined ? 'status' : 'alert'}>{problem ?? words.loading}</p>;
  const play = (step: object): void => attempt(api.play(state, step).then(take));
  const result = state.results?.at(-1);
  return (
    <article className="life" aria-busy={busy}>
      <h1>{words.sandbox}</h1>
      <p className="life-quiet">{words.sandboxMore}</p>
      {state.forkOf !== null && (
        <p>
          <a href={hashOf({ session: state.forkOf.sessionId, seq: state.forkOf.seq })}>{words.back}</a>
        </p>
      )}
      {problem !== undefined && <p role="alert">{problem}</p>}
      {/* Each step follows from the one before, so the next one waits for it. */}
      <fieldset className="life-actions" disabled={busy}>
        <p>
          {words.clock}: <time>{formats.full(state.now)}</time>
        </p>
        <form
          onSubmit={(submitted) => {
            submitted.preventDefault();
            const ms = Math.round(Number(seconds) * 1_000);
            if (ms >= 0) play({ do: 'advance', ms });
          }}
        >
          <input aria-label={words.seconds} inputMode="decimal" value={seconds} onChange={({ target }) => setSeconds(target.value)} />
          <button type="submit" className="life-button">
            {words.advance}
          </button>
        </form>
        <button
          type="button"
          className="life-button"
          onClick={() => attempt(api.save(id).then(({ name, text }) => save(new Blob([text]), name)))}
        >
          {words.save}
        </button>
      </fieldset>
      <div className="life-columns">
        <fieldset disabled={busy}>
          <SandboxEventForm
            key={state.machine.id}
            events={events}
            number={state.steps.length + 1}
            onSend={(event) => play({ do: 'send', event })}
          />
          <SandboxOutcomes state={state} play={play} run={(serial, model) => attempt(api.run(state, serial, model).then(take))} />
        </fieldset>
        <div>
          <div role="status">
            {result?.ignored !== undefined && <Outcome name={words.ignored} reason={result.ignored} />}
            {result?.refused !== undefined && <Outcome name={words.refused} reason={`${result.refused.code}: ${result.refused.message}`} />}
            {result?.parked !== undefined && <Outcome name={words.parked} reason={result.parked} />}
          </div>
          {graph !== undefined && <SessionChart name="" graph={graph} activeStates={state.activeStates} />}
          {state.changes !== undefined && <Changes name="" title={words.changes} changes={state.changes} none={words.noChanges} />}
          <section className="life-part">
            <h2>{words.effects}</h2>
            <p className="life-quiet">{words.nothingSent}</p>
            <ol className="life-list">
              {state.effects.map(({ serial, type, params }) => (
                <li key={serial} dir="auto">
                  <strong>{type}</strong> {JSON.stringify(params)}
                </li>
              ))}
            </ol>
          </section>
          <section className="life-part">
            <h2>{words.journal}</h2>
            <ol className="life-list">
              {state.entries.map(({ seq, kind, text }) => (
                <li key={seq} value={seq} dir="auto">
                  <strong>{kind}</strong> {text}
                </li>
              ))}
            </ol>
          </section>
          <Opened title={words.context} value={state.context} />
        </div>
      </div>
    </article>
  );
}
