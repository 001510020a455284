/** A command to copy into a terminal. */
import { type ReactNode, useRef, useState } from 'react';
import { CopyIcon } from '../chat/icons.tsx';
import type { StartStrings } from './strings.ts';

/** How long the button says that it copied, ms. */
const COPIED_MS = 2_000;

export function Command({ text, strings }: { text: string; strings: StartStrings }): ReactNode {
  const [copied, setCopied] = useState(false);
  const code = useRef<HTMLElement>(null);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(() => setCopied(false), COPIED_MS);
    } catch {
      // A browser that does not allow it still lets a person copy what is selected.
      if (code.current !== null) getSelection()?.selectAllChildren(code.current);
    }
  };
  return (
    <div className="command">
      <pre dir="ltr">
        <code ref={code}>{text}</code>
      </pre>
      <button type="button" className="copy" onClick={copy}>
        <CopyIcon />
        {copied ? strings.copied : strings.copy}
      </button>
      <span className="visually-hidden" role="status">
        {copied && strings.copied}
      </span>
    </div>
  );
}
