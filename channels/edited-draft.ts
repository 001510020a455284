/**
 * Partial answer, shown by sending a message and editing it.
 *
 * Owns which partial text is shown and when. Does not own limits (chat-pace.ts), how a part is
 * shown (the channel's `DraftScreen`), the final text.
 *
 * Invariants
 * 1. At most one call at a time, at least an edit interval apart. It shows the latest text, and
 *    earlier ones are dropped.
 * 2. Every shown text is complete markup, and no longer than a message may be. The rest continues
 *    in the next message. It ends with an ellipsis, so that a reader who finds it after its run was
 *    stopped or died sees that it is unfinished.
 * 3. Nothing fails. A hold is waited out, and a refusal ends the draft. After `close` nothing more
 *    is shown.
 */
import { type Clock, sleep } from '#machines/clock.ts';
import { type Draft, type DraftOptions, Refused } from './port.ts';
import { showable } from './unfinished-markdown.ts';

export const UNFINISHED = ' …';

/**
 * Where one draft is shown. `Part` is what one message shows, `Message` names one that is there.
 */
export interface DraftScreen<Part, Message> {
  /** Milliseconds between two calls. */
  readonly intervalMs: number;
  /**
   * Parts of a text that is still written, in order. The last one ends with `UNFINISHED` where it
   * has room.
   */
  parts(text: string): readonly Part[];
  /** Equal for parts that look the same. */
  fingerprint(part: Part): string;
  /**
   * Waits for the turn of a call. Resolves to the function that ends it, and to whether the call
   * may still be made.
   */
  turn(signal: AbortSignal): Promise<{ readonly done: () => void; readonly valid: boolean }>;
  /** Shows the part in the message, or in a new one. Throws what `send` throws. */
  put(part: Part, existing: Message | undefined): Promise<Message>;
  /** The conversation moved while the message was edited, so the draft is shown from its start. */
  moved?(before: Message, after: Message): boolean;
  /** The refusal passes, so the draft goes on. */
  passes?(refused: Refused): boolean;
  /** Id of a draft that has these messages. */
  format(messages: readonly Message[]): string;
  /** Messages of the draft with this id. */
  parse(ref: string): readonly Message[];
}

export interface EditedDraftOptions<Part, Message> extends DraftOptions {
  readonly screen: DraftScreen<Part, Message>;
  readonly clock: Clock;
}

export class EditedDraft<Part, Message> implements Draft {
  private readonly screen: DraftScreen<Part, Message>;
  private readonly clock: Clock;
  private readonly onShown: DraftOptions['onShown'];
  private readonly messages: Message[];
  /** What each message shows, as far as we know. */
  private readonly shown: (string | undefined)[] = [];
  private readonly closing = new AbortController();
  private readonly stopped: AbortSignal;
  private latest = '';
  private lastCallAt = Number.NEGATIVE_INFINITY;
  private running: Promise<void> | undefined;
  /** The last text that was read. */
  private seen = '';

  constructor({ screen, clock, signal, resume, onShown }: EditedDraftOptions<Part, Message>) {
    this.screen = screen;
    this.clock = clock;
    this.onShown = onShown;
    this.messages = resume === undefined ? [] : [...screen.parse(resume)];
    this.stopped = AbortSignal.any([signal, this.closing.signal]);
  }

  update(text: string): void {
    this.latest = text;
    if (this.stopped.aborted || this.running) return;
    this.running = this.run().finally(() => {
      this.running = undefined;
      // A text that arrived while the last update was ending would otherwise wait for the next one.
      if (this.seen !== this.latest) this.update(this.latest);
    });
  }

  async close(): Promise<string | null> {
    this.closing.abort();
    await this.running;
    return this.messages.length === 0 ? null : this.screen.format(this.messages);
  }

  private async run(): Promise<void> {
    const { screen, clock } = this;
    try {
      while (!this.stopped.aborted) {
        const due = this.lastCallAt + screen.intervalMs - clock.now();
        if (due > 0) await sleep(clock, due, this.stopped);
        if (!this.firstDifference()) return;
        const { done, valid } = await screen.turn(this.stopped);
        try {
          if (!valid) continue;
          // Read only now, because the text has grown during the wait.
          const next = this.firstDifference();
          if (next) await this.show(next.index, next.part);
        } finally {
          this.lastCallAt = clock.now();
          done();
        }
      }
    } catch {
      // The draft was closed during the wait. The shown text stays as it is.
    }
  }

  /** The draft is shown again, from its first message on. */
  private begin(): void {
    this.messages.length = 0;
    this.shown.length = 0;
  }

  private firstDifference(): { index: number; part: Part } | undefined {
    this.seen = this.latest;
    for (const [index, part] of this.screen.parts(showable(this.latest)).entries()) {
      if (this.shown[index] !== this.screen.fingerprint(part)) return { index, part };
    }
    return undefined;
  }

  private async show(index: number, part: Part): Promise<void> {
    const { screen } = this;
    const before = this.ref();
    try {
      // Only its time limit ends the call, because the draft must know whether a message appeared
      // and under which id.
      const known = this.messages[index];
      const message = await screen.put(part, known);
      // Where the conversation has moved, what the old place shows stays behind.
      if (known !== undefined && screen.moved?.(known, message) === true) this.begin();
      this.messages[index] = message;
      // Saved first. If this process dies now, the next one must continue with this message and not
      // begin another.
      const ref = this.ref();
      if (ref !== before) this.onShown?.(ref);
      this.shown[index] = screen.fingerprint(part);
    } catch (error) {
      // The customer blocked us or deleted the message. The final text will find out. Other errors
      // pass with time.
      if (error instanceof Refused && screen.passes?.(error) !== true) this.closing.abort();
    }
  }

  private ref(): string {
    return this.screen.format(this.messages);
  }
}
