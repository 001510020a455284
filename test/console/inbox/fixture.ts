/** Cards, entries and messages of the gateway, for tests of the console's stores. */
import type { ServerMessage } from '#console/client/protocol.ts';
import type { Card } from '#console/inbox/lists.ts';
import type { Entry } from '#console/inbox/transcript.ts';

export function card(id: string, part: Partial<Card> = {}): Card {
  return {
    id,
    address: `web:companion:v_${id}`,
    assistant: 'companion',
    version: 1,
    state: 'ACTIVE',
    handler: 'bot',
    agentId: null,
    queue: null,
    waitingSince: null,
    tags: [],
    open: true,
    openedAt: 0,
    lastActivityAt: 0,
    preview: null,
    ...part,
  };
}

export function entry(seq: number, kind: string, part: Partial<Entry> = {}): Entry {
  return { seq, at: seq, kind, author: null, text: null, eventId: null, payload: {}, delivery: null, ...part };
}

export const said = (seq: number, text: string): Entry => entry(seq, 'customer.message', { author: 'customer', text });

/** An event of an agent, as its turn journals it. */
export function acted(seq: number, event: object, outcome: object = {}): Entry {
  return entry(seq, 'transition', { payload: { stimulus: { kind: 'event', event }, ...outcome } });
}

export function transcript(of: Card, entries: readonly Entry[]): ServerMessage {
  return { type: 'transcript', session: of, from: entries[0]?.seq ?? of.version + 1, entries: [...entries], partial: null, presence: [] };
}
