/**
 * Builds what a model reads of a session (M3), which is the prompt, the facts about the customer,
 * the analysis, the summaries and the last messages. Pure.
 *
 * Invariants
 * 1. The whole stays within the session's token limit by the estimate. If the session has measured
 *    the provider's ratio, it stays within the limit by the provider's count. Files that a customer
 *    sent come on top, within a limit of their own (sent-media.ts).
 * 2. The assistant's prompt is whole, or there is no context. The newest message is always there.
 *    If it is too long, it is cut and ends with a remark about the cut.
 * 3. Older messages are left out whole, the oldest first. Messages of one pair are left out
 *    together.
 */
import type * as z from 'zod';
import { InvalidInput } from '#machines/errors.ts';
import type { BuiltContext } from '#machines/session/built-context.ts';
import { lastWhole } from '#machines/session/window.ts';
import { clipToTokens, estimateTokens } from '#machines/tokens.ts';
import type { TextMessage } from '../content.ts';
import { framed } from '../data-frame.ts';
import { estimatePart } from '../estimate.ts';
import { analysisPart, type contextSource, customerPart, earlierPart, type Facts, rulesPart, systemPrompt, turns } from '../prompt.ts';

/** A session as its machine gives it to its runs. */
export type ContextSource = z.output<typeof contextSource>;

export interface ContextOptions {
  /** The assistant's own. */
  readonly prompt: string;
  /** Milliseconds since the epoch. If it is given, the model reads today's date. */
  readonly now?: number | undefined;
  /** At most this many of the last messages. Default: all that fit. */
  readonly messages?: number | undefined;
}

/** Shares of the room beside the prompt. What a share does not need is left to the messages. */
const SHARE = { newest: 0.25, customer: 0.15, analysis: 0.15 } as const;
/** Tokens for the bracketed remarks between messages. */
const REMARKS = 60;
/** Tokens around what is known of a customer. */
const FRAME_OF_FACTS = 40;
/** Tokens that must be left beside the prompt. */
const LEAST_ROOM = 200;
const CUT = ' [The rest of this message is not shown.]';

/**
 * The least `tokenLimit` for which the prompt leaves room. `ratio` is the session's `tokenRatio`.
 */
export function leastLimit(prompt: string, ratio: number): number {
  // One more, because the limit is divided by the ratio and rounded down.
  return Math.ceil((estimatePart(rulesPart(prompt)) + REMARKS + LEAST_ROOM) * ratio) + 1;
}

/** Throws `InvalidInput` when the prompt leaves no room. A session without messages gives none. */
export function buildContext(
  session: ContextSource,
  { prompt, now, messages: most }: ContextOptions,
): BuiltContext & { readonly messages: readonly TextMessage[] } {
  const { tokenLimit, tokenRatio: ratio = 1 } = session;
  const limit = tokenLimit === undefined ? Number.POSITIVE_INFINITY : Math.floor(tokenLimit / ratio);
  const ofRules = estimatePart(rulesPart(prompt));
  const room = limit - ofRules - REMARKS;
  if (room < LEAST_ROOM) {
    throw new InvalidInput(
      `The prompt takes ${ofRules} of the ${limit} tokens that a request may have: shorten it, or raise tokenLimit in the assistant's policy.`,
      { prompt: ofRules, limit },
    );
  }
  const wanted = most === undefined ? session.messages : lastWhole(session.messages, most);
  const newest = Math.min(estimateTokens(wanted.at(-1)?.text ?? ''), room * SHARE.newest);
  const known: Facts = { ...fittingFacts(session, room * SHARE.customer, now), ...fittingAnalysis(session, room * SHARE.analysis) };
  const ofCustomer = tokensOf(customerPart(known, now));
  const ofAnalysis = tokensOf(analysisPart(known));
  const summaries = fittingSummaries(session, room - newest - ofCustomer - ofAnalysis);
  const ofSummaries = tokensOf(earlierPart({ summaries }));
  const ofSystem = ofRules + ofCustomer + ofAnalysis + ofSummaries;
  const shown = fittingMessages(wanted, limit - ofSystem);
  const ofMessages = tokensOf(shown.turns);
  const counted = (tokens: number): number => Math.ceil(tokens * ratio);
  return {
    system: systemPrompt(prompt, { ...known, summaries }, now),
    messages: shown.turns,
    tokens: {
      limit: tokenLimit ?? null,
      total: counted(ofSystem + ofMessages),
      prompt: counted(ofRules),
      customer: counted(ofCustomer),
      analysis: counted(ofAnalysis),
      summaries: counted(ofSummaries),
      messages: counted(ofMessages),
    },
    shown: {
      summaries: summaries.length,
      messages: shown.count,
      leftOut: session.messages.length - shown.count,
      cut: shown.cut,
    },
  };
}

function tokensOf(parts: readonly { readonly text: string }[]): number {
  return parts.reduce((sum, { text }) => sum + estimateTokens(text), 0);
}

/**
 * Preferences before entities, each whole and in their order, as long as there is room. A name that
 * would fill all of the room is left out.
 */
function fittingFacts({ customer, locale, entities, preferences }: ContextSource, room: number, now: number | undefined): Facts {
  const fits = (facts: Facts) => tokensOf(customerPart(facts, now)) <= room;
  const all = { customer, locale, entities, preferences };
  if (fits(all)) return all;
  const { name } = customer ?? {};
  const base = [{ customer, locale }, { customer: { name }, locale }, { locale }].find(fits) ?? {};
  // The frame is what naming, beginning and ending both records costs.
  let left = room - tokensOf(customerPart(base, now)) - FRAME_OF_FACTS;
  const fitting = (record: Readonly<Record<string, unknown>> = {}) =>
    Object.fromEntries(
      Object.entries(record).filter(([key, value]) => {
        const cost = estimateTokens(framed('', { [key]: value }));
        if (cost > left) return false;
        left -= cost;
        return true;
      }),
    );
  return { ...base, preferences: fitting(preferences), entities: fitting(entities) };
}

function fittingAnalysis({ analysis }: ContextSource, room: number): Facts {
  if (!analysis || tokensOf(analysisPart({ analysis })) <= room) return { analysis };
  const { before } = analysis;
  // One of the two has a summary.
  const withSummary = (change: (summary: string) => string): Facts => ({
    analysis: {
      ...analysis,
      summary: analysis.summary === null ? null : change(analysis.summary),
      ...(before ? { before: { ...before, summary: change(before.summary ?? '') } } : {}),
    },
  });
  const frame = tokensOf(analysisPart(withSummary(() => '')));
  return withSummary((summary) => clipped(summary, room - frame));
}

/** All summaries. If they are too long together, each is cut to its share. */
function fittingSummaries({ summaries = [] }: ContextSource, room: number): NonNullable<Facts['summaries']> {
  if (tokensOf(earlierPart({ summaries })) <= room) return summaries;
  const share = (room - tokensOf(earlierPart({ summaries: [{ text: '' }] }))) / summaries.length;
  return summaries.map(({ text }) => ({ text: clipped(text, share) })).filter(({ text }) => text !== '');
}

/**
 * The text goes into JSON, where line ends and quotes cost more, so it is cut again until it fits.
 */
function clipped(text: string, room: number): string {
  let limit = Math.floor(room);
  for (;;) {
    const cut = clipToTokens(text, limit);
    const cost = estimateTokens(framed('', cut));
    if (cut === '' || cost <= room) return cut;
    limit = Math.floor((limit * room) / cost) - 1;
  }
}

/**
 * The last messages that fit, as turns. They are counted from the newest back, and the turns are
 * then estimated as a whole.
 */
function fittingMessages(
  messages: readonly ContextSource['messages'][number][],
  room: number,
): { readonly turns: ReturnType<typeof turns>; readonly count: number; readonly cut: boolean } {
  if (messages.length === 0) return { turns: [], count: 0, cut: false };
  let count = 1;
  for (let sum = 0; count <= messages.length; count += 1) {
    sum += estimateTokens(messages.at(-count)?.text ?? '');
    if (sum > room) break;
  }
  for (let most = Math.min(count, messages.length); most > 0; most -= 1) {
    const kept = lastWhole(messages, most);
    if (kept.length === 0) continue;
    const asTurns = turns(kept);
    if (tokensOf(asTurns) <= room) return { turns: asTurns, count: kept.length, cut: false };
  }
  const [newest] = messages.slice(-1);
  if (newest === undefined) return { turns: [], count: 0, cut: false };
  const text = clipToTokens(newest.text, Math.floor(room - REMARKS - estimateTokens(CUT)));
  return { turns: turns([{ ...newest, text: text + CUT }]), count: 1, cut: true };
}
