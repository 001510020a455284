/** Limits of Telegram for a bot. Edits count as messages. */
import type { Priority } from '../chat-pace.ts';
import type { QuotaLimit } from '../quota.ts';

/** A tenth above Telegram's second, for clocks and counters that differ from ours. */
const SECOND = 1_100;
const MINUTE = 61_000;
/**
 * Interval between edits of one growing message. In groups 20 a minute is the limit, and final
 * texts need some of them.
 */
const EDIT_PRIVATE = 1_100;
const EDIT_GROUP = 3_100;

/** Groups and channels have negative ids. */
export const editInterval = (chat: number): number => (chat < 0 ? EDIT_GROUP : EDIT_PRIVATE);

/**
 * A chat takes one call in a second, a group 20 in a minute, and a bot makes 30 in a second.
 */
export function limitsOf(chat: number, priority: Priority): QuotaLimit[] {
  const final = priority === 'final';
  return [
    { key: `chat:${chat}`, slots: 1, windowMs: SECOND, of: 'peer' },
    { key: 'bot', slots: final ? 30 : 24, windowMs: SECOND, of: 'account' },
    ...(chat < 0 ? [{ key: `group:${chat}`, slots: final ? 20 : 16, windowMs: MINUTE, of: 'peer' } as const] : []),
  ];
}
