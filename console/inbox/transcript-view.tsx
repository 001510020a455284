/**
 * The scrolling transcript. Only what is in view is drawn. It stays at the newest message while the
 * agent is there, and leaves an agent who scrolled up where they are, also when older entries come.
 */
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { DownIcon } from '../chat/icons.tsx';
import { factsReader } from './entry-facts.ts';
import { useConsole, useDesk, useNow } from './page-context.ts';
import { othersAt } from './presence.ts';
import { quoting } from './quotes.ts';
import { useReveal } from './reveal.ts';
import { type Row, rowsOf, sentLaterIn } from './rows.ts';
import { TYPED_MS } from './session-card.tsx';
import { waitingIn } from './session-facts.ts';
import { mayReact, standingOf } from './standing.ts';
import { isWhole, lastSeq, type Transcript } from './transcript.ts';
import { TranscriptRow } from './transcript-row.tsx';

/** Pixels from the end within which the agent counts as being there. */
const NEAR = 80;
/** Pixels from the beginning at which older entries are loaded. */
const EARLY = 600;
/** Height of a row that was not measured yet, in pixels. */
const ROW = 64;

export function TranscriptView({ transcript }: { readonly transcript: Transcript }): ReactNode {
  const { desk, strings, formats } = useConsole();
  const { agent, draft, problem, loadingOlder, colleagues, seen, details } = useDesk();
  const scroller = useRef<HTMLDivElement>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const { entries, partial, phase } = transcript;
  const newFrom = problem?.kind === 'unseen' ? problem.seq : undefined;
  const factsOf = useMemo(() => factsReader(formats.dayKey), [formats]);
  const said = useMemo(() => {
    const nameOf = (agentId: string) => colleagues.find(({ id }) => id === agentId)?.name;
    return rowsOf(entries, { factsOf, nameOf, newFrom });
  }, [entries, factsOf, newFrom, colleagues]);
  const rows = useMemo((): readonly Row[] => {
    const sentLater = sentLaterIn(entries);
    const scheduled = waitingIn(details?.facts).filter(({ id }) => !sentLater.has(id));
    const quoteTo = quoting(entries, factsOf);
    const isThinking = partial === null && phase !== null && phase !== 'ended';
    return [
      ...said,
      ...(partial === null ? [] : [{ kind: 'draft' as const, key: 'draft', text: partial.text }]),
      ...(isThinking ? [{ kind: 'thinking' as const, key: 'thinking', phase }] : []),
      ...scheduled.map((message) => ({
        kind: 'scheduled' as const,
        key: message.id,
        message,
        isOwn: message.agent.id === agent.id,
        quote: quoteTo(message.replyTo),
      })),
      ...draft.waiting.map(({ id, mode, text, card, replyTo }) => ({
        kind: 'sending' as const,
        key: id,
        note: mode === 'note',
        text,
        card,
        quote: quoteTo(replyTo),
      })),
    ];
  }, [said, entries, factsOf, partial, phase, draft.waiting, details, agent]);

  const isReplying = details?.replies === true && desk.card !== undefined && standingOf(desk.card, agent.id) === 'mine';
  const isReacting = details?.reactions === true && mayReact(desk.card, agent.id);

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 8,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: NEAR,
    paddingStart: 16,
    paddingEnd: 16,
  });

  const isFollowing = useRef(true);
  isFollowing.current = isAtEnd;
  // At first, and when the view becomes smaller, as by the keyboard of a phone.
  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => {
      if (isFollowing.current) virtual.scrollToEnd();
    });
    if (scroller.current !== null) observer.observe(scroller.current);
    virtual.scrollToEnd();
    return () => observer.disconnect();
  }, [virtual]);
  // What the agent sends is always shown, and so is what came before it was refused.
  const ownId = draft.waiting.at(-1)?.id;
  useLayoutEffect(() => {
    if (ownId !== undefined) virtual.scrollToEnd();
  }, [ownId, virtual]);
  const newAt = newFrom === undefined ? -1 : rows.findIndex(({ kind }) => kind === 'new');
  useEffect(() => {
    if (newAt >= 0) virtual.scrollToIndex(newAt, { align: 'start' });
  }, [newAt, virtual]);

  useReveal(transcript, rows, (index) => virtual.scrollToIndex(index, { align: 'center' }));

  const last = lastSeq(transcript);
  useEffect(() => {
    const see = (): void => {
      if (isAtEnd && !document.hidden && document.hasFocus()) desk.inView(last);
      else desk.outOfView();
    };
    see();
    document.addEventListener('visibilitychange', see);
    addEventListener('focus', see);
    addEventListener('blur', see);
    return () => {
      document.removeEventListener('visibilitychange', see);
      removeEventListener('focus', see);
      removeEventListener('blur', see);
    };
  }, [desk, last, isAtEnd]);

  const lastAtEnd = useRef(last);
  if (isAtEnd) lastAtEnd.current = last;
  const fresh = said.filter((row) => (row.kind === 'message' || row.kind === 'note') && row.seq > lastAtEnd.current).length;

  const onScroll = (): void => {
    const element = scroller.current;
    if (element === null) return;
    setAtEnd(element.scrollHeight - element.scrollTop - element.clientHeight < NEAR);
    if (element.scrollTop < EARLY) void desk.loadOlder();
  };
  // A short first page does not scroll, and a view that is at its top stays there.
  useEffect(() => {
    const frame = requestAnimationFrame(() => {
      const element = scroller.current;
      if (element !== null && element.scrollTop < EARLY && !isWhole(transcript)) void desk.loadOlder();
    });
    return () => cancelAnimationFrame(frame);
  }, [transcript, desk]);

  return (
    <div className="transcript">
      <div
        className="transcript-scroller"
        ref={scroller}
        onScroll={onScroll}
        data-seen={seen}
        role="log"
        aria-live="off"
        aria-label={strings.transcript}
        tabIndex={0}
      >
        {loadingOlder && <p className="older">{strings.loadOlder}</p>}
        <ol className="rows" style={{ blockSize: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, key, start }) => {
            const row = rows[index];
            if (row === undefined) return null;
            return (
              <li key={key} ref={virtual.measureElement} data-index={index} style={{ transform: `translateY(${start}px)` }}>
                <TranscriptRow row={row} mayReact={isReacting} mayReply={isReplying} />
              </li>
            );
          })}
        </ol>
      </div>
      <Present transcript={transcript} />
      {!isAtEnd && (
        <button type="button" className="pill" onClick={() => virtual.scrollToEnd()}>
          <DownIcon />
          <span>{fresh > 0 ? strings.newMessages(fresh) : strings.toBottom}</span>
        </button>
      )}
    </div>
  );
}

/** Who writes now, below the transcript. */
function Present({ transcript }: { readonly transcript: Transcript }): ReactNode {
  const { strings } = useConsole();
  const { viewers, agent, typedAt } = useDesk();
  const now = useNow();
  const { id } = transcript.card;
  const writers = othersAt(viewers, id, agent.id, now).filter(({ typing }) => typing);
  const isCustomerTyping = now - Math.max(transcript.customerTypedAt === 0 ? 0 : (typedAt.get(id) ?? 0)) < TYPED_MS;
  if (writers.length === 0 && !isCustomerTyping) return <p className="typing-line" />;
  const names = writers.map(({ name }) => `\u2068${name}\u2069`).join(', ');
  return (
    <p className="typing-line" data-colleague={writers.length > 0}>
      {writers.length > 0 ? strings.writing(names) : `${strings.authors.customer} ${strings.customerTyping}`}
    </p>
  );
}
