/**
 * The bundled sample catalogue as a store, so that the concierge works without any system. All of
 * it is invented. Prices are near those of Cairo in 2026, in EGP.
 */
import type { PropertyType } from '../../facts/schema.ts';
import { type Listing, type ListingStore, listing } from '../port.ts';
import { FOR_RENT } from './for-rent.ts';
import { FOR_SALE } from './for-sale.ts';
import type { Row } from './row.ts';

const FINISHINGS = { finished: 'finished', semi: 'semi_finished', shell: 'core_and_shell' } as const;

const TYPES: Readonly<Record<PropertyType, { readonly en: string; readonly ar: string }>> = {
  apartment: { en: 'apartment', ar: 'شقة' },
  studio: { en: 'studio', ar: 'ستوديو' },
  duplex: { en: 'duplex', ar: 'دوبلكس' },
  penthouse: { en: 'penthouse', ar: 'بنتهاوس' },
  villa: { en: 'villa', ar: 'فيلا' },
  townhouse: { en: 'townhouse', ar: 'تاون هاوس' },
  twin_house: { en: 'twin house', ar: 'توين هاوس' },
  chalet: { en: 'chalet', ar: 'شاليه' },
  office: { en: 'office', ar: 'مكتب' },
  shop: { en: 'shop', ar: 'محل' },
  land: { en: 'plot of land', ar: 'أرض' },
};

const PLACES: ReadonlyMap<string, string> = new Map([
  ['New Cairo', 'القاهرة الجديدة'],
  ['Sheikh Zayed', 'الشيخ زايد'],
  ['6th of October', '٦ أكتوبر'],
  ['Maadi', 'المعادي'],
  ['Nasr City', 'مدينة نصر'],
  ['Heliopolis', 'مصر الجديدة'],
  ['Zamalek', 'الزمالك'],
  ['Madinaty', 'مدينتي'],
  ['Rehab', 'الرحاب'],
  ['Mokattam', 'المقطم'],
  ['Dokki', 'الدقي'],
  ['Mohandessin', 'المهندسين'],
  ['New Capital', 'العاصمة الإدارية'],
  ['Mostakbal City', 'مستقبل سيتي'],
  ['Shorouk', 'الشروق'],
  ['North Coast', 'الساحل الشمالي'],
  ['Ain Sokhna', 'العين السخنة'],
  ['Hurghada', 'الغردقة'],
  ['Alexandria', 'الإسكندرية'],
]);

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
    title: { en: `${en}, ${TYPES[type].en}`, ar: `${TYPES[type].ar} في ${ar}` },
    purpose,
    type,
    place,
    placeName: { en: place, ar: PLACES.get(place) ?? place },
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
