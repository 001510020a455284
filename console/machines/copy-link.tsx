/** Button that copies a text, with a word that says so. */
import type { ReactNode } from 'react';
import { useCopy } from '../text/use-copy.ts';
import { useSession } from './session-context.ts';

export function CopyButton({ text }: { readonly text: string }): ReactNode {
  const { words } = useSession();
  const { copied, press } = useCopy();
  return (
    <button type="button" className="life-button" onClick={() => void press({ text })}>
      {copied ? words.copied : words.copy}
    </button>
  );
}
