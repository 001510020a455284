/** What a message answers, the button by which an agent answers one, and that of the next reply. */
import { type ReactNode, useMemo } from 'react';
import { ReplyIcon } from '../media/media-icons.tsx';
import { AnsweredAbove, QuoteAbove, type QuotedMessage } from '../media/quoted-message.tsx';
import { focusComposer } from './composer-insertion.ts';
import { factsReader } from './entry-facts.ts';
import { useConsole, useDesk } from './page-context.ts';
import { quoting, type ShownQuote } from './quotes.ts';
import type { Strings } from './strings.ts';

/** Above the bubble. A press goes to the message, if it is here. */
export function QuoteView({ quote }: { readonly quote: ShownQuote }): ReactNode {
  const { strings, tools } = useConsole();
  const { selected } = useDesk();
  const { seq } = quote;
  const { inReplyTo, show } = strings.tools.replies;
  const isHere = seq !== undefined && selected !== undefined;
  return (
    <QuoteAbove
      quoted={quotedIn(quote, strings)}
      lead={inReplyTo}
      show={show}
      onShow={isHere ? () => tools.revealed.set({ sessionId: selected, seq, withFocus: true }) : undefined}
    />
  );
}

/** @param to the name of the message at its channel. */
export function ReplyButton({ to }: { readonly to: string }): ReactNode {
  const { desk, strings } = useConsole();
  const { reply } = strings.tools.replies;
  return (
    <button
      type="button"
      className="react-button reply-button"
      aria-label={reply}
      title={reply}
      onClick={() => {
        desk.answer(to);
        focusComposer();
      }}
    >
      <ReplyIcon />
    </button>
  );
}

export function Answered({ replyTo }: { readonly replyTo: string }): ReactNode {
  const { desk, strings, formats } = useConsole();
  const { transcript } = useDesk();
  const { replyingTo, drop } = strings.tools.replies;
  const entries = transcript?.entries;
  const quote = useMemo(() => quoting(entries ?? [], factsReader(formats.dayKey))(replyTo), [entries, replyTo, formats]);
  if (quote === undefined) return null;
  return (
    <AnsweredAbove
      quoted={quotedIn(quote, strings)}
      lead={replyingTo}
      drop={drop}
      onDrop={() => {
        desk.answer(undefined);
        focusComposer();
      }}
    />
  );
}

function quotedIn({ author, name, text }: ShownQuote, { authors, tools }: Strings): QuotedMessage {
  return author === undefined ? { author, text: tools.replies.unknown } : { author: name ?? authors[author], text };
}
