/**
 * The bundled sample catalogue as a store, so that the concierge works without any system. All of
 * it is invented. Prices are near those of Cairo in 2026, in EGP. Positions are those of the areas.
 */
import { arabicName, TYPE_NAMES } from '../../facts/names.ts';
import { type Listing, type ListingStore, listing } from '../port.ts';
import { areaCentre } from './area-centres.ts';
import { FOR_RENT } from './for-rent.ts';
import { FOR_SALE } from './for-sale.ts';
import type { Row } from './row.ts';

const FINISHINGS = { finished: 'finished', semi: 'semi_finished', shell: 'core_and_shell' } as const;

/** The first is SC-101. */
const FIRST = 101;

export function sampleListings(): ListingStore {
  const rows = [...FOR_SALE.map((row) => ['buy', row] as const), ...FOR_RENT.map((row) => ['rent', row] as const)];
  const all = rows.map(([purpose, row], index) => listingOf(purpose, row, index));
  return {
    find: async ({ purpose }, signal) => {
      signal?.throwIfAborted();
      return all.filter((one) => purpose === undefined || one.purpose === purpose);
    },
    get: async (ref, signal) => {
      signal?.throwIfAborted();
      return all.find((one) => one.ref === ref);
    },
  };
}

function listingOf(purpose: Listing['purpose'], row: Row, index: number): Listing {
  const [type, place, en, ar, bedrooms, bathrooms, area, thousands, floor, finishing, isFurnished, delivery, features, years, down] = row;
  return listing.parse({
    ref: `SC-${FIRST + index}`,
    title: { en: `${en}, ${TYPE_NAMES[type].en}`, ar: `${TYPE_NAMES[type].ar} في ${ar}` },
    purpose,
    type,
    place,
    placeName: { en: place, ar: arabicName(place) },
    position: areaCentre(place),
    bedrooms,
    bathrooms,
    area,
    price: thousands * 1_000,
    currency: 'EGP',
    ...(floor === null ? {} : { floor }),
    finishing: FINISHINGS[finishing],
    furnished: isFurnished ? 'furnished' : 'unfurnished',
    ...(delivery === 0 ? {} : { delivery }),
    features,
    ...(years === 0 ? {} : { plan: { years, downPercent: down } }),
  });
}
