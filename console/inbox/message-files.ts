/**
 * The files and cards of a message, as the transcript shows them, from its entry and what later
 * ones say.
 */
import type { ShownCard } from '../media/card-schema.ts';
import type { Viewable } from '../media/kinds.ts';
import type { FileRef } from '../media/uploads.ts';
import type { EntryFacts, MediaNews, Received } from './entry-facts.ts';
import { receivedName } from './received-name.ts';
import type { Entry } from './transcript.ts';

/** Without a path it is known by name alone, such as `photo.jpg`. */
export interface ShownFile extends Viewable {
  /** Below the session in the API. */
  readonly path?: string | undefined;
  /** Of a small image of it. */
  readonly thumbnail?: string | undefined;
  readonly size?: number | undefined;
  readonly pages?: number | undefined;
  readonly kind?: Received['kind'];
  /** Why its bytes are not kept. */
  readonly lost?: Extract<MediaNews, { type: 'media.lost' }>['reason'];
}

/** The first news of each of the media of the messages, by the message's own id and the place. */
export type AllNews = ReadonlyMap<string, MediaNews>;

export function newsIn(entries: readonly Entry[], factsOf: (entry: Entry) => EntryFacts): AllNews {
  const all = new Map<string, MediaNews>();
  for (const entry of entries) {
    const { news } = factsOf(entry);
    if (news === undefined) continue;
    const key = keyOf(news.messageId, news.index);
    if (!all.has(key)) all.set(key, news);
  }
  return all;
}

export function filesOf({ seq }: Entry, { sent, received, messageId }: EntryFacts, news: AllNews): ShownFile[] {
  return [
    ...(sent === undefined ? [] : [sentFile(sent)]),
    ...received.flatMap((one, index) =>
      cardIn(one) === undefined ? [receivedFile(one, news.get(keyOf(messageId, index)), `received/${seq}/${index}`)] : [],
    ),
  ];
}

/** Places and people that the customer sent, which are no files. */
export function receivedCards({ received }: EntryFacts): ShownCard[] {
  return received.flatMap((one) => cardIn(one) ?? []);
}

function cardIn({ kind, latitude, longitude, name, phone }: Received): ShownCard | undefined {
  if (kind === 'location' && latitude !== undefined && longitude !== undefined) return { kind, latitude, longitude, name };
  return kind === 'contact' && phone !== undefined && name !== undefined ? { kind, name, phone } : undefined;
}

function keyOf(messageId: string | undefined, index: number): string {
  return `${index} ${messageId ?? ''}`;
}

function sentFile({ id, name, size, mimeType }: FileRef): ShownFile {
  return { path: pathOf(id), name, size, mimeType };
}

/** @param path of a file that is not kept yet. Reading it there keeps it. */
function receivedFile(media: Received, news: MediaNews | undefined, path: string): ShownFile {
  const { kind, ref, size, seconds } = media;
  const base = { name: receivedName(media), kind };
  if (ref === undefined) return { ...base, mimeType: undefined };
  // Until it is kept, what its sender says of it decides how it is shown.
  if (news === undefined)
    return { ...base, path, size, seconds, mimeType: media.mimeType ?? (kind === 'image' ? 'image/jpeg' : undefined) };
  if (news.type === 'media.lost') return { ...base, mimeType: undefined, size, lost: news.reason };
  const { file, thumbnail, mimeType, width, height, pages } = news;
  return {
    ...base,
    path: pathOf(file),
    mimeType,
    size: news.size,
    width,
    height,
    pages,
    seconds: news.seconds ?? seconds,
    ...(thumbnail === undefined ? {} : { thumbnail: pathOf(thumbnail) }),
  };
}

function pathOf(file: string): string {
  return `files/${encodeURIComponent(file)}`;
}
