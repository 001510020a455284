/**
 * Content of a message as text and media. What a person sent and a session cannot hold becomes
 * words, in brackets where there are none, so that the assistant can say that it has not seen it.
 */
import * as z from 'zod';
import { MAX_TEXT, type Media } from '#machines/session/events.ts';
import { clip } from '#machines/text.ts';

const file = z.object({
  file_id: z.string().min(1),
  file_size: z.number().int().nonnegative().optional(),
  mime_type: z.string().max(200).optional(),
  file_name: z.string().optional(),
  emoji: z.string().optional(),
  /** Seconds. */
  duration: z.number().int().nonnegative().optional(),
});
const location = z.object({ latitude: z.number(), longitude: z.number() });

/** Fields of a message that are content. kinds.ts says which of the others are not read. */
export const contentFields = {
  text: z.string().optional(),
  caption: z.string().optional(),
  rich_message: z.object({ blocks: z.array(z.unknown()) }).optional(),
  photo: z.array(file).min(1).optional(),
  voice: file.optional(),
  audio: file.optional(),
  video: file.optional(),
  video_note: file.optional(),
  animation: file.optional(),
  document: file.optional(),
  sticker: file.optional(),
  location: location.optional(),
  venue: z.object({ title: z.string(), location }).optional(),
  contact: z
    .object({
      phone_number: z.string().max(40),
      first_name: z.string().default(''),
      last_name: z.string().optional(),
      user_id: z.number().int().optional(),
    })
    .optional(),
  dice: z.object({ emoji: z.string(), value: z.number() }).optional(),
  poll: z.object({ question: z.string(), options: z.array(z.object({ text: z.string() })).default([]) }).optional(),
  checklist: z.object({ title: z.string(), tasks: z.array(z.object({ text: z.string() })).default([]) }).optional(),
  game: z.object({ title: z.string() }).optional(),
  story: z.looseObject({}).optional(),
  paid_media: z.looseObject({}).optional(),
  web_app_data: z.object({ data: z.string() }).optional(),
};

export type Content = z.infer<z.ZodObject<typeof contentFields>>;

/** What the sender wrote. Undefined if it is no text, and then `textOf` describes it. */
export function writtenText({ text, caption, rich_message: rich }: Content): string | undefined {
  return clipped(text ?? caption ?? (rich && richText(rich.blocks)));
}

/** Text of a message, empty where its media say all. */
export function textOf(message: Content): string {
  const { dice, poll, checklist, game, story, paid_media: paid, sticker, venue, web_app_data: app, caption } = message;
  const written = writtenText(message);
  if (paid) return caption === undefined ? '[paid media]' : `[paid media] ${caption}`;
  if (written !== undefined) return written;
  if (dice) return `${dice.emoji} ${dice.value}`;
  if (poll) return listed(poll.question, poll.options);
  if (checklist) return listed(checklist.title, checklist.tasks);
  if (game) return `[game] ${game.title}`;
  if (story) return '[story]';
  return clipped(app?.data) ?? sticker?.emoji ?? venue?.title ?? '';
}

export function mediaOf(message: Content): Media | undefined {
  // Largest last. An animation carries a document of the same file for old clients, and a venue
  // carries its location. The richer one is taken.
  const { photo, animation, video, video_note, voice, audio, sticker, document, contact } = message;
  if (photo) return fileMedia('image', photo.at(-1), 'image/jpeg');
  if (animation ?? video ?? video_note) return fileMedia('video', animation ?? video ?? video_note, 'video/mp4');
  if (voice) return fileMedia('voice', voice, 'audio/ogg');
  if (audio) return fileMedia('audio', audio);
  if (sticker) return fileMedia('sticker', sticker);
  if (document) return fileMedia('document', document);
  const place = message.venue?.location ?? message.location;
  if (place)
    return {
      kind: 'location',
      latitude: place.latitude,
      longitude: place.longitude,
      ...(message.venue ? { name: message.venue.title.slice(0, 200) } : {}),
    };
  if (contact)
    return {
      kind: 'contact',
      phone: contact.phone_number,
      name: [contact.first_name, contact.last_name].filter(Boolean).join(' ').slice(0, 200),
    };
  return undefined;
}

function fileMedia(kind: Media['kind'], source: z.infer<typeof file> | undefined, mimeType?: string): Media | undefined {
  if (!source) return undefined;
  const mime = source.mime_type ?? mimeType;
  return {
    kind,
    ref: source.file_id,
    ...(mime === undefined ? {} : { mimeType: mime }),
    ...(source.file_name === undefined ? {} : { fileName: source.file_name.slice(0, 300) }),
    ...(source.file_size === undefined ? {} : { size: source.file_size }),
    ...(source.duration === undefined ? {} : { seconds: source.duration }),
  };
}

function listed(title: string, lines: readonly { readonly text: string }[]): string {
  return [title, ...lines.map(({ text }) => `- ${text}`)].join('\n');
}

/** Fields of a block that hold text or more blocks, in the order in which they are read. */
const PARTS = ['label', 'summary', 'text', 'items', 'blocks', 'cells', 'expression', 'caption', 'credit'] as const;
/** The Bot API nests at most 16 levels, each of them a few objects deep. */
const MAX_DEPTH = 100;

/** A line for each block. A kind of block that is not known here is read by the same fields. */
function richText(blocks: readonly unknown[]): string {
  return blocks
    .map((block) => blockText(block, 0))
    .filter((text) => text !== '')
    .join('\n');
}

function blockText(block: unknown, depth: number): string {
  if (depth > MAX_DEPTH) return '';
  if (typeof block === 'string') return block;
  if (Array.isArray(block)) return joined(block, '\n', depth);
  if (typeof block !== 'object' || block === null) return '';
  const parts = new Map(Object.entries(block));
  return (
    PARTS.map((part) => {
      const value = parts.get(part);
      if (part === 'text' || part === 'summary' || part === 'credit') return inlineText(value, depth + 1);
      if (part === 'cells' && Array.isArray(value))
        return value.map((row) => (Array.isArray(row) ? joined(row, ' | ', depth + 1) : '')).join('\n');
      return blockText(value, depth + 1);
    })
      .filter((text) => text !== '')
      // The label of an item stands on the item's own line.
      .join(parts.has('label') ? ' ' : '\n')
  );
}

function joined(blocks: readonly unknown[], between: string, depth: number): string {
  return blocks
    .map((one) => blockText(one, depth + 1))
    .filter((text) => text !== '')
    .join(between);
}

/** Text with styles. The styles are left out. */
function inlineText(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH) return '';
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map((one) => inlineText(one, depth + 1)).join('');
  if (typeof value !== 'object' || value === null) return '';
  const parts = new Map(Object.entries(value));
  return inlineText(parts.get('text') ?? parts.get('alternative_text') ?? parts.get('expression'), depth + 1);
}

/** A rich message may be longer than what a session takes. */
function clipped(text: string | undefined): string | undefined {
  return text === undefined || text.length <= MAX_TEXT ? text : `${clip(text, MAX_TEXT - 1)}…`;
}
