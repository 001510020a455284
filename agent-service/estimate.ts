/** Estimates the tokens of requests where no provider counts them (M1). */
import { LRUCache } from 'lru-cache';
import type { SystemPart } from '#machines/session/built-context.ts';
import { estimateTokens } from '#machines/tokens.ts';
import { lookingAt, readingOf } from './content.ts';
import type { ProviderRequest } from './provider.ts';

/**
 * Length of constant texts whose estimates are kept. The prompts and tools of some hundred
 * assistants fit.
 */
const KEPT_CHARACTERS = 2_000_000;

/** Remembers what a pure function returned, so nothing but the time depends on it. */
const constants = new LRUCache<string, number>({ maxSize: KEPT_CHARACTERS, sizeCalculation: (_, text) => text.length + 1 });

/** Estimate of the tokens of a request, with its system prompt, its tools and its conversation. */
export function estimateRequest({ system, tools = [], outputSchema, messages }: ProviderRequest): number {
  return (
    sumOf(system, estimatePart) +
    sumOf(tools, (tool) => estimateConstant(JSON.stringify(tool))) +
    (outputSchema === undefined ? 0 : estimateConstant(JSON.stringify(outputSchema))) +
    sumOf(messages, (message) => estimateTokens(readingOf(message)) + lookingAt(message))
  );
}

/** Many requests share a cached part, so its estimate is kept. */
export function estimatePart({ text, cached }: SystemPart): number {
  return cached ? estimateConstant(text) : estimateTokens(text);
}

/** `estimateTokens` of a text that comes with request after request. */
function estimateConstant(text: string): number {
  const known = constants.get(text);
  if (known !== undefined) return known;
  const tokens = estimateTokens(text);
  constants.set(text, tokens);
  return tokens;
}

function sumOf<T>(items: readonly T[], tokensOf: (item: T) => number): number {
  return items.reduce((sum, item) => sum + tokensOf(item), 0);
}
