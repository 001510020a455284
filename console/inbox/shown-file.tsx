/**
 * A file in the transcript. An image is shown if the server says that its bytes are one. Everything
 * else is saved, and never opened as a page of this site.
 */
import { type ReactNode, useEffect, useState } from 'react';
import { FileIcon, SaveIcon } from '../chat/icons.tsx';
import { saveFile } from '../text/save-file.ts';
import { useConsole, useDesk } from './page-context.ts';
import type { ShownFile } from './rows.ts';

const IMAGES: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

export function FileCard({ file }: { readonly file: ShownFile }): ReactNode {
  const { tools, strings, formats } = useConsole();
  const { selected } = useDesk();
  const [state, setState] = useState<'idle' | 'loading' | 'failed'>('idle');
  const words = strings.tools.files;
  const { path, name, size, isImage } = file;
  const save = async (): Promise<void> => {
    if (state === 'loading' || selected === undefined || path === undefined) return;
    setState('loading');
    try {
      saveFile(await tools.file(selected, path), name);
      setState('idle');
    } catch {
      setState('failed');
    }
  };
  return (
    <div className="shown-file">
      {isImage === true && path !== undefined && selected !== undefined && <Preview sessionId={selected} path={path} name={name} />}
      <p className="file">
        <FileIcon />
        <bdi>{name}</bdi>
        {size !== undefined && <span className="attachment-size">{formats.size(size)}</span>}
        {path !== undefined && (
          <button
            type="button"
            className="icon-button"
            aria-label={words.download(name)}
            title={words.download(name)}
            aria-disabled={state === 'loading'}
            onClick={() => void save()}
          >
            <SaveIcon />
          </button>
        )}
      </p>
      {state === 'failed' && (
        <p className="attachment-problem" role="alert">
          {words.gone}
        </p>
      )}
    </div>
  );
}

interface PreviewProps {
  readonly sessionId: string;
  readonly path: string;
  readonly name: string;
}

function Preview({ sessionId, path, name }: PreviewProps): ReactNode {
  const { tools, strings } = useConsole();
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    let shown: string | undefined;
    let isGone = false;
    tools.file(sessionId, path).then(
      (bytes) => {
        if (isGone || !IMAGES.has(bytes.type)) return;
        shown = URL.createObjectURL(bytes);
        setUrl(shown);
      },
      // The card below says so when the agent saves it.
      () => undefined,
    );
    return () => {
      isGone = true;
      if (shown !== undefined) URL.revokeObjectURL(shown);
    };
  }, [tools, sessionId, path]);
  return <div className="preview">{url !== undefined && <img src={url} alt={strings.tools.files.preview(name)} />}</div>;
}
