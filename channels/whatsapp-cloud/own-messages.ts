/**
 * Remembers what was sent and refused a short while ago, because WhatsApp reports both again. A
 * message of ours may come back as an echo, and a refusal as the status `failed`.
 *
 * Invariants
 * 1. `isOurs` waits for sends to the person that have no answer yet. Their echo may be faster than
 *    their answer.
 * 2. What was refused at once is reported once, by the send.
 */
import { LRUCache } from 'lru-cache';

/** Messages that are remembered. An echo or a status follows within minutes. */
const MAX_REMEMBERED = 20_000;
const REMEMBERED_MS = 3_600_000;

export class OwnMessages {
  /** By WhatsApp's id, with the key that statuses have. */
  private readonly sent = new LRUCache<string, string>({ max: MAX_REMEMBERED, ttl: REMEMBERED_MS });
  /** Keys of messages of which an attempt was refused at once. A later one may have succeeded. */
  private readonly refused = new LRUCache<string, true>({ max: MAX_REMEMBERED, ttl: REMEMBERED_MS });
  private readonly underWay = new Set<Promise<unknown>>();

  /**
   * Makes one send known, from before its request until after its answer. `send` resolves to
   * WhatsApp's id.
   */
  async record(statusKey: string, send: () => Promise<string>): Promise<string> {
    const sending = send();
    // Marked before the answer is there. Whoever waits for the set sees the id.
    const noted = sending.then(
      (id) => void this.sent.set(id, statusKey),
      () => void this.refused.set(statusKey, true),
    );
    this.underWay.add(noted);
    try {
      await noted;
      return await sending;
    } finally {
      this.underWay.delete(noted);
    }
  }

  /** Whether a message is one that this instance has sent. */
  async isOurs(id: string): Promise<boolean> {
    if (!this.sent.has(id)) await Promise.all(this.underWay);
    return this.sent.has(id);
  }

  /** The key of a message, for a status that does not have it. */
  statusKeyOf(id: string): string | undefined {
    return this.sent.get(id);
  }

  /**
   * Whether a failure was the answer to a send already. Then the send has thrown it, and perhaps
   * another attempt is under way.
   */
  wasRefused(id: string, statusKey: string): boolean {
    return !this.sent.has(id) && this.refused.has(statusKey);
  }
}
