/** What the gateway answered to the last command, while it matters. */
import type { CommandError } from '../client/request.ts';

export type Problem =
  | { readonly kind: 'held'; readonly holder: string }
  | { readonly kind: 'unseen'; readonly seq: number }
  | { readonly kind: 'closed' }
  | { readonly kind: 'refused'; readonly message: string };

export function problemOf({ code, message, holder, seq }: CommandError): Problem {
  if (code === 'held') return { kind: 'held', holder: holder ?? '' };
  if (code === 'unseen' && seq !== undefined) return { kind: 'unseen', seq };
  return code === 'closed' ? { kind: 'closed' } : { kind: 'refused', message };
}
