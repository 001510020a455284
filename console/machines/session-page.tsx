/** A session's life: its machine, its journal, and every moment of it. */
import { type ReactNode, useEffect, useState } from 'react';
import type { MachineGraph } from '#machines/graph.ts';
import { jsonChanges } from '#machines/json-changes.ts';
import type { Place } from './place.ts';
import type { Moment } from './session-api.ts';
import { Changes } from './session-changes.tsx';
import { SessionChart } from './session-chart.tsx';
import { useSession } from './session-context.ts';
import { MomentView } from './session-moment.tsx';
import { SessionTimeline } from './session-timeline.tsx';
import { useTimeline } from './use-timeline.ts';

export function SessionPage({ place, session }: { readonly place: Place; readonly session: string }): ReactNode {
  const { words, onlyLooks, show, api, origin } = useSession();
  const [main, setMain] = useState<Moment>();
  const [beside, setBeside] = useState<Moment>();
  const [other, setOther] = useState('');
  const [shared, setShared] = useState<string>();
  const [failed, setFailed] = useState(false);
  const attempt = (work: Promise<void>): void => void work.then(() => setFailed(false)).catch(() => setFailed(true));
  // While another step is loaded, the moment is still that of the step before.
  const isShown = main !== undefined && (place.seq === undefined || main.seq === place.seq);
  const fork = async (): Promise<void> => {
    if (main === undefined) return;
    show({ session, seq: main.seq, sandbox: (await api.fork(session, main.seq)).id });
  };
  return (
    <>
      <h1>{words.title}</h1>
      {!onlyLooks && (
        <div className="life-actions">
          <button type="button" className="life-button life-primary" disabled={!isShown} onClick={() => attempt(fork())}>
            {words.fork}
          </button>
          <button
            type="button"
            className="life-button"
            disabled={!isShown}
            onClick={() => main && attempt(api.share(session, main.seq).then((path) => setShared(origin + path)))}
          >
            {words.share}
          </button>
          <form
            onSubmit={(submitted) => {
              submitted.preventDefault();
              show({ ...place, other: other.trim() || undefined, otherSeq: undefined });
            }}
          >
            <input
              aria-label={words.compareWith}
              placeholder={words.compareWith}
              value={other}
              onChange={({ target }) => setOther(target.value)}
            />
            <button type="submit" className="life-button">
              {words.compare}
            </button>
          </form>
        </div>
      )}
      {shared !== undefined && (
        <p>
          {words.shared}: <output className="life-link">{shared}</output>
        </p>
      )}
      {failed && <p role="alert">{words.failed}</p>}
      <SessionLife key={session} name="1" id={session} seq={place.seq} onStep={(seq) => show({ ...place, seq })} onMoment={setMain} />
      {place.other !== undefined && (
        <>
          <SessionLife
            key={`2 ${place.other}`}
            name="2"
            id={place.other}
            seq={place.otherSeq}
            onStep={(otherSeq) => show({ ...place, otherSeq })}
            onMoment={setBeside}
          />
          {main !== undefined && beside !== undefined && (
            <Changes name="" title={words.differences} changes={jsonChanges(main.context, beside.context)} none={words.same} />
          )}
        </>
      )}
    </>
  );
}

interface LifeProps {
  readonly id: string;
  /** Tells it from the other one on the page. */
  readonly name: string;
  readonly seq: number | undefined;
  readonly onStep: (seq: number) => void;
  readonly onMoment: (moment: Moment) => void;
}

function SessionLife({ id, name, seq, onStep, onMoment }: LifeProps): ReactNode {
  const { words, api } = useSession();
  const timeline = useTimeline(api, id);
  const last = timeline.status === 'loaded' ? (timeline.entries.at(-1)?.seq ?? 1) : undefined;
  const shown = seq ?? last;
  const [graph, setGraph] = useState<MachineGraph>();
  const [moment, setMoment] = useState<Moment>();
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let left = false;
    api.graphOf(id).then(
      (found) => left || setGraph(found),
      () => undefined,
    );
    return () => {
      left = true;
    };
  }, [api, id]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: The moment is of the session and its step.
  useEffect(() => {
    if (shown === undefined) return;
    let left = false;
    api.moment(id, shown).then(
      (found) => {
        if (left) return;
        setMoment(found);
        setFailed(false);
        onMoment(found);
      },
      () => left || setFailed(true),
    );
    return () => {
      left = true;
    };
  }, [api, id, shown]);
  if (timeline.status !== 'loaded') return <p role="status">{timeline.status === 'failed' ? words.failed : words.loading}</p>;
  return (
    <article className="life">
      <p className="life-quiet" dir="auto">
        {timeline.session.assistant} · {timeline.session.address} · {timeline.session.machine.id}@{timeline.session.machine.version}
        {timeline.redacted && ` · ${words.hidden}`}
      </p>
      <SessionTimeline name={name} entries={timeline.entries} seq={shown ?? 1} onStep={onStep} />
      {failed && <p role="alert">{words.failed}</p>}
      <div className="life-columns">
        {graph !== undefined && moment !== undefined && <SessionChart name={name} graph={graph} activeStates={moment.activeStates} />}
        <div>{moment !== undefined && <MomentView name={name} moment={moment} />}</div>
      </div>
    </article>
  );
}
