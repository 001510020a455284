/** A listing on the map, as a customer is shown it. Pure. */
import { type Card, clip } from '../index.ts';
import type { Language } from './language.ts';
import type { Listing } from './listings/port.ts';

/** A name on a map is one line. With the ref it has to stay below 200 characters. */
const MOST = 160;

const MIDDLE: Readonly<Record<Language, (area: string) => string>> = {
  en: (area) => `${area} (the middle of the area)`,
  ar: (area) => `${area} (وسط المنطقة)`,
};

/** Undefined if nobody knows where it is. */
export function placeCard({ ref, title, placeName, position }: Listing, language: Language): Card | undefined {
  if (position === undefined) return undefined;
  const { latitude, longitude, of } = position;
  const area = oneLine(placeName[language]);
  return {
    kind: 'location',
    latitude,
    longitude,
    name: `${oneLine(title[language])} (${ref})`,
    street: of === 'area' ? MIDDLE[language](area) : area,
  };
}

function oneLine(text: string): string {
  return clip(text.replaceAll(/\s+/g, ' ').trim(), MOST);
}
