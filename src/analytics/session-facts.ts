/** What the counting of a session goes on from. Kept with the session as JSON. */
import * as z from 'zod';
import type { ActorInput } from '#actors/interpreter/input.ts';
import { addressParts, type SessionId } from '#machines/ids.ts';
import { prioritySchema } from '#machines/session/events.ts';
import type { RollupSource } from '#storage/rollups.ts';

const time = z.number().nullable();

const analysisSchema = z.object({ subject: z.string(), at: z.number() }).nullable();

export const factsSchema = z.object({
  /**
   * The last queue in which it waited. Empty before that, and `DEFAULT_QUEUE` for the default one.
   */
  queue: z.string(),
  /** The agent who holds it, or held it last. Empty before that. */
  agent: z.string(),
  state: z.string(),
  handler: z.string(),
  priority: prioritySchema,
  /** What moved the machine last, for the reason of a handover. */
  cause: z.string(),
  /** The queue that agents were called to last. */
  called: z.string().nullable(),
  firstCustomerAt: time,
  lastMessageAt: time,
  /** Since when the customer waits for an answer. */
  unansweredSince: time,
  waitingSince: time,
  botAnswered: z.boolean(),
  humanAnswered: z.boolean(),
  handedOver: z.boolean(),
  closed: z.boolean(),
  /**
   * Which commands ask for an analysis, and the texts that name a subject. Null without analyses.
   */
  analyses: z.object({ commands: z.array(z.string()), pattern: z.string().nullable() }).nullable(),
  requested: analysisSchema,
  proposed: analysisSchema,
  running: analysisSchema,
  /** The serial of the run that makes an analysis, or made the last one. */
  analysisSerial: z.number().nullable(),
  /** Whether the machine is the built-in one, whose runs are known. */
  builtIn: z.boolean(),
  /** A run failed, and what follows says which. */
  unnamedFailure: z.boolean(),
  score: z.number().nullable(),
  /** Inputs that wait for code, as `AppliedEvents` has them. */
  held: z.array(z.custom<ActorInput>((input) => typeof input === 'object')),
});
export type Facts = z.infer<typeof factsSchema>;

/** The default queue in figures. No queue can have this name. */
export const DEFAULT_QUEUE = '-';

const NEW: Facts = {
  ...{ queue: '', agent: '', state: '', handler: '', priority: 'normal', cause: '', called: null },
  ...{ firstCustomerAt: null, lastMessageAt: null, unansweredSince: null, waitingSince: null },
  ...{ botAnswered: false, humanAnswered: false, handedOver: false, closed: false },
  ...{ analyses: null, requested: null, proposed: null, running: null, score: null, held: [] },
  ...{ analysisSerial: null, builtIn: false, unnamedFailure: false },
};

/** Session whose entries are being counted. The facts change with each of them. */
export interface CountedSession {
  readonly sessionId: SessionId;
  readonly assistant: string;
  readonly channel: string;
  readonly openedAt: number;
  readonly facts: Facts;
}

export function countedSession({ sessionId, address, assistant, openedAt, rolled }: RollupSource): CountedSession {
  const facts = rolled === undefined ? structuredClone(NEW) : factsSchema.parse(rolled.facts);
  // A session keeps the channel under which it was counted first.
  return { sessionId, assistant, channel: rolled?.channel ?? addressParts(address).channel, openedAt, facts };
}
