/** What a message answers, the button by which a visitor answers one, and that of the next message. */
import type { ReactNode } from 'react';
import { ReplyIcon } from '../media/media-icons.tsx';
import { AnsweredAbove, QuoteAbove, type QuotedMessage } from '../media/quoted-message.tsx';
import { focusOnce } from '../text/focus-once.ts';
import { CHAT_CARD_WORDS } from './card-words.ts';
import { usePage } from './page-context.ts';
import type { Quote } from './quotes.ts';

/** A press goes to the message, if the page has it. */
export function MessageQuote({ quote }: { readonly quote: Quote }): ReactNode {
  const { key } = quote;
  const words = useWords();
  return (
    <QuoteAbove
      quoted={useQuoted(quote)}
      lead={words.inReplyTo}
      show={words.show}
      onShow={key === undefined ? undefined : () => reveal(key)}
    />
  );
}

export function Answered({ quote, onDrop }: { readonly quote: Quote; readonly onDrop: () => void }): ReactNode {
  const words = useWords();
  return <AnsweredAbove quoted={useQuoted(quote)} lead={words.replyingTo} drop={words.drop} onDrop={onDrop} />;
}

export function ReplyButton({ onPress }: { readonly onPress: () => void }): ReactNode {
  const { reply } = useWords();
  return (
    <button type="button" className="copy reply-button" aria-label={reply} title={reply} onClick={onPress}>
      <ReplyIcon />
    </button>
  );
}

function useWords() {
  return CHAT_CARD_WORDS[usePage().language];
}

function useQuoted({ author, name, text }: Quote): QuotedMessage {
  const { strings } = usePage();
  const words = useWords();
  if (author === undefined) return { author, text: words.earlier };
  return { author: author === 'customer' ? strings.you : (name ?? strings.assistant), text: text === '' ? words.attachment : text };
}

/** The focus goes there too, for those who do not see it. */
function reveal(key: string): void {
  const row = document.querySelector<HTMLElement>(`.row[data-key="${CSS.escape(key)}"]`);
  if (row === null) return;
  row.scrollIntoView({ block: 'center' });
  focusOnce(row);
}
