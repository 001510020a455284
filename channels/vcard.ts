/**
 * Contacts as vCards 3.0 (RFC 2426). No line is folded, because WhatsApp folds none.
 */
import type { Card } from '#machines/session/cards.ts';
import { wellFormed } from '#machines/text.ts';

export interface VCardForm {
  /** Between lines, with none behind the last. */
  readonly lineBreak: '\r\n' | '\n';
  /** Chat of the number on WhatsApp, which the customer can begin from the contact there. */
  readonly waid?: string | undefined;
}

export function vcardOf(
  { name, phone, email, organization }: Extract<Card, { readonly kind: 'contact' }>,
  { lineBreak, waid }: VCardForm,
): string {
  return [
    'BEGIN:VCARD',
    'VERSION:3.0',
    // No name is taken apart, because its parts differ from one language to another.
    `N:;${literal(name)};;;`,
    `FN:${literal(name)}`,
    ...(organization === undefined ? [] : [`ORG:${literal(organization)}`]),
    `TEL;type=WORK;type=VOICE${waid === undefined ? '' : `;waid=${waid}`}:${phone}`,
    ...(email === undefined ? [] : [`EMAIL;type=WORK:${literal(email)}`]),
    'END:VCARD',
  ].join(lineBreak);
}

/** As the value of a field. A card has one line a field, so there is no line break to escape. */
function literal(value: string): string {
  return wellFormed(value).replaceAll(/[\\,;]/g, String.raw`\$&`);
}

/** The name and the first number of a vCard that somebody else wrote. Each may be missing. */
export function contactIn(vcard: string): { readonly name?: string; readonly phone?: string } {
  const name = /^FN[^:\n]*:(.*)$/m.exec(vcard)?.[1];
  const phone = /^(?:item\d+\.)?TEL[^:\n]*:(.*)$/m.exec(vcard)?.[1]?.trim();
  return { ...(name === undefined ? {} : { name: spoken(name) }), ...(phone === undefined ? {} : { phone }) };
}

/** The value of a field, as one line. */
function spoken(value: string): string {
  return value.replaceAll(/\\(.)/g, (_, escaped: string) => (/n/i.test(escaped) ? ' ' : escaped)).trim();
}
