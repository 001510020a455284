/**
 * Runs that a session invokes. They are only declared here, with their input and output.
 * `machine.provide({actors: {answer, analyse, summarise}})` adds the implementations.
 */
import { fromPromise } from 'xstate';
import * as z from 'zod';
import type { Json } from '../definition.ts';
import { StatechatError } from '../errors.ts';
import { isVisible } from '../text.ts';
import { saysEnough } from './card-rules.ts';
import { cardSchema } from './cards.ts';
import type { EarlierAnalysis, Message, SessionAnalysis, SessionContext, Summary } from './context.ts';
import { emojiToSend } from './emoji.ts';
import { type Customer, MAX_TEXT } from './events.ts';
import { fileSchema } from './files.ts';
import { factReading } from './reading-facts.ts';
import { usageSchema } from './usage.ts';

const count = z.number().int().nonnegative();

const input: z.ZodType<Json, Json> = z.json();

/** A call of a tool, as the journal keeps it. Long texts are cut. */
const toolCallRecord = z.object({
  tool: z.string(),
  input,
  /** What the model read. Absent, like the next two, of a call that had not ended. */
  result: z.string().optional(),
  ok: z.boolean().optional(),
  /** In milliseconds. */
  ms: z.number().optional(),
});
export type ToolCallRecord = z.output<typeof toolCallRecord>;

const outcome = {
  /**
   * When it was done, in milliseconds since the epoch. If absent, the time of the last activity is
   * used.
   */
  at: count.optional(),
  usage: usageSchema.default({ tokensIn: 0, tokensOut: 0, costMicros: 0, toolCalls: 0, cacheHits: 0 }),
  /** For people who open the run later. The session does not use them. */
  calls: z.array(toolCallRecord).optional().catch(undefined),
};

/** The assistant hands over to a human. The text, if any, is sent first. */
const escalate = z.object({ reason: z.string(), queue: z.string().optional() }).optional();

/**
 * Sent after the text, in this order. They are in the file store before the run gives its outcome.
 */
const files = z.array(fileSchema).default([]);

/** Card that a run shows, with the text above it (CommonMark). */
export const shownCard = z
  .strictObject({ text: z.string().max(MAX_TEXT).default(''), card: cardSchema })
  .refine(({ text, card }) => isVisible(text) || saysEnough(card), 'a card of this kind needs a text');
export type ShownCard = z.output<typeof shownCard>;

/** Cards of one run. More would bury its text. */
export const MAX_CARDS = 10;

/** Sent after the files, in this order, each as a message of its own. */
const cards = z.array(shownCard).max(MAX_CARDS).default([]);

/** Shown on the last message that an answer is for, or on the message that asked for an analysis. */
const reaction = emojiToSend.optional();

/** What the customer may say next, in the customer's language. Channels show them as buttons. */
const replies = z.array(z.string().trim().min(1).max(200)).max(5).default([]);

/**
 * The model declined. `text` says so to the customer. What was declined must not be sent to a model
 * again. `reason` is for the operator.
 */
const declined = z.object({ reason: z.string().optional() }).optional();

/** What an answer run gives back. Anything else counts as a failed answer. */
export const answerOutput = z.object({
  ...outcome,
  /** If empty, nothing is sent. */
  text: z.string(),
  /** Channel's id of the draft that showed the partial answer. */
  draft: z.string().nullable().default(null),
  files,
  cards,
  replies,
  reaction,
  escalate,
  intent: z.string().optional(),
  /** Put over what the session has. */
  entities: z.record(z.string(), z.json()).optional(),
  preferences: z.record(z.string(), z.json()).optional(),
  /** Facts that were read in the customer's messages, each with its source. */
  reading: factReading.optional(),
  /** Provider's tokens for one of our estimate, if the provider counted the input. */
  tokenRatio: z.number().positive().optional(),
  /** Tokens that a request may have from now on, since the model could not read a longer one. */
  tokenLimit: z.number().int().positive().optional(),
  /** Name of the model that answered. Null if none did. */
  model: z.string().nullish(),
  declined,
});
export type AnswerOutput = z.input<typeof answerOutput>;

export const analyseOutput = z.object({
  ...outcome,
  text: z.string(),
  draft: z.string().nullable().default(null),
  files,
  cards,
  replies,
  reaction,
  /** What later questions are answered from. */
  summary: z.string(),
  /** There is no analysis, and `text` says why. It is sent instead of an apology. */
  failed: z.boolean().default(false),
  escalate,
  declined,
});
export type AnalyseOutput = z.input<typeof analyseOutput>;

/** What a summary run gives back. Anything else counts as a failed one, which has no effect. */
export const summariseOutput = z.object({
  ...outcome,
  /** Cut if it is longer than `maxTokens` of the input. */
  text: z.string().regex(/\S/),
  by: z.enum(['model', 'extract']).default('model'),
});
export type SummariseOutput = z.input<typeof summariseOutput>;

/** Everything that a run needs, as plain JSON, so that any instance can run it. */
export interface RunInput {
  readonly address: string;
  readonly assistant: string;
  readonly customer: Customer;
  /** BCP 47, the customer's, else the assistant's. */
  readonly locale: string;
  /** The last messages that no summary covers, oldest first. */
  readonly messages: readonly Message[];
  readonly intent: string | null;
  readonly entities: SessionContext['entities'];
  readonly preferences: SessionContext['preferences'];
  /** What the conversation before `messages` was about. Absent in session@1, like the next two. */
  readonly summaries?: readonly Summary[];
  /** Most tokens of a model request. */
  readonly tokenLimit?: number;
  /** The provider's tokens for one of our estimate. */
  readonly tokenRatio?: number;
  /** The 1st, 2nd … run of this session. */
  readonly run: number;
}

export interface AnswerInput extends RunInput {
  /** How many of the customer's messages this one answer is for. */
  readonly pending: number;
  /** The analysis that the customer's questions are about, if one is open. */
  readonly analysis: SessionAnalysis | null;
  /** Where entities and preferences come from. Absent if nothing was read yet, like the next. */
  readonly sources?: NonNullable<SessionContext['sources']>;
  /** The last message whose facts were read. */
  readonly readThrough?: string;
}

export interface AnalyseInput extends RunInput {
  /** The command, e.g. `analyze`. */
  readonly command: string;
  readonly args: string;
  /** Analyses of this session before it, newest first. */
  readonly earlier?: readonly EarlierAnalysis[];
  /** How many the new one may get, with those of earlier sessions. */
  readonly earlierMost?: number;
}

export interface SummariseInput {
  readonly address: string;
  readonly assistant: string;
  /** BCP 47. */
  readonly locale: string;
  /** Summaries that go into the new one, oldest first. They cover what came before `messages`. */
  readonly earlier: readonly Summary[];
  readonly messages: readonly Message[];
  /** Of the summary, by estimate. */
  readonly maxTokens: number;
  /** The 1st, 2nd … run of this session. */
  readonly run: number;
}

/** Used until an assistant provides its own. */
export const answer = fromPromise<AnswerOutput, AnswerInput>(({ input }) => Promise.reject(notProvided('answer', input.assistant)));
export const analyse = fromPromise<AnalyseOutput, AnalyseInput>(({ input }) => Promise.reject(notProvided('analyse', input.assistant)));

export const summarise = fromPromise<SummariseOutput, SummariseInput>(({ input }) =>
  Promise.reject(notProvided('summarise', input.assistant)),
);

function notProvided(actor: string, assistant: string): StatechatError {
  return new StatechatError(
    'not_provided',
    `The assistant "${assistant}" has no implementation of "${actor}": put one in with machine.provide({ actors: { ${actor} } })`,
    { facts: { actor, assistant } },
  );
}
