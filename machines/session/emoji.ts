/** The emoji of reactions that we send. What customers react with may be anything. */
import * as z from 'zod';

/**
 * Telegram lists some without the selector that asks for colours, such as ❤, and without it they
 * are not among those that Unicode recommends for interchange.
 */
const PART = String.raw`\p{Extended_Pictographic}\p{Emoji_Modifier}?\uFE0F?`;
const EMOJI = new RegExp(String.raw`^(?:\p{RGI_Emoji}|${PART}(?:\u200D${PART})*)$`, 'v');

export const emojiToSend = z
  .string()
  .max(32)
  .refine((text) => EMOJI.test(text), 'expected one emoji, such as 👍');
