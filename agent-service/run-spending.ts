/**
 * Usage of a session's run that no outcome reports, because the run failed, was stopped, or started
 * again after its process or the service died.
 *
 * Invariants
 * 1. Each start of a run is counted once. The start whose outcome the session receives is counted
 *    by it, and every other start by a report with its own name, however often it is sent.
 * 2. The usage of a start is stored with the work whenever another request follows, and the next
 *    attempt reports it.
 */
import * as z from 'zod';
import type { InvocationContext } from '#actors/contract/api.ts';
import type { Json } from '#machines/definition.ts';
import { type RunUsage, usageSchema } from '#machines/session/usage.ts';
import type { NumberedEvent } from './event-ring.ts';
import type { Usage } from './provider.ts';

/** For the session's counters. `id` names the report, and the second one changes nothing. */
export interface Spent {
  readonly id: string;
  readonly usage: RunUsage;
}

const beginning = z.object({ after: z.number(), usage: usageSchema });
const saved = z.looseObject({ spent: beginning });

const NOTHING: RunUsage = { tokensIn: 0, tokensOut: 0, costMicros: 0, toolCalls: 0, cacheHits: 0 };

export class RunSpending {
  readonly #context: InvocationContext;
  readonly #report: (spent: Spent) => Promise<void>;
  #read: number | undefined;
  #now: { readonly after: number; usage: RunUsage } | undefined;

  constructor(context: InvocationContext, report: (spent: Spent) => Promise<void>) {
    this.#context = context;
    this.#report = report;
    this.#now = saved.safeParse(context.progress).data?.spent;
  }

  /**
   * Id of the last event that was received from this start, or that the start begins after.
   * Undefined before there is one.
   */
  get read(): number | undefined {
    return this.#read;
  }

  get usage(): RunUsage {
    return this.#now?.usage ?? NOTHING;
  }

  /**
   * The reader is about to read the events after `after`, maybe again. The usage of another start
   * is reported.
   */
  async begins(after: number): Promise<void> {
    if (this.#now !== undefined && this.#now.after !== after) await this.settle();
    this.#now = { after, usage: NOTHING };
    this.#read = after;
  }

  count({ id, event }: NumberedEvent): void {
    const { usage } = this;
    this.#read = id;
    if (event.type === 'usage') this.#count({ ...counted(event.total, usage), costMicros: usage.costMicros + event.costMicros });
    else if (event.type === 'tool') {
      this.#count({ ...usage, toolCalls: usage.toolCalls + 1 });
      // Another request follows, and this process may die before its end. The run does not wait for
      // a slow store.
      this.#save();
    } else if (event.type === 'tool_result') {
      this.#count({
        ...usage,
        cacheHits: usage.cacheHits + (event.cached ? 1 : 0),
        costMicros: usage.costMicros + (event.costMicros ?? 0),
      });
      if (event.costMicros !== undefined) this.#save();
    } else if ((event.type === 'complete' || event.type === 'error') && event.usage !== undefined)
      this.#count({ ...counted(event.usage, usage), costMicros: event.costMicros ?? usage.costMicros });
  }

  /** No outcome will report what this start of the run cost. */
  async settle(): Promise<void> {
    const now = this.#now;
    this.#now = undefined;
    if (now === undefined || Object.values(now.usage).every((value) => value === 0)) return;
    await this.#report({ id: `spent:${this.#context.runId}:${now.after}`, usage: now.usage });
  }

  #save(): void {
    if (this.#now !== undefined) this.#context.saveProgress({ spent: { ...this.#now } }).catch(() => undefined);
  }

  #count(usage: RunUsage): void {
    if (this.#now !== undefined) this.#now.usage = usage;
  }
}

/** `tokensIn` is all that went in, from the cache or not. */
function counted({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }: Usage, before: RunUsage): RunUsage {
  return { ...before, tokensIn: inputTokens + cacheReadTokens + cacheWriteTokens, tokensOut: outputTokens };
}

/** A later save overwrites an earlier one, and saves are stored in their order. */
export function remembering(context: InvocationContext): InvocationContext {
  let known = z.record(z.string(), z.json()).safeParse(context.progress).data ?? {};
  let last: Promise<void> = Promise.resolve();
  const saveProgress = (progress: Json): Promise<void> => {
    known = { ...known, ...z.record(z.string(), z.json()).safeParse(progress).data };
    const whole = known;
    const stored = last.then(() => context.saveProgress(whole));
    last = stored.catch(() => undefined);
    return stored;
  };
  return { ...context, saveProgress };
}
