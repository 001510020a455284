/** Name of what came with a message of the customer, as agents read it and as it is saved. */
import type { Received } from './entry-facts.ts';

/**
 * Characters that a file's name may not have. They would hide what follows, lead to another folder,
 * or reverse the direction, so that one extension looks like another.
 */
const UNSAFE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069/\\]/gu;

/** The customer chose the name of a file, so its unsafe characters are replaced by U+FFFD. */
export function receivedName({ kind, fileName, name, phone }: Received): string {
  const said = fileName ?? ([name, phone].filter(Boolean).join(', ') || kind);
  return said.replace(UNSAFE, '\uFFFD');
}
