/**
 * Conversations of the customer before this one, and after it. Opened here they are as they were.
 */
import { type ReactNode, useEffect, useState } from 'react';
import type { PastSession } from './insight-api.ts';
import type { Card } from './lists.ts';
import { useConsole } from './page-context.ts';

type Found = { readonly address: string; readonly sessions: readonly PastSession[] | undefined };

export function PastSessions({ card }: { readonly card: Card }): ReactNode {
  const { desk, strings } = useConsole();
  const words = strings.panel;
  const { address, id, open } = card;
  const { insight } = desk.aids;
  const [found, setFound] = useState<Found>();
  useEffect(() => {
    let isWanted = true;
    // Read again when the session closes, because the next one may have begun.
    void open;
    insight.past(address).then(
      (sessions) => isWanted && setFound({ address, sessions }),
      () => isWanted && setFound({ address, sessions: undefined }),
    );
    return () => {
      isWanted = false;
    };
  }, [insight, address, open]);
  const others = found?.address === address ? found.sessions?.filter((session) => session.id !== id) : undefined;
  return (
    <section className="panel-part" aria-label={words.past}>
      <h3>{words.past}</h3>
      {found?.address !== address ? (
        <p>{words.loading}</p>
      ) : others === undefined ? (
        <p>{words.unavailable}</p>
      ) : others.length === 0 ? (
        <p>{words.noPast}</p>
      ) : (
        <ul className="past">
          {others.map((session) => (
            <li key={session.id}>
              <PastLink session={session} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function PastLink({ session: { id, openedAt, state, agentId, handler } }: { readonly session: PastSession }): ReactNode {
  const { desk, strings, formats, now } = useConsole();
  const words = strings.panel;
  const holder = agentId === null ? (handler === 'bot' ? words.bot : undefined) : (desk.nameOf(agentId) ?? strings.someone);
  return (
    <a href={`#session=${encodeURIComponent(id)}`} className="past-link">
      <time dateTime={new Date(openedAt).toISOString()} title={formats.full(openedAt)}>
        {formats.day(openedAt, now())}, {formats.time(openedAt)}
      </time>
      <span className="fact-more">
        {words.states[state] ?? state}
        {holder !== undefined && (
          <>
            {' · '}
            <bdi>{holder}</bdi>
          </>
        )}
      </span>
    </a>
  );
}
