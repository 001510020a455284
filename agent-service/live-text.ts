/**
 * The text of a run while the model writes it. It goes out as deltas of the live stream, and as the
 * draft of the customer's channel, which src/delivery/draft.ts shows.
 *
 * Invariants
 * 1. Deltas are contiguous. The offset of each is the length of all before it. The offset 0 starts
 *    the text over.
 * 2. What is shown begins with the text's first letter, and is never longer than a session takes.
 * 3. The next attempt receives what a draft has shown, and writes over it.
 */
import * as z from 'zod';
import type { InvocationContext } from '#actors/contract/api.ts';
import type { Draft, DraftOptions } from '#channels/port.ts';
import type { Json } from '#machines/definition.ts';
import { MAX_TEXT } from '#machines/session/events.ts';
import { clip, isVisible } from '#machines/text.ts';
import type { RunEvent } from './events.ts';

/** Ends a text that was cut off. */
const ELLIPSIS = '…';

export class LiveText {
  readonly #context: InvocationContext;
  readonly #draft: Draft | undefined;
  /** As the model wrote it in this turn. */
  #written = '';
  #shown = '';
  #closed: Promise<void> | undefined;
  /** The provider's id of what the draft shows. */
  #ref: string | null;

  constructor(context: InvocationContext, signal: AbortSignal, open: (options: DraftOptions) => Draft | undefined) {
    this.#context = context;
    this.#ref = refIn(context.progress);
    this.#draft = open({
      signal,
      ...(this.#ref === null ? {} : { resume: this.#ref }),
      onShown: (ref) => this.#remember(ref),
    });
  }

  get draft(): string | null {
    return this.#ref;
  }

  /** `begins` is called before the first that is seen of a text. */
  add({ offset, text }: Pick<Extract<RunEvent, { type: 'chunk' }>, 'offset' | 'text'>, begins: () => void): void {
    // A piece is missing. The whole text comes at the end.
    if (offset > this.#written.length) return;
    if (offset < this.#written.length) {
      // A request broke off and is repeated. Behind a pause it keeps what was written before.
      this.#written = this.#written.slice(0, offset);
      this.#shown = '';
    }
    this.#written += text;
    const visible = fitting(this.#written.trimStart());
    if (!isVisible(visible)) return;
    if (this.#shown === '') begins();
    this.#show(visible);
  }

  /**
   * The whole text as it will be sent. The draft shows nothing after this. `cutOff` means that the
   * model had to stop.
   */
  async complete(text: string, cutOff: boolean): Promise<string> {
    const whole = text.trim();
    const final = fitting(cutOff ? `${whole}${ELLIPSIS}` : whole);
    if (!(final.startsWith(this.#shown) || this.#shown.trimEnd() === final)) this.#shown = '';
    this.#show(final);
    await this.close();
    return final;
  }

  /** What was shown stays known. */
  async close(): Promise<void> {
    this.#closed ??= this.#draft?.close().then((ref) => this.#remember(ref));
    await this.#closed;
  }

  #show(text: string): void {
    const offset = this.#shown.length;
    if (text.length <= offset) return;
    this.#context.publish({ type: 'delta', runId: this.#context.runId, offset, text: text.slice(offset) });
    this.#shown = text;
    this.#draft?.update(text);
  }

  #remember(ref: string | null | undefined): void {
    if (!ref || ref === this.#ref) return;
    this.#ref = ref;
    // Best effort. Without it a restarted attempt shows a second draft, and the answer is the same.
    this.#context.saveProgress({ draft: ref }).catch(() => undefined);
  }
}

function fitting(text: string): string {
  return text.length <= MAX_TEXT ? text : clip(text, MAX_TEXT - ELLIPSIS.length) + ELLIPSIS;
}

const progress = z.looseObject({ draft: z.string() });

function refIn(saved: Json): string | null {
  const result = progress.safeParse(saved);
  return result.success ? result.data.draft : null;
}
