/**
 * Which mail a commit of unknown outcome may have stored, so that it is not called a duplicate of
 * itself when it is found.
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

  /** It is not known whether this was stored. */
  remember(messages: readonly MailboxMessage[], journal: readonly JournalEntry[]): void {
    for (const item of messages) {
      const eventId = 'eventId' in item.content ? item.content.eventId : null;
      const entry = eventId === null ? undefined : journal.find((written) => written.eventId === eventId);
      if (entry) this.#places.set(item, [...(this.#places.get(item) ?? []), entry]);
    }
  }

  /**
   * Did we put it where it stands? Another instance may have put the same event at the same place,
   * but not at the same time.
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
