/**
 * Rating of a conversation by its customer (CSAT). The question is sent in the turn that closes the
 * session. The answer comes after that, and the closed session does not change. Its host appends
 * what this file makes of the answer to the journal (docs/decisions/0068-ratings.md). Pure.
 */
import * as z from 'zod';
import type { Afterword, ClosedView, MachineEvent } from '../definition.ts';
import { contextPolicy, localeOf, type SessionContext, sessionContext } from './context.ts';
import type { MessageSendParams } from './effects.ts';
import { agentSchema, MAX_TEXT } from './events.ts';
import { isOutsideWindow } from './messenger.ts';
import { type NoticeName, noticeText, type RatedScore, scoreLabel } from './notices.ts';
import { delayMs } from './policy.ts';

const score = z.literal([1, 2, 3, 4, 5]);

/** Longest comment of a customer, in UTF-16 units. */
const MAX_COMMENT = 4_000;

/**
 * A customer's answer to the question. It reaches closed sessions alone. `text` is what the
 * customer wrote, and absent for a press.
 */
export const ratingEvent = z.strictObject({
  type: z.literal('customer.rating'),
  at: z.number().int().nonnegative(),
  score: score.optional(),
  comment: z.string().min(1).max(MAX_COMMENT).optional(),
  text: z.string().min(1).max(MAX_TEXT).optional(),
});
export type RatingEvent = z.infer<typeof ratingEvent>;

/** The rating of a session, as the latest of its entries of kind `rating` has it. */
export const ratingSchema = z.strictObject({
  score: score.nullable(),
  comment: z.string().nullable(),
  /** The agent who wrote to the customer last. Null if no agent did. */
  agent: agentSchema.nullable(),
});
export type Rating = z.infer<typeof ratingSchema>;

/** Payload of an entry of kind `rating`. `late` marks an answer that changed nothing. */
const ratingPayload = z.object({ rating: ratingSchema, late: z.literal(true).optional() });

/** Kind of the entries that hold an answer. */
export const RATING = 'rating';

/**
 * What a session that closes has to know of its rating. Undefined if no question is sent, as to a
 * customer whom the channel takes no free text for.
 */
export function askedAt(context: SessionContext, at: number): SessionContext['rating'] | undefined {
  if (isOutsideWindow(context, at)) return undefined;
  const policy = contextPolicy(context);
  const isWanted = policy.rating === 'always' || (policy.rating === 'human' && context.attendedBy !== undefined);
  return isWanted ? { askedAt: at, until: at + delayMs.rating(policy) } : undefined;
}

const SCORES: readonly RatedScore[] = [5, 4, 3, 2, 1];

/**
 * The question. Each button names the session by the time of the question, since the customer may
 * press one while a later session is open.
 */
export function ratingQuestion(context: SessionContext, at: number): MessageSendParams {
  const locale = localeOf(context);
  const buttons = SCORES.map((one) => ({ id: `rate ${one} ${at}`, label: scoreLabel(one, locale) }));
  return { ...notice(context, 'rateUs'), buttons };
}

/**
 * What a closed session makes of an answer. Undefined if it was not asked. A second press of the
 * same score is recorded and not answered again.
 */
export function afterClose({ context: stored, entries }: ClosedView, event: MachineEvent): Afterword | undefined {
  const { data: answer } = ratingEvent.safeParse(event);
  const context = sessionContext({ context: stored });
  if (answer === undefined || context.rating === undefined) return undefined;
  const given = ratingIn(entries);
  const before: Rating = given ?? { score: null, comment: null, agent: context.attendedBy ?? null };
  const late = answer.at > context.rating.until;
  const after: Rating = late ? before : { ...before, score: answer.score ?? before.score, comment: answer.comment ?? before.comment };
  const isRepeated = late ? entries.some(isLate) : given !== undefined && after.score === before.score && after.comment === before.comment;
  const text = answer.text ?? answer.comment ?? (answer.score === undefined ? '' : scoreLabel(answer.score, localeOf(context)));
  const reply: NoticeName = late ? 'rateLate' : answer.comment !== undefined ? 'rateCommented' : 'rated';
  return {
    entry: { kind: RATING, author: 'customer', text, payload: { rating: after, ...(late ? { late } : {}) } },
    effects: isRepeated ? [] : [{ type: 'message.send', params: notice(context, reply) }],
  };
}

interface Kept {
  readonly kind: string;
  readonly payload: unknown;
}

/** The rating that a customer gave, from the last entries of a session. Undefined for none. */
export function ratingIn(entries: readonly Kept[]): Rating | undefined {
  const counted = entries.findLast((entry) => entry.kind === RATING && !isLate(entry));
  return ratingPayload.safeParse(counted?.payload).data?.rating;
}

function isLate({ kind, payload }: Kept): boolean {
  return kind === RATING && ratingPayload.safeParse(payload).data?.late === true;
}

function notice(context: SessionContext, name: NoticeName): MessageSendParams {
  const text = noticeText(name, localeOf(context), contextPolicy(context).texts);
  return { text, author: 'system', draft: null, notice: name };
}

const ONE_SCORE = /^[\s\p{Cf}]*([1-5١-٥۱-۵])\s*(?:\/\s*[5٥۵])?[\s.!\p{Cf}]*$/u;
const STARS = /^\s*((?:[⭐★]\ufe0f?\s*){1,5})$/u;

/** The score that a text is, such as `5`, `٤`, `4/5` or `⭐⭐⭐`. Undefined for any other text. */
export function scoreOf(text: string): RatedScore | undefined {
  const [, digit] = ONE_SCORE.exec(text) ?? [];
  const [, stars] = STARS.exec(text) ?? [];
  const value = stars === undefined ? (digit?.codePointAt(0) ?? 0) & 0xf : [...stars].filter((one) => one === '⭐' || one === '★').length;
  return score.safeParse(value).data;
}
