/** Button that copies a message or a block of code, and says whether it did. */
import type { ReactNode } from 'react';
import { CopyIcon, TickIcon } from '../chat/icons.tsx';
import type { Copied } from './copy.ts';
import { useText } from './text-context.ts';
import { useCopy } from './use-copy.ts';

export function CopyButton({ label, content }: { label: string; content: () => Copied }): ReactNode {
  const { words, announce } = useText();
  const { copied, press } = useCopy();
  const onClick = async (): Promise<void> => announce((await press(content())) ? words.copied : words.notCopied);
  return (
    <button type="button" className="copy" onClick={() => void onClick()} aria-label={label} title={copied ? words.copied : label}>
      {copied ? <TickIcon /> : <CopyIcon />}
    </button>
  );
}
