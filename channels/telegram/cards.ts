/**
 * Cards in the form of the Bot API. A card that Telegram does not take as such has none, and is
 * shown as words.
 *
 * https://core.telegram.org/bots/api#sendvenue
 * https://core.telegram.org/bots/api#keyboardbutton
 */
import type { Card } from '#machines/session/cards.ts';
import { wellFormed } from '#machines/text.ts';
import { vcardOf } from '../vcard.ts';
import { type WrittenLanguage, writtenLanguage } from '../written-language.ts';

/** Bytes of a vCard. */
const MAX_VCARD = 2_048;
/** On the button that sends the customer's place. */
const SEND_PLACE: Readonly<Record<WrittenLanguage, string>> = { arabic: 'إرسال موقعي', english: 'Send my location' };

export type Keyboard =
  | {
      readonly inline_keyboard: (
        | { readonly text: string; readonly callback_data: string }
        | { readonly text: string; readonly url: string }
      )[][];
    }
  | {
      readonly keyboard: { readonly text: string; readonly request_location: true }[][];
      readonly resize_keyboard: true;
      readonly one_time_keyboard: true;
    };

/** Card that is a message of its own. */
export type CardMessage =
  | { readonly method: 'sendLocation'; readonly latitude: number; readonly longitude: number }
  | {
      readonly method: 'sendVenue';
      readonly latitude: number;
      readonly longitude: number;
      readonly title: string;
      readonly address: string;
    }
  | { readonly method: 'sendContact'; readonly phone_number: string; readonly first_name: string; readonly vcard?: string };

export function cardMessage(card: Card): CardMessage | undefined {
  switch (card.kind) {
    case 'location': {
      const { latitude, longitude, name, street } = card;
      const title = name ?? street;
      if (title === undefined) return { method: 'sendLocation', latitude, longitude };
      // Telegram takes no venue without an address.
      const address = (name === undefined ? undefined : street) ?? `${latitude}, ${longitude}`;
      return { method: 'sendVenue', latitude, longitude, title: wellFormed(title), address: wellFormed(address) };
    }
    case 'contact': {
      const { name, email, organization } = card;
      const phone = dialled(card.phone);
      const common = { method: 'sendContact', phone_number: phone, first_name: wellFormed(name) } as const;
      // A vCard alone has room for more than a name and a number.
      if (email === undefined && organization === undefined) return common;
      const vcard = `${vcardOf({ ...card, phone }, { lineBreak: '\r\n' })}\r\n`;
      return Buffer.byteLength(vcard) <= MAX_VCARD ? { ...common, vcard } : undefined;
    }
    default:
      return undefined;
  }
}

/** @param text decides the language of a button. */
export function cardKeyboard(card: Card, text: string, { isPrivate }: { readonly isPrivate: boolean }): Keyboard | undefined {
  switch (card.kind) {
    case 'link':
      // Telegram refuses a button to a host without a dot, such as localhost.
      return new URL(card.url).hostname.includes('.')
        ? { inline_keyboard: [[{ text: wellFormed(card.label), url: new URL(card.url).href }]] }
        : undefined;
    case 'location_request': {
      // Telegram refuses the button in groups.
      const label = SEND_PLACE[writtenLanguage(text)];
      return isPrivate
        ? { keyboard: [[{ text: label, request_location: true }]], resize_keyboard: true, one_time_keyboard: true }
        : undefined;
    }
    default:
      return undefined;
  }
}

function dialled(phone: string): string {
  return phone.replaceAll(/[ ().-]/g, '');
}
