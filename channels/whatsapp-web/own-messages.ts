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
  readonly #underWay = new Set<Promise<unknown>>();
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
    const settled = sending.catch(() => undefined);
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

  /** Whether this program sent it, or broke off a call with this very text. */
  async isOurs(ref: string, text: string): Promise<boolean> {
    return (await this.find(ref)) !== undefined || this.#inDoubt.has(text);
  }

  /** The latest ones, oldest first. */
  latest(most: number): readonly OwnMessage[] {
    return [...this.#sent.values()].slice(0, most).toReversed();
  }

  restore(messages: readonly OwnMessage[]): void {
    for (const message of messages) this.#sent.set(message.ref, message);
  }
}
