/**
 * Weighs listings against what a customer wants, and says for each what fits and what does not.
 * Pure. What a customer excluded is never offered, and nothing is compared over currencies.
 */
import type { PropertyFacts } from '../facts/schema.ts';
import type { Listing } from './port.ts';

/** Points of comparison, as data. The words are the writer's. */
export const POINTS = [
  'place',
  'type',
  'bedrooms',
  'bathrooms',
  'budget',
  'area',
  'payment',
  'down_payment',
  'furnished',
  'finishing',
  'readiness',
  'floor',
  'features',
] as const;
export type Point = (typeof POINTS)[number];

export interface Match {
  readonly listing: Listing;
  /** 0 to 1. 1 fits in everything. */
  readonly score: number;
  readonly fits: readonly Point[];
  readonly misses: readonly Point[];
}

/** Wishes, and how the offer has to differ from what was shown. */
export interface Wishes extends Omit<PropertyFacts, 'name' | 'phone' | 'email'> {
  /** Cheaper than this price. */
  readonly below?: number | undefined;
  /** Larger than this area. */
  readonly above?: number | undefined;
  /** Listings that are not offered again, by `ref`. */
  readonly except?: readonly string[] | undefined;
}

const WEIGHTS: Readonly<Record<Point, number>> = {
  place: 8,
  budget: 7,
  type: 6,
  bedrooms: 5,
  area: 3,
  payment: 3,
  readiness: 3,
  furnished: 3,
  bathrooms: 2,
  down_payment: 2,
  finishing: 2,
  features: 2,
  floor: 1,
};
/** A price up to this much above the budget is shown as a near miss. */
const STRETCH = 1.15;
/** Part of the weight that it keeps. */
const NEAR_MISS = 0.5;
const MONTHS_OF_YEAR = 12;
const DAYS_OF_MONTH = 30;

/** Best first. Cheaper first among equals. Offers that miss all that matters are left out. */
export function matches(listings: readonly Listing[], wishes: Wishes, most: number): readonly Match[] {
  return listings
    .filter((one) => isOffered(one, wishes))
    .map((one) => weighed(one, wishes))
    .filter(({ score }) => score >= 0.5)
    .toSorted((a, b) => b.score - a.score || a.listing.price - b.listing.price || a.listing.ref.localeCompare(b.listing.ref))
    .slice(0, most);
}

function isOffered(one: Listing, wishes: Wishes): boolean {
  const { purpose, excludedTypes = [], excludedLocations = [], below, above, except = [] } = wishes;
  const max = monthly(wishes, wishes.budgetMax);
  const isDear = max !== undefined && isComparable(one, wishes) && one.price > max * STRETCH;
  return !(
    (purpose !== undefined && one.purpose !== purpose) ||
    excludedTypes.includes(one.type) ||
    excludedLocations.some((place) => isSamePlace(place, one)) ||
    except.includes(one.ref) ||
    (below !== undefined && one.price >= below) ||
    (above !== undefined && one.area <= above) ||
    isDear
  );
}

function weighed(listing: Listing, wishes: Wishes): Match {
  const points = compared(listing, wishes);
  const all = points.reduce((total, [point]) => total + WEIGHTS[point], 0);
  // What is left over the budget is little here, since dearer offers were left out.
  const worth = ([point, fits]: readonly [Point, boolean]): number => (fits ? 1 : point === 'budget' ? NEAR_MISS : 0);
  const sum = points.reduce((total, point) => total + WEIGHTS[point[0]] * worth(point), 0);
  return {
    listing,
    score: all === 0 ? 1 : sum / all,
    fits: points.filter(([, fits]) => fits).map(([point]) => point),
    misses: points.filter(([, fits]) => !fits).map(([point]) => point),
  };
}

/** Each wish that can be compared, the weightiest first. */
function compared(one: Listing, wishes: Wishes): readonly (readonly [Point, boolean])[] {
  const points: [Point, boolean][] = [];
  const add = (point: Point, isWished: boolean, fits: () => boolean): void => {
    if (isWished) points.push([point, fits()]);
  };
  const {
    locations,
    types,
    bedrooms,
    bedroomsMax,
    bathrooms,
    areaMin,
    areaMax,
    payment,
    furnished,
    finishing,
    readiness,
    floor,
    features,
  } = wishes;
  const [min, max] = [monthly(wishes, wishes.budgetMin), monthly(wishes, wishes.budgetMax)];
  const range = { least: min !== undefined && max !== undefined && min > max ? undefined : min, most: max };
  add('place', locations !== undefined, () => (locations ?? []).some((place) => isSamePlace(place, one)));
  add('budget', (range.least ?? range.most) !== undefined && isComparable(one, wishes), () => isWithin(one.price, range.least, range.most));
  add('type', types !== undefined, () => (types ?? []).includes(one.type));
  add('bedrooms', bedrooms !== undefined, () =>
    isWithin(one.bedrooms, bedrooms, bedroomsMax ?? (bedrooms ?? 0) + (bedrooms === 0 ? 0 : 1)),
  );
  add('area', (areaMin ?? areaMax) !== undefined, () => isWithin(one.area, areaMin === undefined ? undefined : areaMin * 0.9, areaMax));
  add('payment', payment === 'installments', () => isPaidWithin(one, wishes.installmentYears));
  add('readiness', readiness !== undefined, () => (readiness === 'ready') === (one.delivery === undefined));
  add('furnished', furnished !== undefined, () => furnished === one.furnished);
  add('bathrooms', bathrooms !== undefined, () => one.bathrooms >= (bathrooms ?? 0));
  add('down_payment', (wishes.downPayment ?? wishes.downPaymentPercent) !== undefined && one.plan !== undefined, () =>
    isDownWithin(one, wishes),
  );
  add('finishing', finishing !== undefined, () => finishing === one.finishing);
  add('features', features !== undefined, () => (features ?? []).every((feature) => one.features.includes(feature)));
  add('floor', floor !== undefined && one.floor !== undefined, () => one.floor === floor);
  return points;
}

function isWithin(value: number, least: number | undefined, most: number | undefined): boolean {
  return (least === undefined || value >= least) && (most === undefined || value <= most);
}

function isComparable(one: Listing, { currency = one.currency }: Wishes): boolean {
  return currency === one.currency;
}

function isPaidWithin({ plan }: Listing, years: number | undefined): boolean {
  return plan !== undefined && (years === undefined || plan.years >= years);
}

function isDownWithin({ plan, price }: Listing, { downPayment, downPaymentPercent }: Wishes): boolean {
  const percent = plan?.downPercent ?? 100;
  return downPayment === undefined ? percent <= (downPaymentPercent ?? 100) : (price * percent) / 100 <= downPayment;
}

/** Rents are listed by the month. */
function monthly({ rentPeriod }: Wishes, amount: number | undefined): number | undefined {
  if (amount === undefined || rentPeriod === undefined || rentPeriod === 'month') return amount;
  return rentPeriod === 'year' ? amount / MONTHS_OF_YEAR : amount * DAYS_OF_MONTH;
}

function isSamePlace(place: string, one: Listing): boolean {
  const wanted = place.trim().toLowerCase();
  return [one.place, one.placeName.en, one.placeName.ar].some((name) => name.toLowerCase() === wanted);
}
