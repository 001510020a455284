/** How an assistant wants its sessions to behave. Every field has a default: an assistant states what differs. */
import * as z from 'zod';
import { noticeOverrides } from './notices.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** `setTimeout` counts in 32 bits: 2^31 − 1 ms, or 24.8 days. Longer would fire at once in a plain XState actor. */
const MAX_DELAY_MS = 2_147_483_647;

const overlap = z.enum(['queue', 'interrupt']);
const minutes = z
  .number()
  .positive()
  .max(MAX_DELAY_MS / MINUTE);

export const policySchema = z.strictObject({
  /** Minutes without activity until an active session is IDLE. Fractions are allowed. Default 30. */
  idleMinutes: minutes,
  /** Hours that a session stays IDLE until it is CLOSED, at most 596. Default 24. */
  expiryHours: z
    .number()
    .positive()
    .max(MAX_DELAY_MS / HOUR),
  /** Minutes that a customer waits for a human until `agentWait` applies. Default 10. */
  agentWaitMinutes: minutes,
  /** What then: the customer is told and waits on (each further wait reminds the humans only), or the bot takes over. Default `keep_waiting`. */
  agentWait: z.enum(['keep_waiting', 'back_to_bot']),
  /** Minutes after the last activity until a completed analysis no longer counts as the current one. Default 60. */
  analysisExpiryMinutes: minutes,
  /** Minutes in which a "yes" starts the analysis that was asked about. Default 2. */
  confirmationMinutes: minutes,
  /** Milliseconds of silence after a customer's message before it is answered, so that a burst gets one answer. 0: at once. Default 800. */
  debounceMs: z.number().int().min(0).max(60_000),
  /**
   * What a message does that comes while an answer is in the making: `queue` answers it next, `interrupt` cancels the
   * answer and makes one for all. One for all states, or one each: `answering`, and `analysing` while an analysis runs
   * as well. Default `queue`; `interrupt` costs the tokens of what is thrown away.
   */
  overlap: z.union([overlap, z.strictObject({ answering: overlap, analysing: overlap })]),
  /** Messages that the snapshot keeps, at least 1. The journal has all. More costs row size and prompt tokens. Default 20. */
  maxMessageHistory: z.number().int().min(1).max(1_000),
  /** Whether older messages become summaries, for which the assistant has a `summarise` run. Default true. */
  summaries: z.boolean(),
  /**
   * Tokens of what a model is told in one request: prompt, summaries, what is known, messages. At 70 % of it the older
   * messages become a summary. More costs money and time at each answer. Default 4,000: some 3,000 English words.
   */
  tokenLimit: z.number().int().min(1_000).max(1_000_000),
  /** Tokens of one summary at most. Default 500. */
  summaryTokens: z.number().int().min(50).max(10_000),
  /** Failed answers in a row after which a human is called, at least 1. Default 3. */
  maxFailures: z.number().int().min(1).max(100),
  /** Whether the assistant makes analyses. Without them their commands get the help text. Default false. */
  analyses: z.boolean(),
  /** Commands, without the slash, that ask for an analysis. */
  analysisCommands: z.array(z.string().regex(/^[a-z0-9_]{1,32}$/)),
  /** A text that matches this regular expression whole is a subject to analyse, e.g. `[A-Z]{1,5}`. Null: none is. Default null. */
  subjectPattern: z.string().max(200).refine(compiles, 'is not a regular expression').nullable(),
  /** BCP 47 language of the notices for a customer whose language is not known. Default `en`. */
  locale: z.string().max(35),
  /** The assistant's own words for notices: by language, by name of the notice. */
  texts: noticeOverrides,
});

export type Policy = z.infer<typeof policySchema>;

/** What an assistant declares and a session keeps: only what differs from the defaults. */
export const policySettings = policySchema.partial();
export type PolicySettings = z.infer<typeof policySettings>;

const DEFAULTS: Policy = {
  idleMinutes: 30,
  expiryHours: 24,
  agentWaitMinutes: 10,
  agentWait: 'keep_waiting',
  analysisExpiryMinutes: 60,
  confirmationMinutes: 2,
  debounceMs: 800,
  overlap: 'queue',
  maxMessageHistory: 20,
  summaries: true,
  tokenLimit: 4_000,
  summaryTokens: 500,
  maxFailures: 3,
  analyses: false,
  analysisCommands: ['analyze', 'sentiment', 'dcf', 'peers'],
  subjectPattern: null,
  locale: 'en',
  texts: {},
};

/** The whole policy of a session. `settings` must not hold `undefined` values: they come from JSON. */
export function policyOf(settings: PolicySettings): Policy {
  return Object.assign({}, DEFAULTS, settings);
}

/** The delays of the session machine, each in whole milliseconds. */
export const delayMs = {
  idle: (policy: Policy) => Math.ceil(policy.idleMinutes * MINUTE),
  expiry: (policy: Policy) => Math.ceil(policy.expiryHours * HOUR),
  agentWait: (policy: Policy) => Math.ceil(policy.agentWaitMinutes * MINUTE),
  analysisExpiry: (policy: Policy) => Math.ceil(policy.analysisExpiryMinutes * MINUTE),
  confirmation: (policy: Policy) => Math.ceil(policy.confirmationMinutes * MINUTE),
  debounce: (policy: Policy) => policy.debounceMs,
} as const;

function compiles(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
}
