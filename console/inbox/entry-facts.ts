/**
 * What a transcript shows of an entry, read from its payload. Reading takes much longer than
 * finding what was read, and a transcript has thousands of entries, so each is read once. An entry
 * that changes is another object.
 */
import * as z from 'zod/mini';
import { type ShownCard, shownCard } from '../media/card-schema.ts';
import { fileRefSchema } from '../media/uploads.ts';
import { readStimulus, type Stimulus } from './entry-events.ts';
import type { Entry } from './transcript.ts';

export interface EntryFacts {
  /** Calendar day as a key. */
  readonly day: string;
  readonly stimulus: Stimulus | undefined;
  /** What came with a message of the customer. */
  readonly received: z.infer<typeof media>;
  /** What became of the bytes of what came with an earlier message. */
  readonly news: z.infer<typeof news> | undefined;
  /** The file that the message is. */
  readonly sent: z.infer<typeof fileRefSchema> | undefined;
  /** The card that the message shows below its text. */
  readonly card: { readonly card: ShownCard; readonly text: string } | undefined;
  /** The channel's id of a message of the customer, which its edits have too. */
  readonly messageId: string | undefined;
  /** A message that the customer changed, with its newest text. */
  readonly edit: { readonly id: string; readonly text: string } | undefined;
  /** A reaction, with the channel's id of the message that it is to. */
  readonly reaction: { readonly by: 'customer' | 'assistant' | 'agent'; readonly to: string } | undefined;
  /** The message that this one answers, by its name at the channel. */
  readonly answers: string | undefined;
  /** What the server says of that message. */
  readonly quoted: Quoted | undefined;
  /** A message that the customer deleted. */
  readonly deletes: string | undefined;
  readonly call: { readonly phase: 'started' | 'ended'; readonly seconds?: number | undefined } | undefined;
  /** Why an agent is needed, and which one if it is one. */
  readonly needs: { readonly reason: string; readonly agentId?: string | undefined } | undefined;
  readonly change: z.infer<typeof change> | undefined;
}

const change = z.object({ from: z.object({ state: z.string() }), to: z.object({ state: z.string(), handler: z.string() }) });
const notify = z.object({ effect: z.literal('agents.notify'), params: z.object({ reason: z.string(), agentId: z.optional(z.string()) }) });
const media = z.array(
  z.object({
    kind: z.enum(['image', 'voice', 'audio', 'video', 'document', 'sticker', 'location', 'contact']),
    mimeType: z.optional(z.string()),
    seconds: z.optional(z.number()),
    fileName: z.optional(z.string()),
    ref: z.optional(z.string()),
    size: z.optional(z.number()),
    latitude: z.optional(z.number()),
    longitude: z.optional(z.number()),
    phone: z.optional(z.string()),
    name: z.optional(z.string()),
  }),
);
const place = { messageId: z.string(), index: z.number() };
const news = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('media.kept'),
    ...place,
    file: z.string(),
    mimeType: z.string(),
    size: z.number(),
    thumbnail: z.optional(z.string()),
    width: z.optional(z.number()),
    height: z.optional(z.number()),
    seconds: z.optional(z.number()),
    pages: z.optional(z.number()),
  }),
  z.object({ type: z.literal('media.lost'), ...place, reason: z.enum(['gone', 'too_large', 'type', 'empty', 'unreachable']) }),
]);
export type MediaNews = z.infer<typeof news>;
const withNews = z.object({ stimulus: z.object({ event: news }) });

export type Received = EntryFacts['received'][number];
const withMedia = z.object({ stimulus: z.object({ event: z.object({ media }) }) });
const withFile = z.object({ params: z.object({ file: fileRefSchema }) });
const withCard = z.object({ params: z.object({ card: shownCard, text: z.string() }) });
const reacting = z.object({ params: z.object({ messageId: z.string() }) });
const quoted = z.object({ author: z.enum(['customer', 'assistant', 'agent', 'system']), text: z.string() });
export type Quoted = z.infer<typeof quoted>;
const answering = z.object({ replyTo: z.string(), quoted: z.optional(quoted) });
const answered = z.union([z.object({ stimulus: z.object({ event: answering }) }), z.object({ params: answering })]);
const withId = z.object({ stimulus: z.object({ event: z.object({ id: z.string() }) }) });
const call = z.object({
  stimulus: z.object({ event: z.object({ phase: z.enum(['started', 'ended']), seconds: z.optional(z.number()) }) }),
});
const edit = z.object({ stimulus: z.object({ event: z.object({ id: z.string(), text: z.string() }) }) });

/** @returns the same facts for the same entry. */
export function factsReader(dayKey: (at: number) => string): (entry: Entry) => EntryFacts {
  const known = new WeakMap<Entry, EntryFacts>();
  return (entry) => {
    const facts = known.get(entry) ?? read(entry, dayKey);
    known.set(entry, facts);
    return facts;
  };
}

/** An event that waited for running code stands in another one. */
const held = z.object({ stimulus: z.object({ kind: z.literal('hold'), stimulus: z.unknown() }) });

function read(entry: Entry, dayKey: (at: number) => string): EntryFacts {
  const { kind, at } = entry;
  const payload: unknown = held.safeParse(entry.payload).data?.stimulus ?? entry.payload;
  const isMessage = kind.endsWith('.message');
  const said = isMessage ? answeringIn(payload) : undefined;
  return {
    day: dayKey(at),
    stimulus: readStimulus(entry),
    received: isMessage ? (withMedia.safeParse(payload).data?.stimulus.event.media ?? []) : [],
    news: kind === 'media' ? withNews.safeParse(payload).data?.stimulus.event : undefined,
    sent: isMessage ? withFile.safeParse(payload).data?.params.file : undefined,
    card: isMessage ? withCard.safeParse(payload).data?.params : undefined,
    reaction: reactionIn(kind, payload),
    messageId: kind === 'customer.message' || kind === 'agent.message' ? withId.safeParse(payload).data?.stimulus.event.id : undefined,
    answers: said?.replyTo,
    quoted: said?.quoted,
    deletes: kind === 'customer.revoke' ? withId.safeParse(payload).data?.stimulus.event.id : undefined,
    edit: kind === 'customer.edit' ? edit.safeParse(payload).data?.stimulus.event : undefined,
    call: kind === 'customer.call' ? call.safeParse(payload).data?.stimulus.event : undefined,
    needs: kind === 'effect' ? notify.safeParse(payload).data?.params : undefined,
    change: kind === 'transition' ? change.safeParse(payload).data : undefined,
  };
}

function answeringIn(payload: unknown): z.infer<typeof answering> | undefined {
  const { data } = answered.safeParse(payload);
  return data && ('params' in data ? data.params : data.stimulus.event);
}

function reactionIn(kind: string, payload: unknown): EntryFacts['reaction'] {
  const by = REACTING.find((one) => kind === `${one}.reaction`);
  if (by === undefined) return undefined;
  const to = by === 'customer' ? withId.safeParse(payload).data?.stimulus.event.id : reacting.safeParse(payload).data?.params.messageId;
  return { by, to: to ?? '' };
}

const REACTING = ['customer', 'assistant', 'agent'] as const;
