/** Number of unread messages in the title of the window, while the page is out of sight. */
import { useEffect, useRef } from 'react';
import { titled } from '../text/unread.ts';
import { useNews } from './news.ts';
import type { FeedMessage } from './protocol.ts';

export function useUnreadTitle(messages: readonly FeedMessage[], loading: boolean): void {
  const unread = useRef(0);
  useNews(messages, loading, (news) => {
    if (!document.hidden) return;
    unread.current += news.length;
    document.title = titled(document.title, unread.current);
  });
  useEffect(() => {
    const seen = (): void => {
      if (document.hidden) return;
      unread.current = 0;
      document.title = titled(document.title, 0);
    };
    document.addEventListener('visibilitychange', seen);
    return () => document.removeEventListener('visibilitychange', seen);
  }, []);
}
