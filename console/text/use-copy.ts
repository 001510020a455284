/** State of a control that copies. It shows for a while that it copied. */
import { useEffect, useState } from 'react';
import { type Copied, copy } from './copy.ts';

/** How long the control says that it copied, ms. */
const SHOWN_MS = 2_000;

export interface Copying {
  /** The last press copied, at most 2 seconds ago. */
  readonly copied: boolean;
  /**
   * Copies. Resolves to false if the browser lets nothing be copied. Call it in the handler of a
   * press.
   */
  readonly press: (content: Copied) => Promise<boolean>;
}

export function useCopy(): Copying {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const press = async (content: Copied): Promise<boolean> => {
    const done = await copy(content);
    setCopied(done);
    return done;
  };
  return { copied, press };
}
