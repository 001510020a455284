/**
 * Places, contacts, stickers, keyboards and reactions, which the emulator takes beside texts and
 * documents, with the checks that the Bot API documents.
 */
import * as z from 'zod';
import { Problem } from './bot-api-problem.ts';

const button = z.object({ text: z.string().min(1), callback_data: z.string().optional(), url: z.string().optional() });
export type InlineButton = z.infer<typeof button>;
export const inlineKeyboard = z.object({ inline_keyboard: z.array(z.array(button)) });
const replyKeyboard = z.object({
  keyboard: z.array(z.array(z.object({ text: z.string().min(1), request_location: z.boolean().optional() }))),
  resize_keyboard: z.boolean().optional(),
  one_time_keyboard: z.boolean().optional(),
});
export type ReplyKeyboard = z.infer<typeof replyKeyboard>;
/** Of a new message. An edit takes an inline keyboard alone. */
export const replyMarkup = z.union([inlineKeyboard, replyKeyboard]);

export const replyParameters = z.object({ message_id: z.number().int(), allow_sending_without_reply: z.boolean().default(false) });
/** Of a form. */
export const writtenReply = z
  .string()
  .transform((text): unknown => JSON.parse(text))
  .pipe(replyParameters);
const target = { chat_id: z.coerce.number().int(), message_thread_id: z.coerce.number().int().optional() };
const answer = { reply_parameters: replyParameters.optional() };
const place = { latitude: z.number().min(-90).max(90), longitude: z.number().min(-180).max(180) };
export const locationMessage = z.object({ ...target, ...answer, ...place });
export const venueMessage = z.object({ ...target, ...answer, ...place, title: z.string().min(1), address: z.string().min(1) });
export const contactMessage = z.object({
  ...target,
  ...answer,
  phone_number: z.string().min(1),
  first_name: z.string().min(1),
  vcard: z
    .string()
    .refine((vcard) => Buffer.byteLength(vcard) <= 2_048, 'vCard is too long')
    .optional(),
});
const file = z.object({ name: z.string().min(1), bytes: z.instanceof(Uint8Array) });
export const stickerMessage = z.object({
  ...target,
  reply_parameters: writtenReply.optional(),
  sticker: file.refine(({ name, bytes }) => /[.]webp$/.test(name) && Buffer.from(bytes).toString('latin1', 8, 12) === 'WEBP'),
});
export const reactionChange = z.object({
  chat_id: z.coerce.number().int(),
  message_id: z.number().int(),
  reaction: z.array(z.object({ type: z.literal('emoji'), emoji: z.string() })).max(1, 'REACTIONS_TOO_MANY'),
});

/** As https://core.telegram.org/bots/api#reactiontypeemoji lists them, none with a selector. */
const REACTIONS: ReadonlySet<string> = new Set(
  (
    '👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤\u200d🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 ' +
    '👨\u200d💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷\u200d♂ 🤷 🤷\u200d♀ 😡'
  ).split(' '),
);

export function checkReaction(emoji: string): void {
  if (!REACTIONS.has(emoji)) throw new Problem(400, 'Bad Request: REACTION_INVALID');
}

export function checkKeyboard(keyboard: z.infer<typeof replyMarkup> | undefined, chat: number): void {
  if (keyboard === undefined) return;
  if ('keyboard' in keyboard) {
    if (chat < 0 && keyboard.keyboard.flat().some(({ request_location: asks }) => asks === true))
      throw new Problem(400, 'Bad Request: location can be requested in private chats only');
    return;
  }
  for (const { url, callback_data: data } of keyboard.inline_keyboard.flat()) {
    if ((url === undefined) === (data === undefined))
      throw new Problem(400, 'Bad Request: exactly one field of an inline button is expected');
    if (url !== undefined && !(URL.canParse(url) && new URL(url).hostname.includes('.')))
      throw new Problem(400, `Bad Request: inline keyboard button URL '${url}' is invalid: Wrong HTTP URL`);
    if (data !== undefined && Buffer.byteLength(data) > 64) throw new Problem(400, 'Bad Request: BUTTON_DATA_INVALID');
  }
}
