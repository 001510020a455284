/** Facts as agents read them, by what the property concierge says of its fields. */
import { expect, test } from 'vitest';
import { shownFacts } from '#assistants/property-concierge/facts/shown.ts';
import { factRows, labelOf } from '#console/inbox/fact-words.ts';

const rows = (entities: Parameters<typeof factRows>[0], language: 'en' | 'ar') =>
  factRows(entities, shownFacts, language).map(({ label, text }) => `${label}: ${text.replaceAll('\u00a0', ' ')}`);

test.each([
  [{ budgetMin: 2_500_000, budgetMax: 3_500_000, currency: 'EGP' }, 'Budget: 2.5–3.5 million EGP', 'الميزانية: ٢٫٥–٣٫٥ مليون جنيه مصري'],
  [{ budgetMax: 8_000, currency: 'USD' }, 'Budget, at most: 8,000 USD', 'الميزانية، حد أقصى: ٨٬٠٠٠ دولار أمريكي'],
  [{ budgetMax: 3_456_789 }, 'Budget, at most: 3,456,789', 'الميزانية، حد أقصى: ٣٬٤٥٦٬٧٨٩'],
  [{ areaMin: 120, areaMax: 150 }, 'Area: 120–150 m²', 'المساحة: ١٢٠–١٥٠ م²'],
  [{ downPaymentPercent: 10 }, 'Down payment: 10%', 'المقدم: ١٠٪'],
  [{ bedrooms: 3, bedroomsMax: 3 }, 'Bedrooms: 3', 'غرف النوم: ٣'],
  [{ furnished: 'semi_furnished' }, 'Furniture: semi-furnished', 'الفرش: نصف مفروش'],
  [{ viewing: '2026-11-30' }, 'Viewing: Monday, 30 November 2026', 'موعد المعاينة: الاثنين، ٣٠ نوفمبر ٢٠٢٦'],
  [{ toString: 3 }, 'to string: 3', 'to string: ٣'],
])('%j', (entities, english, arabic) => {
  expect(rows(entities, 'en')[0]).toBe(english);
  expect(rows(entities, 'ar')[0]).toBe(arabic);
});

test('lists are words, and a range takes the place of its two ends', () => {
  expect(rows({ types: ['villa', 'twin_house'] }, 'en')[0]).toMatch(/^Types: villa, ?twin house$/);
  expect(rows({ types: ['villa', 'twin_house'] }, 'ar')[0]).toMatch(/^الأنواع: فيلا.+توين هاوس$/);
  const shown = factRows({ budgetMax: 3, name: 'Mona', budgetMin: 2 }, shownFacts, 'en');
  expect(shown.map(({ names }) => names)).toEqual([['name'], ['budgetMin', 'budgetMax']]);
});

test('a field without a label has its name', () => {
  expect(labelOf('budgetMax', {}, 'ar')).toBe('budget max');
  expect(labelOf('constructor', shownFacts, 'en')).toBe('constructor');
});
