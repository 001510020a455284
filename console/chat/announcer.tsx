/**
 * The live region for screen readers. It reads each finished message once, as words without
 * Markdown, and what a control says about itself, such as "Copied". The transcript itself is
 * silent, because a streaming answer would be read again at every piece.
 */
import { type ReactNode, useCallback, useEffect, useMemo, useState } from 'react';
import { plainText } from '../text/plain-text.ts';
import { TextContext } from '../text/text-context.ts';
import type { Wait } from './feed-state.ts';
import { useNews } from './news.ts';
import { usePage } from './page-context.ts';
import type { FeedMessage } from './protocol.ts';

/** Longer ones are read in the transcript. */
const MOST = 600;
/** A message that is older when it arrives, such as after a night asleep, is not read out, ms. */
const NEWS_MS = 60_000;

interface AnnouncerProps {
  readonly messages: readonly FeedMessage[];
  readonly loading: boolean;
  readonly wait: Wait | null;
  readonly children: ReactNode;
}

export function Announcer({ messages, loading, wait, children }: AnnouncerProps): ReactNode {
  const { strings } = usePage();
  const [announced, setAnnounced] = useState({ text: '', number: 0 });
  const announce = useCallback((text: string) => setAnnounced(({ number }) => ({ text, number: number + 1 })), []);
  useNews(messages, loading, (arrived) => {
    const news = arrived.filter(({ at }) => Date.now() - at < NEWS_MS);
    if (news.length > 0) announce(news.map((message) => `${message.name ?? strings.assistant}: ${spoken(message)}`).join('\n'));
  });
  // A person who is waited for is announced by the notice and by the status in the header.
  const waitsForApproval = wait?.for === 'approval';
  useEffect(() => {
    if (waitsForApproval) announce(strings.waits.approval.title);
  }, [waitsForApproval, strings, announce]);
  const text = useMemo(() => ({ words: strings, announce }), [strings, announce]);
  return (
    <TextContext value={text}>
      {children}
      <div className="visually-hidden" role="status" aria-live="polite">
        <span key={announced.number}>{announced.text}</span>
      </div>
    </TextContext>
  );
}

function spoken({ text, file }: FeedMessage): string {
  const words = file === undefined ? plainText(text) : file.name;
  return words.length <= MOST ? words : `${words.slice(0, MOST).toWellFormed()}…`;
}
