/** What a page loads once it is shown, and again on request. */
import { useCallback, useEffect, useRef, useState } from 'react';

export type Loaded<T> = { readonly status: 'loading' } | { readonly status: 'failed' } | { readonly status: 'loaded'; readonly value: T };

/** `load` must be the same function until something else is loaded. */
export function useLoaded<T>(load: () => Promise<T>): { readonly loaded: Loaded<T>; readonly reload: () => Promise<void> } {
  const [loaded, setLoaded] = useState<Loaded<T>>({ status: 'loading' });
  const asked = useRef(0);
  const shown = useRef(0);
  const reload = useCallback(() => {
    const turn = ++asked.current;
    return load().then(
      (value) => {
        // An answer that comes late shows less than what was asked for after it.
        if (turn < shown.current) return;
        shown.current = turn;
        setLoaded({ status: 'loaded', value });
      },
      // What was loaded before stays in view.
      () => setLoaded((before) => (before.status === 'loaded' ? before : { status: 'failed' })),
    );
  }, [load]);
  useEffect(() => void reload(), [reload]);
  return { loaded, reload };
}
