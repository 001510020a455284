/**
 * Partial answer, shown by sending a message and editing it.
 *
 * Owns which partial text is shown and when. Does not own limits (pace.ts), the final text
 * (send.ts).
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
import { type Draft, Refused } from '../port.ts';
import { showable } from '../unfinished-markdown.ts';
import type { TelegramPeer } from './decode.ts';
import { type ChatPace, editInterval } from './pace.ts';
import { MAX_MESSAGE_TEXT, type Part, render } from './render.ts';
import { formatDraftRef, isMigrated, parseDraftRef, type Sender, type SentMessage } from './send.ts';

const UNFINISHED = ' …';

export interface TelegramDraftOptions {
  readonly peer: TelegramPeer;
  readonly sender: Sender;
  readonly pace: ChatPace;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly resume: string | undefined;
  readonly onShown: ((ref: string) => void) | undefined;
}

export class TelegramDraft implements Draft {
  private readonly options: TelegramDraftOptions;
  private readonly messages: SentMessage[];
  /** What each message shows, as far as we know. */
  private readonly shown: (string | undefined)[] = [];
  private readonly closing = new AbortController();
  private readonly stopped: AbortSignal;
  private latest = '';
  private lastCallAt = Number.NEGATIVE_INFINITY;
  private running: Promise<void> | undefined;
  /** The last text that was read. */
  private seen = '';

  constructor(options: TelegramDraftOptions) {
    this.options = options;
    this.messages = parseDraftRef(options.resume, options.peer.chat);
    this.stopped = AbortSignal.any([options.signal, this.closing.signal]);
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
    return this.messages.length === 0 ? null : formatDraftRef(this.messages);
  }

  private async run(): Promise<void> {
    const { peer, sender, pace, clock } = this.options;
    try {
      while (!this.stopped.aborted) {
        const due = this.lastCallAt + editInterval(peer.chat) - clock.now();
        if (due > 0) await sleep(clock, due, this.stopped);
        if (!this.firstDifference()) return;
        const chat = sender.chatOf(peer);
        const done = await pace.edit(chat, this.stopped);
        try {
          // The group became another chat during the wait. The slot is not of that chat.
          if (sender.chatOf(peer) !== chat) continue;
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
    for (const [index, part] of unfinished(render(showable(this.latest))).entries()) {
      if (this.shown[index] !== fingerprint(part)) return { index, part };
    }
    return undefined;
  }

  private async show(index: number, part: Part): Promise<void> {
    const { peer, sender } = this.options;
    try {
      // Only its time limit ends the call, because the draft must know whether a message appeared
      // and under which id.
      const known = this.messages[index];
      const message = await sender.put(peer, part, known);
      // Where the group has become another chat, what the old one shows stays behind.
      if (known !== undefined && message.chat !== known.chat) this.begin();
      this.messages[index] = message;
      // Saved first. If this process dies now, the next one must continue with this message and not
      // begin another.
      if (message.id !== known?.id || message.chat !== known.chat) this.options.onShown?.(formatDraftRef(this.messages));
      this.shown[index] = fingerprint(part);
    } catch (error) {
      // The customer blocked the bot or deleted the message. The final text will find out. Other
      // errors pass with time.
      if (error instanceof Refused && !isMigrated(error)) this.closing.abort();
    }
  }
}

function unfinished(parts: readonly Part[]): readonly Part[] {
  const last = parts.at(-1);
  if (last === undefined || last.text.length + UNFINISHED.length > MAX_MESSAGE_TEXT) return parts;
  return [...parts.slice(0, -1), { ...last, text: last.text + UNFINISHED }];
}

const fingerprint = (part: Part): string => JSON.stringify([part.text, part.entities]);
