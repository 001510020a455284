/**
 * File card with name, size and a button that saves the file. What can be shown is shown above it.
 */
import { type ReactNode, useMemo, useState } from 'react';
import { viewKind } from '../media/kinds.ts';
import { OpenIcon } from '../media/media-icons.tsx';
import { MediaView } from '../media/media-view.tsx';
import { openFile } from '../media/open-file.ts';
import { MEDIA_WORDS } from '../media/words.ts';
import { saveFile } from '../text/save-file.ts';
import { FileIcon, SaveIcon } from './icons.tsx';
import { usePage } from './page-context.ts';
import type { SentFile } from './protocol.ts';

export function FileCard({ file }: { readonly file: SentFile }): ReactNode {
  const { conversation, language, strings, formats } = usePage();
  const [state, setState] = useState<'idle' | 'loading' | 'gone' | 'failed'>('idle');
  const words = strings.file;
  const viewed = MEDIA_WORDS[language];
  const load = useMemo(() => () => conversation.bytes(file.id), [conversation, file.id]);
  const take = async (use: (bytes: Blob, name: string) => void): Promise<void> => {
    if (state === 'loading') return;
    setState('loading');
    const result = await conversation.file(file.id);
    if (result.outcome === 'taken') use(result.bytes, file.name);
    setState(result.outcome === 'taken' ? 'idle' : result.outcome === 'gone' ? 'gone' : 'failed');
  };
  return (
    <>
      <MediaView media={file} load={load} words={viewed} />
      <div className="file">
        <FileIcon />
        <span className="file-words">
          <bdi className="file-name">{file.name}</bdi>
          <span className="file-size">{formats.size(file.size)}</span>
        </span>
        {viewKind(file.mimeType) === 'pdf' && (
          <button
            type="button"
            className="file-open"
            onClick={() => void take(openFile)}
            aria-disabled={state === 'loading'}
            aria-label={viewed.open(file.name)}
            title={viewed.open(file.name)}
          >
            <OpenIcon />
          </button>
        )}
        {/* Not `disabled`, which would lose the focus. */}
        <button
          type="button"
          className="file-save"
          onClick={() => void take(saveFile)}
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
