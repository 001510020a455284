/** What a session remembers of its handoffs, and the moments from which service levels count. */
import * as z from 'zod';

const time = z.number().int().nonnegative();
const id = z.string().max(100);

/** Most agents that an assignment leaves out. The first of more are forgotten. */
export const MOST_PASSED_OVER = 20;

/** By which rule an agent got a session. */
export const ASSIGNMENT_RULES = ['round_robin', 'least_busy', 'sticky'] as const;

export const handoffFacts = z.strictObject({
  /** The queue in which it waits, or waited last. Null for the default queue. */
  queue: z.string().nullable(),
  /** The agent who held it last, here or in the session before. */
  lastAgent: id.nullable(),
  /** The rule that chose the holder. Null for one who claimed it or got it from a colleague. */
  rule: z.enum(ASSIGNMENT_RULES).nullable(),
  /** Since when the customer awaits an answer of the holder. Null if the next word is theirs. */
  awaitedSince: time.nullable(),
  /** Agents who did not answer in time, since a human answered last. */
  passedOver: z.array(id),
  /** The customer read that it went back to the queue. */
  toldReturn: z.boolean(),
  /** It goes on with what an agent closed a short time ago. */
  reopened: z.boolean(),
  /** An agent held it when it was closed. */
  heldAtClose: z.boolean(),
});
export type HandoffFacts = z.infer<typeof handoffFacts>;

export const NO_HANDOFF: HandoffFacts = {
  queue: null,
  lastAgent: null,
  rule: null,
  awaitedSince: null,
  passedOver: [],
  toldReturn: false,
  reopened: false,
  heldAtClose: false,
};

/** Times of what `slaClocks` counts from. Null for what has not been. */
export const serviceFacts = z.strictObject({
  firstAt: time.nullable(),
  /** When a human answered for the first time. */
  humanAt: time.nullable(),
  /** The first message, or request for a human, that has no answer. */
  unansweredSince: time.nullable(),
  /** The same, if an answer of the bot is none. */
  withoutHumanSince: time.nullable(),
});
export type ServiceFacts = z.infer<typeof serviceFacts>;

export const NO_SERVICE: ServiceFacts = { firstAt: null, humanAt: null, unansweredSince: null, withoutHumanSince: null };

/** What the session before at the address leaves for the next one. */
export const endedSession = z.object({ agent: id.nullable(), queue: z.string().nullable(), heldAtClose: z.boolean(), closedAt: time });
export type EndedSession = z.infer<typeof endedSession>;
