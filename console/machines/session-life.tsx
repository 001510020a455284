/**
 * The life of one session, which is its timeline, the moment of a step, and the states of its
 * machine.
 */
import { type ReactNode, useEffect, useState } from 'react';
import type { MachineGraph } from '#machines/graph.ts';
import { codeOf, problemText } from './problem-text.ts';
import type { Moment } from './session-api.ts';
import { SessionChart } from './session-chart.tsx';
import { useSession } from './session-context.ts';
import { SessionEntries } from './session-entries.tsx';
import { MomentView } from './session-moment.tsx';
import { States } from './session-states.tsx';
import { SessionTimeline } from './session-timeline.tsx';
import { useMoment } from './use-moment.ts';
import { useTimeline } from './use-timeline.ts';

interface LifeProps {
  readonly id: string;
  /** Tells it from the other one on the page. */
  readonly name: string;
  readonly seq: number | undefined;
  readonly onStep: (seq: number) => void;
  readonly onMoment: (moment: Moment) => void;
}

/** Refusals that another request would get too. */
const isLasting = (error: unknown): boolean => {
  const code = codeOf(error);
  return code !== undefined && code !== 'unavailable' && code !== 'rate_limited';
};

export function SessionLife({ id, name, seq, onStep, onMoment }: LifeProps): ReactNode {
  const { words, onlyLooks, api } = useSession();
  const timeline = useTimeline(api, id, isLasting);
  const { entries, session } = timeline;
  const last = entries.at(-1)?.seq;
  const shown = timeline.isWhole ? (seq ?? last) : undefined;
  const { moment, error } = useMoment(api, id, shown, isLasting);
  const graph = useGraphOf(id, session?.machine.version);
  // biome-ignore lint/correctness/useExhaustiveDependencies: The page takes each moment once.
  useEffect(() => {
    if (moment !== undefined) onMoment(moment);
  }, [moment]);
  if (session === undefined || !timeline.isWhole || shown === undefined) {
    if (timeline.error !== undefined) {
      return (
        <p role="alert" className="life-problem">
          {problemText(timeline.error, words.problems, words.problems.noSession)}
        </p>
      );
    }
    return <p role="status">{session === undefined ? words.loading : words.loadingEntries(timeline.loaded, session.version)}</p>;
  }
  const { machine, assistant, address, state } = session;
  return (
    <article className="life" aria-label={words.sessionNamed(name)} aria-busy={moment?.seq !== shown && error === undefined}>
      <p className="life-about">
        <strong>{state}</strong> · <bdi>{assistant}</bdi> · <bdi className="life-address">{address}</bdi> ·{' '}
        <bdi>
          {machine.id}@{machine.version}
        </bdi>
        {!onlyLooks && (
          <>
            {' · '}
            <a href={`/console#session=${encodeURIComponent(id)}`}>{words.inbox}</a>
          </>
        )}
        {timeline.redacted && <span className="life-hidden">{words.hidden}</span>}
      </p>
      <SessionTimeline name={name} entries={entries} seq={shown} machine={machine.id} onStep={onStep} />
      {timeline.error !== undefined && <p role="alert">{problemText(timeline.error, words.problems, words.problems.noSession)}</p>}
      {error !== undefined && (
        <p role="alert" className="life-problem">
          {problemText(error, words.problems, words.problems.noStep)}
        </p>
      )}
      <div className="life-columns">
        <div className="life-reading">
          <SessionEntries name={name} entries={entries} seq={shown} machine={machine.id} onStep={onStep} />
          {moment === undefined ? (
            error === undefined && <p role="status">{words.loading}</p>
          ) : (
            <MomentView session={id} name={name} moment={moment} entries={entries} onStep={onStep} />
          )}
        </div>
        <Picture graph={graph} moment={moment} name={name} />
      </div>
    </article>
  );
}

interface PictureProps {
  readonly graph: MachineGraph | 'missing' | undefined;
  readonly moment: Moment | undefined;
  readonly name: string;
}

function Picture({ graph, moment, name }: PictureProps): ReactNode {
  const { words } = useSession();
  if (graph === 'missing') return <p className="life-quiet">{words.problems.noMachine}</p>;
  if (moment === undefined) return null;
  return (
    <div className="life-picture">
      <States {...moment} now={moment.cause.at} />
      {graph !== undefined && <SessionChart name={name} graph={graph} activeStates={moment.activeStates} />}
    </div>
  );
}

/** Again when the session moved to another version. */
function useGraphOf(id: string, version: number | undefined): PictureProps['graph'] {
  const { api } = useSession();
  const [graph, setGraph] = useState<PictureProps['graph']>();
  useEffect(() => {
    if (version === undefined) return;
    let left = false;
    api.graphOf(id).then(
      (found) => left || setGraph(found),
      (error: unknown) => left || setGraph(codeOf(error) === 'not_found' ? 'missing' : undefined),
    );
    return () => {
      left = true;
    };
  }, [api, id, version]);
  return graph;
}
