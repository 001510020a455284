/**
 * Policy of an assistant for its sessions. Every field has a default, and an assistant states what
 * differs.
 */
import * as z from 'zod';
import { noticeOverrides } from './notices.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/**
 * `setTimeout` counts in 32 bits, 2^31 − 1 ms, or 24.8 days. A longer delay would fire at once in a
 * plain XState actor.
 */
export const MAX_DELAY_MS = 2_147_483_647;

const overlap = z.enum(['queue', 'interrupt']);
const minutes = z
  .number()
  .positive()
  .max(MAX_DELAY_MS / MINUTE);

/** What a queue may have of its own. */
const queueTerms = z
  .strictObject({
    agentWaitMinutes: minutes,
    agentWait: z.enum(['keep_waiting', 'back_to_bot']),
    returnMinutes: z
      .number()
      .min(0)
      .max(MAX_DELAY_MS / MINUTE),
  })
  .partial();

export const policySchema = z.strictObject({
  /** Minutes without activity until an active session is IDLE. May be a fraction. Default 30. */
  idleMinutes: minutes,
  /** Hours that a session stays IDLE until it is CLOSED, at most 596. Default 24. */
  expiryHours: z
    .number()
    .positive()
    .max(MAX_DELAY_MS / HOUR),
  /** Minutes that a customer waits for a human until `agentWait` applies. Default 10. */
  agentWaitMinutes: minutes,
  /**
   * What follows a wait that runs out. Either the customer reads a notice and waits on (each
   * further wait reminds the agents only), or the bot takes over. Default `keep_waiting`.
   */
  agentWait: z.enum(['keep_waiting', 'back_to_bot']),
  /**
   * Minutes in which an agent answers the customer of a session that the agent holds. After them
   * the session goes back to its queue, to another agent. 0 for never. Default 10.
   */
  returnMinutes: z
    .number()
    .min(0)
    .max(MAX_DELAY_MS / MINUTE),
  /**
   * Minutes after an agent closed a session in which the customer's next message goes to that
   * agent. 0 for never, so that the bot answers. Default 0.
   */
  reopenMinutes: z.number().min(0).max(525_600),
  /**
   * Who answers that message if the agent is not there. With `queue` it waits for any agent.
   * Default `bot`.
   */
  reopenElse: z.enum(['bot', 'queue']),
  /** What differs in a queue, by its name. Default none. */
  queues: z.record(z.string().max(100), queueTerms),
  /**
   * Minutes after the last activity until a completed analysis is no longer current. Default 60.
   */
  analysisExpiryMinutes: minutes,
  /** Minutes in which a "yes" starts the analysis that was proposed. Default 2. */
  confirmationMinutes: minutes,
  /**
   * Milliseconds of silence after a customer's message before it is answered, so that a burst gets
   * one answer. With 0 it is answered at once. Default 800.
   */
  debounceMs: z.number().int().min(0).max(60_000),
  /**
   * What to do with a message that arrives while an answer is under way. `queue` answers it next.
   * `interrupt` cancels the answer and makes one for all. One policy for all states, or one each,
   * `answering`, and `analysing` while an analysis runs as well. Default `queue`. `interrupt` costs
   * the tokens of the cancelled answer.
   */
  overlap: z.union([overlap, z.strictObject({ answering: overlap, analysing: overlap })]),
  /**
   * Most messages in the snapshot, at least 1. The journal has all. More costs row size and prompt
   * tokens. Default 20.
   */
  maxMessageHistory: z.number().int().min(1).max(1_000),
  /**
   * Whether older messages become summaries. The assistant needs a `summarise` run for it. Default
   * true.
   */
  summaries: z.boolean(),
  /**
   * Most tokens of one model request, with prompt, summaries, facts and messages. At 70 % of it the
   * older messages become a summary. More costs money and time at each answer. Default 4,000, some
   * 3,000 English words.
   */
  tokenLimit: z.number().int().min(1_000).max(1_000_000),
  /** Tokens of one summary at most. Default 500. */
  summaryTokens: z.number().int().min(50).max(10_000),
  /**
   * Analyses of the customer that a new one gets as context, 0 for none. Earlier sessions of the
   * address count. More costs prompt tokens. Default 5.
   */
  earlierAnalyses: z.number().int().min(0).max(50),
  /**
   * Whether a customer is asked to rate a conversation that was closed. `human` asks if an agent
   * wrote to the customer. Default `human`.
   */
  rating: z.enum(['off', 'human', 'always']),
  /**
   * Hours after the close in which a rating is taken and may be changed. The question is sent at
   * the close, so it is within the window of any channel. Default 24.
   */
  ratingHours: z
    .number()
    .positive()
    .max(MAX_DELAY_MS / HOUR),
  /** Failed answers in a row after which a human is called, at least 1. Default 3. */
  maxFailures: z.number().int().min(1).max(100),
  /**
   * Whether the assistant makes analyses. Without them their commands get the help text. Default
   * false.
   */
  analyses: z.boolean(),
  /** Commands, without the slash, that ask for an analysis. */
  analysisCommands: z.array(z.string().regex(/^[a-z0-9_]{1,32}$/)),
  /**
   * Regular expression of a subject to analyse, such as `[A-Z]{1,5}`. It must match the whole text,
   * without quotes and punctuation around it. If it has a group `subject`, that is the subject.
   * Null for none. Default null.
   */
  subjectPattern: z.string().max(2_000).refine(compiles, 'is not a regular expression').nullable(),
  /** BCP 47 language of the notices for a customer whose language is not known. Default `en`. */
  locale: z.string().max(35),
  /** Assistant's own words for notices, by language and by name of the notice. */
  texts: noticeOverrides,
});

export type Policy = z.infer<typeof policySchema>;

/** Settings that an assistant declares and a session keeps, only what differs from the defaults. */
export const policySettings = policySchema.partial();
export type PolicySettings = z.infer<typeof policySettings>;

const DEFAULTS: Policy = {
  idleMinutes: 30,
  expiryHours: 24,
  agentWaitMinutes: 10,
  agentWait: 'keep_waiting',
  returnMinutes: 10,
  reopenMinutes: 0,
  reopenElse: 'bot',
  queues: {},
  analysisExpiryMinutes: 60,
  confirmationMinutes: 2,
  debounceMs: 800,
  overlap: 'queue',
  maxMessageHistory: 20,
  summaries: true,
  tokenLimit: 4_000,
  summaryTokens: 500,
  earlierAnalyses: 5,
  rating: 'human',
  ratingHours: 24,
  maxFailures: 3,
  analyses: false,
  analysisCommands: ['analyze', 'sentiment', 'dcf', 'peers'],
  subjectPattern: null,
  locale: 'en',
  texts: {},
};

/**
 * Whole policy of a session. `settings` must not hold `undefined` values, because they come from
 * JSON.
 */
export function policyOf(settings: PolicySettings): Policy {
  return Object.assign({}, DEFAULTS, settings);
}

/** The policy in a queue. Null is the default queue. */
export function policyIn(policy: Policy, queue: string | null): Policy {
  const terms = queue !== null && Object.hasOwn(policy.queues, queue) ? policy.queues[queue] : undefined;
  return terms === undefined ? policy : Object.assign({}, policy, terms);
}

/** The delays of the session machine, each in whole milliseconds. */
export const delayMs = {
  idle: (policy: Policy) => Math.ceil(policy.idleMinutes * MINUTE),
  expiry: (policy: Policy) => Math.ceil(policy.expiryHours * HOUR),
  agentWait: (policy: Policy) => Math.ceil(policy.agentWaitMinutes * MINUTE),
  /** 0 for never. */
  agentReturn: (policy: Policy) => Math.ceil(policy.returnMinutes * MINUTE),
  analysisExpiry: (policy: Policy) => Math.ceil(policy.analysisExpiryMinutes * MINUTE),
  confirmation: (policy: Policy) => Math.ceil(policy.confirmationMinutes * MINUTE),
  debounce: (policy: Policy) => policy.debounceMs,
  rating: (policy: Policy) => Math.ceil(policy.ratingHours * HOUR),
} as const;

function compiles(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
}
