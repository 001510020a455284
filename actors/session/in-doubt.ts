/**
 * InDoubt remembers the messages of commits whose outcome is unknown. If such a message turns out
 * to be stored, it is no duplicate of itself.
 */
import type { SessionId } from '#machines/ids.ts';
import type { JournalEntry, Store } from '#storage/port.ts';
import type { MailboxMessage } from './message.ts';

type Place = Pick<JournalEntry, 'sessionId' | 'seq' | 'at'>;

export class InDoubt {
  readonly #store: Pick<Store, 'journal'>;
  readonly #places = new Map<MailboxMessage, Place[]>();

  constructor(store: Pick<Store, 'journal'>) {
    this.#store = store;
  }

  /** It is unknown whether the store has these. */
  remember(messages: readonly MailboxMessage[], journal: readonly JournalEntry[]): void {
    for (const item of messages) {
      const eventId = 'eventId' in item.content ? item.content.eventId : null;
      const entry = eventId === null ? undefined : journal.find((written) => written.eventId === eventId);
      if (entry) this.#places.set(item, [...(this.#places.get(item) ?? []), entry]);
    }
  }

  /**
   * True if this process stored the message there. Another instance may have stored the same event
   * with the same seq, but not with the same time.
   */
  async isOurs(item: MailboxMessage, sessionId: SessionId, seq: number): Promise<boolean> {
    const places = this.#places.get(item)?.filter((place) => place.sessionId === sessionId && place.seq === seq) ?? [];
    if (places.length === 0) return false;
    const [entry] = await this.#store.journal(sessionId, seq - 1, 1);
    return places.some(({ at }) => at === entry?.at);
  }

  forget(item: MailboxMessage): void {
    this.#places.delete(item);
  }
}
