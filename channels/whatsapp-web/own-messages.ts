/**
 * Messages that this program sent, by the provider's id.
 *
 * Owns the difference between them and what a human of ours writes on the phone. Both come from our
 * own number. The page may report a message before it answers the call that sent it, so nothing is
 * decided while a call is under way.
 */
import { LRUCache } from 'lru-cache';

/** Messages whose reports still find them. A report comes within minutes, or the reader is away. */
const REMEMBERED = 5_000;

export interface OwnMessage {
  readonly ref: string;
  /** Of the message that it is a part of. */
  readonly statusKey: string;
  /** Whether it is the last part. A message is read when its last part is. */
  readonly last: boolean;
}

export class OwnMessages {
  readonly #sent = new LRUCache<string, OwnMessage>({ max: REMEMBERED });
  /** Each resolves to whether it sent its message. */
  readonly #underWay = new Set<Promise<boolean>>();
  /** Texts of calls that were broken off. The page may have sent them all the same. */
  readonly #inDoubt = new LRUCache<string, true>({ max: 100 });

  /** Runs the call, which resolves to the ref of what it sent. */
  async sending(text: string, message: Omit<OwnMessage, 'ref'>, call: () => Promise<string>): Promise<string> {
    const sending = call().then(
      (ref) => {
        this.#sent.set(ref, { ...message, ref });
        return ref;
      },
      (error: unknown) => {
        if (text !== '') this.#inDoubt.set(text, true);
        throw error;
      },
    );
    const settled = sending.then(
      () => true,
      () => false,
    );
    this.#underWay.add(settled);
    try {
      return await sending;
    } finally {
      this.#underWay.delete(settled);
    }
  }

  /** Undefined if this program did not send it. */
  async find(ref: string): Promise<OwnMessage | undefined> {
    if (!this.#sent.has(ref)) await Promise.all(this.#underWay);
    return this.#sent.get(ref);
  }

  /**
   * Whether this program sent it, or broke off a call with this very text. What has no text is also
   * ours if a call was broken off meanwhile, unless a phone made it.
   */
  async isOurs(ref: string, text: string, fromPhone: boolean): Promise<boolean> {
    if (this.#sent.has(ref)) return true;
    const calls = await Promise.all(this.#underWay);
    if (this.#sent.has(ref) || this.#inDoubt.has(text)) return true;
    return text === '' && !fromPhone && calls.includes(false);
  }

  /** The latest ones, oldest first. */
  latest(most: number): readonly OwnMessage[] {
    return [...this.#sent.values()].slice(0, most).toReversed();
  }

  restore(messages: readonly OwnMessage[]): void {
    for (const message of messages) this.#sent.set(message.ref, message);
  }
}
