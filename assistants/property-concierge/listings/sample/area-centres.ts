/**
 * Middle of each area of the sample listings, in degrees (WGS 84). They are public facts of the
 * areas, rounded to about a kilometre. The listings themselves are invented and have no address.
 * Of the coasts it is a well-known place, which is Sidi Abdel Rahman for the North Coast.
 */
import type { Listing } from '../port.ts';

// biome-ignore format: It is a table, with one area a line.
const CENTRES: Readonly<Record<string, readonly [latitude: number, longitude: number]>> = {
  'New Cairo': [30.03, 31.47],
  'Sheikh Zayed': [30.04, 30.98],
  '6th of October': [29.94, 30.92],
  Maadi: [29.96, 31.26],
  'Nasr City': [30.06, 31.33],
  Heliopolis: [30.09, 31.32],
  Zamalek: [30.06, 31.22],
  Madinaty: [30.10, 31.64],
  Rehab: [30.06, 31.49],
  Mokattam: [30.01, 31.30],
  Dokki: [30.04, 31.21],
  Mohandessin: [30.06, 31.20],
  'New Capital': [30.01, 31.73],
  'Mostakbal City': [30.08, 31.67],
  Shorouk: [30.12, 31.61],
  'North Coast': [30.97, 28.74],
  'Ain Sokhna': [29.60, 32.32],
  Alexandria: [31.20, 29.92],
  Hurghada: [27.26, 33.81],
};

export function areaCentre(place: string): Listing['position'] {
  const centre = CENTRES[place];
  if (centre === undefined) return undefined;
  const [latitude, longitude] = centre;
  return { latitude, longitude, of: 'area' };
}
