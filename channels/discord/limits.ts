/**
 * Limits of Discord for a bot. It documents none of them for good, and says in each answer what is
 * left. These are what it has long allowed, so that its answers are the exception.
 */
import type { Priority } from '../chat-pace.ts';
import type { QuotaLimit } from '../quota.ts';

/** Of a channel, in messages in five seconds. Edits have their own, and are counted here too. */
const IN_CHANNEL = 5;
/** A tenth above Discord's five seconds, for clocks and counters that differ from ours. */
const CHANNEL_WINDOW = 5_500;
/** Of the bot, in calls in a second, less what commands and typing need. */
const OF_BOT = 40;
const SECOND = 1_100;

/**
 * Milliseconds between edits of one growing message. Three in a window leave two to final texts.
 */
export const EDIT_INTERVAL = 1_800;

/**
 * People in one channel of a server share its limit. Two instances that cannot count together and
 * answer two of them find out by a 429.
 */
export function limitsOf(channel: string, priority: Priority): QuotaLimit[] {
  const final = priority === 'final';
  return [
    { key: `channel:${channel}`, slots: final ? IN_CHANNEL : IN_CHANNEL - 2, windowMs: CHANNEL_WINDOW, of: 'peer' },
    { key: 'bot', slots: final ? OF_BOT : OF_BOT - 10, windowMs: SECOND, of: 'account' },
  ];
}
