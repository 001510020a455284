/**
 * Contacts as vCards 3.0 (RFC 2426). They are written in the form that WhatsApp itself writes. So
 * lines end with a line feed alone, and none is folded.
 */
import type { Card } from '#machines/session/cards.ts';

export function vcardOf({ name, phone, email, organization }: Extract<Card, { readonly kind: 'contact' }>): string {
  return [
    'BEGIN:VCARD',
    'VERSION:3.0',
    // No name is taken apart, because its parts differ from one language to another.
    `N:;${literal(name)};;;`,
    `FN:${literal(name)}`,
    ...(organization === undefined ? [] : [`ORG:${literal(organization)}`]),
    `TEL;type=WORK;type=VOICE${chatOf(phone)}:${phone}`,
    ...(email === undefined ? [] : [`EMAIL;type=WORK:${literal(email)}`]),
    'END:VCARD',
  ].join('\n');
}

/** With it, the customer can begin a chat with the number. Only an international number has one. */
function chatOf(phone: string): string {
  return phone.startsWith('+') ? `;waid=${phone.replaceAll(/\D/g, '')}` : '';
}

/** As the value of a field. Names of cards have no line breaks. */
function literal(value: string): string {
  return value.replaceAll(/[\\,;]/g, String.raw`\$&`);
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
