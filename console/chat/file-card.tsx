/** File card with name, size and a button that saves the file. */
import { type ReactNode, useState } from 'react';
import { saveFile } from '../text/save-file.ts';
import { FileIcon, SaveIcon } from './icons.tsx';
import { usePage } from './page-context.ts';
import type { SentFile } from './protocol.ts';

export function FileCard({ file }: { readonly file: SentFile }): ReactNode {
  const { conversation, strings, formats } = usePage();
  const [state, setState] = useState<'idle' | 'loading' | 'gone' | 'failed'>('idle');
  const words = strings.file;
  const download = async (): Promise<void> => {
    if (state === 'loading') return;
    setState('loading');
    const result = await conversation.file(file.id);
    if (result.outcome === 'taken') saveFile(result.bytes, file.name);
    setState(result.outcome === 'taken' ? 'idle' : result.outcome === 'gone' ? 'gone' : 'failed');
  };
  return (
    <>
      <div className="file">
        <FileIcon />
        <span className="file-words">
          <bdi className="file-name">{file.name}</bdi>
          <span className="file-size">{formats.size(file.size)}</span>
        </span>
        {/* Not `disabled`, which would lose the focus. */}
        <button
          type="button"
          className="file-save"
          onClick={() => void download()}
          aria-disabled={state === 'loading'}
          aria-label={state === 'loading' ? words.loading(file.name) : words.download(file.name)}
          title={state === 'loading' ? words.loading(file.name) : words.download(file.name)}
          data-state={state}
        >
          <SaveIcon />
        </button>
      </div>
      {(state === 'gone' || state === 'failed') && (
        <p className="file-fault" role="alert">
          {words[state]}
        </p>
      )}
    </>
  );
}
