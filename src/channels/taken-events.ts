/** What a channel's customers sent that was taken, by the journals of their sessions. */
import type { TakenEvents } from '#channels/plugin.ts';
import type { Address } from '#machines/ids.ts';
import type { SessionRow, Store } from '#storage/port.ts';

const PAGE = 100;
/** Entries of a session that are read. An answer has some five. */
const LATEST = 200;
/** A session that an agent began may have none of the customer's. */
const SESSIONS = 3;
const SENT_BY_CUSTOMER: ReadonlySet<string> = new Set(['customer.message', 'customer.command']);

export function takenEvents(store: Pick<Store, 'sessions' | 'load' | 'journal'>, channel: string): TakenEvents {
  async function lastIn(session: SessionRow): Promise<string | undefined> {
    const entries = await store.journal(session.id, Math.max(0, session.version - LATEST), LATEST);
    return entries.findLast(({ kind, eventId }) => eventId !== null && SENT_BY_CUSTOMER.has(kind))?.eventId ?? undefined;
  }

  return {
    async addresses(limit) {
      const found = new Set<Address>();
      let cursor: string | undefined;
      do {
        const { items, next } = await store.sessions({ channel }, PAGE, cursor);
        for (const { address } of items) if (found.size < limit) found.add(address);
        cursor = next ?? undefined;
      } while (cursor !== undefined && found.size < limit);
      return [...found];
    },

    async lastAt(address) {
      let session = await store.load({ address });
      for (let looked = 0; session !== undefined && looked < SESSIONS; looked++) {
        const last = await lastIn(session);
        if (last !== undefined) return last;
        session = session.previousId === null ? undefined : await store.load({ id: session.previousId });
      }
      return undefined;
    },
  };
}
