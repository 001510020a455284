/** One moment of a session: why it is so, what changed, and what it started. */
import type { ReactNode } from 'react';
import type { Moment } from './session-api.ts';
import { Changes, Opened } from './session-changes.tsx';
import { useSession } from './session-context.ts';

export function MomentView({ moment, name }: { readonly moment: Moment; readonly name: string }): ReactNode {
  const { words, formats } = useSession();
  const { cause, started, actions, timers, prompt } = moment;
  return (
    <>
      <section className="life-part">
        <h2>{words.cause}</h2>
        <p>
          <strong>
            <bdi>{cause.kind}</bdi>
          </strong>{' '}
          <time>{formats.full(cause.at)}</time>
          {cause.author !== null && (
            <>
              {` · ${words.by} `}
              <bdi>{cause.author}</bdi>
            </>
          )}
        </p>
        {cause.text !== null && <p dir="auto">{cause.text}</p>}
        {cause.ignored !== undefined && <Outcome name={words.ignored} reason={cause.ignored} />}
        {cause.refused !== undefined && <Outcome name={words.refused} reason={`${cause.refused.code}: ${cause.refused.message}`} />}
        {cause.parked !== undefined && <Outcome name={words.parked} reason={cause.parked} />}
        {cause.follows !== null && <p className="life-quiet">{words.follows(cause.follows)}</p>}
      </section>
      <Changes title={words.changes} name={name} changes={moment.changes} none={words.noChanges} />
      {cause.event !== undefined && <Opened title={words.event} value={cause.event} />}
      {started.map(({ serial, id, input }) => (
        <Opened key={serial} title={`${words.runs}: ${id}`} value={input} />
      ))}
      {prompt !== null && <Opened title={words.prompt} value={prompt} />}
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
