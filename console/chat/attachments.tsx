/** Files of the next message, from when they are chosen, taken, pasted or dropped. */
import {
  type ClipboardEvent,
  type ReactNode,
  type RefObject,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import { AttachIcon, CameraIcon, CloseIcon } from '../media/media-icons.tsx';
import { PendingSends } from '../media/pending-sends.ts';
import { type FileRef, isUnderWay, type Upload, Uploads } from '../media/uploads.ts';
import { useText } from '../text/text-context.ts';
import { UploadRefused } from './api.ts';
import { ATTACH_WORDS, type AttachWords } from './attach-words.ts';
import { FileIcon } from './icons.tsx';
import { usePage } from './page-context.ts';
import type { UploadLimits } from './protocol.ts';

/** Until the server has said what it takes. */
const USUAL: Pick<UploadLimits, 'maxBytes' | 'maxFiles'> = { maxBytes: 20_000_000, maxFiles: 10 };
/** The page has one draft. */
const DRAFT = 'draft';

export interface Attachments {
  /** In the order in which they were chosen. */
  readonly uploads: readonly Upload[];
  /** Those that are stored. */
  readonly files: readonly FileRef[];
  /** Some are on their way. */
  readonly isUploading: boolean;
  /** A message goes when they are in. */
  readonly isPending: boolean;
  /** Files are over the page. */
  readonly isOver: boolean;
  readonly limits: Pick<UploadLimits, 'maxBytes' | 'maxFiles'>;
  add(files: readonly File[]): void;
  remove(key: string): void;
  retry(key: string): void;
  /** Sends a text with all files, once they are in. */
  send(text: string): void;
  /** The message does not go by itself any more. */
  cancelSend(): void;
  readonly onPaste: (event: ClipboardEvent) => void;
}

/** @param onSend gets what was written, with the files of the message. */
export function useAttachments(onSend: (text: string, files: readonly FileRef[]) => void): Attachments {
  const { conversation, language, formats } = usePage();
  const { announce } = useText();
  const words = ATTACH_WORDS[language];
  const [limits, setLimits] = useState(USUAL);
  const latest = useRef(onSend);
  latest.current = onSend;
  const { queue, pending } = useMemo(() => {
    const queue = new Uploads({
      send: (_draft, file, onProgress, signal) =>
        conversation.upload(file, onProgress, signal).catch((error: unknown) => {
          throw new Error(problemOf(error, words, language));
        }),
      onStored: (_draft, file) => announce(words.added(file.name)),
      keepsStored: true,
      newId: () => crypto.randomUUID(),
    });
    const send = (_draft: string, text: string): void => {
      const uploads = queue.state.snapshot();
      for (const { key } of uploads) queue.remove(key);
      latest.current(text, storedIn(uploads));
    };
    return { queue, pending: new PendingSends({ uploads: queue, send }) };
  }, [conversation, announce, words, language]);
  const uploads = useSyncExternalStore(queue.state.subscribe, queue.state.snapshot);
  const isPending = useSyncExternalStore(pending.state.subscribe, pending.state.snapshot).has(DRAFT);
  useEffect(() => () => queue.stop(), [queue]);
  useEffect(() => {
    conversation.limits().then((known) => known && setLimits(known));
  }, [conversation]);

  const add = useCallback(
    (chosen: readonly File[]): void => {
      const room = limits.maxFiles - queue.state.snapshot().length;
      queue.add(DRAFT, chosen, (file) => {
        if (chosen.indexOf(file) >= room) return words.tooMany(formats.number(limits.maxFiles));
        if (file.size === 0) return words.empty;
        return file.size > limits.maxBytes ? words.tooLarge(formats.size(limits.maxBytes)) : undefined;
      });
    },
    [queue, limits, words, formats],
  );
  return {
    uploads,
    files: useMemo(() => storedIn(uploads), [uploads]),
    isUploading: uploads.some(isUnderWay),
    isPending,
    isOver: useDropped(add),
    limits,
    add,
    remove: (key) => {
      pending.cancel(DRAFT);
      queue.remove(key);
    },
    retry: (key) => queue.retry(key),
    send: (text) => {
      pending.add(DRAFT, text);
      if (pending.has(DRAFT)) announce(words.sendsLater);
    },
    cancelSend: () => pending.cancel(DRAFT),
    onPaste: (event) => {
      const pasted = [...event.clipboardData.files];
      if (pasted.length === 0) return;
      event.preventDefault();
      add(pasted);
    },
  };
}

/** A file that was chosen twice counts once. */
function storedIn(uploads: readonly Upload[]): readonly FileRef[] {
  const byId = new Map(uploads.flatMap(({ stored }) => (stored === undefined ? [] : [[stored.id, stored] as const])));
  return [...byId.values()];
}

/** The server gives its reasons in English. */
function problemOf(error: unknown, words: AttachWords, language: 'en' | 'ar'): string {
  if (!(error instanceof UploadRefused) || error.message === '') return words.failed;
  return language === 'en' ? error.message : words.refused;
}

/** Takes files that are dropped anywhere on the page. */
function useDropped(add: (files: readonly File[]) => void): boolean {
  const [isOver, setOver] = useState(false);
  const target = useRef(add);
  target.current = add;
  useEffect(() => {
    const isFiles = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes('Files') === true;
    const onOver = (event: DragEvent): void => {
      if (!isFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const onLeave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent): void => {
      setOver(false);
      if (!isFiles(event)) return;
      event.preventDefault();
      target.current([...(event.dataTransfer?.files ?? [])]);
    };
    document.addEventListener('dragover', onOver);
    document.addEventListener('dragleave', onLeave);
    document.addEventListener('drop', onDrop);
    return () => {
      document.removeEventListener('dragover', onOver);
      document.removeEventListener('dragleave', onLeave);
      document.removeEventListener('drop', onDrop);
    };
  }, []);
  return isOver;
}

/** On a touch screen there is a button for the camera too. */
export function AttachButtons({ attachments }: { readonly attachments: Attachments }): ReactNode {
  const { language } = usePage();
  const words = ATTACH_WORDS[language];
  const chosen = useRef<HTMLInputElement>(null);
  const photo = useRef<HTMLInputElement>(null);
  return (
    <>
      <PickButton label={words.attach} input={chosen} icon={<AttachIcon />} />
      <FileInput input={chosen} attachments={attachments} />
      {matchMedia('(pointer: coarse)').matches && (
        <>
          <PickButton label={words.camera} input={photo} icon={<CameraIcon />} />
          <FileInput input={photo} attachments={attachments} isCamera={true} />
        </>
      )}
    </>
  );
}

function PickButton({ label, input, icon }: { label: string; input: RefObject<HTMLInputElement | null>; icon: ReactNode }): ReactNode {
  return (
    <button type="button" className="round quiet" aria-label={label} title={label} onClick={() => input.current?.click()}>
      {icon}
    </button>
  );
}

interface FileInputProps {
  readonly input: RefObject<HTMLInputElement | null>;
  readonly attachments: Attachments;
  readonly isCamera?: boolean;
}

function FileInput({ input, attachments, isCamera = false }: FileInputProps): ReactNode {
  const camera = isCamera ? ({ accept: 'image/*', capture: 'environment' } as const) : { multiple: true };
  return (
    <input
      ref={input}
      type="file"
      {...camera}
      hidden
      tabIndex={-1}
      onChange={(event) => {
        attachments.add([...(event.target.files ?? [])]);
        event.target.value = '';
      }}
    />
  );
}

export function AttachmentList({ attachments }: { readonly attachments: Attachments }): ReactNode {
  const { language, formats } = usePage();
  const words = ATTACH_WORDS[language];
  const { uploads, limits, isOver } = attachments;
  if (isOver) return <p className="drop-hint">{words.drop}</p>;
  if (uploads.length === 0) return null;
  return (
    <div className="attached">
      <ul aria-label={words.attached}>
        {uploads.map((upload) => (
          <UploadRow key={upload.key} upload={upload} attachments={attachments} words={words} />
        ))}
      </ul>
      <p className="attached-limits">{words.limits(formats.number(limits.maxFiles), formats.size(limits.maxBytes))}</p>
    </div>
  );
}

function UploadRow({ upload, attachments, words }: { upload: Upload; attachments: Attachments; words: AttachWords }): ReactNode {
  const { strings, formats } = usePage();
  const { key, name, progress, problem, canRetry, stored } = upload;
  return (
    <li data-refused={problem !== undefined}>
      <FileIcon />
      <bdi className="attached-name">{stored?.name ?? name}</bdi>
      {stored !== undefined && <span className="attached-size">{formats.size(stored.size)}</span>}
      {isUnderWay(upload) && <progress value={progress} max={1} aria-label={words.uploading(name, Math.round(progress * 100))} />}
      {problem !== undefined && (
        <span className="attached-problem" role="alert" dir="auto">
          {problem}
        </span>
      )}
      {canRetry && (
        <button type="button" className="link" aria-label={words.retry(name)} onClick={() => attachments.retry(key)}>
          {strings.retry}
        </button>
      )}
      <EndButton
        label={isUnderWay(upload) ? words.cancel(name) : words.remove(stored?.name ?? name)}
        onPress={() => attachments.remove(key)}
      />
    </li>
  );
}

function EndButton({ label, onPress }: { readonly label: string; readonly onPress: () => void }): ReactNode {
  return (
    <button type="button" className="attached-end" aria-label={label} title={label} onClick={onPress}>
      <CloseIcon />
    </button>
  );
}
