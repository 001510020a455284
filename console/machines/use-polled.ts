/** A value that is reloaded at intervals while the page is seen. */
import { useCallback, useEffect, useState } from 'react';

export interface Polled<T> {
  /** Undefined until the first answer. A later failure keeps what was there. */
  readonly value: T | undefined;
  readonly hasFailed: boolean;
  readonly again: () => void;
}

/** @param load keeps its identity. */
export function usePolled<T>(load: () => Promise<T>, everyMs: number): Polled<T> {
  const [value, setValue] = useState<T>();
  const [hasFailed, setFailed] = useState(false);
  const again = useCallback(() => {
    load().then(
      (next) => {
        setValue((now) => (JSON.stringify(now) === JSON.stringify(next) ? now : next));
        setFailed(false);
      },
      () => setFailed(true),
    );
  }, [load]);
  useEffect(() => {
    again();
    const timer = setInterval(() => {
      if (!document.hidden) again();
    }, everyMs);
    return () => clearInterval(timer);
  }, [again, everyMs]);
  return { value, hasFailed, again };
}
