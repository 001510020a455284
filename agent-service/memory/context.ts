/**
 * What a model is told of a session (M3): prompt, what is known of the customer, the analysis, summaries, the last messages.
 * Pure.
 *
 * Invariants
 * 1. The whole is never above the session's token limit, by the estimate, or by the provider's count as far as the session knows its ratio.
 * 2. The assistant's prompt is whole, or there is no context. The newest message is always there; too long, it is cut and says so.
 * 3. Older messages are left out whole, the oldest first, and those of one pair together.
 */
import type * as z from 'zod';
import { InvalidInput } from '#machines/errors.ts';
import type { BuiltContext } from '#machines/session/built-context.ts';
import { lastWhole } from '#machines/session/window.ts';
import { clipToTokens, estimateTokens } from '#machines/tokens.ts';
import { framed } from '../data-frame.ts';
import { analysisPart, type contextSource, customerPart, earlierPart, type Facts, rulesPart, systemPrompt, turns } from '../prompt.ts';

/** A session as its machine tells its runs of it. */
export type ContextSource = z.output<typeof contextSource>;

export interface ContextOptions {
  /** The assistant's own. */
  readonly prompt: string;
  /** The time in milliseconds since the epoch. Given: the model is told today's date. */
  readonly now?: number | undefined;
  /** At most so many of the last messages. Default: all that fit. */
  readonly messages?: number | undefined;
}

/** Parts of the room beside the prompt. What one does not need goes to the messages. */
const SHARE = { newest: 0.25, customer: 0.15, analysis: 0.15 } as const;
/** Tokens for the bracketed remarks between messages. */
const REMARKS = 60;
/** Tokens around what is known of a customer. */
const FRAME_OF_FACTS = 40;
/** Tokens that must be left beside the prompt. */
const LEAST_ROOM = 200;
const CUT = ' [The rest of this message is not shown.]';

/** Throws `InvalidInput` when the prompt leaves no room. A session without messages gives none. */
export function buildContext(session: ContextSource, { prompt, now, messages: most }: ContextOptions): BuiltContext {
  const { tokenLimit, tokenRatio: ratio = 1 } = session;
  const limit = tokenLimit === undefined ? Number.POSITIVE_INFINITY : Math.floor(tokenLimit / ratio);
  const rules = tokensOf([rulesPart(prompt)]);
  const room = limit - rules - REMARKS;
  if (room < LEAST_ROOM) {
    throw new InvalidInput(
      `The prompt takes ${rules} of the ${limit} tokens that a request may have: shorten it, or raise tokenLimit in the assistant's policy.`,
      { prompt: rules, limit },
    );
  }
  const asked = most === undefined ? session.messages : lastWhole(session.messages, most);
  const newest = Math.min(estimateTokens(asked.at(-1)?.text ?? ''), room * SHARE.newest);
  const known: Facts = { ...fittingFacts(session, room * SHARE.customer, now), ...fittingAnalysis(session, room * SHARE.analysis) };
  const data = tokensOf([...customerPart(known, now), ...analysisPart(known)]);
  const facts = { ...known, ...fittingSummaries(session, room - newest - data) };
  const system = systemPrompt(prompt, facts, now);
  const shown = fittingMessages(asked, limit - tokensOf(system));

  const told = (parts: readonly { readonly text: string }[]) => Math.ceil(tokensOf(parts) * ratio);
  return {
    system,
    messages: shown.turns,
    tokens: {
      limit: tokenLimit ?? null,
      total: told([...system, ...shown.turns]),
      prompt: told([rulesPart(prompt)]),
      customer: told(customerPart(facts, now)),
      analysis: told(analysisPart(facts)),
      summaries: told(earlierPart(facts)),
      messages: told(shown.turns),
    },
    shown: {
      summaries: facts.summaries?.length ?? 0,
      messages: shown.count,
      leftOut: session.messages.length - shown.count,
      cut: shown.cut,
    },
  };
}

function tokensOf(parts: readonly { readonly text: string }[]): number {
  return parts.reduce((sum, { text }) => sum + estimateTokens(text), 0);
}

/** Preferences before entities, each whole, in their order, as long as there is room; a name that is longer than all of it, not. */
function fittingFacts({ customer, locale, entities, preferences }: ContextSource, room: number, now: number | undefined): Facts {
  const fits = (facts: Facts) => tokensOf(customerPart(facts, now)) <= room;
  const all = { customer, locale, entities, preferences };
  if (fits(all)) return all;
  const { name } = customer ?? {};
  const base = [{ customer, locale }, { customer: { name }, locale }, { locale }].find(fits) ?? {};
  // What it costs to name both, and to begin and end them.
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
  if (!analysis?.summary || tokensOf(analysisPart({ analysis })) <= room) return { analysis };
  const frame = tokensOf(analysisPart({ analysis: { ...analysis, summary: '' } }));
  return { analysis: { ...analysis, summary: clipped(analysis.summary, room - frame) } };
}

/** All of them; where they are too long together, each is cut to its share. */
function fittingSummaries({ summaries = [] }: ContextSource, room: number): Facts {
  if (tokensOf(earlierPart({ summaries })) <= room) return { summaries };
  const share = (room - tokensOf(earlierPart({ summaries: [{ text: '' }] }))) / summaries.length;
  return { summaries: summaries.map(({ text }) => ({ text: clipped(text, share) })).filter(({ text }) => text !== '') };
}

/** In a JSON text, where line ends and quotes cost more: cut again as long as it is too long there. */
function clipped(text: string, room: number): string {
  let limit = Math.floor(room);
  for (;;) {
    const cut = clipToTokens(text, limit);
    const cost = estimateTokens(framed('', cut));
    if (cut === '' || cost <= room) return cut;
    limit = Math.floor((limit * room) / cost) - 1;
  }
}

/** The last messages that fit, as turns: found from the newest back, and the whole measured. */
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
    const told = turns(kept);
    if (tokensOf(told) <= room) return { turns: told, count: kept.length, cut: false };
  }
  const [newest] = messages.slice(-1);
  if (newest === undefined) return { turns: [], count: 0, cut: false };
  const text = clipToTokens(newest.text, Math.floor(room - REMARKS - estimateTokens(CUT)));
  return { turns: turns([{ ...newest, text: text + CUT }]), count: 1, cut: true };
}
