/** Where the visitor is, if the browser says so. */
import type { Place } from './outbox.ts';

/** `refused` is by the visitor or the browser, `unknown` is that nobody knows the place now. */
export type Located = Place | 'refused' | 'unknown';

/** How long the device may look for satellites, in milliseconds. */
const TIMEOUT_MS = 30_000;
/** A place that was found before is still good for this long, in milliseconds. */
const RECENT_MS = 60_000;
/** Of a degree, which is about 10 cm. */
const PLACES = 6;

/** @param geolocation undefined where the browser has none, as on a page without encryption. */
export function locate(geolocation: Geolocation | undefined): Promise<Located> {
  if (geolocation === undefined) return Promise.resolve('refused');
  return new Promise((resolve) => {
    geolocation.getCurrentPosition(
      ({ coords }) => resolve({ latitude: rounded(coords.latitude), longitude: rounded(coords.longitude) }),
      ({ code, PERMISSION_DENIED }) => resolve(code === PERMISSION_DENIED ? 'refused' : 'unknown'),
      { enableHighAccuracy: true, timeout: TIMEOUT_MS, maximumAge: RECENT_MS },
    );
  });
}

function rounded(degrees: number): number {
  return Number(degrees.toFixed(PLACES));
}
