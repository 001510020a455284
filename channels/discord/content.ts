/**
 * Content of a message as text and media. What a person sent and a session cannot hold becomes
 * words, in brackets where there are none, so that the assistant can say that it has not seen it.
 */
import * as z from 'zod';
import { MAX_TEXT, type Media } from '#machines/session/events.ts';
import { MAX_MEDIA } from '#machines/session/media.ts';
import { clip } from '#machines/text.ts';

export const snowflake = z.string().regex(/^\d{1,20}$/);

/** More fields than these are not read. */
const attachment = z.object({
  id: snowflake,
  filename: z.string().default(''),
  title: z.string().optional(),
  content_type: z.string().max(200).optional(),
  size: z.number().int().nonnegative().optional(),
  url: z.url(),
});
export type Attachment = z.infer<typeof attachment>;

const named = z.object({ id: snowflake, username: z.string(), global_name: z.string().nullish() });

const snapshot = z.object({ content: z.string().default(''), attachments: z.array(attachment).default([]) });

/** Fields of a message that are content. */
export const contentFields = {
  content: z.string().default(''),
  attachments: z.array(attachment).default([]),
  mentions: z.array(named).default([]),
  sticker_items: z.array(z.object({ name: z.string() })).optional(),
  poll: z
    .object({
      question: z.object({ text: z.string().default('') }),
      answers: z.array(z.object({ poll_media: z.object({ text: z.string().default('') }) })).default([]),
    })
    .optional(),
  message_snapshots: z.array(z.object({ message: snapshot })).optional(),
  flags: z.number().int().optional(),
};

export type Content = z.infer<z.ZodObject<typeof contentFields>>;

/** Bit of `flags` that a message of one's own voice has. */
const VOICE_MESSAGE = 1 << 13;

/** All files of a message, those of a forwarded one behind its own. */
export function attachmentsOf({ attachments, message_snapshots: forwarded = [] }: Content): readonly Attachment[] {
  return [...attachments, ...forwarded.flatMap(({ message }) => message.attachments)];
}

/**
 * A file is named by its message, because Discord's own URL of it is good for a day. Asking for the
 * message gives a new one.
 */
export function mediaOf(content: Content, place: { readonly channel: string; readonly message: string }): Media[] {
  const voice = ((content.flags ?? 0) & VOICE_MESSAGE) !== 0;
  return attachmentsOf(content)
    .slice(0, MAX_MEDIA)
    .map(({ id, filename, title, content_type: type, size }) => ({
      kind: kindOf(type, voice),
      ref: formatFileRef({ ...place, attachment: id }),
      fileName: fileNameOf(filename, title).slice(0, 300),
      ...(type === undefined ? {} : { mimeType: type }),
      ...(size === undefined ? {} : { size }),
    }));
}

function kindOf(type: string | undefined, voice: boolean): Media['kind'] {
  const [family] = (type ?? '').split('/');
  if (family === 'image' || family === 'video') return family;
  if (family === 'audio') return voice ? 'voice' : 'audio';
  return 'document';
}

/** Discord takes letters out of a name that it does not allow. The title is the whole name. */
function fileNameOf(filename: string, title: string | undefined): string {
  if (title === undefined || title === '') return filename;
  const ending = /\.[A-Za-z0-9]{1,10}$/.exec(filename)?.[0] ?? '';
  return title.endsWith(ending) ? title : `${title}${ending}`;
}

export interface FileRef {
  readonly channel: string;
  readonly message: string;
  readonly attachment: string;
}

function formatFileRef({ channel, message, attachment }: FileRef): string {
  return `${channel}/${message}/${attachment}`;
}

export function parseFileRef(ref: string): FileRef | undefined {
  const [, channel, message, attachment] = /^(\d{1,20})\/(\d{1,20})\/(\d{1,20})$/.exec(ref) ?? [];
  return channel === undefined || message === undefined || attachment === undefined ? undefined : { channel, message, attachment };
}

/** What the sender wrote, as people read it. Empty where the media say all. `self` is the bot. */
export function textOf(message: Content, self: { readonly id: string; readonly username: string }): string {
  const written = readable(withoutMention(message.content, self.id), message.mentions, self);
  const forwarded = (message.message_snapshots ?? []).map(({ message: { content } }) =>
    `[forwarded] ${readable(content, [], self)}`.trim(),
  );
  const stickers = (message.sticker_items ?? []).map(({ name }) => `[sticker] ${name}`);
  const poll = message.poll === undefined ? [] : [pollText(message.poll)];
  const text = [written, ...forwarded, ...stickers, ...poll].filter((part) => part !== '').join('\n');
  return text.length <= MAX_TEXT ? text : `${clip(text, MAX_TEXT - 1)}…`;
}

/** A mention at the beginning calls the bot and says nothing more. */
function withoutMention(content: string, self: string): string {
  return content.replace(new RegExp(`^\\s*<@!?${self}>[\\s,:،]*`), '');
}

/** Discord writes ids into a text, and its clients show names. */
function readable(content: string, mentions: Content['mentions'], self: { readonly id: string; readonly username: string }): string {
  const names = new Map([[self.id, self.username], ...mentions.map((one) => [one.id, one.global_name ?? one.username] as const)]);
  return content
    .replace(/<@!?(\d{1,20})>/g, (whole, id: string) => (names.has(id) ? `@${names.get(id)}` : whole))
    .replace(/<a?:(\w{1,32}):\d{1,20}>/g, ':$1:')
    .replace(/<\/([^:<>]{1,100}):\d{1,20}>/g, '/$1');
}

function pollText({ question, answers }: NonNullable<Content['poll']>): string {
  return [question.text, ...answers.map(({ poll_media: { text } }) => `- ${text}`)].join('\n');
}
