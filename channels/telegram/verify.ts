import { createHash, timingSafeEqual } from 'node:crypto';

/** The header by which Telegram shows that it knows the secret given to setWebhook. */
export const SECRET_HEADER = 'x-telegram-bot-api-secret-token';

/** Takes as long for a wrong secret as for a nearly right one, of any length. */
export function secretMatches(given: string | readonly string[] | undefined, secret: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(typeof given === 'string' ? given : ''), digest(secret)) && typeof given === 'string';
}
