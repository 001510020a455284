/** One moment of a session, with why it is so, what changed, and what it started. */
import type { ReactNode } from 'react';
import type { Moment, TimelineEntry } from './session-api.ts';
import { Changes, Opened } from './session-changes.tsx';
import { useSession } from './session-context.ts';
import { RunView } from './session-run.tsx';
import { instanceAt, outcomeOf } from './timeline-layout.ts';

interface MomentProps {
  readonly session: string;
  readonly moment: Moment;
  readonly entries: readonly TimelineEntry[];
  readonly name: string;
  readonly onStep: (seq: number) => void;
}

export function MomentView({ session, moment, entries, name, onStep }: MomentProps): ReactNode {
  const { words, times } = useSession();
  const { seq, cause, started, actions, timers, run } = moment;
  const instance = instanceAt(entries, seq);
  const { follows } = cause;
  return (
    <>
      <section className="life-part">
        <h2>{words.cause}</h2>
        <p>
          <strong>
            <bdi>{cause.kind}</bdi>
          </strong>{' '}
          <time dateTime={new Date(cause.at).toISOString()}>{times.whole(cause.at)}</time>
          {cause.author !== null && (
            <>
              {` · ${words.by} `}
              <bdi>{cause.author}</bdi>
            </>
          )}
          {instance !== undefined && <span className="life-quiet"> · {words.instance(instance)}</span>}
        </p>
        {cause.text !== null && <p dir="auto">{cause.text}</p>}
        {cause.ignored !== undefined && <Outcome name={words.ignored} reason={cause.ignored} />}
        {cause.refused !== undefined && <Outcome name={words.refused} reason={`${cause.refused.code}: ${cause.refused.message}`} />}
        {cause.parked !== undefined && <Outcome name={words.parked} reason={cause.parked} />}
        {follows !== null && follows > 0 && (
          <p className="life-quiet">
            {words.follows(follows)}{' '}
            <button type="button" className="life-button" onClick={() => onStep(follows)}>
              {words.toStep(follows)}
            </button>
          </p>
        )}
      </section>
      {started.map(({ serial, id }) => {
        const endSeq = outcomeOf(entries, serial, seq)?.seq;
        const key = `${seq} ${serial}`;
        return (
          <RunView key={key} session={session} id={id} serial={serial} startSeq={seq} endSeq={endSeq} shown={moment} onStep={onStep} />
        );
      })}
      {run !== null && (
        <RunView
          key={`${seq} ${run.serial}`}
          session={session}
          id={run.id}
          serial={run.serial}
          startSeq={run.seq}
          endSeq={outcomeOf(entries, run.serial, run.seq)?.seq}
          shown={moment}
          onStep={onStep}
        />
      )}
      <Changes title={words.changes} name={name} changes={moment.changes} none={words.noChanges} />
      {cause.event !== undefined && <Opened title={words.event} value={cause.event} />}
      {actions.length > 0 && <Opened title={words.effects} value={actions} />}
      {timers.length > 0 && <Opened title={words.timers} value={timers} />}
      <Opened title={words.context} value={moment.context} />
    </>
  );
}

export function Outcome({ name, reason }: { readonly name: string; readonly reason: string }): ReactNode {
  return (
    <p className="life-outcome" dir="auto">
      <strong>{name}</strong>: {reason}
    </p>
  );
}
