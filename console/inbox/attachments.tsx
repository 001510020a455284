/**
 * Files and the card of the next reply. Files are chosen, dropped or pasted, on their way, and
 * attached.
 */
import { type ClipboardEvent, type DragEvent, type ReactNode, useCallback, useRef, useState } from 'react';
import { FileIcon } from '../chat/icons.tsx';
import { ContactIcon, OpenIcon, PlaceIcon } from '../media/media-icons.tsx';
import { AttachIcon, CrossIcon } from './icons.tsx';
import { useConsole, useDesk, useObserved } from './page-context.ts';
import { MAX_FILE, MAX_FILES } from './uploads.ts';

/** Id of the control that opens the computer's choice of files. */
export const ATTACH_ID = 'attach-files';

function useAttach(): (files: readonly File[]) => void {
  const { tools, strings, formats } = useConsole();
  const { selected, draft } = useDesk();
  const words = strings.tools.files;
  return useCallback(
    (files) => {
      if (selected === undefined || files.length === 0) return;
      const under = tools.uploads.state.snapshot().filter(({ sessionId }) => sessionId === selected).length;
      const room = Math.max(0, MAX_FILES - draft.files.length - under);
      tools.uploads.add(selected, files, (file) => {
        if (files.indexOf(file) >= room) return words.tooMany(MAX_FILES);
        if (file.size === 0) return words.empty;
        return file.size > MAX_FILE ? words.tooLarge(formats.size(MAX_FILE)) : undefined;
      });
    },
    [tools, selected, draft.files.length, words, formats],
  );
}

export function AttachButton(): ReactNode {
  const { strings } = useConsole();
  const attach = useAttach();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        className="icon-button"
        id={ATTACH_ID}
        aria-label={strings.actions.attach}
        title={strings.actions.attach}
        onClick={() => input.current?.click()}
      >
        <AttachIcon />
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        tabIndex={-1}
        onChange={(event) => {
          attach([...(event.target.files ?? [])]);
          event.target.value = '';
        }}
      />
    </>
  );
}

/** Handlers of the place where files are dropped and pasted, and whether some are over it. */
export function useFileTarget(isReply: boolean) {
  const attach = useAttach();
  const [isOver, setOver] = useState(false);
  const isFiles = ({ dataTransfer }: DragEvent): boolean => isReply && dataTransfer.types.includes('Files');
  return {
    isOver,
    handlers: {
      onDragOver: (event: DragEvent) => {
        if (!isFiles(event)) return;
        event.preventDefault();
        setOver(true);
      },
      onDragLeave: (event: DragEvent) => {
        if (!(event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget))) setOver(false);
      },
      onDrop: (event: DragEvent) => {
        setOver(false);
        if (!isFiles(event)) return;
        event.preventDefault();
        attach([...event.dataTransfer.files]);
      },
      onPaste: (event: ClipboardEvent) => {
        const files = [...event.clipboardData.files];
        if (!isReply || files.length === 0) return;
        event.preventDefault();
        attach(files);
      },
    },
  };
}

export function Attachments(): ReactNode {
  const { desk, tools, strings, formats } = useConsole();
  const { selected, draft } = useDesk();
  const words = strings.tools.files;
  const uploads = useObserved(tools.uploads.state).filter(({ sessionId }) => sessionId === selected);
  if (selected === undefined || (uploads.length === 0 && draft.files.length === 0 && draft.card === undefined)) return null;
  const chip = draft.card === undefined ? undefined : strings.tools.cards.chip(draft.card);
  return (
    <ul className="attachments" aria-label={words.attached}>
      {chip !== undefined && (
        <li className="attachment" data-card="true">
          {draft.card?.kind === 'contact' ? <ContactIcon /> : draft.card?.kind === 'link' ? <OpenIcon /> : <PlaceIcon />}
          <bdi className="attachment-name">{chip}</bdi>
          <RemoveButton label={words.remove(chip)} onRemove={() => desk.writing.setCard(selected, undefined)} />
        </li>
      )}
      {draft.files.map(({ id, name, size }) => (
        <li key={id} className="attachment">
          <FileIcon />
          <bdi className="attachment-name">{name}</bdi>
          <span className="attachment-size">{formats.size(size)}</span>
          <RemoveButton
            label={words.remove(name)}
            onRemove={() => {
              tools.pendingSends.cancel(selected);
              desk.writing.detach(selected, id);
            }}
          />
        </li>
      ))}
      {uploads.map(({ key, name, progress, problem }) => (
        <li key={key} className="attachment" data-refused={problem !== undefined}>
          <FileIcon />
          <bdi className="attachment-name">{name}</bdi>
          {problem === undefined ? (
            <progress value={progress} max={1} aria-label={words.uploading(name, Math.round(progress * 100))} />
          ) : (
            <span className="attachment-problem" role="alert" dir="auto">
              {problem}
            </span>
          )}
          <RemoveButton
            label={problem === undefined ? words.cancel(name) : words.remove(name)}
            onRemove={() => tools.uploads.remove(key)}
          />
        </li>
      ))}
    </ul>
  );
}

function RemoveButton({ label, onRemove }: { readonly label: string; readonly onRemove: () => void }): ReactNode {
  return (
    <button type="button" className="icon-button" aria-label={label} title={label} onClick={onRemove}>
      <CrossIcon />
    </button>
  );
}
