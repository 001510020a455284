/** The timeline of a session as it goes on. */
import { useEffect, useState } from 'react';
import type { SessionApi, TimelineEntry, TimelinePage } from './session-api.ts';

export interface LoadedTimeline {
  /** Undefined until the first page arrived. */
  readonly session: TimelinePage['session'] | undefined;
  /** All of them once `isWhole`, and none before. */
  readonly entries: readonly TimelineEntry[];
  readonly isWhole: boolean;
  /** Entries that arrived. */
  readonly loaded: number;
  readonly redacted: boolean;
  /** Why the last request failed. What was loaded before stays. */
  readonly error: unknown;
}

/** How often it looks for later entries, in milliseconds. */
const POLL_MS = 2_000;
/** Entries of a page of the API, and pages that are requested at once. */
const PAGE = 1_000;
const AT_ONCE = 4;

const NOTHING: LoadedTimeline = { session: undefined, entries: [], isWhole: false, loaded: 0, redacted: false, error: undefined };

export function useTimeline(api: SessionApi, sessionId: string, isLasting: (error: unknown) => boolean): LoadedTimeline {
  const [timeline, setTimeline] = useState(NOTHING);
  // biome-ignore lint/correctness/useExhaustiveDependencies: What lasts is the same for each session.
  useEffect(() => {
    let left = false;
    let entries: readonly TimelineEntry[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const take = (change: Partial<LoadedTimeline>): void => {
      if (!left) setTimeline((before) => ({ ...before, error: undefined, ...change }));
    };
    setTimeline(NOTHING);
    const read = async (): Promise<void> => {
      try {
        const from = entries.at(-1)?.seq ?? 0;
        const first = await api.timeline(sessionId, from);
        if (first.entries.length > 0 || from === 0) {
          const { session, redacted } = first;
          const found = [...first.entries];
          take({ session, redacted, loaded: entries.length + found.length });
          // A share link may end before the session does, and then there is no next page.
          for (let after = first.next; after !== null && !left; ) {
            const starts = Array.from({ length: AT_ONCE }, (_, nth) => (after ?? 0) + nth * PAGE).filter(
              (start) => start < session.version,
            );
            const pages = await Promise.all(starts.map((start) => api.timeline(sessionId, start)));
            for (const page of pages) found.push(...page.entries);
            after = pages.at(-1)?.next ?? null;
            take({ loaded: entries.length + found.length });
          }
          entries = [...entries, ...found];
          take({ entries, isWhole: true, loaded: entries.length });
        } else if (!left) setTimeline((before) => sameSession(before, first));
      } catch (error) {
        take({ error });
        if (isLasting(error)) return;
      }
      if (!left) wait();
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
  return timeline;
}

/** The same object if nothing of the session changed, so that nothing is drawn again. */
function sameSession(before: LoadedTimeline, { session, redacted }: TimelinePage): LoadedTimeline {
  const isSame = before.error === undefined && JSON.stringify(before.session) === JSON.stringify(session) && before.redacted === redacted;
  return isSame ? before : { ...before, session, redacted, error: undefined };
}
