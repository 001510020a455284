/** A command to copy into a terminal. */
import { type ReactNode, useRef } from 'react';
import { CopyIcon } from '../chat/icons.tsx';
import { useCopy } from '../text/use-copy.ts';
import type { StartStrings } from './strings.ts';

export function Command({ text, strings }: { text: string; strings: StartStrings }): ReactNode {
  const { copied, press } = useCopy();
  const code = useRef<HTMLElement>(null);
  const onClick = async (): Promise<void> => {
    // A browser that does not allow it still lets a person copy what is selected.
    if (!(await press({ text })) && code.current !== null) getSelection()?.selectAllChildren(code.current);
  };
  return (
    <div className="command">
      <pre dir="ltr">
        <code ref={code}>{text}</code>
      </pre>
      <button type="button" className="copy" onClick={() => void onClick()}>
        <CopyIcon />
        {copied ? strings.copied : strings.copy}
      </button>
      <span className="visually-hidden" role="status">
        {copied && strings.copied}
      </span>
    </div>
  );
}
