/**
 * Reactions on the messages of a transcript. The customer has one on a message, and so have we,
 * because to the customer assistants and agents are one.
 */
import type { EntryFacts } from './entry-facts.ts';
import { type MessageSeqs, seqOf } from './quotes.ts';
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

export function reactionsIn(entries: readonly Entry[], factsOf: (entry: Entry) => EntryFacts, messages: MessageSeqs): Reactions {
  const on = new Map<number, readonly ShownReaction[]>();
  const elsewhere = new Set<number>();
  for (const entry of entries) {
    const { reaction } = factsOf(entry);
    if (reaction === undefined) continue;
    const seq = seqOf(messages, reaction.to);
    if (seq === undefined) elsewhere.add(entry.seq);
    else on.set(seq, withReaction(on.get(seq) ?? [], entry, reaction.by));
  }
  return { on, elsewhere };
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
