/** What has to be known before a search makes sense, and what follows from what is known. Pure. */
import type { PropertyFacts } from './schema.ts';

export type Missing = 'purpose' | 'locations' | 'budget' | 'bedrooms';

/** Kinds of property that have no bedrooms. */
const WITHOUT_BEDROOMS: ReadonlySet<string> = new Set(['studio', 'office', 'shop', 'land']);
/** A rent is lower, a price higher, by far. */
const LEAST_PRICE_EGP = 300_000;
const LEAST_PRICE_ABROAD = 15_000;

/** In the order in which to ask. */
export function missingFacts(facts: PropertyFacts): readonly Missing[] {
  const { locations, budgetMin, budgetMax, bedrooms, types = [] } = facts;
  const hasRooms = types.length > 0 && types.every((type) => WITHOUT_BEDROOMS.has(type));
  return [
    ...(locations === undefined ? ['locations' as const] : []),
    ...(budgetMin === undefined && budgetMax === undefined ? ['budget' as const] : []),
    ...(purposeOf(facts) === undefined ? ['purpose' as const] : []),
    ...(bedrooms === undefined && !hasRooms ? ['bedrooms' as const] : []),
  ];
}

/** What the customer said, or what their budget and payment show. */
export function purposeOf({
  purpose,
  payment,
  budgetMax,
  budgetMin,
  currency = 'EGP',
  rentPeriod,
  installmentYears,
  downPayment,
}: PropertyFacts) {
  if (purpose !== undefined) return purpose;
  if (rentPeriod !== undefined) return 'rent';
  if (payment === 'installments' || payment === 'mortgage' || installmentYears !== undefined || downPayment !== undefined) return 'buy';
  const price = budgetMax ?? budgetMin;
  if (price === undefined) return undefined;
  return price >= (currency === 'EGP' ? LEAST_PRICE_EGP : LEAST_PRICE_ABROAD) ? 'buy' : 'rent';
}
