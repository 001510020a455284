/** What is known of cards without their schema. Web pages use it too, so it imports nothing. */

/** UTF-16 units of each text of a card. */
export const MAX_LINE = { name: 200, street: 300, email: 200, organization: 200, label: 80 } as const;
/** UTF-16 units of the address that a link opens. */
export const MAX_URL = 2_000;
export const ONE_LINE = /^[^\p{Cc}\p{Zl}\p{Zp}]*$/u;
/** As a person dials it, so a short number has no country. */
export const PHONE = /^\+?\d[\d ().-]{1,28}\d$/;

/** Whether it says something without a text above it. */
export function saysEnough({ kind }: { readonly kind: string }): boolean {
  return kind === 'location' || kind === 'contact';
}

interface Position {
  readonly latitude: number;
  readonly longitude: number;
}

/** To a tenth of a metre, and never with an exponent. */
export function degrees({ latitude, longitude }: Position): readonly [string, string] {
  const written = (value: number) => String(Number(value.toFixed(6)));
  return [written(latitude), written(longitude)];
}

/**
 * Opens the map of the device (https://developers.google.com/maps/documentation/urls/get-started).
 */
export function mapUrl(position: Position): string {
  return `https://www.google.com/maps/search/?api=1&query=${degrees(position).join('%2C')}`;
}
