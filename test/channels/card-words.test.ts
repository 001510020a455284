/** What people read of a card that a channel shows as words is what the card says. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { richTextOf } from '#channels/markdown.ts';
import { type Card, cardSchema, withCard } from '#machines/session/cards.ts';
import { runsOf } from '../actors/testing/any-machine/runs.ts';

const shown = (text: string, card: Card) => richTextOf(withCard(text, card));
const urls = ({ spans }: ReturnType<typeof shown>) => spans.flatMap(({ style }) => (style.type === 'link' ? [style.url] : []));
const contact = (fields: object): Card => cardSchema.parse({ kind: 'contact', name: 'Nour', phone: '19123', ...fields });
const link = (url: string): Card => cardSchema.parse({ kind: 'link', label: 'The plan', url });

describe('a contact', () => {
  it.each(['02) 2345678', '1. 234567', '+20 (100) 123-4567', '19123'])('has the phone number %s', (phone) => {
    expect(shown('', contact({ phone })).text.split('\n')).toContain(phone);
  });

  it.each(['nour_adel@example.com', 'a_b_c@x-y.example.org', 'nour+plan@example.com'])('has the mail address %s', (email) => {
    const rich = shown('', contact({ email }));
    expect(rich.text).toContain(email);
    expect(urls(rich)).toEqual([`mailto:${email}`]);
  });
});

describe('a link', () => {
  it.each([
    'https://example.com/a?x=1&amp;y=2',
    'https://example.com/a?copy&copy=1&lt=2;',
    'https://example.com/a_(b)?q=*x*&y=[1]',
    'https://example.com/?q=a%5C*b',
    'https://example.com/#a`b',
  ])('leads to %s', (url) => {
    expect(urls(shown('Look', link(url)))).toEqual([new URL(url).href]);
  });

  it('with a backslash leads to it in its form for addresses', () => {
    expect(urls(shown('', link(String.raw`https://example.com/?q=a\*b`)))).toEqual(['https://example.com/?q=a%5C*b']);
  });
});

describe('a location', () => {
  it('is written without an exponent', () => {
    const card = { kind: 'location', latitude: 0.000_000_1, longitude: -0.000_002 } as const;
    expect(shown('', card).text).toBe('📍 0, -0.000002');
    expect(urls(shown('', card))).toEqual(['https://www.google.com/maps/search/?api=1&query=0%2C-0.000002']);
  });
});

it.each(['```js\nlet a = 1', '~~~\nopen', '````\n```\nstill open', 'closed\n```\na\n```', '``` one ``` line'])(
  'a block of code that a model left open takes in no card: %j',
  (text) => {
    expect(urls(shown(text, link('https://example.com/plan')))).toEqual(['https://example.com/plan']);
  },
);

it('names of any characters are shown as they are', () => {
  const words = fc.stringMatching(/^[\p{L}\p{N}\\`*_~[\]<>|&!#.)(+:;@$^=?/'"-]{1,20}$/u).filter((name) => /[\p{L}\p{N}]/u.test(name));
  fc.assert(
    fc.property(words, words, (name, street) => {
      const card = cardSchema.safeParse({ kind: 'location', latitude: 30, longitude: 31, name, street }).data;
      fc.pre(card !== undefined);
      expect(shown('Here', card).text).toBe(`Here\n\n📍 ${name}, ${street}`);
      const label = cardSchema.parse({ kind: 'link', label: name, url: 'https://example.com/' });
      expect(shown('', label).text).toBe(name);
    }),
    runsOf('card words', 300),
  );
});
