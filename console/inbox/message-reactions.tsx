/** Reactions on a message, and the button by which an agent reacts. */
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { WarningIcon } from '../chat/icons.tsx';
import { ReactIcon } from './icons.tsx';
import { useConsole } from './page-context.ts';
import { EMOJI, oursIn, type ShownReaction } from './reactions.ts';

export function ReactionChips({ reactions }: { readonly reactions: readonly ShownReaction[] }): ReactNode {
  const { strings } = useConsole();
  const words = strings.tools.reactions;
  if (reactions.length === 0) return null;
  return (
    <p className="reactions">
      {reactions.map((reaction) => (
        <span key={reaction.by} className="reaction" data-failed={reaction.failed} title={words.reacted(reaction)}>
          <span aria-hidden="true">{reaction.emoji}</span>
          {reaction.failed && <WarningIcon />}
          <span className="visually-hidden">{words.reacted(reaction)}</span>
        </span>
      ))}
    </p>
  );
}

/** Why the customer does not see what we did last. */
export function ReactionFailure({ reactions }: { readonly reactions: readonly ShownReaction[] }): ReactNode {
  const { strings } = useConsole();
  const failed = reactions.find((one) => one.failed);
  if (failed === undefined) return null;
  return (
    <span className="failure" dir="auto">
      {strings.tools.reactions.failed}
      {failed.failure === undefined ? '' : `: ${failed.failure}`}
    </span>
  );
}

/** @param to the channel's id of the message. */
export function ReactButton({ to, reactions }: { readonly to: string; readonly reactions: readonly ShownReaction[] }): ReactNode {
  const { desk, strings } = useConsole();
  const words = strings.tools.reactions;
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const choices = useRef<HTMLSpanElement>(null);
  const current = oursIn(reactions);
  useEffect(() => {
    if (!isOpen) return;
    const all = choices.current?.querySelectorAll('button') ?? [];
    ([...all].find((one) => one.ariaPressed === 'true') ?? all[0])?.focus();
  }, [isOpen]);
  const close = (): void => {
    setOpen(false);
    button.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || !isOpen) return;
    event.preventDefault();
    close();
  };
  return (
    <span
      role="group"
      aria-label={words.react}
      className="react"
      // Safari takes the focus away at a press, which would close it before the click.
      onMouseDown={(event) => event.preventDefault()}
      onKeyDown={onKeyDown}
      onBlur={({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget)) setOpen(false);
      }}
    >
      <button
        ref={button}
        type="button"
        className="react-button"
        aria-expanded={isOpen}
        aria-label={words.react}
        title={words.react}
        onClick={() => setOpen(!isOpen)}
      >
        <ReactIcon />
      </button>
      {isOpen && (
        <span ref={choices} className="react-choices">
          {EMOJI.map((emoji) => (
            <button
              key={emoji}
              type="button"
              aria-pressed={emoji === current}
              onClick={() => {
                void desk.triage.react(to, emoji === current ? null : emoji);
                close();
              }}
            >
              {emoji}
            </button>
          ))}
        </span>
      )}
    </span>
  );
}
