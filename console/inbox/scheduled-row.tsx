/** A message that is sent at its time, with what its writer can do until then. */
import type { ReactNode } from 'react';
import { ClockIcon } from '../chat/icons.tsx';
import { Markdown } from '../text/markdown.tsx';
import { QuoteView } from './message-quote.tsx';
import { shortTime, useConsole, useDesk, useNow } from './page-context.ts';
import type { ShownQuote } from './quotes.ts';
import type { Scheduled } from './session-facts.ts';

interface ScheduledRowProps {
  readonly message: Scheduled;
  readonly isOwn: boolean;
  readonly quote: ShownQuote | undefined;
}

export function ScheduledRow({ message, isOwn, quote }: ScheduledRowProps): ReactNode {
  const { desk, strings, formats } = useConsole();
  const { seen } = useDesk();
  const now = useNow();
  const words = strings.scheduled;
  const undoable = desk.triage.undoable(now);
  const canUndo = isOwn && undoable?.kind === 'message' && undoable.id === message.id;
  const time = shortTime(formats, message.at, now);
  const status = canUndo
    ? words.soon(Math.max(0, Math.ceil((message.at - now) / 1_000)))
    : isOwn
      ? words.at(time)
      : words.by(message.agent.name, time);
  return (
    <article className="message scheduled" data-author="agent" data-scheduled={message.id}>
      {quote !== undefined && <QuoteView quote={quote} />}
      <div className="bubble">
        <Markdown text={message.text} />
      </div>
      <p className="message-meta">
        <ClockIcon />
        <span>{status}</span>
        {canUndo && (
          <button type="button" className="link" onClick={() => void desk.triage.takeBack(message)}>
            {strings.actions.undo}
          </button>
        )}
        {isOwn && !canUndo && (
          <button type="button" className="link" onClick={() => void desk.triage.takeBack(message)}>
            {words.edit}
          </button>
        )}
        {isOwn && (
          <button type="button" className="link" onClick={() => void desk.triage.sendNow(message, seen)}>
            {words.now}
          </button>
        )}
        {isOwn && !canUndo && (
          <button type="button" className="link" onClick={() => void desk.triage.cancel(message.id)}>
            {words.cancel}
          </button>
        )}
      </p>
    </article>
  );
}
