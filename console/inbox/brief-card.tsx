/**
 * Summary for an agent who takes a conversation over, above the transcript. It is asked for by
 * itself while the customer waits for a person, and elsewhere by a press.
 */
import { type ReactNode, useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import { factRows } from '#machines/session/fact-words.ts';
import { Markdown } from '../text/markdown.tsx';
import { behind } from './briefs.ts';
import type { Card } from './lists.ts';
import { useConsole, useDesk, useNow } from './page-context.ts';
import { standingOf } from './standing.ts';
import type { Transcript } from './transcript.ts';

export function BriefCard({ card, transcript }: { readonly card: Card; readonly transcript: Transcript }): ReactNode {
  const { desk, strings, formats, language } = useConsole();
  const { agent, details } = useDesk();
  const { briefs } = desk.aids;
  const { id } = card;
  const state = useSyncExternalStore(
    briefs.subscribe,
    useCallback(() => briefs.of(id), [briefs, id]),
  );
  const now = useNow(30_000);
  const [isOpen, setOpen] = useState(true);
  const standing = standingOf(card, agent.id);
  const isWaiting = standing === 'waiting';
  useEffect(() => {
    if (isWaiting) void briefs.load(id);
  }, [briefs, id, isWaiting]);
  const words = strings.brief;
  const brief = state.kind === 'none' ? undefined : state.brief;
  const isLoading = state.kind === 'loading';
  const facts = factRows(details?.facts?.entities ?? {}, details?.factFields ?? {}, language);
  const isKept = transcript.entries.some(({ kind }) => kind === 'brief');
  if (state.kind === 'none') {
    if (standing === 'closed' && !isKept) return null;
    return (
      <div className="brief brief-offer">
        <button type="button" className="link" onClick={() => void briefs.load(id)}>
          {words.make}
        </button>
      </div>
    );
  }
  const newer = brief === undefined ? 0 : behind(brief, transcript.entries);
  return (
    <section className="brief" aria-label={words.title} aria-busy={isLoading}>
      <header>
        <h3>
          <button type="button" className="brief-toggle" aria-expanded={isOpen} onClick={() => setOpen((shown) => !shown)}>
            {words.title}
          </button>
        </h3>
        {brief !== undefined && (
          <p className="brief-age">
            <time dateTime={new Date(brief.at).toISOString()} title={formats.full(brief.at)}>
              {formats.ago(brief.at, now)}
            </time>
            {newer > 0 && <span>{words.behind(newer)}</span>}
          </p>
        )}
        {!isLoading && card.open && (brief === undefined || newer > 0) && (
          <button type="button" className="link" onClick={() => void briefs.load(id, true)}>
            {words.refresh}
          </button>
        )}
      </header>
      <div role="status">
        {isLoading && <p className="brief-note">{words.loading}</p>}
        {state.kind === 'failed' && <p className="brief-note">{words.failed}</p>}
      </div>
      {isOpen && facts.length > 0 && (
        <ul className="brief-facts" aria-label={strings.panel.known}>
          {facts.map(({ names, label, text }) => (
            <li key={names.join()}>
              <bdi>{label}</bdi>: <bdi>{text}</bdi>
            </li>
          ))}
        </ul>
      )}
      {isOpen && brief !== undefined && (
        <div className="brief-text" dir="auto" tabIndex={0} role="group" aria-label={words.title}>
          <Markdown text={brief.text} />
          {brief.offline && <p className="brief-note">{words.offline}</p>}
        </div>
      )}
    </section>
  );
}
