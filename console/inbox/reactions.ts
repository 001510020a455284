/**
 * Reactions on the messages of a transcript. The customer has one on a message, and so have we,
 * because to the customer assistants and agents are one.
 */
import type { EntryFacts } from './entry-facts.ts';
import type { Entry } from './transcript.ts';

/** Those that an agent chooses from. Telegram takes the fewest, and these too. */
export const EMOJI = ['👍', '❤️', '🤣', '😱', '😢', '🙏'] as const;

export interface ShownReaction {
  readonly by: 'customer' | 'assistant' | 'agent';
  /** The agent that reacted. */
  readonly name: string | undefined;
  readonly emoji: string;
  /** The customer does not see it, or still sees what was taken back. */
  readonly failed: boolean;
  /** Why, if the channel says so. */
  readonly failure: string | undefined;
}

export interface Reactions {
  /** By the entry of the message. */
  readonly on: ReadonlyMap<number, readonly ShownReaction[]>;
  /** Entries of reactions to messages that are not here. */
  readonly elsewhere: ReadonlySet<number>;
}

export function reactionsIn(entries: readonly Entry[], factsOf: (entry: Entry) => EntryFacts): Reactions {
  const messages = messageSeqs(entries, factsOf);
  const on = new Map<number, readonly ShownReaction[]>();
  const elsewhere = new Set<number>();
  for (const entry of entries) {
    const { reaction } = factsOf(entry);
    if (reaction === undefined) continue;
    const seq = messages.get(reaction.to) ?? messages.get(idAtChannel(reaction.to));
    if (seq === undefined) elsewhere.add(entry.seq);
    else on.set(seq, withReaction(on.get(seq) ?? [], entry, reaction.by));
  }
  return { on, elsewhere };
}

/** By the id of the message at its channel, which for ours is the one that the channel gave it. */
function messageSeqs(entries: readonly Entry[], factsOf: (entry: Entry) => EntryFacts): ReadonlyMap<string, number> {
  const seqs = new Map<string, number>();
  for (const entry of entries) {
    const { messageId } = factsOf(entry);
    const id = messageId ?? (entry.kind.endsWith('.message') ? entry.delivery?.ref : undefined);
    if (id !== undefined) seqs.set(id, entry.seq);
  }
  return seqs;
}

/** Ids in events begin with a word for the channel and maybe the chat, such as `tg:100:`. */
function idAtChannel(id: string): string {
  return id.slice(id.lastIndexOf(':') + 1);
}

function withReaction(
  before: readonly ShownReaction[],
  { text: emoji, author, delivery }: Entry,
  by: ShownReaction['by'],
): readonly ShownReaction[] {
  const isTheirs = by === 'customer';
  const others = before.filter((one) => (one.by === 'customer') !== isTheirs);
  const failed = delivery?.status === 'failed';
  const outcome = { failed, failure: failed ? delivery.reason : undefined };
  if (emoji !== null) return [...others, { by, name: by === 'agent' ? (author ?? undefined) : undefined, emoji, ...outcome }];
  const last = before.find((one) => (one.by === 'customer') === isTheirs);
  return failed && last !== undefined ? [...others, { ...last, ...outcome }] : others;
}

/** The emoji that the customer sees as ours. */
export function oursIn(reactions: readonly ShownReaction[]): string | undefined {
  return reactions.find(({ by, failed }) => by !== 'customer' && !failed)?.emoji;
}
