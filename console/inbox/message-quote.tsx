/** What a message answers, the button by which an agent answers one, and that of the next reply. */
import { type ReactNode, useMemo } from 'react';
import { ReplyIcon } from '../chat/icons.tsx';
import { directionOf } from '../text/direction.ts';
import { focusComposer } from './composer-insertion.ts';
import { factsReader } from './entry-facts.ts';
import { CrossIcon } from './icons.tsx';
import { useConsole, useDesk } from './page-context.ts';
import { quoting, type ShownQuote } from './quotes.ts';

/** Id of what the composer says of the message that is answered. */
export const ANSWERED_ID = 'composer-answers';

/** Above the bubble. A press goes to the message, if it is here. */
export function QuoteView({ quote }: { readonly quote: ShownQuote }): ReactNode {
  const { strings, tools } = useConsole();
  const { selected } = useDesk();
  const { seq } = quote;
  const words = strings.tools.replies;
  const content = (
    <>
      <ReplyIcon />
      <span className="visually-hidden">{words.inReplyTo}</span>
      <QuoteText quote={quote} />
    </>
  );
  if (seq === undefined || selected === undefined) return <p className="quote">{content}</p>;
  return (
    <button
      type="button"
      className="quote"
      title={words.show}
      onClick={() => tools.revealed.set({ sessionId: selected, seq, withFocus: true })}
    >
      {content}
    </button>
  );
}

function QuoteText({ quote: { author, name, text } }: { readonly quote: ShownQuote }): ReactNode {
  const { strings } = useConsole();
  if (author === undefined) return <span className="quote-text">{strings.tools.replies.unknown}</span>;
  return (
    <span className="quote-text">
      <bdi className="quote-author">{name ?? strings.authors[author]}</bdi> <bdi dir={directionOf(text) ?? 'auto'}>{text}</bdi>
    </span>
  );
}

/** @param to the name of the message at its channel. */
export function ReplyButton({ to }: { readonly to: string }): ReactNode {
  const { desk, strings } = useConsole();
  const words = strings.tools.replies;
  return (
    <button
      type="button"
      className="react-button reply-button"
      aria-label={words.reply}
      title={words.reply}
      onClick={() => {
        desk.answer(to);
        focusComposer();
      }}
    >
      <ReplyIcon />
    </button>
  );
}

/** Above the field of the composer. Escape in the field drops it too. */
export function Answered({ replyTo }: { readonly replyTo: string }): ReactNode {
  const { desk, strings, formats } = useConsole();
  const { transcript } = useDesk();
  const words = strings.tools.replies;
  const entries = transcript?.entries;
  const quote = useMemo(() => quoting(entries ?? [], factsReader(formats.dayKey))(replyTo), [entries, replyTo, formats]);
  if (quote === undefined) return null;
  return (
    <div className="answered">
      <p className="quote" id={ANSWERED_ID}>
        <ReplyIcon />
        <span className="visually-hidden">{words.replyingTo}</span>
        <QuoteText quote={quote} />
      </p>
      <button
        type="button"
        className="icon-button"
        aria-label={words.drop}
        title={words.drop}
        onClick={() => {
          desk.answer(undefined);
          focusComposer();
        }}
      >
        <CrossIcon />
      </button>
    </div>
  );
}
