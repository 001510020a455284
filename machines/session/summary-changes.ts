/**
 * Changes of a summary's run to a session's context, as plain functions like those of changes.ts.
 */
import type * as z from 'zod';
import { clipToTokens, estimateTokens } from '../tokens.ts';
import { type Patch, spent } from './changes.ts';
import { localeOf, type SessionContext } from './context.ts';
import type { SummariseInput, summariseOutput } from './runs.ts';
import { dueCut, summaryRoom, uncovered } from './window.ts';

/**
 * A summary begins. It takes the oldest messages that no summary covers, and earlier summaries if
 * there are too many.
 */
export function summaryBegun(context: SessionContext): Patch {
  const { memory, counters } = context;
  const cut = dueCut(context);
  const messages = uncovered(context).slice(0, cut?.messages);
  const [first, last] = [messages.at(0), messages.at(-1)];
  if (!memory || !cut || !first || !last) return {};
  const taking = { ...cut, from: first.at, until: last.at, through: last.id };
  return { memory: { ...memory, taking }, counters: { ...counters, runs: counters.runs + 1 } };
}

export function summariseInput(context: SessionContext): SummariseInput {
  const { address, assistant, memory, counters } = context;
  const { summaries = 0, messages = 0 } = memory?.taking ?? {};
  return {
    address,
    assistant,
    locale: localeOf(context),
    earlier: memory?.summaries.slice(0, summaries) ?? [],
    messages: uncovered(context).slice(0, messages),
    maxTokens: summaryRoom(context),
    run: counters.runs,
  };
}

/** A summary came. The messages that it covers stay where they are. It is no sign of activity. */
export function summarised(context: SessionContext, output: z.output<typeof summariseOutput>): Patch {
  const { memory } = context;
  if (!memory?.taking) return {};
  const { summaries, messages, from, until, through } = memory.taking;
  const [taken, kept] = [memory.summaries.slice(0, summaries), memory.summaries.slice(summaries)];
  const text = clipToTokens(output.text.trim(), summaryRoom(context));
  const summary = {
    text,
    tokens: estimateTokens(text),
    by: output.by,
    messages: taken.reduce((sum, { messages: many }) => sum + many, messages),
    from: taken[0]?.from ?? from,
    until,
    through,
  };
  const { counters } = spent(context, output);
  return { counters, memory: { ...memory, summaries: [...kept, summary], taking: null, failedAt: null } };
}

export function summariseFailed({ memory, counters }: SessionContext): Patch {
  if (memory === undefined) return {};
  return { memory: { ...memory, taking: null, failedAt: counters.messages }, counters: { ...counters, errors: counters.errors + 1 } };
}

export function summaryForgotten({ memory }: SessionContext): Patch {
  return memory === undefined ? {} : { memory: { ...memory, taking: null } };
}
