/** What agents type into the forms of cards. */
import { describe, expect, test } from 'vitest';
import { emailFault, lineFault, optional, phoneFault, phoneIn, placeFault, placeIn, urlFault, urlIn } from '#console/inbox/card-form.ts';
import { cardSchema } from '#machines/session/cards.ts';

const CAIRO = { latitude: 30.0444, longitude: 31.2357 };

describe('a place', () => {
  test.each([
    '30.0444, 31.2357',
    ' 30.0444,31.2357 ',
    '(30.0444° 31.2357°)',
    '30.0444; 31.2357',
    '٣٠٫٠٤٤٤، ٣١٫٢٣٥٧',
    '۳۰٫۰۴۴۴، ۳۱٫۲۳۵۷',
    '\u206630.0444, 31.2357\u2069',
    'https://www.google.com/maps/@30.0444,31.2357,15z',
    'https://maps.google.com/?q=30.0444,31.2357',
    'https://maps.google.com/maps?q=loc:30.0444,+31.2357',
    'https://www.google.com/maps/search/?api=1&query=30.0444%2C31.2357',
    'https://www.google.com/maps/place/Tower/@30.1,31.3,17z/data=!3m1!4b1!4m6!8m2!3d30.0444!4d31.2357',
    'Tower A https://www.google.com/maps/@30.0444,31.2357,15z',
  ])('is in %s', (text) => {
    expect(placeIn(text)).toEqual(CAIRO);
    expect(placeFault(text)).toBeUndefined();
  });

  test('may be south and west', () => expect(placeIn('-33.45, −70.66')).toEqual({ latitude: -33.45, longitude: -70.66 }));

  test.each([
    ['', 'needed'],
    ['\u200b', 'needed'],
    ['Tower A', 'place'],
    ['91, 31', 'place'],
    ['30, 181', 'place'],
    ['30.0444', 'place'],
    ['30.0444, 31.2357, 5', 'place'],
    ['https://example.com/', 'place'],
    ['https://maps.app.goo.gl/abc', 'shortLink'],
  ])('%j is none: %s', (text, fault) => expect(placeFault(text)).toBe(fault));
});

describe('a field', () => {
  test.each([
    [lineFault('x'.repeat(80), 'label'), undefined],
    [lineFault('x'.repeat(81), 'label'), 'tooLong'],
    [lineFault('a\u2028b', 'name'), 'tooLong'],
    [lineFault(' ', 'name'), undefined],
    [lineFault(' ', 'name', true), 'needed'],
    [phoneFault('٠١٠٠ ١٢٣ ٤٥٦٧'), undefined],
    [phoneFault('CALL ME'), 'phone'],
    [phoneFault(' '), 'needed'],
    [emailFault(''), undefined],
    [emailFault('nour@example.com'), undefined],
    [emailFault('nour@'), 'email'],
    [urlFault('example.com/plan'), undefined],
    [urlFault('javascript:alert(1)'), 'url'],
    [urlFault(`https://example.com/${'x'.repeat(2_000)}`), 'tooLong'],
    [urlFault(''), 'needed'],
    [lineFault('\u200b', 'label', true), 'needed'],
    [lineFault('\u200b', 'name'), undefined],
    [phoneFault('\u200b'), 'needed'],
    [emailFault('\u200b'), undefined],
    [urlFault('\u200b'), 'needed'],
    [optional(' \u200b '), undefined],
    [optional(' Tower A '), 'Tower A'],
  ])('case %#: %j is %j', (fault, expected) => expect(fault).toBe(expected));

  test('that has no fault is taken by the server', () => {
    const contact = { kind: 'contact', name: 'x'.repeat(200), phone: phoneIn('٠١٠٠ ١٢٣ ٤٥٦٧'), email: 'nour@example.com' };
    expect(cardSchema.parse(contact)).toMatchObject({ phone: '0100 123 4567' });
    expect(cardSchema.parse({ kind: 'link', label: 'x'.repeat(80), url: urlIn(' example.com/plan ') })).toMatchObject({
      url: 'https://example.com/plan',
    });
  });
});
