/**
 * ToolOutputs is what the tools of one run give to the customer beside the answer, which is files,
 * cards and a reaction. Each becomes an event of the run.
 *
 * Invariants
 * 1. What a session could not send is refused at once, so that the tool can react.
 * 2. A call whose time is up, or whose run was stopped, gives nothing more.
 */
import * as z from 'zod';
import { InvalidInput } from '#machines/errors.ts';
import type { Card } from '#machines/session/cards.ts';
import { emojiToSend } from '#machines/session/emoji.ts';
import { MAX_FILE } from '#machines/session/files.ts';
import { MAX_CARDS, shownCard } from '#machines/session/runs.ts';
import { wellFormed, wellFormedJson } from '#machines/text.ts';
import type { RunEvent } from './events.ts';

interface Report {
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: Uint8Array;
  /**
   * Caption beside the file, if the channel has a place for it. CommonMark, in the customer's
   * language.
   */
  readonly caption?: string;
}

interface CardToShow {
  readonly card: Card;
  /**
   * Text above it, in the customer's language. CommonMark. Only a place or a contact needs none.
   */
  readonly text?: string;
}

/** What a call may give. */
export interface CallOutputs {
  /** Gives a file to the stream. Throws `InvalidInput` when it is larger than `MAX_FILE`. */
  readonly report: (report: Report) => void;
  /**
   * Shows the customer a card behind the answer and its files. Throws `InvalidInput` if the card is
   * not valid, if it needs a text and has none, or if the run shows `MAX_CARDS` already.
   */
  readonly show: (shown: CardToShow) => void;
  /**
   * Puts an emoji on the customer's message. The last one of a run counts. Throws `InvalidInput` if
   * it is empty or has more than 32 UTF-16 units.
   */
  readonly react: (emoji: string) => void;
}

export class ToolOutputs {
  readonly #emit: (event: RunEvent) => void;
  #cards = 0;

  constructor(emit: (event: RunEvent) => void) {
    this.#emit = emit;
  }

  /** For one call. Once `signal` is aborted, they do nothing. */
  of(signal: AbortSignal): CallOutputs {
    const unlessOver =
      <T>(give: (given: T) => void) =>
      (given: T): void => {
        if (!signal.aborted) give(given);
      };
    return {
      report: unlessOver((report) => this.#report(report)),
      show: unlessOver((shown) => this.#show(shown)),
      react: unlessOver((emoji) => this.#react(emoji)),
    };
  }

  #report({ name, mimeType, bytes, caption }: Report): void {
    if (bytes.byteLength > MAX_FILE) {
      throw new InvalidInput(`The report "${name}" has ${bytes.byteLength} bytes; at most ${MAX_FILE} are taken.`);
    }
    this.#emit({
      type: 'report',
      name: wellFormed(name),
      mimeType,
      base64: Buffer.from(bytes).toString('base64'),
      ...(caption === undefined ? {} : { caption: wellFormed(caption) }),
    });
  }

  #show(shown: CardToShow): void {
    if (this.#cards >= MAX_CARDS) throw new InvalidInput(`The answer shows ${MAX_CARDS} cards already, and no more are taken.`);
    const read = shownCard.safeParse(wellFormedJson(shown));
    if (!read.success) throw new InvalidInput(`The card cannot be shown. ${z.prettifyError(read.error)}`, {}, read.error);
    this.#cards += 1;
    this.#emit({ ...read.data, type: 'card' });
  }

  #react(emoji: string): void {
    const read = emojiToSend.safeParse(emoji);
    if (!read.success) throw new InvalidInput(`The reaction has to be one emoji. ${z.prettifyError(read.error)}`, {}, read.error);
    this.#emit({ type: 'reaction', emoji: wellFormed(read.data) });
  }
}
