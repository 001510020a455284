/**
 * Scrolling transcript. It stays at the newest message while the reader is there, but never moves
 * the beginning of a message out of view that is longer than the view. A reader who scrolled up is
 * left alone. Either reader sees how many messages are new below.
 */
import { type ReactNode, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { PartialMessage } from './feed-state.ts';
import { DownIcon } from './icons.tsx';
import { DraftRow, MessageItem, TypingRow } from './message.tsx';
import { usePage } from './page-context.ts';
import type { Reply } from './protocol.ts';
import { Replies } from './replies.tsx';
import type { Row } from './timeline.ts';

/** Pixels from the end within which the reader counts as being there. */
const NEAR = 64;
/**
 * Pixels above a long message whose beginning is kept in view, which the fade at the edge takes.
 */
const ABOVE = 24;

export interface TranscriptProps {
  readonly rows: readonly Row[];
  readonly draft: PartialMessage | null;
  readonly typing: 'assistant' | 'agent' | null;
  /** Replies to the last message. */
  readonly replies: readonly Reply[];
  readonly onEdit: (text: string) => void;
  /** The visitor answers the message with this name. */
  readonly onAnswer: (name: string) => void;
  readonly onReply: (text: string) => void;
}

export function Transcript({ rows, draft, typing, replies, onEdit, onAnswer, onReply }: TranscriptProps): ReactNode {
  const { conversation, strings, formats } = usePage();
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLOListElement>(null);
  /** The transcript scrolls by itself. */
  const following = useRef(true);
  /** Where it stopped for the beginning of a long message, until the reader scrolls. Else -1. */
  const stoppedAt = useRef(-1);
  /** There is more below the view. */
  const [below, setBelow] = useState(false);
  const theirs = rows.filter((row) => row.kind === 'message' && row.author !== 'customer').length;
  /** Messages of the others with the one that is being written. */
  const shown = useRef(0);
  shown.current = theirs + (draft === null ? 0 : 1);
  const lastSeen = useRef(0);
  const lastTop = useRef(0);
  const own = rows.findLast((row) => row.kind === 'message' && row.author === 'customer')?.key;
  const fresh = below ? Math.max(0, theirs - lastSeen.current) : 0;

  const toEnd = useCallback((smooth: boolean) => {
    const element = scroller.current;
    following.current = true;
    stoppedAt.current = -1;
    element?.scrollTo({
      top: element.scrollHeight,
      behavior: smooth && !matchMedia('(prefers-reduced-motion: reduce)').matches ? 'smooth' : 'instant',
    });
  }, []);

  const follow = useCallback((): void => {
    const [element, list] = [scroller.current, content.current];
    if (element === null || list === null || !following.current) return;
    const end = element.scrollHeight - element.clientHeight;
    const last = [...list.querySelectorAll<HTMLElement>(':scope > .row')].at(-1);
    const theirsIsLast = last !== undefined && last.dataset.author !== 'customer';
    const top = theirsIsLast ? Math.min(end, last.offsetTop - list.offsetTop - ABOVE) : end;
    element.scrollTo({ top, behavior: 'instant' });
    if (end - top < NEAR) return;
    // The message is longer than the view. From here on the reader scrolls.
    following.current = false;
    stoppedAt.current = top;
    lastSeen.current = shown.current;
    setBelow(true);
  }, []);

  // Visitors who send a message want to see it.
  useLayoutEffect(() => {
    if (own !== undefined) toEnd(false);
  }, [own, toEnd]);
  useEffect(() => {
    const observer = new ResizeObserver(follow);
    if (content.current !== null) observer.observe(content.current);
    if (scroller.current !== null) observer.observe(scroller.current);
    return () => observer.disconnect();
  }, [follow]);
  useEffect(() => {
    if (!below) lastSeen.current = theirs;
    // A message whose beginning is in view is seen.
    else if (stoppedAt.current < 0 || theirs > lastSeen.current) return undefined;
    const seen = (): void => {
      if (!document.hidden) conversation.seen();
    };
    seen();
    document.addEventListener('visibilitychange', seen);
    return () => document.removeEventListener('visibilitychange', seen);
  }, [below, theirs, conversation]);

  const onScroll = (): void => {
    const element = scroller.current;
    if (element === null) return;
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
    const isUpward = element.scrollTop < lastTop.current;
    lastTop.current = element.scrollTop;
    // A picture has grown since the page itself went to the end. It is followed, and nobody left.
    if (!atEnd && following.current && !isUpward) return;
    if (!atEnd && Math.abs(element.scrollTop - stoppedAt.current) < 2) return;
    stoppedAt.current = -1;
    following.current = atEnd;
    setBelow(!atEnd);
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
            if (row.kind === 'message') return <MessageItem key={row.key} row={row} onEdit={onEdit} onAnswer={onAnswer} />;
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
          {replies.length > 0 && <Replies replies={replies} onReply={onReply} />}
        </ol>
      </div>
      {below && (
        <button type="button" className="pill" onClick={() => toEnd(true)}>
          <DownIcon />
          <span>{fresh > 0 ? strings.newMessages(fresh) : strings.toBottom}</span>
        </button>
      )}
    </div>
  );
}
