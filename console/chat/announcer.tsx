/**
 * Reads each finished message once to a screen reader. The transcript itself is silent, because a
 * streaming answer would be read again at every piece.
 */
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { clip } from '#machines/text.ts';
import { usePage } from './page-context.ts';
import type { FeedMessage } from './protocol.ts';

/** Longer ones are read in the transcript. */
const MOST = 600;

export function Announcer({ messages }: { messages: readonly FeedMessage[] }): ReactNode {
  const { strings } = usePage();
  const [said, setSaid] = useState('');
  const heard = useRef<string | null>(null);
  const last = messages.at(-1);
  useEffect(() => {
    if (last === undefined) return;
    // What is there when the page opens is history, not news.
    const news = heard.current !== null && heard.current !== last.id && last.author !== 'customer' && Date.now() - last.at < 60_000;
    heard.current = last.id;
    if (news) setSaid(`${last.name ?? strings.assistant}: ${clip(last.text, MOST)}`);
  }, [last, strings]);
  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      {said}
    </div>
  );
}
