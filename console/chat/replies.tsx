/** Replies that the last message offers, each sent by one press. */
import type { ReactNode } from 'react';
import { usePage } from './page-context.ts';
import type { Reply } from './protocol.ts';
import { isRating } from './rating.ts';
import type { Row } from './timeline.ts';

export function Replies({ replies, onReply }: { replies: readonly Reply[]; onReply: (text: string) => void }): ReactNode {
  const { strings } = usePage();
  return (
    <li className="replies">
      <ul aria-label={strings.replies}>
        {replies.map(({ label, text }) => (
          <li key={text}>
            <button type="button" className="suggestion" dir="auto" onClick={() => onReply(text)}>
              {label}
            </button>
          </li>
        ))}
      </ul>
    </li>
  );
}

/**
 * Replies of the last message, while nothing was written behind it. Of a closed conversation only
 * the scores are left. The way back from a wait is in
 * the card above the composer, as long as there is one.
 */
export function openReplies(rows: readonly Row[]): readonly Reply[] {
  // A file behind the message belongs to it.
  const last = rows.findLast((row) => row.kind === 'message' && row.file === undefined);
  const replies = last?.kind === 'message' ? last.replies : undefined;
  const isClosed = rows.at(-1)?.key.startsWith('closed') === true;
  return (replies ?? []).filter(({ text }) => (isClosed ? isRating(text) : text !== '/assistant'));
}
