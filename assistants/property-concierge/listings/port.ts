/**
 * Port to a store of listings, such as an agency's own system. An adapter is a folder beside this
 * file and passes test/contracts/listing-store-contract.ts.
 *
 * A call ends with listings, or with `Unavailable` if the store could not be reached. If the signal
 * of a call is aborted, the call ends with the signal's reason.
 */
import * as z from 'zod';
import { CURRENCIES, FEATURES, PROPERTY_TYPES } from '../facts/schema.ts';

/** Text in both languages of the customers. */
const bilingual = z.object({ en: z.string(), ar: z.string() });

export const listing = z.object({
  /** Short name by which people refer to it, such as `SC-104`. */
  ref: z.string().regex(/^[A-Z]{2}-\d{3,6}$/),
  title: bilingual,
  purpose: z.enum(['buy', 'rent']),
  type: z.enum(PROPERTY_TYPES),
  /** Area by its English name, as `locations` of the facts has it. */
  place: z.string(),
  placeName: bilingual,
  /**
   * Where it is, in degrees (WGS 84). `of` says whether it is the property itself or the middle of
   * its area. Absent if the store does not know.
   */
  position: z
    .object({
      latitude: z.number().min(-90).max(90),
      longitude: z.number().min(-180).max(180),
      of: z.enum(['property', 'area']),
    })
    .optional(),
  /** 0 for a studio, an office, a shop and land. */
  bedrooms: z.number().int().min(0),
  bathrooms: z.number().int().min(0),
  /** Square metres. */
  area: z.number().positive(),
  /** Of the whole property, or of one month's rent. */
  price: z.number().positive(),
  currency: z.enum(CURRENCIES),
  /** Absent for villas and land. */
  floor: z.number().int().min(0).optional(),
  finishing: z.enum(['finished', 'semi_finished', 'core_and_shell']),
  furnished: z.enum(['furnished', 'semi_furnished', 'unfurnished']),
  /** Year of delivery. Absent if it is ready to move in. */
  delivery: z.number().int().optional(),
  features: z.array(z.enum(FEATURES)),
  /** Absent if it is paid at once. */
  plan: z.object({ years: z.number().positive(), downPercent: z.number().min(0).max(100) }).optional(),
});
export type Listing = z.output<typeof listing>;

/** What a store can narrow its listings by. Everything else is weighed afterwards (match.ts). */
export interface ListingFilter {
  readonly purpose?: 'buy' | 'rent';
}

export interface ListingStore {
  /** Listings that are offered now, in any order. At most `MAX_LISTINGS`. */
  find(filter: ListingFilter, signal?: AbortSignal): Promise<readonly Listing[]>;
  /** Undefined if there is none of that name any more. */
  get(ref: string, signal?: AbortSignal): Promise<Listing | undefined>;
}

/** More could not be weighed while a customer waits. */
export const MAX_LISTINGS = 5_000;
