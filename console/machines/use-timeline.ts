/** The timeline of a session as it goes on. */
import { useEffect, useState } from 'react';
import type { SessionApi, TimelineEntry, TimelinePage } from './session-api.ts';

export type LoadedTimeline =
  | { readonly status: 'loading' | 'failed' }
  | {
      readonly status: 'loaded';
      readonly entries: readonly TimelineEntry[];
      readonly session: TimelinePage['session'];
      readonly redacted: boolean;
    };

/** How often it looks for later entries, in milliseconds. */
const POLL_MS = 2_000;

export function useTimeline(api: SessionApi, sessionId: string): LoadedTimeline {
  const [loaded, setLoaded] = useState<LoadedTimeline>({ status: 'loading' });
  useEffect(() => {
    let left = false;
    let entries: readonly TimelineEntry[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    setLoaded({ status: 'loading' });
    const read = async (): Promise<void> => {
      try {
        for (let more = true; more && !left; ) {
          const page = await api.timeline(sessionId, entries.at(-1)?.seq ?? 0);
          more = page.next !== null;
          const isFirst = entries.length === 0;
          entries = page.entries.length === 0 ? entries : [...entries, ...page.entries];
          if (!left && !more && (isFirst || page.entries.length > 0))
            setLoaded({ status: 'loaded', entries, session: page.session, redacted: page.redacted });
        }
      } catch {
        // What was loaded before stays in view.
        if (!left) setLoaded((before) => (before.status === 'loaded' ? before : { status: 'failed' }));
      }
      if (!left) timer = setTimeout(() => (document.hidden ? wait() : void read()), POLL_MS);
    };
    const wait = (): void => {
      timer = setTimeout(() => (document.hidden ? wait() : void read()), POLL_MS);
    };
    void read();
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [api, sessionId]);
  return loaded;
}
