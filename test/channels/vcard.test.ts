import { expect, test } from 'vitest';
import { contactIn, vcardOf } from '#channels/vcard.ts';
import { whatsAppIdOf } from '#channels/whatsapp-number.ts';

test('a contact has all that is known, and its chat', () => {
  const card = {
    kind: 'contact',
    name: 'Nour Adel',
    phone: '+20 (100) 123-4567',
    email: 'nour@example.com',
    organization: 'Nile Homes',
  } as const;
  expect(vcardOf(card, { lineBreak: '\n', waid: '201001234567' })).toBe(
    [
      'BEGIN:VCARD',
      'VERSION:3.0',
      'N:;Nour Adel;;;',
      'FN:Nour Adel',
      'ORG:Nile Homes',
      'TEL;type=WORK;type=VOICE;waid=201001234567:+20 (100) 123-4567',
      'EMAIL;type=WORK:nour@example.com',
      'END:VCARD',
    ].join('\n'),
  );
});

test('nothing that is not known is there', () => {
  expect(vcardOf({ kind: 'contact', name: 'الطوارئ', phone: '19 123' }, { lineBreak: '\r\n' })).toBe(
    'BEGIN:VCARD\r\nVERSION:3.0\r\nN:;الطوارئ;;;\r\nFN:الطوارئ\r\nTEL;type=WORK;type=VOICE:19 123\r\nEND:VCARD',
  );
});

test('a name with marks of the format is shown as it is', () => {
  const card = { kind: 'contact', name: String.raw`Adel, Nour; \o/`, phone: '19123', organization: 'A;B' } as const;
  const lines = vcardOf(card, { lineBreak: '\n' }).split('\n');
  expect(lines).toContain(String.raw`N:;Adel\, Nour\; \\o/;;;`);
  expect(lines).toContain(String.raw`FN:Adel\, Nour\; \\o/`);
  expect(lines).toContain(String.raw`ORG:A\;B`);
});

test.each(['\n', '\r\n'] as const)('a contact is read back as it was written with %j, and a name of two lines is one', (lineBreak) => {
  const card = { kind: 'contact', name: String.raw`Adel, Nour; \o/`, phone: '+20 100 123 4567' } as const;
  expect(contactIn(vcardOf(card, { lineBreak }))).toEqual({ name: card.name, phone: card.phone });
  expect(contactIn('BEGIN:VCARD\r\nFN;CHARSET=UTF-8:Nour\\nAdel\r\nitem1.TEL;type=CELL:19123\r\nEND:VCARD')).toEqual({
    name: 'Nour Adel',
    phone: '19123',
  });
  expect(contactIn('BEGIN:VCARD\nEND:VCARD')).toEqual({});
});

test('an international number has a chat on WhatsApp, and a short one has none', () => {
  expect(whatsAppIdOf('+20 (100) 123-4567')).toBe('201001234567');
  expect(whatsAppIdOf('19 123')).toBeUndefined();
});

test('half of an emoji is replaced', () => {
  const card = { kind: 'contact', name: 'Nour \ud83d', phone: '19123', organization: '\ude00' } as const;
  expect(vcardOf(card, { lineBreak: '\n' }).split('\n')).toEqual(expect.arrayContaining(['FN:Nour \ufffd', 'ORG:\ufffd']));
});
