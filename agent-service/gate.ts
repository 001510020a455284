/** Gates before each request to a model and each call of a tool. Budgets plug in here (A6). */
import { StatechatError } from '#machines/errors.ts';
import type { Usage } from './provider.ts';

/** What a request may cost at most, before it is made. */
export interface CallEstimate {
  readonly sessionId: string;
  readonly runId: string;
  /**
   * Turn of the run, from 1. `{runId}` and `turn` name a request. A run that restarts after a crash
   * repeats the names.
   */
  readonly turn: number;
  readonly workflow: string;
  readonly model: string;
  /** Estimated, see estimate.ts. */
  readonly inputTokens: number;
  /** The most that the model may write, thinking included. */
  readonly maxOutputTokens: number;
}

/** A reservation. `id` is the gate's own. */
export interface Permit {
  readonly id: string;
}

/**
 * Refusal by the gate, which is an answer and no failure. `code` names the reason, such as
 * `budget_spent`. `message` may be shown to the customer. `reason` is for the operator.
 */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly reason?: string;
}

/** The error that a run ends with after a refusal. */
export function refusedBy({ code, message, reason }: Refusal, facts: Record<string, unknown>): StatechatError {
  return new StatechatError(code, message, { facts: { ...facts, ...(reason === undefined ? {} : { reason }) } });
}

export type Admission = { readonly permit: Permit } | { readonly refusal: Refusal };

/**
 * `nothing` means that the request was refused or never reached the model. `part` means that it
 * broke off or was stopped, and the figures are the provider's so far with an estimate of what was
 * written since. `all` means the provider's final figures.
 */
export interface Spending {
  readonly extent: 'nothing' | 'part' | 'all';
  readonly usage: Usage;
}

/**
 * A call of a tool before it is made. `{runId}`, `turn` and `index` name it, also when the run
 * restarts.
 */
export interface PlannedToolCall {
  readonly runId: string;
  /** Turn of the run, from 1, and the place of the call among those of the turn, from 0. */
  readonly turn: number;
  readonly index: number;
  readonly tool: string;
  /** The tool's own price in micro-dollars. */
  readonly price: number;
}

/** Gate before each call of a tool that has a price. */
export interface ToolGate {
  /**
   * Reserves the price of the call. Undefined if the call costs nothing. Throws if it cannot
   * decide. The call is not made then, and the run ends with that error.
   */
  beforeTool(call: PlannedToolCall): Promise<Admission | undefined>;
  /** As `afterCall`. `made` is false if the tool was not called after all. */
  afterTool(permit: Permit, made: boolean): Promise<number>;
}

export interface CallGate {
  /**
   * Reserves the cost of the request. Throws if it cannot decide, for example because its store is
   * away or a price is unknown. The request is not made then (fail closed), and the run ends with
   * that error.
   */
  beforeCall(estimate: CallEstimate, signal: AbortSignal): Promise<Admission>;
  /**
   * Called exactly once for each permit while the process lives. The gate settles the permits of a
   * dead process. If it throws, the run ends, because uncounted spending must not continue.
   * Resolves to the cost in micro-dollars.
   */
  afterCall(permit: Permit, spending: Spending): Promise<number>;
}
