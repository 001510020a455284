/**
 * Draft of a reply without a model. It greets the customer, names what is open in the customer's
 * own words, and promises an answer. Nothing is invented. English and Arabic. Pure.
 */
import * as z from 'zod';
import { clip } from '#machines/text.ts';

const given = z.object({
  agent: z.string(),
  customer: z.string().optional(),
  locale: z.string().optional(),
  waiting: z.array(z.string()).default([]),
});

/** Characters that are quoted of one message. */
const QUOTED = 120;

interface Words {
  readonly greeting: (name: string | undefined) => string;
  readonly about: (quotes: readonly string[]) => string;
  readonly open: string;
}

const ENGLISH: Words = {
  greeting: (name) => (name === undefined ? 'Hello,' : `Hello ${name},`),
  about: (quotes) =>
    `thank you for your message. I am looking into ${quotes.map((quote) => `“${quote}”`).join(' and ')} and will answer you here.`,
  open: 'thank you for your patience. How can I help you?',
};
const ARABIC: Words = {
  greeting: (name) => (name === undefined ? 'مرحبًا،' : `مرحبًا ${name}،`),
  about: (quotes) => `شكرًا على رسالتك. أتابع الآن ${quotes.map((quote) => `«${quote}»`).join(' و')} وسأجيبك هنا.`,
  open: 'شكرًا على انتظارك. كيف يمكنني مساعدتك؟',
};

export function draftOffline(params: unknown): string {
  const { data } = given.safeParse(params);
  const { agent = '', customer, locale = 'en', waiting = [] } = data ?? {};
  const words = isArabic(waiting.at(-1) ?? '', locale) ? ARABIC : ENGLISH;
  const quotes = waiting.map((text) => clip(text.replaceAll(/\s+/g, ' ').trim(), QUOTED)).filter((text) => text !== '');
  const body = quotes.length === 0 ? words.open : words.about(quotes);
  return `${words.greeting(customer)}\n${body}\n\n${agent}`.trim();
}

/** By the letters of the last message. One without letters leaves it to the customer's locale. */
function isArabic(text: string, locale: string): boolean {
  if (/\p{Script=Arabic}/u.test(text)) return true;
  return !/\p{L}/u.test(text) && locale.toLowerCase().startsWith('ar');
}
