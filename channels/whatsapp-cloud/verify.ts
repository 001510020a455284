import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** The header by which WhatsApp shows that it knows the app's secret. */
export const SIGNATURE_HEADER = 'x-hub-signature-256';

/**
 * Whether `given` is the signature of the body as it was sent, before any parsing. Takes as long
 * for a wrong signature as for a nearly right one.
 */
export function signatureMatches(given: unknown, body: Uint8Array, appSecret: string): boolean {
  const expected = createHmac('sha256', appSecret).update(body).digest();
  const [, hex] = typeof given === 'string' ? (/^sha256=([\da-f]{64})$/i.exec(given) ?? []) : [];
  return timingSafeEqual(Buffer.from(hex ?? '0'.repeat(64), 'hex'), expected) && hex !== undefined;
}

/** The same for the token of the handshake, of any length. */
export function tokenMatches(given: unknown, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(typeof given === 'string' ? given : ''), digest(token)) && typeof given === 'string';
}
