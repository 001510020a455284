/** Number of unread messages in the title of the window, while the page is out of sight. */
import { useEffect, useRef } from 'react';
import { titled } from '../text/unread.ts';
import type { FeedMessage } from './protocol.ts';

export function useUnreadTitle(messages: readonly FeedMessage[], loading: boolean): void {
  const theirs = messages.filter(({ author }) => author !== 'customer').length;
  const seen = useRef(theirs);
  useEffect(() => {
    const show = (): void => {
      // The history that a page loads out of sight is not news.
      if (!document.hidden || loading) seen.current = theirs;
      document.title = titled(document.title, theirs - seen.current);
    };
    show();
    document.addEventListener('visibilitychange', show);
    return () => document.removeEventListener('visibilitychange', show);
  }, [theirs, loading]);
}
