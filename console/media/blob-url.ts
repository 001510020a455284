/** Object URLs of files for as long as they are shown. */
import { type RefObject, useEffect, useRef, useState } from 'react';

/** Loads the bytes of a file. Rejects if that fails. */
export type LoadBlob = () => Promise<Blob>;

export interface LoadedBlob {
  readonly url: string | undefined;
  readonly failed: boolean;
}

/** @param load undefined until it is wanted. It has to be the same function for the same file. */
export function useBlobUrl(load: LoadBlob | undefined): LoadedBlob {
  const [state, setState] = useState<LoadedBlob>({ url: undefined, failed: false });
  useEffect(() => {
    if (load === undefined) return undefined;
    let url: string | undefined;
    let isGone = false;
    load().then(
      (blob) => {
        if (isGone) return;
        url = URL.createObjectURL(blob);
        setState({ url, failed: false });
      },
      () => {
        if (!isGone) setState({ url: undefined, failed: true });
      },
    );
    return () => {
      isGone = true;
      if (url !== undefined) URL.revokeObjectURL(url);
      setState({ url: undefined, failed: false });
    };
  }, [load]);
  return state;
}

/** Whether the element has been in sight, or near it. */
export function useSeen<T extends Element>(): { readonly ref: RefObject<T | null>; readonly isSeen: boolean } {
  const ref = useRef<T>(null);
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    const element = ref.current;
    if (element === null || isSeen) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) setSeen(true);
      },
      { rootMargin: '400px' },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [isSeen]);
  return { ref, isSeen };
}
