/**
 * Cards, which show a place, a person or a button that a text alone cannot. A channel that has no
 * such thing shows the card as words, which are its journal form too.
 */
import * as z from 'zod';

const latitude = z.number().min(-90).max(90);
const longitude = z.number().min(-180).max(180);
/** A short text of one line. */
const line = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'expected one line')
    .regex(/\S/, 'expected something visible');
/** UTF-16 units of a message in the provider's own form, as JSON. */
const MAX_INTERACTIVE = 32_768;

const location = z.strictObject({
  kind: z.literal('location'),
  latitude,
  longitude,
  name: line(200).optional(),
  /** Street and town, as a person writes them. */
  street: line(300).optional(),
});

const contact = z.strictObject({
  kind: z.literal('contact'),
  name: line(200),
  /** As a person dials it, so a short number has no country. */
  phone: z.string().regex(/^\+?\d[\d ().-]{1,28}\d$/, 'expected a phone number, such as +20 100 123 4567'),
  email: z.email().max(200).optional(),
  organization: line(200).optional(),
});

/** Button that opens a page. */
const link = z.strictObject({
  kind: z.literal('link'),
  label: line(80),
  url: z.url({ protocol: /^https?$/, error: 'expected an address that begins with https:// or http://' }).max(2_000),
});

/** Button by which the customer sends the place where they are. */
const locationRequest = z.strictObject({ kind: z.literal('location_request') });

/**
 * What WhatsApp alone has, such as flows, products and carousels. `interactive` is that of a message
 * of Meta's Cloud API, and goes out as it is. Other channels show the text alone.
 */
const whatsapp = z.strictObject({
  kind: z.literal('whatsapp'),
  interactive: z
    .object({ type: z.string().min(1).max(100) })
    .catchall(z.json())
    .refine((given) => JSON.stringify(given).length <= MAX_INTERACTIVE, `expected at most ${MAX_INTERACTIVE} characters of JSON`),
});

export const cardSchema = z.discriminatedUnion('kind', [location, contact, link, locationRequest, whatsapp]);
export type Card = z.infer<typeof cardSchema>;
export const CARD_KINDS = cardSchema.options.map(({ shape }) => shape.kind.value);

/** Whether it says something without a text above it. */
export function saysEnough({ kind }: Card): boolean {
  return kind === 'location' || kind === 'contact';
}

/** A message with its card as words. CommonMark. */
export function withCard(text: string, card: Card | undefined): string {
  const words = card === undefined ? '' : wordsOf(card);
  return [text, words].filter((part) => part !== '').join('\n\n');
}

function wordsOf(card: Card): string {
  switch (card.kind) {
    case 'location': {
      const { latitude: north, longitude: east, name, street } = card;
      const words = [name, street].filter((part) => part !== undefined).join(', ');
      return `📍 [${literal(words === '' ? `${north}, ${east}` : words)}](${mapUrl(card)})`;
    }
    case 'contact': {
      const { name, organization, phone, email } = card;
      return [`👤 ${[name, organization].filter((part) => part !== undefined).join(', ')}`, phone, email]
        .filter((part) => part !== undefined)
        .map(literal)
        .join('\n\n');
    }
    case 'link':
      return `[${literal(card.label)}](<${new URL(card.url).href}>)`;
    case 'location_request':
    case 'whatsapp':
      return '';
  }
}

/**
 * Opens the map of the device (https://developers.google.com/maps/documentation/urls/get-started).
 */
function mapUrl({ latitude: north, longitude: east }: Pick<z.infer<typeof location>, 'latitude' | 'longitude'>): string {
  return `https://www.google.com/maps/search/?api=1&query=${north}%2C${east}`;
}

/** As CommonMark that shows it as it is. */
function literal(text: string): string {
  return text.replaceAll(/[\\`*_~[\]<>|&!#]/g, String.raw`\$&`);
}
