/** Media of a customer's message, from its entry and what the journal says of them later. */
import * as z from 'zod';
import { eventOf } from '#actors/session/journal-payload.ts';
import { type Media, mediaSchema } from '#machines/session/events.ts';
import { mediaEvents } from '#machines/session/media.ts';
import type { JournalEntry } from '#storage/port.ts';

/** Entries from a message on in which news of its media are looked for. They come at once. */
export const NEWS_WITHIN = 200;

const message = z.object({ id: z.string(), media: z.array(mediaSchema) });
const news = z.discriminatedUnion('type', [mediaEvents.kept, mediaEvents.lost]);

/** What came with the message of an entry. Undefined for an entry of any other kind. */
export function sentWith({ payload }: Pick<JournalEntry, 'payload'>): z.infer<typeof message> | undefined {
  return message.safeParse(eventOf(payload)).data;
}

/** Undefined if the entry is no message with so many media. */
export function receivedMedia(entry: JournalEntry, later: readonly JournalEntry[], index: number): Media | undefined {
  const sent = sentWith(entry);
  const media = sent?.media[index];
  if (sent === undefined || media === undefined) return undefined;
  const event = later
    .flatMap((one) => mediaNewsIn(one) ?? [])
    .find(({ messageId, index: which }) => messageId === sent.id && which === index);
  if (event === undefined) return media;
  return event.type === 'media.kept' ? { ...media, file: event.file } : { ...media, lost: event.reason };
}

/** What an entry says of the media of a message. Undefined for any other entry. */
export function mediaNewsIn({ kind, payload }: Pick<JournalEntry, 'kind' | 'payload'>) {
  return kind === 'media' ? news.safeParse(eventOf(payload)).data : undefined;
}
