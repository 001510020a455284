/**
 * Adds to a message that answers another one what that one says, so that people and models read
 * what it is about. It is read from the journal, because most providers name it by its id alone.
 */
import * as z from 'zod';
import { eventOf } from '#actors/session/journal-payload.ts';
import type { ChannelEvent, Intake } from '#channels/inbound.ts';
import type { Address } from '#machines/ids.ts';
import type { Quoted } from '#machines/session/events.ts';
import { idAtChannel } from '#machines/session/message-names.ts';
import { quoteLine } from '#machines/session/quote-line.ts';
import { isVisible } from '#machines/text.ts';
import type { JournalEntry, SessionRow, Store } from '#storage/port.ts';
import { Lookups } from './lookups.ts';

/** Last entries of a session among which the message is found. */
const LAST_ENTRIES = 200;

const event = z.object({
  id: z.string(),
  media: z.array(z.object({ kind: z.string(), fileName: z.string().optional() })).default([]),
});
const AUTHORS = ['customer', 'assistant', 'agent', 'system'] as const;

export function withQuotes(intake: Intake, store: Pick<Store, 'load' | 'journal'>): Intake {
  const lookups = new Lookups();

  async function quoted(address: Address, replyTo: string): Promise<Quoted | undefined> {
    const row = await store.load({ address });
    const here = row && (await entryIn(row, replyTo));
    if (here !== undefined || row === undefined || row.previousId === null) return here && quoteOf(here);
    const before = await store.load({ id: row.previousId });
    const earlier = before && (await entryIn(before, replyTo));
    return earlier && quoteOf(earlier);
  }

  /** The last entry of the message, which may be its edit or its deletion. */
  async function entryIn({ id, version }: SessionRow, replyTo: string): Promise<JournalEntry | undefined> {
    const names = [replyTo, idAtChannel(replyTo)];
    const entries = await store.journal(id, Math.max(0, version - LAST_ENTRIES), LAST_ENTRIES);
    return entries.findLast((entry) => names.includes(nameOf(entry) ?? ''));
  }

  function lookOf(event: ChannelEvent): (() => Promise<ChannelEvent | undefined>) | undefined {
    if ((event.type !== 'message' && event.type !== 'command') || event.replyTo === undefined) return undefined;
    const { address, replyTo } = event;
    return async () => {
      const found = await quoted(address, replyTo);
      return found && { ...event, quoted: found };
    };
  }

  return async (event) => {
    const looking = 'address' in event ? lookups.next(event.address, lookOf(event)) : undefined;
    return intake((looking && (await looking)) ?? event);
  };
}

/** The channel's id of the message that an entry is about. */
function nameOf({ kind, payload, delivery }: JournalEntry): string | undefined {
  const isMessage = kind.endsWith('.message');
  if (!isMessage && kind !== 'customer.edit' && kind !== 'customer.revoke') return undefined;
  return event.safeParse(eventOf(payload)).data?.id ?? (isMessage ? delivery?.ref : undefined);
}

function quoteOf({ kind, text, payload }: JournalEntry): Quoted | undefined {
  const author = AUTHORS.find((one) => kind.startsWith(`${one}.`));
  if (author === undefined) return undefined;
  const { media = [] } = event.safeParse(eventOf(payload)).data ?? {};
  const said = isVisible(text ?? '') ? (text ?? '') : media.map((one) => `[${one.fileName ?? one.kind}]`).join(' ');
  const line = quoteLine(said);
  // One that was deleted says nothing.
  return line === '' ? undefined : { author, text: line };
}
