/** What a page loads once it is shown, and again on request. */
import { useCallback, useEffect, useState } from 'react';

export type Loaded<T> = { readonly status: 'loading' } | { readonly status: 'failed' } | { readonly status: 'loaded'; readonly value: T };

/** `load` must be the same function until something else is loaded. */
export function useLoaded<T>(load: () => Promise<T>): { readonly loaded: Loaded<T>; readonly reload: () => Promise<void> } {
  const [loaded, setLoaded] = useState<Loaded<T>>({ status: 'loading' });
  const reload = useCallback(
    () =>
      load().then(
        (value) => setLoaded({ status: 'loaded', value }),
        // What was loaded before stays in view.
        () => setLoaded((before) => (before.status === 'loaded' ? before : { status: 'failed' })),
      ),
    [load],
  );
  useEffect(() => void reload(), [reload]);
  return { loaded, reload };
}
