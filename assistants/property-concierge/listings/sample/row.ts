/** One line of the tables of sample listings. */
import type { Feature, PropertyType } from '../../facts/schema.ts';

/**
 * Type, place, name in English and Arabic, bedrooms, bathrooms, square metres, price in thousands,
 * floor or null, finishing, furnished, year of delivery or 0 if ready, features, years of
 * installments or 0, down payment in percent.
 */
export type Row = readonly [
  type: PropertyType,
  place: string,
  en: string,
  ar: string,
  bedrooms: number,
  bathrooms: number,
  area: number,
  thousands: number,
  floor: number | null,
  finishing: 'finished' | 'semi' | 'shell',
  isFurnished: boolean,
  delivery: number,
  features: readonly Feature[],
  years: number,
  down: number,
];
