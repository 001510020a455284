/** What a message answers, and the message that the visitor's next one answers. */
import type { ReactNode } from 'react';
import { CloseIcon } from '../media/media-icons.tsx';
import { directionOf } from '../text/direction.ts';
import { focusOnce } from '../text/focus-once.ts';
import { CHAT_CARD_WORDS } from './card-words.ts';
import { ReplyIcon } from './icons.tsx';
import { usePage } from './page-context.ts';
import type { Quote } from './quotes.ts';

/** Id of what the composer says of the message that is answered. */
export const ANSWERED_ID = 'composer-answers';

/** A press goes to the message, if the page has it. */
export function MessageQuote({ quote }: { readonly quote: Quote }): ReactNode {
  const { language } = usePage();
  const words = CHAT_CARD_WORDS[language];
  const content = (
    <>
      <ReplyIcon />
      <span className="visually-hidden">{words.inReplyTo}</span>
      <QuoteText quote={quote} />
    </>
  );
  const { key } = quote;
  if (key === undefined) return <p className="quote">{content}</p>;
  return (
    <button type="button" className="quote" title={words.show} onClick={() => reveal(key)}>
      {content}
    </button>
  );
}

function QuoteText({ quote: { author, name, text } }: { readonly quote: Quote }): ReactNode {
  const { language, strings } = usePage();
  const words = CHAT_CARD_WORDS[language];
  if (author === undefined) return <span className="quote-text">{words.earlier}</span>;
  return (
    <span className="quote-text">
      <bdi className="quote-author">{author === 'customer' ? strings.you : (name ?? strings.assistant)}</bdi>{' '}
      <bdi dir={directionOf(text) ?? 'auto'}>{text === '' ? words.attachment : text}</bdi>
    </span>
  );
}

/** The focus goes there too, for those who do not see it. */
function reveal(key: string): void {
  const row = document.querySelector<HTMLElement>(`.row[data-key="${CSS.escape(key)}"]`);
  if (row === null) return;
  row.scrollIntoView({ block: 'center' });
  focusOnce(row);
}

export function ReplyButton({ onPress }: { readonly onPress: () => void }): ReactNode {
  const { language } = usePage();
  const label = CHAT_CARD_WORDS[language].reply;
  return (
    <button type="button" className="copy reply-button" aria-label={label} title={label} onClick={onPress}>
      <ReplyIcon />
    </button>
  );
}

/** Above the field of the composer. Escape in the field drops it too. */
export function Answered({ quote, onDrop }: { readonly quote: Quote; readonly onDrop: () => void }): ReactNode {
  const { language } = usePage();
  const words = CHAT_CARD_WORDS[language];
  return (
    <div className="answered">
      <p className="quote" id={ANSWERED_ID}>
        <ReplyIcon />
        <span className="visually-hidden">{words.replyingTo}</span>
        <QuoteText quote={quote} />
      </p>
      <button type="button" className="icon-button" aria-label={words.drop} title={words.drop} onClick={onDrop}>
        <CloseIcon />
      </button>
    </div>
  );
}
