/**
 * What agents have written and the server does not have yet, by session, in the browser's storage.
 *
 * Invariant
 * A text is in the storage until the server has confirmed it. After a reload it is in the composer
 * again, unless the journal has it.
 */
import * as z from 'zod/mini';
import { shownCard } from '../media/card-schema.ts';
import { fileRefSchema } from '../media/uploads.ts';

export type Mode = 'reply' | 'note';

const files = z._default(z.array(fileRefSchema), []);

const waiting = z.object({
  id: z.string(),
  mode: z.enum(['reply', 'note']),
  text: z.string(),
  seen: z.number(),
  /** A time, or milliseconds from when it was given to the server. Absent if it is sent at once. */
  later: z.optional(z.union([z.object({ at: z.number() }), z.object({ inMs: z.number() })])),
  /** Of a message. */
  files,
  card: z.optional(shownCard),
  /** The message that it answers, by its name at the channel. */
  replyTo: z.optional(z.string()),
  /** Ids of the agents that a note mentions. */
  mentions: z._default(z.array(z.string()), []),
});
/** A message or note that was sent and is not confirmed. */
export type Waiting = z.infer<typeof waiting>;

const draft = z.object({
  mode: z.enum(['reply', 'note']),
  reply: z.string(),
  note: z.string(),
  /** Uploaded, for the next reply. */
  files,
  /** Below the text of the next reply. */
  card: z.optional(shownCard),
  /** The message that the next reply answers, by its name at the channel. */
  replyTo: z.optional(z.string()),
  /** Colleagues that were chosen in the note. Some may not be in its text any more. */
  mentioned: z._default(z.array(z.object({ id: z.string(), name: z.string() })), []),
  waiting: z.array(waiting),
  /** Messages that came back and are in `reply`, until the server knows that. */
  restored: z.optional(z.array(z.string())),
});
export type Draft = z.infer<typeof draft>;

export const EMPTY_DRAFT: Draft = { mode: 'reply', reply: '', note: '', files: [], mentioned: [], waiting: [] };

export class Drafts {
  readonly #storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  readonly #prefix: string;
  readonly #known = new Map<string, Draft>();

  constructor(storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>, agentId: string) {
    this.#storage = storage;
    this.#prefix = `statechat.console.draft.${agentId}.`;
  }

  of(sessionId: string): Draft {
    const known = this.#known.get(sessionId) ?? this.#read(sessionId);
    this.#known.set(sessionId, known);
    return known;
  }

  set(sessionId: string, changed: Draft): void {
    this.#known.set(sessionId, changed);
    const key = this.#prefix + sessionId;
    const { reply, note, card, replyTo, files: attached, waiting: sent, restored = [] } = changed;
    const isUnwritten = reply === '' && note === '' && card === undefined && replyTo === undefined;
    const isEmpty = isUnwritten && [attached, sent, restored].every((list) => list.length === 0);
    try {
      if (isEmpty) this.#storage.removeItem(key);
      else this.#storage.setItem(key, JSON.stringify(changed));
    } catch {
      // A full storage keeps what it has. The text is still in the composer.
    }
  }

  #read(sessionId: string): Draft {
    try {
      return draft.parse(JSON.parse(this.#storage.getItem(this.#prefix + sessionId) ?? ''));
    } catch {
      return EMPTY_DRAFT;
    }
  }
}

/** A message that was to be sent later, and was not. */
export interface Returned {
  readonly id: string;
  readonly text: string;
  readonly replyTo?: string | undefined;
}

/** With messages that came back, each once. */
export function withReturned(before: Draft, messages: readonly Returned[]): Draft {
  const restored = before.restored ?? [];
  const back = messages.filter(({ id }) => !restored.includes(id));
  if (back.length === 0) return before;
  const draft = back.reduceRight((after, { text, replyTo }) => withWaiting(after, { mode: 'reply', text, files: [], replyTo }), before);
  return { ...draft, mode: 'reply', restored: [...restored, ...back.map(({ id }) => id)] };
}

/**
 * With what was sent put back before what is written now. A reply has one card and answers one
 * message, so the newer ones stay.
 */
export function withWaiting(
  before: Draft,
  { mode, text, files: sent, card, replyTo }: Pick<Waiting, 'mode' | 'text' | 'files' | 'card' | 'replyTo'>,
): Draft {
  const now = before[mode];
  const both = [text, now].filter((one) => one !== '').join('\n');
  return { ...before, [mode]: both, files: [...sent, ...before.files], card: before.card ?? card, replyTo: before.replyTo ?? replyTo };
}
