/** Messages by their names at the channel, and what is shown of one that another message answers. */
import { idAtChannel } from '#machines/session/message-names.ts';
import { quoteLine } from '#machines/session/quote-line.ts';
import { plainText } from '../text/plain-text.ts';
import type { EntryFacts, Quoted } from './entry-facts.ts';
import { receivedName } from './received-name.ts';
import type { Entry } from './transcript.ts';

export interface ShownQuote {
  /** The entry of the message. Undefined if it is not among those that are here. */
  readonly seq: number | undefined;
  /** Undefined, like the text, if nothing is known of the message. */
  readonly author: Quoted['author'] | undefined;
  /** The agent that wrote it. */
  readonly name: string | undefined;
  /** On one line. */
  readonly text: string;
}

/** By the id of the message at its channel, which for ours is the one that the channel gave it. */
export type MessageSeqs = ReadonlyMap<string, number>;

export function messageSeqs(entries: readonly Entry[], factsOf: (entry: Entry) => EntryFacts): MessageSeqs {
  const seqs = new Map<string, number>();
  for (const entry of entries) {
    const id = messageName(entry, factsOf(entry));
    if (id !== undefined) seqs.set(id, entry.seq);
  }
  return seqs;
}

/** By which a message is answered. Undefined for one that the channel has not given an id yet. */
export function messageName({ kind, delivery }: Entry, { messageId }: EntryFacts): string | undefined {
  return messageId ?? (kind.endsWith('.message') ? delivery?.ref : undefined);
}

export function seqOf(seqs: MessageSeqs, id: string): number | undefined {
  return seqs.get(id) ?? seqs.get(idAtChannel(id));
}

/** The newest text of each message that the customer changed, by the message's own id. */
export function editsIn(entries: readonly Entry[], factsOf: (entry: Entry) => EntryFacts): ReadonlyMap<string, string> {
  const edits = new Map<string, string>();
  for (const entry of entries) {
    const { edit } = factsOf(entry);
    if (edit !== undefined) edits.set(edit.id, edit.text);
  }
  return edits;
}

export interface QuoteOptions {
  readonly entries: readonly Entry[];
  readonly factsOf: (entry: Entry) => EntryFacts;
  readonly seqs: MessageSeqs;
  /** The newest text of each message that the customer changed, by the message's own id. */
  readonly edits: ReadonlyMap<string, string>;
}

/** @param recorded what the entry itself says of the message, which may be of an earlier session. */
export function quoteOf(id: string, { entries, factsOf, seqs, edits }: QuoteOptions, recorded?: Quoted): ShownQuote {
  const seq = seqOf(seqs, id);
  const entry = seq === undefined ? undefined : entries[seq - (entries[0]?.seq ?? 0)];
  const author = AUTHORS.find((one) => entry?.kind === `${one}.message`);
  if (entry === undefined || author === undefined)
    return { seq: undefined, author: recorded?.author, name: undefined, text: recorded ? lineOf(recorded.author, recorded.text) : '' };
  const facts = factsOf(entry);
  const said = edits.get(facts.messageId ?? '') ?? entry.text ?? '';
  const text = said.trim() === '' ? facts.received.map((one) => receivedName(one)).join(', ') : said;
  const name = author === 'agent' ? (entry.author ?? undefined) : undefined;
  return { seq, author, name, text: lineOf(author, text) };
}

/** Only models and agents write Markdown. */
function lineOf(author: Quoted['author'], text: string): string {
  return quoteLine(author === 'customer' ? text : plainText(text));
}

/** Of messages that are not in the journal yet. Nothing is read before one of them answers another. */
export function quoting(
  entries: readonly Entry[],
  factsOf: (entry: Entry) => EntryFacts,
): (replyTo: string | undefined) => ShownQuote | undefined {
  return (replyTo) => {
    if (replyTo === undefined) return undefined;
    return quoteOf(replyTo, { entries, factsOf, seqs: messageSeqs(entries, factsOf), edits: editsIn(entries, factsOf) });
  };
}

const AUTHORS = ['customer', 'assistant', 'agent', 'system'] as const;
