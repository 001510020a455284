/**
 * What a human agent has not seen. An answer is held back if the customer or a colleague wrote
 * after the entry that its writer saw last.
 */
import * as z from 'zod';
import { eventOf } from '#actors/session/journal-payload.ts';
import { InvalidInput } from '#machines/errors.ts';
import type { SessionId } from '#machines/ids.ts';
import { agentSchema, WRITTEN_BY_CUSTOMERS } from '#machines/session/events.ts';
import type { JournalEntry, Store } from '#storage/port.ts';

/** Entries that are read at a time. */
const PAGE = 500;

export interface Unseen {
  /** The entry that has the event id, if the event was sent before. Nothing else matters then. */
  readonly repeated: JournalEntry | undefined;
  /** The first entry after `seen` that another person wrote. */
  readonly written: JournalEntry | undefined;
}

interface Compared {
  readonly sessionId: SessionId;
  /** `seq` of the last entry that the writer saw. */
  readonly seen: number;
  /** Entries up to this one are read. */
  readonly version: number;
  readonly eventId: string | undefined;
}

/** Throws `InvalidInput` if `seen` is beyond `version`. */
export async function unseenBy(
  store: Pick<Store, 'journal'>,
  agentId: string,
  { sessionId, seen, version, eventId }: Compared,
): Promise<Unseen> {
  if (seen > version) throw new InvalidInput(`seen: The session has ${version} entries, and this names entry ${seen}.`);
  let written: JournalEntry | undefined;
  for (let after = seen; after < version; ) {
    const page = await store.journal(sessionId, after, Math.min(PAGE, version - after));
    const repeated = eventId === undefined ? undefined : page.find((entry) => entry.eventId === eventId);
    if (repeated !== undefined) return { written: undefined, repeated };
    written ??= page.find((entry) => isWrittenByOther(entry, agentId));
    // Without an id to search for, the first one decides.
    if (page.length === 0 || (written !== undefined && eventId === undefined)) break;
    after = page.at(-1)?.seq ?? version;
  }
  return { written, repeated: undefined };
}

const sentByAgent = z.object({ params: z.object({ agent: agentSchema }) });

/**
 * A customer's message counts from its first entry on, also if the session could not take it yet or
 * at all. An agent's counts once it is sent.
 */
function isWrittenByOther({ kind, payload }: JournalEntry, agentId: string): boolean {
  if (kind === 'agent.message') return sentByAgent.safeParse(payload).data?.params.agent.id !== agentId;
  const event = eventOf(payload);
  if (event !== undefined) return WRITTEN_BY_CUSTOMERS.has(event.type);
  return kind === 'parked' && WRITTEN_BY_CUSTOMERS.has(String(parkedEvent.safeParse(payload).data?.parked.event.type));
}

const parkedEvent = z.object({ parked: z.object({ event: z.object({ type: z.string() }) }) });
