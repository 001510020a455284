/** A message that another one answers, above the answer and above the composer's field. */
import type { ReactNode } from 'react';
import { directionOf } from '../text/direction.ts';
import { CloseIcon, ReplyIcon } from './media-icons.tsx';

export interface QuotedMessage {
  /** Who wrote it, as the page says it. Undefined if the message is not known here. */
  readonly author: string | undefined;
  /** On one line. Of a message that is not known, what the page says instead. */
  readonly text: string;
}

/** Id of what the composer says of the message that is answered. */
export const ANSWERED_ID = 'composer-answers';

interface QuoteProps {
  readonly quoted: QuotedMessage;
  /** For those who do not see the arrow. */
  readonly lead: string;
}

/** @param onShow goes to the message. Undefined if the page does not have it. */
export function QuoteAbove({
  show,
  onShow,
  ...quote
}: QuoteProps & { readonly show: string; readonly onShow: (() => void) | undefined }): ReactNode {
  if (onShow === undefined)
    return (
      <p className="quote">
        <QuoteContent {...quote} />
      </p>
    );
  return (
    <button type="button" className="quote" title={show} onClick={onShow}>
      <QuoteContent {...quote} />
    </button>
  );
}

/** Above the composer's field. Escape in the field drops it too. */
export function AnsweredAbove({ drop, onDrop, ...quote }: QuoteProps & { readonly drop: string; readonly onDrop: () => void }): ReactNode {
  return (
    <div className="answered">
      <p className="quote" id={ANSWERED_ID}>
        <QuoteContent {...quote} />
      </p>
      <button type="button" className="icon-button" aria-label={drop} title={drop} onClick={onDrop}>
        <CloseIcon />
      </button>
    </div>
  );
}

function QuoteContent({ lead, quoted: { author, text } }: QuoteProps): ReactNode {
  return (
    <>
      <ReplyIcon />
      <span className="visually-hidden">{lead} </span>
      <span className="quote-text">
        {author === undefined ? (
          text
        ) : (
          <>
            <bdi className="quote-author">{author}</bdi> <bdi dir={directionOf(text) ?? 'auto'}>{text}</bdi>
          </>
        )}
      </span>
    </>
  );
}
