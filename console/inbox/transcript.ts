/**
 * One session's transcript. A reducer over the gateway's messages.
 *
 * Invariants
 * 1. Entries have no gap and no repetition, whatever is repeated or cut. An entry that is not the
 *    next one is not added.
 * 2. A partial answer is gone once its message is there.
 */
import type { ServerMessage } from '../client/protocol.ts';
import { type Card, newer } from './lists.ts';

export type Entry = Extract<ServerMessage, { readonly type: 'entry' }>['entry'];

export interface PartialAnswer {
  readonly runId: string;
  readonly text: string;
}

/** What a turn said of the session, without its other facts. */
type StateFacts = Pick<Card, 'state' | 'handler' | 'open' | 'version'>;

export interface Transcript {
  /** The facts that came with the transcript. Lists may have newer ones, see `currentCard`. */
  readonly card: Card;
  /** After the latest turn. Undefined if none came since the transcript. */
  readonly latest: StateFacts | undefined;
  readonly entries: readonly Entry[];
  readonly partial: PartialAnswer | null;
  /** What the run under way does. */
  readonly phase: string | null;
  /** When the customer typed last, in milliseconds since the epoch. */
  readonly customerTypedAt: number;
}

export function lastSeq({ entries }: Transcript): number {
  return entries.at(-1)?.seq ?? 0;
}

/**
 * The newest facts of a session. A turn says its state at once, and who holds it comes with the
 * list a moment later. So what a turn says replaces its own facts alone, and the agent who holds
 * the session is not lost in between.
 */
export function currentCard(listed: Card | undefined, transcript: Transcript | undefined): Card | undefined {
  const card = newer(listed, transcript?.card);
  const latest = transcript?.latest;
  if (card === undefined || latest === undefined || latest.version <= card.version) return card;
  const { state, handler, open } = latest;
  return { ...card, state, handler, open, agentId: handler === 'human' ? card.agentId : null };
}

/** The transcript begins with the session's first entry. */
export function isWhole({ entries }: Transcript): boolean {
  return (entries[0]?.seq ?? 1) <= 1;
}

/** Undefined until the session's `transcript` came. */
export function applyToTranscript(before: Transcript | undefined, sessionId: string, message: ServerMessage): Transcript | undefined {
  if (message.type === 'transcript') {
    if (message.session.id !== sessionId) return before;
    const { session, from, entries, partial } = message;
    const continues = before !== undefined && from === lastSeq(before) + 1;
    return {
      card: continues ? (newer(before.card, session) ?? session) : session,
      latest: continues ? before.latest : undefined,
      entries: continues ? [...before.entries, ...entries] : entries,
      partial,
      phase: null,
      customerTypedAt: 0,
    };
  }
  if (before === undefined || !('sessionId' in message) || message.sessionId !== sessionId) return before;
  switch (message.type) {
    case 'entry': {
      const { entry } = message;
      if (entry.seq !== lastSeq(before) + 1) return before;
      const isMessage = entry.kind.endsWith('.message');
      return {
        ...before,
        entries: [...before.entries, entry],
        ...(isMessage && entry.author !== 'customer' ? { partial: null, phase: null } : {}),
        ...(isMessage && entry.author === 'customer' ? { customerTypedAt: 0 } : {}),
      };
    }
    case 'delivery':
      return {
        ...before,
        // What is reported later does not say again how the channel names the message.
        entries: before.entries.map((entry) =>
          entry.seq === message.seq ? { ...entry, delivery: { ...refOf(entry), ...message.delivery } } : entry,
        ),
      };
    case 'state': {
      const { state, handler, open, version } = message;
      if (version < (before.latest ?? before.card).version) return before;
      return { ...before, latest: { state, handler, open, version } };
    }
    case 'run':
      if (message.phase === 'ended') return { ...before, phase: null, partial: null };
      return { ...before, phase: message.phase, ...(message.phase === 'restarted' ? { partial: null } : {}) };
    case 'delta': {
      const { runId, offset, text } = message;
      const known = before.partial?.runId === runId ? before.partial.text : '';
      // A piece in between was missed. The message will be there when it is complete.
      if (offset > known.length) return before;
      return { ...before, partial: { runId, text: known.slice(0, offset) + text } };
    }
    case 'typing':
      return { ...before, customerTypedAt: message.at };
    case 'moved':
      return { ...before, card: { ...before.card, address: message.address } };
    default:
      return before;
  }
}

function refOf({ delivery }: Entry): { readonly ref?: string } {
  return delivery?.ref === undefined ? {} : { ref: delivery.ref };
}

/** With entries from before its first one. */
export function withOlder(before: Transcript, older: readonly Entry[]): Transcript {
  const first = before.entries[0]?.seq ?? 0;
  const missing = older.filter(({ seq }) => seq < first);
  if (missing.at(-1)?.seq !== first - 1) return before;
  return { ...before, entries: [...missing, ...before.entries] };
}
