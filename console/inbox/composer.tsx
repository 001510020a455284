/** The agent writes replies to the customer here, and notes for colleagues. Enter sends. */
import { type KeyboardEvent, type ReactNode, type Ref, useImperativeHandle, useLayoutEffect, useRef } from 'react';
import { saysEnough } from '#machines/session/card-rules.ts';
import { isVisible, wellFormed } from '#machines/text.ts';
import { ClockIcon, SendIcon, StopIcon } from '../chat/icons.tsx';
import { ANSWERED_ID } from '../media/quoted-message.tsx';
import { isUnderWay } from '../media/uploads.ts';
import { useText } from '../text/text-context.ts';
import { AddMenu } from './add-menu.tsx';
import { AttachButton, Attachments, useFileTarget } from './attachments.tsx';
import { missingIn } from './canned-text.ts';
import { FIELD_ID } from './composer-insertion.ts';
import { useComposerSuggestions } from './composer-suggestions.tsx';
import { ActionButton } from './conversation-action.tsx';
import type { Mode } from './drafts.ts';
import { SavedIcon } from './icons.tsx';
import type { Card } from './lists.ts';
import { Answered } from './message-quote.tsx';
import { useConsole, useDesk, useNow, useObserved } from './page-context.ts';
import { problemText } from './problem.ts';
import { standingOf } from './standing.ts';
import { SuggestButton, SuggestionNotice, useSuggestion } from './suggest-reply.tsx';
import { isWindowClosed } from './templates.ts';

/** The server takes no more. */
const MAX_TEXT = 32_768;

export function Composer({ card, ref }: { readonly card: Card; readonly ref: Ref<HTMLTextAreaElement> }): ReactNode {
  const { desk, strings } = useConsole();
  const { draft, agent, acting, details } = useDesk();
  const now = useNow(60_000);
  const words = strings.composer;
  const standing = standingOf(card, agent.id);
  // Only the holder replies. Everybody may note.
  const mode: Mode = standing === 'mine' ? draft.mode : draft.mode === 'note' ? 'note' : 'reply';
  const isBlocked = mode === 'reply' && standing !== 'mine';
  const suggestion = useSuggestion(card.id);
  const target = useFileTarget(mode === 'reply' && !isBlocked);
  if (standing === 'closed' && draft.reply === '' && draft.note === '') {
    return (
      <div className="composer composer-closed">
        <p>{words.closed}</p>
        {details?.facts?.windowUntil !== undefined && <TemplateButton />}
      </div>
    );
  }
  return (
    <section
      className="composer"
      data-mode={mode}
      data-drop={target.isOver}
      aria-label={mode === 'note' ? words.noteLabel : words.replyLabel}
      {...target.handlers}
    >
      {target.isOver && <p className="drop-hint">{strings.tools.files.drop}</p>}
      <ProblemNotice />
      <div className="modes">
        {(['reply', 'note'] as const).map((one) => (
          <button key={one} type="button" className="mode" aria-pressed={mode === one} onClick={() => desk.setMode(one)}>
            {words[one]}
          </button>
        ))}
        {mode === 'reply' && standing === 'mine' && <SuggestButton state={suggestion} />}
      </div>
      {mode === 'reply' && standing === 'mine' && <SuggestionNotice state={suggestion} />}
      {isBlocked ? (
        <div className="claim-first">
          <p>
            {standing === 'held'
              ? words.held(desk.nameOf(card.agentId ?? '') ?? strings.someone)
              : standing === 'bot'
                ? words.claimFromBot
                : standing === 'closed'
                  ? words.closed
                  : words.claimFirst}
          </p>
          {(standing === 'waiting' || standing === 'bot') && <ActionButton action="claim" primary busy={acting === 'claim'} />}
        </div>
      ) : mode === 'reply' && isWindowClosed(details?.facts?.windowUntil, now) ? (
        <div className="claim-first">
          <p>{words.windowClosed}</p>
          <TemplateButton />
        </div>
      ) : (
        <Field key={mode} mode={mode} text={draft[mode]} isDrafting={mode === 'reply' && suggestion.kind === 'writing'} ref={ref} />
      )}
    </section>
  );
}

interface FieldProps {
  readonly mode: Mode;
  readonly text: string;
  /** The model writes into it. */
  readonly isDrafting: boolean;
  readonly ref: Ref<HTMLTextAreaElement>;
}

function Field({ mode, text, isDrafting, ref }: FieldProps): ReactNode {
  const { desk, strings, tools, run } = useConsole();
  const { problem, draft, selected = '' } = useDesk();
  const { announce } = useText();
  const words = strings.composer;
  const { files } = strings.tools;
  const area = useRef<HTMLTextAreaElement>(null);
  const isTooLong = text.length > MAX_TEXT;
  const isReply = mode === 'reply';
  // What a saved response could not fill in is never sent.
  const missing = isReply ? missingIn(text) : [];
  const isUploading = useObserved(tools.uploads.state).some((upload) => isReply && upload.sessionId === selected && isUnderWay(upload));
  const isPending = useObserved(tools.pendingSends.state).has(selected) && isReply;
  const card = isReply ? draft.card : undefined;
  const isSomething = isVisible(text) || (card === undefined ? isReply && (draft.files.length > 0 || isUploading) : saysEnough(card));
  const isTextNeeded = card !== undefined && !isSomething;
  const isReady = isSomething && !isTooLong && !isDrafting && missing.length === 0;
  const replyTo = isReply ? draft.replyTo : undefined;
  const suggestions = useComposerSuggestions(mode, text, area);
  const sendLabel = mode === 'note' ? words.addNote : problem?.kind === 'unseen' ? words.sendAgain : words.send;
  useImperativeHandle<HTMLTextAreaElement | null, HTMLTextAreaElement | null>(ref, () => area.current);
  useLayoutEffect(() => {
    const element = area.current;
    if (element === null) return;
    element.style.height = 'auto';
    if (text !== '') element.style.height = `${element.scrollHeight}px`;
  }, [text]);
  const keepBack = (): void => tools.pendingSends.cancel(selected);
  const send = (): void => {
    if (!isReady || isPending) return;
    if (isUploading) {
      tools.pendingSends.add(selected, text);
      announce(files.sendsLater);
    } else desk.submit();
    area.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (suggestions.onKeyDown(event)) return;
    if (event.key === 'Escape') {
      if (isPending) keepBack();
      else if (isDrafting) desk.aids.suggestion.stop();
      else if (replyTo !== undefined) desk.answer(undefined);
      else area.current?.blur();
    }
    // While an input method composes, Enter chooses a word.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {suggestions.list}
      {replyTo !== undefined && <Answered replyTo={replyTo} />}
      {isReply && <Attachments />}
      <div className="field">
        {isReply && <AttachButton />}
        {isReply && <AddMenu />}
        {isReply && (
          <button
            type="button"
            className="icon-button"
            aria-label={strings.actions.canned}
            title={`${strings.actions.canned} (/)`}
            onClick={() => run('canned')}
          >
            <SavedIcon />
          </button>
        )}
        <textarea
          ref={area}
          id={FIELD_ID}
          {...suggestions.field}
          rows={1}
          dir={text === '' ? undefined : 'auto'}
          value={text}
          readOnly={isDrafting}
          aria-busy={isDrafting}
          aria-label={mode === 'note' ? words.noteLabel : words.replyLabel}
          aria-describedby={replyTo === undefined ? 'composer-hint' : `${ANSWERED_ID} composer-hint`}
          aria-invalid={isTooLong || missing.length > 0}
          placeholder={mode === 'note' ? words.notePlaceholder : words.replyPlaceholder}
          autoComplete="off"
          onChange={(event) => {
            keepBack();
            desk.write(wellFormed(event.target.value));
          }}
          onKeyDown={onKeyDown}
        />
        {mode === 'reply' && (
          <button
            type="button"
            className="icon-button later"
            disabled={!isReady || isUploading}
            aria-label={strings.actions.sendLater}
            title={strings.actions.sendLater}
            onClick={() => run('sendLater')}
          >
            <ClockIcon />
          </button>
        )}
        {isPending ? (
          // As one element with the button that sends, it would submit the form by the same press.
          <button
            key="back"
            type="button"
            className="round"
            onClick={() => {
              keepBack();
              area.current?.focus();
            }}
            aria-label={files.doNotSend}
            title={files.doNotSend}
          >
            <StopIcon />
          </button>
        ) : (
          <button type="submit" className="round" disabled={!isReady} aria-label={sendLabel} title={sendLabel}>
            <SendIcon />
          </button>
        )}
      </div>
      <p className={isTooLong || missing.length > 0 ? 'hint bad' : 'hint'} id="composer-hint" data-pending={isPending || isTextNeeded}>
        {isTooLong
          ? words.tooLong(text.length, MAX_TEXT)
          : missing.length > 0
            ? strings.tools.canned.missing(missing.join(', '))
            : isPending
              ? files.sendsLater
              : isTextNeeded
                ? strings.tools.cards.needsText
                : words.hint}
      </p>
    </form>
  );
}

/** Where no free text reaches the customer. */
function TemplateButton(): ReactNode {
  const { strings, run } = useConsole();
  return (
    <button type="button" className="button primary" onClick={() => run('template')}>
      {strings.actions.template}
    </button>
  );
}

function ProblemNotice(): ReactNode {
  const { desk, strings } = useConsole();
  const { problem } = useDesk();
  if (problem === undefined) return null;
  return (
    <div className="problem" role="alert" data-problem={problem.kind}>
      <p dir="auto">{problemText(problem, strings)}</p>
      <button type="button" className="link" onClick={() => desk.dismissProblem()}>
        {strings.dismiss}
      </button>
    </div>
  );
}
