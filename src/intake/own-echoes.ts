/**
 * Recognises echoes of what the program itself has sent. A channel knows the messages of its own
 * instance, and the journal those of all.
 */
import type { ChannelEvent, Intake } from '#channels/inbound.ts';
import type { SessionRow, Store } from '#storage/port.ts';

type Echo = Extract<ChannelEvent, { readonly type: 'echo' }>;

/** Last entries of a session among which a message is found. An echo comes within moments. */
const LAST_ENTRIES = 100;

/** An echo of a message that was sent from here counts as taken, and changes nothing. */
export function withoutOwnEchoes(intake: Intake, store: Pick<Store, 'load' | 'journal'>): Intake {
  async function sessionOf({ address, id, messageId = id }: Echo): Promise<SessionRow | undefined> {
    const row = await store.load({ address });
    if (row === undefined) return undefined;
    const entries = await store.journal(row.id, Math.max(0, row.version - LAST_ENTRIES), LAST_ENTRIES);
    return entries.some(({ delivery }) => delivery?.ref === messageId) ? row : undefined;
  }

  return async (event) => {
    const own = event.type === 'echo' ? await sessionOf(event) : undefined;
    return own === undefined ? intake(event) : { sessionId: own.id, version: own.version, duplicate: true };
  };
}
