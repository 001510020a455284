/** The sample catalogue, how listings are weighed, and what is said about them. */
import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { FEATURES, PROPERTY_TYPES } from '#assistants/property-concierge/facts/schema.ts';
import { matches, POINTS, type Wishes } from '#assistants/property-concierge/listings/match.ts';
import { sampleListings } from '#assistants/property-concierge/listings/sample/adapter.ts';
import { arabic } from '#assistants/property-concierge/offline/words-arabic.ts';
import { english } from '#assistants/property-concierge/offline/words-english.ts';
import { listingStoreContract } from '#test/contracts/listing-store-contract.ts';

listingStoreContract('sample', () => ({ store: sampleListings(), ref: 'SC-101' }));

it('covers every store that there is', async () => {
  const folder = new URL('../../../assistants/property-concierge/listings/', import.meta.url);
  const stores = (await readdir(folder, { withFileTypes: true })).filter((one) => one.isDirectory()).map(({ name }) => name);
  expect(stores).toEqual(['sample']);
});

const store = sampleListings();
const found = async (wishes: Wishes, most = 3) => matches(await store.find({}), wishes, most);

it('has sixty listings and more, to buy and to rent, with names in both languages', async () => {
  const all = await store.find({});
  expect(all.length).toBeGreaterThanOrEqual(60);
  expect(all.filter(({ purpose }) => purpose === 'rent').length).toBeGreaterThan(12);
  for (const { title, placeName } of all) for (const text of [title.ar, placeName.ar]) expect(text).toMatch(/\p{Script=Arabic}/u);
});

it('is on the map by its area, each area in a place of its own in Egypt', async () => {
  const all = await store.find({});
  const places = new Map(all.map(({ place, position }) => [place, JSON.stringify(position)]));
  expect(new Set(places.values()).size).toBe(places.size);
  for (const { position } of all) {
    expect(position).toMatchObject({ of: 'area' });
    expect([position?.latitude, position?.longitude]).toEqual([
      expect.toSatisfy((north) => north > 27 && north < 31.7),
      expect.toSatisfy((east) => east > 28 && east < 34),
    ]);
  }
});

describe('a match', () => {
  it('fits in all that was asked, the cheapest first', async () => {
    const best = await found({ purpose: 'buy', locations: ['New Cairo'], bedrooms: 3, budgetMax: 5e6, types: ['apartment'] });
    expect(best[0]).toMatchObject({ score: 1, misses: [], fits: ['place', 'budget', 'type', 'bedrooms'] });
    const perfect = best.filter(({ score }) => score === 1).map(({ listing }) => listing.price);
    expect(perfect).toEqual(perfect.toSorted((a, b) => a - b));
  });

  it('is never what the customer excluded, nor far above the budget', async () => {
    const all = await found(
      { budgetMax: 4e6, purpose: 'buy', excludedTypes: ['apartment'], excludedLocations: ['New Cairo', 'الشيخ زايد'] },
      100,
    );
    expect(all.length).toBeGreaterThan(0);
    for (const { listing } of all) {
      expect(listing.type).not.toBe('apartment');
      expect(['New Cairo', 'Sheikh Zayed']).not.toContain(listing.place);
      expect(listing.price).toBeLessThanOrEqual(4e6 * 1.15);
    }
  });

  it('names what does not fit', async () => {
    const [one] = await found({
      purpose: 'buy',
      locations: ['Maadi'],
      bedrooms: 2,
      payment: 'installments',
      types: ['apartment'],
      readiness: 'off_plan',
    });
    expect(one?.misses).toEqual(expect.arrayContaining(['readiness']));
  });

  it('compares rents by the month, and nothing over currencies', async () => {
    const yearly = await found({ purpose: 'rent', budgetMax: 300_000, rentPeriod: 'year', locations: ['Maadi'] }, 20);
    for (const { listing } of yearly) expect(listing.price).toBeLessThanOrEqual(25_000 * 1.15);
    const dollars = await found({ purpose: 'buy', budgetMax: 90_000, currency: 'USD', locations: ['Maadi'] });
    expect(dollars[0]?.fits).toEqual(['place']);
  });

  it('is cheaper, larger or another one, if that was asked', async () => {
    const wishes: Wishes = { purpose: 'buy', locations: ['New Cairo'], bedrooms: 3 };
    for (const { listing } of await found({ ...wishes, below: 4e6 }, 20)) expect(listing.price).toBeLessThan(4e6);
    for (const { listing } of await found({ ...wishes, above: 150 }, 20)) expect(listing.area).toBeGreaterThan(150);
    const first = await found(wishes);
    const next = await found({ ...wishes, except: first.map(({ listing }) => listing.ref) });
    expect(next.map(({ listing }) => listing.ref).some((ref) => first.some(({ listing }) => listing.ref === ref))).toBe(false);
  });

  it('ignores a lowest price above the highest, which a correction leaves behind', async () => {
    expect((await found({ purpose: 'buy', budgetMin: 9e6, budgetMax: 3e6, locations: ['Nasr City'] }))[0]?.misses).toEqual([]);
  });
});

describe.each([
  ['English', english],
  ['Arabic', arabic],
])('%s', (name, words) => {
  it('has words for every point of every listing', async () => {
    const wishes = { features: [...FEATURES], bedrooms: 3, budgetMax: 1e6, locations: ['Maadi'] };
    for (const listing of await store.find({})) {
      for (const point of POINTS.filter((one) => one !== 'floor' || listing.floor !== undefined)) {
        const text = words.misses({ listing, misses: [point] }, wishes);
        expect(text).not.toMatch(/undefined|NaN/);
        if (name === 'Arabic') expect(text.replaceAll(/²/g, '')).not.toMatch(/[a-z_]{3,}/i);
      }
      expect(words.details(listing).join(' ')).not.toMatch(/undefined|NaN|_/);
    }
    expect(words.fits(POINTS)).not.toMatch(/undefined/);
  });

  it('says every fact', () => {
    const text = words.facts({
      purpose: 'buy',
      types: [...PROPERTY_TYPES],
      features: [...FEATURES],
      locations: ['Maadi'],
      excludedLocations: ['Haram'],
      excludedTypes: ['land'],
      bedrooms: 2,
      bedroomsMax: 3,
      bathrooms: 2,
      budgetMin: 2e6,
      budgetMax: 3e6,
      areaMin: 100,
      areaMax: 150,
      payment: 'installments',
      installmentYears: 5,
      downPaymentPercent: 10,
      downPayment: 5e5,
      furnished: 'furnished',
      finishing: 'finished',
      readiness: 'ready',
      floor: 0,
      moveIn: '2027-01',
      urgency: 'immediate',
    });
    expect(text).not.toMatch(/undefined|NaN|_/);
    if (name === 'Arabic') expect(text).not.toMatch(/[a-z]{3,}/i);
  });
});
