/** Facts over several messages, and those that an agent wrote. */
import { describe, expect, it } from 'vitest';
import { propertyExtraction } from '#assistants/property-concierge/facts/extraction.ts';
import { factsIn } from '#assistants/property-concierge/facts/known-facts.ts';
import { missingFacts, purposeOf } from '#assistants/property-concierge/facts/missing.ts';
import { SENT_AT } from './labelled.ts';

function read(texts: readonly string[], known: Record<string, string | number | string[]> = {}, at = SENT_AT) {
  const facts = propertyExtraction.byRules?.({ messages: texts.map((text, index) => ({ id: `m${index}`, text, at })), known }) ?? {};
  return Object.fromEntries(Object.entries(facts).map(([name, { value }]) => [name, value]));
}

describe('messages one after the other', () => {
  it('add to lists with "also", and replace them otherwise', () => {
    expect(read(['Maadi also please'], { locations: ['Zamalek'] })).toEqual({ locations: ['Zamalek', 'Maadi'] });
    expect(read(['كمان الدقي'], { locations: ['Zamalek'] })).toEqual({ locations: ['Zamalek', 'Dokki'] });
    expect(read(['Maadi then'], { locations: ['Zamalek'] })).toEqual({ locations: ['Maadi'] });
    expect(read(['with a pool'], { features: ['garden'] })).toEqual({ features: ['garden', 'pool'] });
  });

  it('take out what is excluded, and drop a list that is empty then', () => {
    expect(read(['not Maadi'], { locations: ['Zamalek', 'Maadi'] })).toEqual({ locations: ['Zamalek'], excludedLocations: ['Maadi'] });
    expect(read(['no villas'], { types: ['villa'] })).toEqual({ types: null, excludedTypes: ['villa'] });
  });

  it('correct each other, the last one holds', () => {
    expect(read(['3 bedrooms in Maadi', 'actually 4 bedrooms'])).toEqual({ bedrooms: 4, locations: ['Maadi'] });
  });
});

it('reads a phone number that ends its sentence, and none inside a decimal number', () => {
  expect(read(['Call me on 01001234567.'])).toMatchObject({ phone: '01001234567' });
  expect(read(['The reference is 01001234567.5'])).not.toHaveProperty('phone');
});

describe('relative dates', () => {
  it.each([
    ['next month', '2026-12-31T21:59:00Z', '2027-01'],
    // Past midnight in Cairo, where it is January already.
    ['next month', '2026-12-31T22:01:00Z', '2027-02'],
    ['الشهر الجاي', '2026-12-31T22:01:00Z', '2027-02'],
    ['tomorrow', '2026-02-28T12:00:00Z', '2026-03-01'],
    ['in two weeks', '2026-12-20T12:00:00Z', '2027-01-03'],
    ['in March', '2026-01-10T12:00:00Z', '2026-03'],
    ['in March', '2026-11-10T12:00:00Z', '2027-03'],
  ])('"%s" at %s is %s', (text, at, expected) => {
    expect(read([`moving ${text}`], {}, Date.parse(at))).toMatchObject({ moveIn: expected });
  });
});

it('reads very long messages within the time limit of a test', () => {
  read([`${'I want a flat in Maadi for 3 million, مليون ونص, not in October. '.repeat(60)}`]);
  read(['a'.repeat(4_000), '1'.repeat(4_000), 'و'.repeat(4_000), '1 to '.repeat(800), 'area 3 floor '.repeat(300)]);
  expect(read(['hello '.repeat(800)])).toEqual({});
});

describe('what an agent wrote', () => {
  it('is read in the form of an agent', () => {
    expect(factsIn({ locations: 'التجمع, Maadi', bedrooms: '4', budgetMax: 3e6, types: 'villa', name: '7', other: { x: 1 } })).toEqual({
      locations: ['New Cairo', 'Maadi'],
      bedrooms: 4,
      budgetMax: 3e6,
      types: ['villa'],
      name: '7',
    });
  });

  it('that means nothing is left out, and the rest stays', () => {
    expect(factsIn({ bedrooms: 'many', currency: 'beads', locations: ['Maadi'] })).toEqual({ locations: ['Maadi'] });
  });
});

describe('what is missing', () => {
  it('is asked for in order, and an office needs no bedrooms', () => {
    expect(missingFacts({})).toEqual(['locations', 'budget', 'purpose', 'bedrooms']);
    expect(missingFacts({ locations: ['Dokki'], budgetMax: 40_000, types: ['office'] })).toEqual([]);
    expect(missingFacts({ locations: ['Dokki'], budgetMin: 4e6, types: ['office', 'apartment'] })).toEqual(['bedrooms']);
  });

  it.each([
    [{ purpose: 'rent' as const, budgetMax: 5e6 }, 'rent'],
    [{ budgetMax: 5e6 }, 'buy'],
    [{ budgetMax: 20_000 }, 'rent'],
    [{ budgetMax: 20_000, currency: 'USD' as const }, 'buy'],
    [{ payment: 'installments' as const }, 'buy'],
    [{ rentPeriod: 'year' as const, budgetMax: 400_000 }, 'rent'],
    [{}, undefined],
  ])('%j is to %s', (facts, expected) => {
    expect(purposeOf(facts)).toBe(expected);
  });
});
