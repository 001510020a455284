/**
 * One answer in the making, shown by sending a message and editing it.
 * Owns: which of the texts so far is shown and when. Does not own: limits (pace.ts), the final text (send.ts).
 * Invariants:
 * 1. At most one call at a time, at least an edit interval apart; it shows the latest text, those in between are dropped.
 * 2. Every shown text is complete markup, and no longer than messages may be: the rest goes on in a next message. It ends with
 *    an ellipsis: who finds it later, because its run was stopped or died, sees that it was never finished.
 * 3. Nothing fails: a hold is waited out, a refusal ends the showing. After `close` nothing more is shown.
 */
import type { Clock } from '../clock.ts';
import { type Draft, Refused } from '../port.ts';
import { showable } from '../unfinished-markdown.ts';
import type { Peer } from './decode.ts';
import { editInterval, type Pace } from './pace.ts';
import { MAX_TEXT, type Part, render } from './render.ts';
import { formatDraftRef, parseDraftRef, type Sender } from './send.ts';

const UNFINISHED = ' …';

export interface TelegramDraftOptions {
  readonly peer: Peer;
  readonly sender: Sender;
  readonly pace: Pace;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly resume: string | undefined;
  readonly onShown: ((ref: string) => void) | undefined;
}

export class TelegramDraft implements Draft {
  private readonly options: TelegramDraftOptions;
  private readonly ids: number[];
  /** What each message shows, as far as we know. */
  private readonly shown: (string | undefined)[] = [];
  private readonly closing = new AbortController();
  private readonly stopped: AbortSignal;
  private latest = '';
  private lastCallAt = Number.NEGATIVE_INFINITY;
  private running: Promise<void> | undefined;
  /** The last text that was looked at. */
  private seen = '';

  constructor(options: TelegramDraftOptions) {
    this.options = options;
    this.ids = parseDraftRef(options.resume);
    this.stopped = AbortSignal.any([options.signal, this.closing.signal]);
  }

  update(text: string): void {
    this.latest = text;
    if (this.stopped.aborted || this.running) return;
    this.running = this.run().finally(() => {
      this.running = undefined;
      // A text that came while the last look was ending would otherwise wait for the next one.
      if (this.seen !== this.latest) this.update(this.latest);
    });
  }

  async close(): Promise<string | null> {
    this.closing.abort();
    await this.running;
    return this.ids.length === 0 ? null : formatDraftRef(this.ids);
  }

  private async run(): Promise<void> {
    const { peer, sender, pace, clock } = this.options;
    try {
      while (!this.stopped.aborted) {
        const due = this.lastCallAt + editInterval(peer.chat) - clock.now();
        if (due > 0) await clock.sleep(due, this.stopped);
        if (!this.firstDifference()) return;
        const done = await pace.edit(sender.chatOf(peer), this.stopped);
        try {
          // Read only now: while we waited the text has grown.
          const next = this.firstDifference();
          if (next) await this.show(next.index, next.part);
        } finally {
          this.lastCallAt = clock.now();
          done();
        }
      }
    } catch {
      // Stopped while waiting: what is shown stays as it is.
    }
  }

  private firstDifference(): { index: number; part: Part } | undefined {
    this.seen = this.latest;
    for (const [index, part] of unfinished(render(showable(this.latest))).entries()) {
      if (this.shown[index] !== fingerprint(part)) return { index, part };
    }
    return undefined;
  }

  private async show(index: number, part: Part): Promise<void> {
    const { peer, sender } = this.options;
    try {
      // The call is cut off by nothing but its time limit: whether a message appeared, and under which id, must be known.
      const known = this.ids[index];
      const id = await sender.put(peer, part, known);
      this.ids[index] = id;
      // Before anything else: if this process dies now, the next one must go on with this message and not begin another.
      if (id !== known) this.options.onShown?.(formatDraftRef(this.ids));
      this.shown[index] = fingerprint(part);
    } catch (error) {
      // Blocked, or the customer deleted what we showed: the final text will find out. Anything else passes with time.
      if (error instanceof Refused) this.closing.abort();
    }
  }
}

function unfinished(parts: readonly Part[]): readonly Part[] {
  const last = parts.at(-1);
  if (last === undefined || last.text.length + UNFINISHED.length > MAX_TEXT) return parts;
  return [...parts.slice(0, -1), { ...last, text: last.text + UNFINISHED }];
}

const fingerprint = (part: Part): string => JSON.stringify([part.text, part.entities]);
