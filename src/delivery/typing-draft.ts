/**
 * While nothing of an answer can be shown yet (the model thinks, a tool works), the customer sees that somebody is typing.
 * Ends with the first text that is shown, with the run, where it is stopped, and after a while: a call that waits for a human to allow it
 * may wait for an hour.
 */
import type { Draft } from '#channels/port.ts';

export interface TypingDraftParts {
  readonly draft: Draft;
  /** Shows it for some seconds. Never rejects. */
  readonly typing: () => Promise<void>;
  /** Calls back after a while. Returns the way to cancel. */
  readonly after: (ms: number, callback: () => void) => () => void;
  /** Between two calls, in milliseconds. */
  readonly everyMs: number;
  readonly signal: AbortSignal;
}

/** How often it is shown at most: some two minutes. */
const MOST = 27;

export function typingDraft({ draft, typing, after, everyMs, signal }: TypingDraftParts): Draft {
  let over = signal.aborted;
  let shown = 0;
  let cancel = (): void => {};
  const again = (): void => {
    if (over || shown >= MOST) return;
    shown += 1;
    void typing();
    cancel = after(everyMs, again);
  };
  const end = (): void => {
    over = true;
    cancel();
    signal.removeEventListener('abort', end);
  };
  signal.addEventListener('abort', end, { once: true });
  again();
  return {
    update: (text) => {
      end();
      draft.update(text);
    },
    close: () => {
      end();
      return draft.close();
    },
  };
}
