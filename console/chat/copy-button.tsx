/** Button that copies a message or a block of code, and says whether it did. */
import { type ReactNode, useEffect, useState } from 'react';
import { useAnnounce } from './announcer.tsx';
import { type Copied, copy } from './copy.ts';
import { CopyIcon, TickIcon } from './icons.tsx';
import { usePage } from './page-context.ts';

/** How long the tick is shown, ms. */
const SHOWN_MS = 2_000;

export function CopyButton({ label, content }: { label: string; content: () => Copied }): ReactNode {
  const { strings } = usePage();
  const announce = useAnnounce();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const onClick = async (): Promise<void> => {
    const done = await copy(content());
    setCopied(done);
    announce(done ? strings.copied : strings.notCopied);
  };
  return (
    <button type="button" className="copy" onClick={() => void onClick()} aria-label={label} title={copied ? strings.copied : label}>
      {copied ? <TickIcon /> : <CopyIcon />}
    </button>
  );
}
