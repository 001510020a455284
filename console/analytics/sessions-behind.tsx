/** The sessions behind a figure, each with the ways to it. */
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import type { AnalyticsApi, Asked, SessionBehind } from './analytics-api.ts';
import type { AnalyticsWords } from './strings.ts';

interface SessionsBehindProps {
  readonly api: AnalyticsApi;
  readonly asked: Asked;
  readonly of: { readonly measure: string; readonly key: string };
  readonly name: string;
  readonly nameOfAgent: (id: string) => string;
  readonly time: (at: number) => string;
  readonly words: AnalyticsWords;
  readonly onClose: () => void;
}

export function SessionsBehind({ api, asked, of, name, nameOfAgent, time, words, onClose }: SessionsBehindProps): ReactNode {
  const [page, setPage] = useState<{ readonly sessions: readonly SessionBehind[]; readonly next: string | null }>();
  const [hasFailed, setFailed] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const load = useCallback(
    (cursor: string | null, before: readonly SessionBehind[]) => {
      setFailed(false);
      api.sessions(asked, of, cursor).then(
        ({ sessions, next }) => setPage({ sessions: [...before, ...sessions], next }),
        () => setFailed(true),
      );
    },
    [api, asked, of],
  );
  useEffect(() => {
    setPage(undefined);
    load(null, []);
    heading.current?.focus();
  }, [load]);
  return (
    <section className="figure-panel behind" aria-labelledby="behind-title">
      <header className="behind-head">
        <h2 id="behind-title" ref={heading} tabIndex={-1}>
          {words.behind(name)}
        </h2>
        <button type="button" className="button" onClick={onClose}>
          {words.close}
        </button>
      </header>
      {hasFailed && (
        <p className="bad-notice" role="alert">
          {words.failed}
        </p>
      )}
      {page === undefined && !hasFailed && <p className="panel-hint">{words.loading}</p>}
      {page?.sessions.length === 0 && <p className="panel-hint">{words.nothing}</p>}
      <ul className="behind-list">
        {page?.sessions.map(({ id, lastAt, channel, assistant, agent }) => (
          <li key={id}>
            <span className="behind-when">{time(lastAt)}</span>
            <span className="panel-hint">
              <bdi>{channel}</bdi> · <bdi>{assistant}</bdi>
              {agent !== '' && (
                <>
                  {' '}
                  · <bdi>{nameOfAgent(agent)}</bdi>
                </>
              )}
            </span>
            <a href={`/console#session=${id}`}>{words.openSession}</a>
            <a href={`/machines#session=${id}`}>{words.lifeOf}</a>
          </li>
        ))}
      </ul>
      {page !== undefined && page.next !== null && (
        <button type="button" className="button" onClick={() => load(page.next, page.sessions)}>
          {words.more}
        </button>
      )}
    </section>
  );
}
