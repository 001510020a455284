/** Button that copies a message or a block of code, and says whether it did. */
import { type ReactNode, useEffect, useState } from 'react';
import { CopyIcon, TickIcon } from '../chat/icons.tsx';
import { type Copied, copy } from './copy.ts';
import { useText } from './text-context.ts';

/** How long the tick is shown, ms. */
const SHOWN_MS = 2_000;

export function CopyButton({ label, content }: { label: string; content: () => Copied }): ReactNode {
  const { words, announce } = useText();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const onClick = async (): Promise<void> => {
    const done = await copy(content());
    setCopied(done);
    announce(done ? words.copied : words.notCopied);
  };
  return (
    <button type="button" className="copy" onClick={() => void onClick()} aria-label={label} title={copied ? words.copied : label}>
      {copied ? <TickIcon /> : <CopyIcon />}
    </button>
  );
}
