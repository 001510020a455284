/** What came to the visitor after the page was opened. What was there before is history. */
import { useEffect, useEffectEvent, useRef } from 'react';
import type { FeedMessage } from './protocol.ts';

/**
 * Calls `hear` once with each batch of messages of others that came since the last one. `loading`
 * says that the history is not whole yet. What is there when it ends, or when the page is drawn for
 * the first time, is the history. A visitor who writes for the first time has none, so the first
 * answer is news although it may come together with the message that it answers.
 */
export function useNews(messages: readonly FeedMessage[], loading: boolean, hear: (news: readonly FeedMessage[]) => void): void {
  const wasLoading = useRef(true);
  const latest = useRef<string>(undefined);
  const tell = useEffectEvent(hear);
  useEffect(() => {
    const isHistory = wasLoading.current;
    wasLoading.current = loading;
    const last = messages.at(-1)?.id;
    if (last === latest.current) return;
    const from = messages.findLastIndex(({ id }) => id === latest.current) + 1;
    latest.current = last;
    const news = isHistory ? [] : messages.slice(from).filter(({ author }) => author !== 'customer');
    if (news.length > 0) tell(news);
  }, [messages, loading]);
}
