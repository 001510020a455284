/** Tokens of a request when no provider counts them (M1). */
import { estimateTokens } from '#machines/tokens.ts';
import { readingOf } from './content.ts';
import type { ProviderRequest } from './provider.ts';

/** About how many tokens go into a request: its system prompt, its tools, its conversation. */
export function estimateRequest({ system, tools = [], outputSchema, messages }: ProviderRequest): number {
  const parts = [
    ...system.map(({ text }) => text),
    ...tools.map((tool) => JSON.stringify(tool)),
    ...(outputSchema === undefined ? [] : [JSON.stringify(outputSchema)]),
    ...messages.map(readingOf),
  ];
  return parts.reduce((sum, text) => sum + estimateTokens(text), 0);
}
