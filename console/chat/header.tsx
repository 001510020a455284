/** Header with the current handler, the connection, and the button for a new conversation. */
import { type ReactNode, useRef, useSyncExternalStore } from 'react';
import { FaceMark } from '../face/face-mark.tsx';
import type { Snapshot } from './conversation.ts';
import { NewIcon } from './icons.tsx';
import { usePage } from './page-context.ts';
import type { Strings } from './strings.ts';

export function Header({ snapshot }: { snapshot: Snapshot }): ReactNode {
  const { conversation, face, strings } = usePage();
  const dialog = useRef<HTMLDialogElement>(null);
  const online = useSyncExternalStore(subscribeOnline, () => navigator.onLine);
  const { tone, text } = status(snapshot, online, strings);
  const begun = snapshot.feed.messages.length > 0 || snapshot.waiting.length > 0;
  return (
    <header className="header">
      <span className="mark">
        <FaceMark face={face} />
      </span>
      <div className="who">
        <h1 dir="auto">{strings.title}</h1>
        <p className="status" role="status" data-tone={tone}>
          <span className="dot" aria-hidden="true" />
          <bdi>{text}</bdi>
        </p>
      </div>
      {begun && (
        <button
          type="button"
          className="icon-button"
          onClick={() => dialog.current?.showModal()}
          aria-label={strings.newConversation}
          title={strings.newConversation}
        >
          <NewIcon />
        </button>
      )}
      <dialog ref={dialog} className="dialog" aria-labelledby="new-title">
        <form
          method="dialog"
          onSubmit={(event) => {
            const { submitter } = event.nativeEvent as SubmitEvent;
            if (submitter?.getAttribute('value') === 'new') conversation.startOver();
          }}
        >
          <h2 id="new-title">{strings.newConversationAsk}</h2>
          <p>{strings.newConversationMore}</p>
          <div className="dialog-actions">
            <button type="submit" className="button" value="cancel">
              {strings.cancel}
            </button>
            <button type="submit" className="button primary" value="new">
              {strings.startNew}
            </button>
          </div>
        </form>
      </dialog>
    </header>
  );
}

function status({ connection, feed }: Snapshot, online: boolean, strings: Strings): { readonly tone: string; readonly text: string } {
  if (!online) return { tone: 'bad', text: strings.offline };
  if (connection === 'waiting') return { tone: 'warn', text: strings.unreachable };
  // The first moment of a new conversation needs no word.
  if (connection === 'connecting' && feed.messages.length > 0) return { tone: 'warn', text: strings.connecting };
  if (feed.session?.open === true && feed.session.state === 'WAITING_AGENT') return { tone: 'warn', text: strings.waitingForAgent };
  if (feed.session?.open === true && feed.session.handler === 'human') {
    return {
      tone: 'good',
      text: strings.withAgent(feed.session.name ?? feed.messages.findLast((message) => message.author === 'agent')?.name),
    };
  }
  return { tone: 'good', text: strings.online };
}

function subscribeOnline(listener: () => void): () => void {
  addEventListener('online', listener);
  addEventListener('offline', listener);
  return () => {
    removeEventListener('online', listener);
    removeEventListener('offline', listener);
  };
}
