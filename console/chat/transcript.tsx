/**
 * Scrolling transcript. It stays at the newest message while the reader is there. A reader who
 * scrolled up is left alone and sees how many messages are new.
 */
import { type ReactNode, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { PartialMessage } from './feed-state.ts';
import { DownIcon } from './icons.tsx';
import { DraftRow, MessageItem, TypingRow } from './message.tsx';
import { usePage } from './page-context.ts';
import type { Row } from './timeline.ts';

/** Pixels from the end within which the reader counts as being there. */
const NEAR = 64;

export interface TranscriptProps {
  readonly rows: readonly Row[];
  readonly draft: PartialMessage | null;
  readonly typing: 'assistant' | 'agent' | null;
  readonly onEdit: (text: string) => void;
}

export function Transcript({ rows, draft, typing, onEdit }: TranscriptProps): ReactNode {
  const { conversation, strings, formats } = usePage();
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLOListElement>(null);
  const following = useRef(true);
  const [away, setAway] = useState(false);
  const lastSeen = useRef(0);
  const theirs = rows.filter((row) => row.kind === 'message' && row.author !== 'customer').length;
  const own = rows.findLast((row) => row.kind === 'message' && row.author === 'customer')?.key;
  const fresh = away ? theirs - lastSeen.current : 0;

  const toEnd = useCallback((smooth: boolean) => {
    const element = scroller.current;
    following.current = true;
    element?.scrollTo({
      top: element.scrollHeight,
      behavior: smooth && !matchMedia('(prefers-reduced-motion: reduce)').matches ? 'smooth' : 'instant',
    });
  }, []);

  // Visitors who send a message want to see it.
  useLayoutEffect(() => {
    if (own !== undefined) toEnd(false);
  }, [own, toEnd]);
  useEffect(() => {
    const observer = new ResizeObserver(() => {
      if (following.current) toEnd(false);
    });
    if (content.current !== null) observer.observe(content.current);
    if (scroller.current !== null) observer.observe(scroller.current);
    return () => observer.disconnect();
  }, [toEnd]);
  useEffect(() => {
    if (away) return undefined;
    lastSeen.current = theirs;
    const seen = (): void => {
      if (!document.hidden) conversation.seen();
    };
    seen();
    document.addEventListener('visibilitychange', seen);
    return () => document.removeEventListener('visibilitychange', seen);
  }, [away, theirs, conversation]);

  const onScroll = (): void => {
    const element = scroller.current;
    if (element === null) return;
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
    following.current = atEnd;
    setAway(!atEnd);
  };

  return (
    <div className="transcript">
      <h2 className="visually-hidden">{strings.conversation}</h2>
      <div
        className="scroller"
        ref={scroller}
        onScroll={onScroll}
        role="log"
        aria-live="off"
        aria-label={strings.conversation}
        tabIndex={0}
      >
        <ol className="rows" ref={content}>
          {rows.map((row) => {
            if (row.kind === 'message') return <MessageItem key={row.key} row={row} onEdit={onEdit} />;
            if (row.kind === 'day') {
              return (
                <li key={row.key} className="day">
                  <span>{formats.day(row.at, Date.now())}</span>
                </li>
              );
            }
            return (
              <li key={row.key} className="line">
                <bdi>{row.line === 'human' ? strings.lines.human(row.name) : strings.lines[row.line]}</bdi>
              </li>
            );
          })}
          {draft !== null && <DraftRow draft={draft} />}
          {typing !== null && (draft === null || draft.ended) && <TypingRow who={typing} />}
        </ol>
      </div>
      {away && (
        <button type="button" className="pill" onClick={() => toEnd(true)}>
          <DownIcon />
          <span>{fresh > 0 ? strings.newMessages(fresh) : strings.toBottom}</span>
        </button>
      )}
    </div>
  );
}
