/** The conversations that are in each state now, with the way to them. */
import { type ReactNode, useEffect, useState } from 'react';
import type { ListedMachine, MachineName, SessionInState } from './machines-api.ts';
import { useMachines } from './machines-context.ts';
import { hashOf } from './place.ts';
import { useSession } from './session-context.ts';

interface SessionsInStateProps {
  readonly machine: MachineName;
  readonly sessions: ListedMachine['sessions'];
  readonly state: string | undefined;
  readonly onState: (state: string | undefined) => void;
}

export function SessionsInState({ machine, sessions, state, onState }: SessionsInStateProps): ReactNode {
  const { words } = useMachines();
  return (
    <section aria-label={words.states}>
      <h2>{words.states}</h2>
      <ul className="state-counts">
        {Object.entries(sessions).map(([name, count]) => (
          <li key={name}>
            <button
              type="button"
              className="button"
              aria-pressed={name === state}
              onClick={() => onState(name === state ? undefined : name)}
            >
              <bdi>{name}</bdi> <strong>{count}</strong>
            </button>
          </li>
        ))}
      </ul>
      {Object.keys(sessions).length === 0 && <p className="machines-hint">{words.nothingLive}</p>}
      {state !== undefined && <SessionList key={`${machine.id}@${machine.version} ${state}`} machine={machine} state={state} />}
    </section>
  );
}

function SessionList({ machine: { id, version }, state }: { readonly machine: MachineName; readonly state: string }): ReactNode {
  const { api, words } = useMachines();
  const { words: more } = useSession();
  const [sessions, setSessions] = useState<readonly SessionInState[] | 'failed'>();
  useEffect(() => {
    let isWanted = true;
    const take = (next: readonly SessionInState[] | 'failed'): void => {
      if (isWanted) setSessions(next);
    };
    api.sessionsIn({ id, version }, state).then(take, () => take('failed'));
    return () => {
      isWanted = false;
    };
  }, [api, id, version, state]);
  if (sessions === undefined) return null;
  if (sessions === 'failed') return <p role="alert">{words.failed}</p>;
  return (
    <>
      <h3>{words.sessionsIn(state)}</h3>
      <ul className="state-sessions">
        {sessions.map((session) => (
          <li key={session.id}>
            <a href={`/console#session=${encodeURIComponent(session.id)}`}>
              <bdi>{session.address}</bdi>
            </a>{' '}
            <span className="machines-hint">{session.assistant}</span> · <a href={hashOf({ session: session.id })}>{more.life}</a>
          </li>
        ))}
      </ul>
      <p className="machines-hint">{words.newest}</p>
    </>
  );
}
