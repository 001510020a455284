/**
 * Makes a conversation shorter that the model found too long. Pure.
 *
 * Older messages become an extract, because a model that could not read them cannot summarise them
 * either. The token limit becomes half of what was sent, so that the rest of the context is cut to
 * it as well. It is never less than what the prompt needs, which is always whole.
 */
import type { AnswerInput } from '#machines/session/runs.ts';
import { firstPending, olderPart } from '#machines/session/window.ts';
import { estimateTokens } from '#machines/tokens.ts';
import { contextSource } from '../prompt.ts';
import { buildContext, leastLimit } from './context.ts';
import { extract } from './extract.ts';

/** Part of the limit that the extract may take. */
const EXTRACT = 0.25;
/** Least limit that is worth an attempt. */
const LEAST_LIMIT = 1_000;

type Compacted = AnswerInput & { readonly tokenLimit: number };

/** `prompt` is the assistant's own. Undefined if nothing can be left out. */
export function compacted(input: AnswerInput, prompt: string): Compacted | undefined {
  const { tokenLimit = Number.POSITIVE_INFINITY, tokenRatio = 1 } = input;
  const sent = tokensOf(input, prompt);
  const limit = Math.max(LEAST_LIMIT, leastLimit(prompt, tokenRatio), Math.floor(Math.min(tokenLimit, sent) / 2));
  const shorter = shortened(input, limit);
  return tokensOf(shorter, prompt) < sent ? shorter : undefined;
}

function tokensOf(input: AnswerInput, prompt: string): number {
  return buildContext(contextSource.parse(input), { prompt }).tokens.total;
}

function shortened(input: AnswerInput, limit: number): Compacted {
  const { messages, pending, summaries = [] } = input;
  const older = olderPart(messages, 1, firstPending(messages, pending));
  const covered = messages.slice(0, older);
  const [first, last] = [covered.at(0), covered.at(-1)];
  if (!first || !last) return { ...input, tokenLimit: limit };
  const text = extract({ earlier: summaries, messages: covered, maxTokens: Math.floor(limit * EXTRACT) });
  const summary = {
    text,
    tokens: estimateTokens(text),
    by: 'extract' as const,
    messages: covered.length,
    from: first.at,
    until: last.at,
    through: last.id,
  };
  return { ...input, messages: messages.slice(older), summaries: [summary], tokenLimit: limit };
}
