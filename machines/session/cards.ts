/**
 * Cards, which show a place, a person or a button that a text alone cannot. A channel that has no
 * such thing shows the card as words, which are its journal form too.
 */
import * as z from 'zod';
import { isVisible } from '../text.ts';
import { degrees, MAX_LINE, MAX_URL, mapUrl, ONE_LINE, PHONE } from './card-rules.ts';

const latitude = z.number().min(-90).max(90);
const longitude = z.number().min(-180).max(180);
/** A short text of one line. */
const line = (most: number) => z.string().max(most).regex(ONE_LINE, 'expected one line').refine(isVisible, 'expected something visible');
/** UTF-16 units of a part of a message in the provider's own form, as JSON. */
const MAX_FORM = 32_768;

/** Part of a message in the provider's own form. It goes out as it is, and is checked there. */
export const providerForm = z
  .object({ type: z.string().min(1).max(100) })
  .catchall(z.json())
  .refine((given) => JSON.stringify(given).length <= MAX_FORM, `expected at most ${MAX_FORM} characters of JSON`);

const location = z.strictObject({
  kind: z.literal('location'),
  latitude,
  longitude,
  name: line(MAX_LINE.name).optional(),
  /** Street and town, as a person writes them. */
  street: line(MAX_LINE.street).optional(),
});

const contact = z.strictObject({
  kind: z.literal('contact'),
  name: line(MAX_LINE.name),
  phone: z.string().regex(PHONE, 'expected a phone number, such as +20 100 123 4567'),
  email: z.email().max(MAX_LINE.email).optional(),
  organization: line(MAX_LINE.organization).optional(),
});

/** Button that opens a page. */
const link = z.strictObject({
  kind: z.literal('link'),
  label: line(MAX_LINE.label),
  url: z.url({ protocol: /^https?$/, error: 'expected an address that begins with https:// or http://' }).max(MAX_URL),
});

/** Button by which the customer sends the place where they are. */
const locationRequest = z.strictObject({ kind: z.literal('location_request') });

/**
 * What WhatsApp alone has, such as flows, products and carousels. `interactive` is that of a message
 * of Meta's Cloud API, and goes out as it is. Other channels show the text alone.
 */
const whatsapp = z.strictObject({
  kind: z.literal('whatsapp'),
  interactive: providerForm,
});

export const cardSchema = z.discriminatedUnion('kind', [location, contact, link, locationRequest, whatsapp]);
export type Card = z.infer<typeof cardSchema>;
export const CARD_KINDS = cardSchema.options.map(({ shape }) => shape.kind.value);

/** A message with its card as words. CommonMark. */
export function withCard(text: string, card: Card | undefined): string {
  const words = card === undefined ? '' : wordsOf(card);
  return [words === '' ? text : closed(text), words].filter((part) => part !== '').join('\n\n');
}

function wordsOf(card: Card): string {
  switch (card.kind) {
    case 'location': {
      const { name, street } = card;
      const words = [name, street].filter((part) => part !== undefined).join(', ');
      return `📍 [${words === '' ? degrees(card).join(', ') : literal(words)}](${mapUrl(card)})`;
    }
    case 'contact': {
      const { name, organization, phone, email } = card;
      const who = [name, organization].filter((part) => part !== undefined).join(', ');
      return [`👤 ${literal(who)}`, literal(phone), ...(email === undefined ? [] : [`<${email}>`])].join('\n\n');
    }
    case 'link':
      return `[${literal(card.label)}](<${destination(card.url)}>)`;
    case 'location_request':
    case 'whatsapp':
      return '';
  }
}

/** As CommonMark that shows it as it is. A number before a full stop or a bracket begins a list. */
function literal(text: string): string {
  return text.replaceAll(/[\\`*_~[\]<]|&(?=#?\w+;)/g, String.raw`\$&`).replace(/^(\d+)([.)])/, String.raw`$1\$2`);
}

/** An address between angle brackets. Within them an entity is the character that it names. */
function destination(url: string): string {
  return new URL(url).href.replaceAll('\\', '%5C').replaceAll(/&(?=#?\w+;)/g, String.raw`\&`);
}

/** A model may stop within a block of code, which would take in what follows. */
function closed(text: string): string {
  let open = '';
  for (const [, fence = '', info = ''] of text.matchAll(/^ {0,3}(`{3,}|~{3,})(.*)$/gm))
    if (open === '') open = fence.startsWith('`') && info.includes('`') ? '' : fence;
    else if (fence.startsWith(open) && info.trim() === '') open = '';
  return open === '' ? text : `${text}\n${open}`;
}
