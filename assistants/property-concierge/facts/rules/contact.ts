/** How to reach the customer. Names keep their own letters. */
import type { Message } from './message.ts';
import type { PropertyFinding } from './quantities.ts';

const PHONE = /(?<![\d.])(?:\+\d{1,3}[\s-]?\d(?:[\s-]?\d){7,11}|0(?:[\s-]?\d){8,11})(?!\d|\.\d)/gu;
const EMAIL = /[a-z0-9](?:[a-z0-9._%+-]{0,60}[a-z0-9])?@[a-z0-9-]{1,60}(?:\.[a-z]{2,20}){1,3}/gu;
const LINK = /https?:\/\/\S+/gu;
const NAME = "\\p{L}[\\p{L}\\p{M}'’-]{0,30}";
const ENGLISH_NAMES = new RegExp(
  `\\b(?:[Mm]y name is|[Mm]y name's|[Nn]ame:|[Cc]all me(?=\\s+\\p{Lu}))\\s+(${NAME}(?:\\s+(?!and\\b|from\\b|but\\b|,)${NAME})?)`,
  'u',
);
/** Only with a capital letter, and only as a whole sentence or with "by the way". */
const INTRODUCED =
  /(?:^|[.!,]\s*)(?:[Hh]i,?\s+|[Hh]ello,?\s+)?(?:[Tt]his is|I['’]?m|I am)\s+(\p{Lu}[\p{L}'’-]{1,30}(?:\s+\p{Lu}[\p{L}'’-]{1,30})?)(?:\s+(?:by the way|here|speaking))?\s*(?:[.!,]|$)/u;
const SPEAKING = /^\s*(\p{Lu}[\p{L}'’-]{1,30}(?:\s+\p{Lu}[\p{L}'’-]{1,30})?)\s+(?:here|speaking)\b/u;
const ARABIC_NAME = /(?:^|\s)(?:[اأ]نا\s+)?[اإ]سمي\s+(?:هو\s+)?(\p{L}{2,30}(?:\s+(?!و|من|عندي)\p{L}{2,30})?)/u;

/** Takes numbers and links, so that they are not read as anything else. */
export function contactIn(message: Message, text: string): readonly PropertyFinding[] {
  const found: PropertyFinding[] = [];
  for (const { 0: link, index } of message.text.matchAll(LINK)) message.takeText(index, index + link.length);
  for (const { 0: email, index } of message.text.matchAll(EMAIL)) {
    message.takeText(index, index + email.length);
    const words = message.original(index, index + email.length);
    found.push({ field: 'email', value: words, words, confidence: 0.95 });
  }
  for (const { 0: phone, index } of message.text.matchAll(PHONE)) {
    if (/,\d{3}/.test(phone)) continue;
    message.takeText(index, index + phone.length);
    found.push({
      field: 'phone',
      value: phone.replaceAll(/[^\d+]/g, ''),
      words: message.original(index, index + phone.length),
      confidence: 0.9,
    });
  }
  const name = [ENGLISH_NAMES, INTRODUCED, SPEAKING, ARABIC_NAME]
    .map((pattern) => pattern.exec(text)?.[1])
    .find((one) => one !== undefined);
  if (name !== undefined) found.push({ field: 'name', value: name, words: name, confidence: 0.85 });
  return found;
}

const NO_NAMES =
  /^(?:yes|no|ok|okay|sure|hi|hello|hey|why|what|who|how|not?|none|thanks?|nothing|نعم|لا|تمام|ايوه|أيوه|ليه|مش|ماشي|شكرا|طيب|مين|اهلا)$/iu;

/** The whole message as a name, once it was asked for. */
export function nameAlone(text: string): PropertyFinding | undefined {
  const words = text.trim().replace(/[.!،,]+$/u, '');
  const parts = words.split(/\s+/u);
  if (parts.length > 3 || !new RegExp(`^${NAME}(?:\\s+${NAME}){0,2}$`, 'u').test(words)) return undefined;
  if (parts.some((part) => NO_NAMES.test(part))) return undefined;
  return { field: 'name', value: words, words, confidence: 0.7 };
}
