/** What a run and the process of its readers say to each other, and the clock that both have. */
import * as z from 'zod';

export const askReaders = z.discriminatedUnion('ask', [
  z.strictObject({ ask: z.literal('connect'), url: z.string(), count: z.int() }),
  z.strictObject({ ask: z.literal('delays') }),
]);

/** Milliseconds from each commit to the reader's socket. */
export const readersAnswer = z.strictObject({ delays: z.array(z.number()) });

/** Milliseconds since the epoch, with their fraction. */
export const now = (): number => performance.timeOrigin + performance.now();

/** The time of a turn in its text. */
export const SENT_AT = /"lastActivityAt":([\d.]+)/;
/** Sessions that no turn has reached yet have this one. */
export const FIRST_ACTIVITY = 1_000_000_000_000;
