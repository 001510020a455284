/**
 * Text field of the visitor. Enter sends, Shift+Enter starts a line, Escape stops a partial answer.
 * A message goes when its files are in. Escape and another key keep it back until then.
 */
import { type KeyboardEvent, type ReactNode, type Ref, useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from 'react';
import { isVisible, wellFormed } from '#machines/text.ts';
import { ANSWERED_ID } from '../media/quoted-message.tsx';
import { ATTACH_WORDS } from './attach-words.ts';
import { AttachButtons, AttachmentList, useAttachments } from './attachments.tsx';
import { SendIcon, StopIcon } from './icons.tsx';
import { Answered } from './message-quote.tsx';
import { usePage } from './page-context.ts';
import type { Quote } from './quotes.ts';

export interface ComposerHandle {
  focus(): void;
  /** Puts a message back for editing, before what is there already. */
  take(text: string): void;
}

/** The server takes no more. */
const MAX_TEXT = 32_768;
const STORED_DRAFT = 'statechat.unsent';

export interface ComposerProps {
  readonly answering: boolean;
  /** The message that the next one answers. */
  readonly answered: { readonly replyTo: string; readonly quote: Quote } | undefined;
  readonly onAnswer: (name: string | undefined) => void;
  readonly ref: Ref<ComposerHandle>;
}

export function Composer({ answering, answered, onAnswer, ref }: ComposerProps): ReactNode {
  const { conversation, strings, language } = usePage();
  const [text, setText] = useState(storedDraft);
  const area = useRef<HTMLTextAreaElement>(null);
  const attachments = useAttachments((written, files) => {
    conversation.send(written, files, answered?.replyTo);
    onAnswer(undefined);
    setText('');
    area.current?.focus();
  });
  const { files, isUploading, isPending, cancelSend } = attachments;
  const words = ATTACH_WORDS[language];
  const ready = (isVisible(text) || files.length > 0 || isUploading) && text.length <= MAX_TEXT;

  useImperativeHandle(ref, () => ({
    focus: () => area.current?.focus(),
    take: (taken) => {
      cancelSend();
      setText((now) => (now === '' ? taken : `${taken}\n${now}`));
      area.current?.focus();
    },
  }));
  useLayoutEffect(() => {
    const element = area.current;
    if (element === null) return;
    element.style.height = 'auto';
    // An empty one is one line high by its `rows`.
    if (text !== '') element.style.height = `${element.scrollHeight}px`;
  }, [text]);
  useEffect(() => storeDraft(text), [text]);
  useEffect(() => {
    // On a touch screen this would open the keyboard over the greeting.
    if (matchMedia('(pointer: fine)').matches) area.current?.focus();
  }, []);

  const send = (): void => {
    if (ready && !isPending) attachments.send(isVisible(text) ? wellFormed(text).trim() : '');
  };
  const keepBack = (): void => {
    cancelSend();
    area.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && (isPending || answering)) {
      event.preventDefault();
      if (isPending) cancelSend();
      else conversation.stop();
    } else if (event.key === 'Escape' && answered !== undefined) onAnswer(undefined);
    // While an input method composes, Enter chooses a word.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {answered !== undefined && <Answered quote={answered.quote} onDrop={() => onAnswer(undefined)} />}
      <AttachmentList attachments={attachments} />
      <div className="field">
        <AttachButtons attachments={attachments} />
        <textarea
          ref={area}
          rows={1}
          // An empty one follows the page, so that the placeholder is where the text will be.
          dir={text === '' ? undefined : 'auto'}
          value={text}
          aria-label={strings.composerLabel}
          aria-describedby={answered === undefined ? 'composer-hint' : `${ANSWERED_ID} composer-hint`}
          aria-invalid={text.length > MAX_TEXT}
          placeholder={strings.placeholder}
          enterKeyHint="send"
          autoComplete="off"
          onChange={(event) => {
            cancelSend();
            setText(event.target.value);
            if (event.target.value !== '') conversation.typing();
          }}
          onKeyDown={onKeyDown}
          onPaste={attachments.onPaste}
        />
        {isPending ? (
          // As one element with the button that sends, it would submit the form by the same press.
          <button key="back" type="button" className="round" onClick={keepBack} aria-label={words.doNotSend} title={words.doNotSend}>
            <StopIcon />
          </button>
        ) : answering && !ready ? (
          <button type="button" className="round" onClick={() => conversation.stop()} aria-label={strings.stop} title={strings.stop}>
            <StopIcon />
          </button>
        ) : (
          <button type="submit" className="round" disabled={!ready} aria-label={strings.send} title={strings.send}>
            <SendIcon />
          </button>
        )}
      </div>
      {text.length > MAX_TEXT ? (
        <p className="hint bad" id="composer-hint" role="alert">
          {strings.tooLong(text.length, MAX_TEXT)}
        </p>
      ) : (
        <p className="hint" id="composer-hint" data-pending={isPending}>
          {isPending ? words.sendsLater : strings.composerHint}
        </p>
      )}
    </form>
  );
}

/** What was begun survives a reload of this tab. */
function storedDraft(): string {
  try {
    return sessionStorage.getItem(STORED_DRAFT) ?? '';
  } catch {
    return '';
  }
}

function storeDraft(text: string): void {
  try {
    sessionStorage.setItem(STORED_DRAFT, text);
  } catch {
    // Then it does not.
  }
}
