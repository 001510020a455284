/** The page, with header, transcript, composer, and the live region for screen readers. */
import { type ReactNode, useCallback, useDeferredValue, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { Announcer } from './announcer.tsx';
import { Composer, type ComposerHandle } from './composer.tsx';
import { EmptyState } from './empty-state.tsx';
import { waitOf } from './feed-state.ts';
import { Header } from './header.tsx';
import { usePage } from './page-context.ts';
import { quoteOf } from './quotes.ts';
import { openReplies } from './replies.tsx';
import { timeline } from './timeline.ts';
import { Transcript } from './transcript.tsx';
import { useUnreadTitle } from './unread-title.ts';
import { WaitCard } from './wait-card.tsx';

export function ChatPage(): ReactNode {
  const { conversation, strings, formats } = usePage();
  const snapshot = useSyncExternalStore(conversation.subscribe, conversation.snapshot);
  const composer = useRef<ComposerHandle>(null);
  const { messages, notices, draft, typing } = snapshot.feed;
  const wait = waitOf(snapshot.feed);
  const answering = draft !== null && !draft.ended;
  const busy = answering || typing !== null;
  const rows = useMemo(
    () => timeline({ messages, notices, answering: busy }, snapshot.waiting, snapshot.taken, formats.dayKey),
    [messages, notices, busy, snapshot.waiting, snapshot.taken, formats],
  );
  // A long answer is parsed again at every piece. Typing and scrolling have priority.
  const shownDraft = useDeferredValue(draft);
  const edit = useCallback((text: string) => composer.current?.take(text), []);
  const [replyTo, setReplyTo] = useState<string>();
  const answer = useCallback((name: string | undefined): void => {
    setReplyTo(name);
    composer.current?.focus();
  }, []);
  const answered = useMemo(() => (replyTo === undefined ? undefined : { replyTo, quote: quoteOf(replyTo, messages) }), [replyTo, messages]);
  const choose = useCallback(
    (text: string): void => {
      conversation.send(text);
      composer.current?.focus();
    },
    [conversation],
  );
  const sending = snapshot.waiting.length > 0 || snapshot.taken.length > 0;
  const replies = useMemo(() => (sending || busy ? [] : openReplies(rows)), [sending, busy, rows]);
  useUnreadTitle(messages, snapshot.loading);
  const empty = rows.length === 0 && draft === null && typing === null;

  return (
    <Announcer messages={messages} loading={snapshot.loading} wait={wait}>
      <div className="page">
        <Header snapshot={snapshot} />
        <main className="main">
          {empty && !snapshot.loading && <EmptyState onChoose={choose} />}
          {empty && snapshot.loading && <p className="loading">{strings.loading}</p>}
          {!empty && (
            <Transcript
              rows={rows}
              draft={draft === null ? null : shownDraft}
              // Dots would promise an answer that a colleague has to allow first.
              typing={wait?.for === 'approval' ? null : typing}
              replies={replies}
              onEdit={edit}
              onAnswer={answer}
              onReply={choose}
            />
          )}
          {wait !== null && <WaitCard key={wait.for} wait={wait} />}
          {snapshot.expired ? (
            <div className="expired" role="alert">
              <p>{strings.expired}</p>
              <button type="button" className="button primary" onClick={() => conversation.startOver()}>
                {strings.newConversation}
              </button>
            </div>
          ) : (
            <Composer ref={composer} answering={answering || typing === 'assistant'} answered={answered} onAnswer={answer} />
          )}
        </main>
      </div>
    </Announcer>
  );
}
