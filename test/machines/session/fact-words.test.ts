/** Facts as agents read them, by what the property concierge says of its fields. */
import { expect, test } from 'vitest';
import { shownFacts } from '#assistants/property-concierge/facts/shown.ts';
import { factChanges } from '#console/inbox/fact-changes.ts';
import { arabicLine } from '#console/inbox/line-words-arabic.ts';
import { englishLine } from '#console/inbox/line-words-english.ts';
import { factName, factRows, factWords, labelOf, readable } from '#machines/session/fact-words.ts';

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
  [{ locations: ['Maadi'] }, 'Areas: Maadi', 'المناطق: المعادي'],
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

test('the transcript writes out what an agent changed', () => {
  const changes = factChanges({
    type: 'agent.update',
    agent: { id: 'sara', name: 'Sara' },
    intent: 'a flat in Maadi',
    entities: {
      budgetMax: { value: 4_500_000, was: 4_000_000 },
      furnished: { value: 'semi_furnished', was: null },
      floor: { value: null },
    },
  });
  const line = (language: 'en' | 'ar'): string => {
    const words = { ...factWords({ budgetMax: 4_500_000, currency: 'EGP' }, shownFacts, language), time: String };
    const row = { kind: 'line', key: '1', at: 0, line: 'updated', name: 'Sara', changes } as const;
    return (language === 'en' ? englishLine : arabicLine)(row, words)
      .replaceAll(/[\u2068\u2069]/g, '')
      .replaceAll('\u00a0', ' ');
  };
  expect(line('en')).toBe(
    'Sara noted the topic: a flat in Maadi, Budget, at most: 4 million EGP → 4.5 million EGP, Furniture: semi-furnished, Floor: nothing',
  );
  expect(line('ar')).toBe(
    'دوّن Sara: الموضوع: a flat in Maadi، الميزانية، حد أقصى: ٤٫٥ مليون جنيه مصري بدلًا من ٤ ملايين جنيه مصري، الفرش: نصف مفروش، الدور: لا شيء',
  );
});

test('names and values of facts are shown as people write them', () => {
  expect(['budgetMax', 'down_payment', 'budget', '<b>'].map(factName)).toEqual(['budget max', 'down payment', 'budget', '<b>']);
  const shown = [4_500_000, ['New Cairo', 'Maadi'], 'semi_furnished', '2026-12', '2026-11-30', '2026-11-30T17:00', 'Mona', { a: 1 }];
  expect(shown.map((value) => readable(value, 'en-GB'))).toEqual([
    '4,500,000',
    expect.stringMatching(/^New Cairo, ?Maadi$/),
    'semi furnished',
    'December 2026',
    expect.stringMatching(/^Monday,? 30 November 2026$/),
    expect.stringMatching(/^Monday,? 30 November 2026.* 17:00$/),
    'Mona',
    '{"a":1}',
  ]);
  expect(readable('2026-12', 'ar-EG')).toBe('ديسمبر ٢٠٢٦');
  expect(readable('2026-13', 'en-GB')).toBe('2026-13');
  expect(readable(4_500_000, 'ar-EG')).toBe('٤٬٥٠٠٬٠٠٠');
});
