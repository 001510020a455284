/**
 * Images, recordings and videos among the messages. An image is a button that opens it. A recording
 * and a video are loaded when they are to be played. The bytes come with the reader's token, so the
 * elements get them as object URLs.
 */
import { type ReactNode, useMemo, useRef, useState } from 'react';
import { saveFile } from '../text/save-file.ts';
import { type LoadBlob, useBlobUrl, useSeen } from './blob-url.ts';
import { clockTime, type Viewable, viewKind } from './kinds.ts';
import { CloseIcon, PlayIcon, SaveIcon } from './media-icons.tsx';
import type { MediaWords } from './words.ts';

interface MediaViewProps {
  readonly media: Viewable;
  /** Loads the whole file. Each file has a function of its own that does not change. */
  readonly load: LoadBlob;
  /** Loads a small image of it. */
  readonly loadSmall?: LoadBlob | undefined;
  readonly words: MediaWords;
}

/** Nothing for a file that can only be saved or opened elsewhere. */
export function MediaView(props: MediaViewProps): ReactNode {
  const kind = viewKind(props.media.mimeType);
  if (kind === 'image') return <ImageView {...props} />;
  return kind === 'audio' || kind === 'video' ? <Player {...props} kind={kind} /> : null;
}

function ImageView({ media, load, loadSmall = load, words }: MediaViewProps): ReactNode {
  const { name, width, height } = media;
  const { ref, isSeen } = useSeen<HTMLButtonElement>();
  const { url, failed } = useBlobUrl(isSeen ? loadSmall : undefined);
  const dialog = useRef<HTMLDialogElement>(null);
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        ref={ref}
        type="button"
        className="media-image"
        aria-label={words.open(name)}
        onClick={() => {
          setOpen(true);
          dialog.current?.showModal();
        }}
      >
        {url === undefined ? (
          <span className="media-blank" data-failed={failed}>
            {failed && words.failed}
          </span>
        ) : (
          <img src={url} alt="" width={width} height={height} />
        )}
      </button>
      <dialog ref={dialog} className="media-viewer" aria-label={name} onClose={() => setOpen(false)}>
        {isOpen && <Whole name={name} load={load} words={words} onClose={() => dialog.current?.close()} />}
      </dialog>
    </>
  );
}

interface WholeProps extends Pick<MediaViewProps, 'load' | 'words'> {
  readonly name: string;
  readonly onClose: () => void;
}

function Whole({ name, load, words, onClose }: WholeProps): ReactNode {
  const { url, failed } = useBlobUrl(load);
  return (
    <>
      <div className="media-viewer-bar">
        <bdi>{name}</bdi>
        <button type="button" aria-label={words.save(name)} title={words.save(name)} onClick={() => void save(load, name)}>
          <SaveIcon />
        </button>
        <button type="button" aria-label={words.close} title={words.close} onClick={onClose}>
          <CloseIcon />
        </button>
      </div>
      {url === undefined ? <p role="status">{failed ? words.failed : words.loading(name)}</p> : <img src={url} alt={name} />}
    </>
  );
}

async function save(load: LoadBlob, name: string): Promise<void> {
  // The viewer says so where it cannot be loaded.
  await load().then(
    (blob) => saveFile(blob, name),
    () => undefined,
  );
}

function Player({ media, load, words, kind }: MediaViewProps & { readonly kind: 'audio' | 'video' }): ReactNode {
  const { name, seconds } = media;
  const [attempt, setAttempt] = useState(0);
  // Another attempt is another function.
  const wanted = useMemo(() => (attempt === 0 ? undefined : () => load()), [attempt, load]);
  const { url, failed } = useBlobUrl(wanted);
  const isLoading = attempt > 0 && !failed;
  const duration = clockTime(seconds);
  if (url !== undefined && kind === 'audio')
    // biome-ignore lint/a11y/useMediaCaption: Nobody has transcribed what a customer recorded.
    return <audio className="media-audio" src={url} controls autoPlay aria-label={name} />;
  if (url !== undefined)
    // biome-ignore lint/a11y/useMediaCaption: Nobody has transcribed what a customer recorded.
    return <video className="media-video" src={url} controls autoPlay aria-label={name} />;
  return (
    <>
      <button
        type="button"
        className="media-play"
        aria-label={isLoading ? words.loading(name) : words.play(name, duration)}
        aria-disabled={isLoading}
        onClick={() => {
          if (!isLoading) setAttempt(attempt + 1);
        }}
      >
        <PlayIcon />
        <bdi>{name}</bdi>
        {duration !== '' && <span className="media-time">{duration}</span>}
      </button>
      {failed && (
        <p className="media-fault" role="alert">
          {words.failed}
        </p>
      )}
    </>
  );
}
