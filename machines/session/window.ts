/**
 * Arithmetic of a session's window. It decides which messages a model sees word for word, when
 * older ones become a summary, and how many. Pure.
 *
 * Invariants (`test/machines/session/window.test.ts`)
 * 1. Messages of one pair stay on one side of a cut.
 * 2. A cut takes at least the minimum and leaves at least one message. If that is impossible, it
 *    takes none.
 * 3. Every cut takes messages that no summary covers, so there is an end to summaries.
 * 4. The summaries together, the new one included, stay within 40 % of the limit.
 */
import { contextPolicy, type Message, type SessionContext, tokenLimitOf } from './context.ts';

/** Part of the token limit at which older messages become a summary. */
const THRESHOLD = 0.7;
/** Part of the messages that does. */
const OLDER = 0.7;
/** Minimum of a cut. A summary of fewer messages is hardly shorter than they are. */
const LEAST = 10;
/** Part of the token limit that summaries may take together, and one alone. */
const STACK = 0.4;
const ONE = 0.25;

interface Paired {
  readonly pair?: string | undefined;
}

/** A summary to make. */
export interface Cut {
  /**
   * Number of summaries that go into it. All of them if the stack has no room for one more, else
   * none.
   */
  readonly summaries: number;
  /** How many of the messages that no summary covers, the oldest first. */
  readonly messages: number;
}

/** Messages that no summary covers, oldest first. A model sees them word for word. */
export function uncovered({ memory, messages }: Pick<SessionContext, 'memory' | 'messages'>): readonly Message[] {
  const through = memory?.summaries.at(-1)?.through;
  // Not found, because it fell out of the window or the messages were cleared. Everything kept was
  // written after it.
  return through === undefined ? messages : messages.slice(messages.findLastIndex(({ id }) => id === through) + 1);
}

/** Tokens that one summary may have, by estimate. */
export function summaryRoom(context: SessionContext): number {
  const { summaryTokens } = contextPolicy(context);
  return Math.floor(Math.min(summaryTokens, tokenLimitOf(context) * ONE) / ratioOf(context));
}

/**
 * Tokens of the summaries and of the messages that they do not cover. By the provider's count if
 * there is one, else by estimate.
 */
export function windowTokens(context: SessionContext): number {
  return (stackTokens(context) + sum(uncovered(context))) * ratioOf(context);
}

/**
 * What to summarise now, undefined if nothing. A summary is due when the tokens reach the
 * threshold, and when the next message would push one out of the window that no summary covers and
 * that would be forgotten.
 */
export function dueCut(context: SessionContext): Cut | undefined {
  const { memory, messages, counters } = context;
  const { summaries, maxMessageHistory } = contextPolicy(context);
  const tokenLimit = tokenLimitOf(context);
  if (memory === undefined || !summaries || counters.messages === memory.failedAt) return undefined;
  const open = uncovered(context);
  const full = open.length >= maxMessageHistory;
  if (!full && windowTokens(context) < tokenLimit * THRESHOLD) return undefined;
  const least = Math.min(LEAST, Math.max(1, Math.floor(maxMessageHistory * OLDER)));
  const taken = olderPart(open, least, answerable(context, messages.length - open.length));
  if (taken === 0) return undefined;
  const stacked = stackTokens(context) + summaryRoom(context) <= (tokenLimit * STACK) / ratioOf(context);
  return { summaries: stacked ? 0 : memory.summaries.length, messages: taken };
}

/**
 * Number of the oldest items to cut, 70 % of them, at least `least`, at most `most`, whole pairs
 * only, else none.
 */
export function olderPart(items: readonly Paired[], least: number, most = items.length): number {
  const limit = Math.min(most, items.length - 1);
  const wanted = Math.min(limit, Math.max(least, Math.floor(items.length * OLDER)));
  for (let cut = wanted; cut >= least; cut -= 1) if (isWhole(items, cut)) return cut;
  for (let cut = Math.max(wanted, least) + 1; cut <= limit; cut += 1) if (isWhole(items, cut)) return cut;
  return 0;
}

/** Whether a message is one that `pending` counts until it is answered. */
export function waits({ role, aside }: Pick<Message, 'role' | 'aside'>): boolean {
  return role === 'customer' && aside !== true;
}

/** Index of the oldest message that is pending. */
export function firstPending(messages: readonly Pick<Message, 'role' | 'aside'>[], pending: number): number {
  let left = pending;
  let index = messages.length;
  for (let at = index - 1; at >= 0 && left > 0; at -= 1) {
    const message = messages[at];
    if (message === undefined || !waits(message)) continue;
    left -= 1;
    index = at;
  }
  return index;
}

/** The last items, at most `most`, of which none has lost the other half of its pair. */
export function lastWhole<T extends Paired>(items: readonly T[], most: number): readonly T[] {
  let start = Math.max(0, items.length - most);
  while (start < items.length && !isWhole(items, start)) start += 1;
  return items.slice(start);
}

/** Whether no pair has messages on both sides of a cut before item `cut`. */
function isWhole(items: readonly Paired[], cut: number): boolean {
  const before = new Set(items.slice(0, cut).flatMap(({ pair }) => pair ?? []));
  return before.size === 0 || !items.slice(cut).some(({ pair }) => pair !== undefined && before.has(pair));
}

/**
 * The answer under way will follow the last message that it saw. Later messages can't be covered
 * yet.
 */
function answerable({ answering, messages }: SessionContext, covered: number): number {
  if (!answering) return messages.length;
  return messages.findLastIndex(({ id }) => id === answering.after) + 1 - covered;
}

function stackTokens({ memory }: SessionContext): number {
  return sum(memory?.summaries ?? []);
}

function ratioOf({ memory }: SessionContext): number {
  return memory?.ratio ?? 1;
}

function sum(items: readonly { readonly tokens?: number | undefined }[]): number {
  return items.reduce((total, { tokens = 0 }) => total + tokens, 0);
}
