/**
 * Content of a session's snapshot. It is plain JSON and small. The whole history is in the journal.
 */
import * as z from 'zod';
import { InvalidInput } from '../errors.ts';
import { agentSchema, customerSchema, mediaSchema, messageIdSchema, prioritySchema, quotedSchema } from './events.ts';
import { endedSession, handoffFacts, serviceFacts } from './handoff-facts.ts';
import { noticeName } from './notices.ts';
import { type Policy, policyIn, policyOf, policySettings } from './policy.ts';
import { factSource } from './reading-facts.ts';

const time = z.number().int().nonnegative();
const count = z.number().int().nonnegative();

const messageSchema = z.strictObject({
  /** Provider's id of a customer's message, or `{role}.{n}` of one of ours. */
  id: z.string(),
  role: z.enum(['customer', 'assistant', 'agent', 'system']),
  text: z.string(),
  at: time,
  agentName: z.string().optional(),
  media: z.array(mediaSchema).optional(),
  /** Provider's id of the message that a customer's message answers. */
  replyTo: messageIdSchema.optional(),
  /** Beginning of that message. */
  quoted: quotedSchema.optional(),
  /** By estimate. Absent in session@1. */
  tokens: count.optional(),
  /**
   * A summary or the end of the window never separates the messages of one pair (a tool's call and
   * its result).
   */
  pair: z.string().optional(),
  /** A customer's message that wants no answer. `pending` does not count it. */
  aside: z.literal(true).optional(),
});
export type Message = z.infer<typeof messageSchema>;

const oneAnalysis = z.strictObject({
  command: z.string(),
  args: z.string(),
  startedAt: time,
  /** Null until it is completed. */
  summary: z.string().nullable(),
  /** Id of the customer's message that asked for it. Absent before session@3. */
  message: messageIdSchema.optional(),
});

/** Current analysis, which runs or was completed last. */
const analysisSchema = oneAnalysis.extend({
  /** Completed analysis that this one replaces. It is open again if this one yields nothing. */
  before: oneAnalysis.optional(),
});
export type SessionAnalysis = z.infer<typeof analysisSchema>;

/** What a later analysis gets of a completed one. */
const earlierSchema = z.strictObject({ command: z.string(), args: z.string(), at: time, summary: z.string() });
export type EarlierAnalysis = z.infer<typeof earlierSchema>;

/** Summary of messages (M2). It is an overlay. The messages stay in the journal, word for word. */
const summarySchema = z.strictObject({
  text: z.string(),
  /** By estimate. */
  tokens: count,
  by: z.enum(['model', 'extract']),
  /** Number of messages that it covers, including those of earlier summaries in it. */
  messages: count,
  /** Times of the first and the last of them. */
  from: time,
  until: time,
  /** The id of the last of them. Messages after it are not covered by a summary. */
  through: z.string(),
});
export type Summary = z.infer<typeof summarySchema>;

const memorySchema = z.strictObject({
  /** Oldest first. */
  summaries: z.array(summarySchema),
  /**
   * Scope of the summary under way, as a number of summaries and the messages not covered up to
   * `through`.
   */
  taking: z.strictObject({ summaries: count, messages: count, from: time, until: time, through: z.string() }).nullable(),
  /** Number of messages when the last summary failed. It is retried when there are more. */
  failedAt: count.nullable(),
  /**
   * Provider's tokens for one of our estimate, from its last answers. 1 if the provider does not
   * count.
   */
  ratio: z.number().positive(),
  /** Below the policy's `tokenLimit`, because the model could not read that much. */
  tokenLimit: z.number().int().positive().optional(),
  /** The model that could not. Another one may read more. */
  limitedBy: z.string().optional(),
});
export type Memory = z.infer<typeof memorySchema>;

export const NO_MEMORY: Memory = { summaries: [], taking: null, failedAt: null, ratio: 1 };

const requestSchema = z.strictObject({ command: z.string(), args: z.string(), message: messageIdSchema.optional() });
export type AnalysisRequest = z.infer<typeof requestSchema>;

/** Message of an agent that is sent later, or that came back to its writer. */
const scheduledSchema = z.strictObject({
  id: z.string(),
  text: z.string(),
  agent: agentSchema,
  /** When it is sent. */
  at: time,
  /** Last entry that its writer saw. */
  seen: count,
  /** Provider's id of the message that it answers. */
  replyTo: messageIdSchema.optional(),
  /**
   * Why it is not sent. It waits for its writer then. The customer wrote, somebody wrote on the
   * phone, another agent or nobody holds the session, it is closed, or the channel takes no free
   * text for the customer any more.
   */
  returned: z.enum(['customer', 'phone', 'holder', 'closed', 'window']).optional(),
});
export type ScheduledMessage = z.infer<typeof scheduledSchema>;

export const contextSchema = z.strictObject({
  address: z.string(),
  assistant: z.string(),
  /** The session before this one at the address. */
  previous: z.string().nullable(),
  policy: policySettings,
  customer: customerSchema,
  /** Agent who holds the session. Null for the bot, and while the session waits. */
  agent: agentSchema.nullable(),
  /**
   * Set while the session waits for a human. `waits` counts how often the wait ran out. `told` is
   * what the customer last read of the wait. It is absent if that is nothing.
   */
  waiting: z
    .strictObject({
      reason: z.string(),
      queue: z.string().nullable(),
      since: time,
      waits: count,
      told: z.strictObject({ notice: noticeName, place: count.nullable() }).optional(),
    })
    .nullable(),
  /** Absent before session@3. */
  handoff: handoffFacts.optional(),
  /** Absent before session@3. */
  service: serviceFacts.optional(),
  messages: z.array(messageSchema),
  /** The agent who wrote to the customer last. Absent for none, and before session@3. */
  attendedBy: agentSchema.optional(),
  /** Set once the customer was asked for a rating. It is taken until `until`. */
  rating: z.strictObject({ askedAt: time, until: time }).optional(),
  /**
   * Until when the provider takes free text for the customer. Absent where it always does, and
   * where the customer has not written yet.
   */
  windowUntil: time.optional(),
  /** While it is idle it stays open until then at least. Absent if nobody asked for that. */
  keepUntil: time.optional(),
  /** Customer messages without an answer. */
  pending: count,
  /**
   * Scope of the answer under way, as a number of `pending` messages and the last message that it
   * saw.
   */
  answering: z.strictObject({ taken: count, after: z.string().nullable() }).nullable(),
  /** Failed answers in a row. */
  failures: count,
  /** Answers in a row that the model declined. Absent for none. */
  declines: count.optional(),
  analysis: analysisSchema.nullable(),
  /** Completed ones of this session, oldest first. Absent before session@3. */
  analyses: z.array(earlierSchema).optional(),
  /** The analysis that waits for the customer to confirm it. */
  proposed: requestSchema.nullable(),
  intent: z.string().nullable(),
  entities: z.record(z.string(), z.json()),
  preferences: z.record(z.string(), z.json()),
  /** Where entities and preferences come from, by name. Absent for none. */
  sources: z.record(z.string(), factSource).optional(),
  /** The last message whose facts were read. Absent before the first. */
  readThrough: z.string().optional(),
  /** Absent in session@1, which makes no summaries. */
  memory: memorySchema.optional(),
  tags: z.array(z.string()),
  priority: prioritySchema,
  /** Set while the holder has put the session off. Absent or null otherwise. */
  snoozed: z.strictObject({ until: time, by: agentSchema }).nullable().optional(),
  /** In the order in which they were written. Absent for none. */
  scheduled: z.array(scheduledSchema).optional(),
  openedAt: time,
  lastActivityAt: time,
  closedAt: time.nullable(),
  closedBy: z.string().nullable(),
  closeReason: z.string().nullable(),
  counters: z.strictObject({
    messages: count,
    /** Those of the customer. Absent for none. */
    received: count.optional(),
    notes: count,
    toolCalls: count,
    errors: count,
    tokensIn: count,
    tokensOut: count,
    /** Millionths of a US dollar. */
    costMicros: count,
    cacheHits: count,
    runs: count,
  }),
});
export type SessionContext = z.infer<typeof contextSchema>;

/** What opens a session. */
const sessionInput = z.object({
  address: z.string().min(1),
  assistant: z.string().min(1),
  customer: customerSchema.optional(),
  policy: policySettings.optional(),
  previous: z.string().nullish(),
  /** How the session before this one ended. */
  before: endedSession.optional(),
  /** What the session before this one knew of the customer. */
  known: z
    .object({
      entities: z.record(z.string(), z.json()).default({}),
      preferences: z.record(z.string(), z.json()).default({}),
      sources: z.record(z.string(), factSource).optional(),
    })
    .optional(),
  /** Until when the customer takes free text, as the session before this one knew it. */
  windowUntil: time.optional(),
  /** Milliseconds since the epoch. */
  now: time,
});
export type SessionInput = z.input<typeof sessionInput>;

/** Throws `InvalidInput` that names every fault. */
export function initialContext(input: unknown): SessionContext {
  const parsed = sessionInput.safeParse(input);
  if (!parsed.success) throw new InvalidInput(`A session cannot be opened with this input: ${z.prettifyError(parsed.error)}`);
  const { address, assistant, customer, policy, previous, now, known, windowUntil } = parsed.data;
  return {
    address,
    assistant,
    previous: previous ?? null,
    policy: withoutUndefined(policy ?? {}),
    customer: withoutUndefined(customer ?? {}),
    agent: null,
    waiting: null,
    messages: [],
    pending: 0,
    answering: null,
    failures: 0,
    analysis: null,
    proposed: null,
    intent: null,
    entities: known?.entities ?? {},
    preferences: known?.preferences ?? {},
    ...(known?.sources === undefined ? {} : { sources: known.sources }),
    ...(windowUntil === undefined ? {} : { windowUntil }),
    tags: [],
    priority: 'normal',
    openedAt: now,
    lastActivityAt: now,
    closedAt: null,
    closedBy: null,
    closeReason: null,
    counters: { messages: 0, notes: 0, toolCalls: 0, errors: 0, tokensIn: 0, tokensOut: 0, costMicros: 0, cacheHits: 0, runs: 0 },
  };
}

/** The context of a session's snapshot, checked. Throws `InvalidInput` when it is no session's. */
export function sessionContext(snapshot: { readonly context: unknown }): SessionContext {
  const parsed = contextSchema.safeParse(snapshot.context);
  if (!parsed.success) throw new InvalidInput(`This snapshot is not one of the session machine: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

export function contextPolicy(context: SessionContext): Policy {
  return policyIn(policyOf(context.policy), context.waiting?.queue ?? context.handoff?.queue ?? null);
}

/** Tokens that a request to a model may have. */
export function tokenLimitOf(context: SessionContext): number {
  const { tokenLimit } = contextPolicy(context);
  return Math.min(tokenLimit, context.memory?.tokenLimit ?? tokenLimit);
}

/** The language of the customer, else of the assistant. BCP 47. */
export function localeOf(context: SessionContext): string {
  return context.customer.locale ?? contextPolicy(context).locale;
}

/** JSON has no undefined. A key without a value is absent. */
export function withoutUndefined<T extends object>(value: T): T {
  const copy = { ...value };
  for (const key of Object.keys(copy)) {
    if (Reflect.get(copy, key) === undefined) Reflect.deleteProperty(copy, key);
  }
  return copy;
}
