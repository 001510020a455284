import { expect, test } from 'vitest';
import { contactIn, vcardOf } from '#channels/whatsapp-web/vcard.ts';

test('a contact has all that is known, and a chat with an international number', () => {
  const card = {
    kind: 'contact',
    name: 'Nour Adel',
    phone: '+20 (100) 123-4567',
    email: 'nour@example.com',
    organization: 'Nile Homes',
  } as const;
  expect(vcardOf(card)).toBe(
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

test('a short number has no chat, and nothing that is not known is there', () => {
  expect(vcardOf({ kind: 'contact', name: 'الطوارئ', phone: '19 123' })).toBe(
    'BEGIN:VCARD\nVERSION:3.0\nN:;الطوارئ;;;\nFN:الطوارئ\nTEL;type=WORK;type=VOICE:19 123\nEND:VCARD',
  );
});

test('a name with marks of the format is shown as it is', () => {
  const lines = vcardOf({ kind: 'contact', name: String.raw`Adel, Nour; \o/`, phone: '19123', organization: 'A;B' }).split('\n');
  expect(lines).toContain(String.raw`N:;Adel\, Nour\; \\o/;;;`);
  expect(lines).toContain(String.raw`FN:Adel\, Nour\; \\o/`);
  expect(lines).toContain(String.raw`ORG:A\;B`);
});

test('a contact is read back as it was written, and a name of two lines is one', () => {
  const card = { kind: 'contact', name: String.raw`Adel, Nour; \o/`, phone: '+20 100 123 4567' } as const;
  expect(contactIn(vcardOf(card))).toEqual({ name: card.name, phone: card.phone });
  expect(contactIn('BEGIN:VCARD\r\nFN;CHARSET=UTF-8:Nour\\nAdel\r\nitem1.TEL;type=CELL:19123\r\nEND:VCARD')).toEqual({
    name: 'Nour Adel',
    phone: '19123',
  });
  expect(contactIn('BEGIN:VCARD\nEND:VCARD')).toEqual({});
});
