/**
 * Content of a message of the page as text and media. What a person sent and a session cannot hold
 * becomes words in brackets, so that the assistant can say that it has not seen it.
 */
import { MAX_TEXT, type Media } from '#machines/session/events.ts';
import { MAX_MEDIA } from '#machines/session/media.ts';
import { clip } from '#machines/text.ts';
import { contactIn } from '../vcard.ts';
import type { PageMessage } from './protocol.ts';

/** Types whose `body` is a picture or a card and no text. */
const BODY_IS_NO_TEXT = new Set(['location', 'vcard', 'multi_vcard']);

const FILES: Readonly<Record<string, Media['kind']>> = {
  image: 'image',
  video: 'video',
  audio: 'audio',
  ptt: 'voice',
  document: 'document',
  sticker: 'sticker',
};

/** What stands for a message that has neither text nor media of ours. */
const IN_WORDS: Readonly<Record<string, string>> = {
  order: '[order]',
  product: '[product]',
  payment: '[payment]',
  groups_v4_invite: '[invitation to a group]',
  event_creation: '[event]',
  scheduled_event_creation: '[event]',
};

/** What the sender wrote. Undefined if it is no text, and then `textOf` describes it. */
export function writtenText(message: PageMessage): string | undefined {
  const { type, directPath, caption, body, filename } = message;
  if (BODY_IS_NO_TEXT.has(type)) return undefined;
  if (type in FILES || directPath) return caption && caption !== filename ? clipped(caption) : undefined;
  return body ? clipped(body) : undefined;
}

/** Text of a message, empty where its media say all. */
export function textOf(message: PageMessage): string {
  const { type, pollName, pollOptions, eventName, title, loc } = message;
  const words = IN_WORDS[type];
  const written = writtenText(message);
  if (type === 'poll_creation') return clipped([pollName ?? '[poll]', ...(pollOptions ?? []).map(({ name }) => `- ${name}`)].join('\n'));
  if (words !== undefined) return clipped([words, eventName ?? title ?? written ?? ''].join(' ').trim());
  if (written !== undefined) return written;
  if (type === 'location') return clipped(loc?.split('\n').join(', ') ?? '');
  return isUnopened(message) ? `[${FILES[type]} that can be opened on the phone only]` : '';
}

export function mediaOf(message: PageMessage): readonly Media[] {
  const { type, lat, lng, loc, body, vcardList } = message;
  if (type === 'location' && typeof lat === 'number' && typeof lng === 'number')
    return [{ kind: 'location', latitude: lat, longitude: lng, ...named(loc?.split('\n')[0]) }];
  if (type === 'vcard') return [contact(body ?? '')];
  if (type === 'multi_vcard') return (vcardList ?? []).slice(0, MAX_MEDIA).map(({ vcard }) => contact(vcard));
  const kind = FILES[type];
  return kind === undefined || isUnopened(message) ? [] : [file(kind, message)];
}

/** A picture to be seen once has no file for a linked device. */
function isUnopened({ type, directPath }: PageMessage): boolean {
  return type in FILES && !directPath;
}

function file(kind: Media['kind'], { id, mimetype, filename, size }: PageMessage): Media {
  return {
    kind,
    ref: id._serialized,
    ...(mimetype ? { mimeType: mimetype.slice(0, 200) } : {}),
    ...(filename ? { fileName: filename.slice(0, 300) } : {}),
    ...(typeof size === 'number' ? { size: Math.floor(size) } : {}),
  };
}

function contact(vcard: string): Media {
  const { name, phone } = contactIn(vcard);
  return { kind: 'contact', ...named(name), ...(phone ? { phone: phone.slice(0, 40) } : {}) };
}

function named(name: string | undefined): { readonly name?: string } {
  return name ? { name: clip(name, 200) } : {};
}

function clipped(text: string): string {
  return text.length <= MAX_TEXT ? text : `${clip(text, MAX_TEXT - 1)}…`;
}
