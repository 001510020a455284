/**
 * A draft shows an answer in its channel while the model still writes it. The run writes the text
 * (agent-service/live-text.ts), and the channel draws it (`ChannelAdapter.draft`).
 *
 * Owns when a draft begins to show, and the sign of typing until then. Does not own the text, how
 * often an edit is made, the final message (an effect of the turn that ends the run).
 *
 * Invariants
 * 1. Only a channel that streams by edits shows drafts. The client of a pulled channel reads the
 *    deltas of the run itself. Where nothing is shown, there is only the sign of typing.
 * 2. A draft shows nothing while earlier work of its address is left. A provider may hold an
 *    earlier message back, or a process died before it sent it, and that message must not arrive
 *    below the answer.
 * 3. A draft begins with the latest text. Texts from before that are dropped.
 * 4. The customer sees a sign of typing from the start to the first text that is shown. It also
 *    ends with `close`, with the signal, and after `MAX_TYPINGS`, since a tool may wait an hour for
 *    a human to allow it.
 * 5. Nothing is shown after `close`, and no method rejects.
 */

import { pause } from '#actors/contract/waiting.ts';
import type { ChannelAdapter, Draft, DraftOptions } from '#channels/port.ts';
import type { Clock } from '#machines/clock.ts';
import type { Address } from '#machines/ids.ts';

export interface DraftParts {
  readonly channelOf: (address: Address) => ChannelAdapter | undefined;
  /** Work of an address that is not done. */
  readonly pendingWork: (address: Address) => Promise<readonly unknown[]>;
  readonly clock: Pick<Clock, 'after'>;
}

/** How soon a draft shows once the message before it has arrived, in milliseconds. */
const POLL_MS = 100;
/** Between two signs of typing, in milliseconds. Channels show one for some five seconds. */
const TYPING_MS = 4_500;
/** Signs of typing for one draft, which last some two minutes. */
const MAX_TYPINGS = 27;

/**
 * Returns a function that opens drafts. The function returns undefined if the address has no draft
 * (1).
 */
export function draftOpener(parts: DraftParts): (address: Address, options: DraftOptions) => Draft | undefined {
  return (address, options) => {
    const channel = parts.channelOf(address);
    if (channel === undefined) return undefined;
    const { streaming, typing } = channel.capabilities;
    return streaming === 'edits' || (streaming === 'none' && typing) ? new OrderedDraft(parts, channel, address, options) : undefined;
  };
}

class OrderedDraft implements Draft {
  readonly #parts: DraftParts;
  readonly #channel: ChannelAdapter;
  readonly #address: Address;
  /** As the channel draws it. */
  readonly #drawn: Draft;
  readonly #closing = new AbortController();
  /** The run is stopped, or the draft is closed. */
  readonly #over: AbortSignal;
  readonly #begun: Promise<void>;
  readonly #isShown: boolean;
  #latest: string | undefined;
  #shows = false;
  #typings = 0;
  #stopTyping = (): void => {};

  constructor(parts: DraftParts, channel: ChannelAdapter, address: Address, options: DraftOptions) {
    this.#parts = parts;
    this.#channel = channel;
    this.#address = address;
    this.#drawn = channel.draft(address, options);
    this.#isShown = channel.capabilities.streaming === 'edits';
    this.#over = AbortSignal.any([options.signal, this.#closing.signal]);
    this.#over.addEventListener('abort', () => this.#stopTyping(), { once: true });
    if (channel.capabilities.typing) this.#type();
    this.#begun = this.#isShown ? this.#begin() : Promise.resolve();
  }

  update(text: string): void {
    if (!this.#isShown) return;
    this.#latest = text;
    this.#stopTyping();
    if (this.#shows) this.#drawn.update(text);
  }

  async close(): Promise<string | null> {
    this.#closing.abort();
    await this.#begun;
    return this.#drawn.close();
  }

  async #begin(): Promise<void> {
    while (!this.#over.aborted && !(await this.#isNext())) await pause(this.#parts.clock, POLL_MS, this.#over);
    if (this.#over.aborted) return;
    this.#shows = true;
    if (this.#latest !== undefined) this.#drawn.update(this.#latest);
  }

  /** False also while the store cannot answer. */
  async #isNext(): Promise<boolean> {
    const work = await this.#parts.pendingWork(this.#address).catch(() => undefined);
    return work?.length === 0;
  }

  #type(): void {
    if (this.#over.aborted || this.#latest !== undefined || this.#typings >= MAX_TYPINGS) return;
    this.#typings++;
    void this.#channel.typing(this.#address);
    this.#stopTyping = this.#parts.clock.after(TYPING_MS, () => this.#type());
  }
}
