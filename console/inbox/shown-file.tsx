/**
 * A file in the transcript. Images, recordings and videos are shown if the server says that the
 * bytes are such. A PDF opens in the browser's own reader. Everything else is saved, and never
 * opened as a page of this site.
 */
import { type ReactNode, useMemo, useState } from 'react';
import { FileIcon, SaveIcon } from '../chat/icons.tsx';
import { viewKind } from '../media/kinds.ts';
import { OpenIcon } from '../media/media-icons.tsx';
import { MediaView } from '../media/media-view.tsx';
import { openFile } from '../media/open-file.ts';
import { MEDIA_WORDS } from '../media/words.ts';
import { saveFile } from '../text/save-file.ts';
import type { ShownFile } from './message-files.ts';
import { useConsole, useDesk } from './page-context.ts';

export function FileCard({ file }: { readonly file: ShownFile }): ReactNode {
  const { tools, language, formats, strings } = useConsole();
  const { selected } = useDesk();
  const [state, setState] = useState<'idle' | 'loading' | 'failed'>('idle');
  const words = MEDIA_WORDS[language];
  const { path, thumbnail, size, pages, kind, lost } = file;
  const load = useMemo(
    () => (selected === undefined || path === undefined ? undefined : () => tools.file(selected, path)),
    [tools, selected, path],
  );
  const loadSmall = useMemo(
    () => (selected === undefined || thumbnail === undefined ? undefined : () => tools.file(selected, thumbnail)),
    [tools, selected, thumbnail],
  );
  // A kind of its own stands where the customer gave no name.
  const name = kind !== undefined && file.name === kind ? words.kinds[kind] : file.name;
  const take = async (use: (bytes: Blob, name: string) => void): Promise<void> => {
    if (state === 'loading' || load === undefined) return;
    setState('loading');
    try {
      use(await load(), name);
      setState('idle');
    } catch {
      setState('failed');
    }
  };
  const action = (label: string, icon: ReactNode, use: (bytes: Blob, name: string) => void) => (
    <button
      type="button"
      className="icon-button"
      aria-label={label}
      title={label}
      aria-disabled={state === 'loading'}
      onClick={() => void take(use)}
    >
      {icon}
    </button>
  );
  return (
    <div className="shown-file">
      {load !== undefined && <MediaView media={{ ...file, name }} load={load} loadSmall={loadSmall} words={words} />}
      <p className="file">
        <FileIcon />
        <bdi>{name}</bdi>
        {size !== undefined && <span className="attachment-size">{formats.size(size)}</span>}
        {pages !== undefined && <span className="attachment-size">{words.pages(pages)}</span>}
        {load !== undefined && viewKind(file.mimeType) === 'pdf' && action(words.open(name), <OpenIcon />, openFile)}
        {load !== undefined && action(strings.tools.files.download(name), <SaveIcon />, saveFile)}
      </p>
      {lost !== undefined && <p className="attachment-problem">{words.lost[lost]}</p>}
      {state === 'failed' && (
        <p className="attachment-problem" role="alert">
          {strings.tools.files.gone}
        </p>
      )}
    </div>
  );
}
