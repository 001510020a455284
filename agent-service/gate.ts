/** The gate before each request to a model: what budgets plug into (A6). */
import type { Usage } from './provider.ts';

/** What a request may cost at most, before it is made. */
export interface CallEstimate {
  readonly sessionId: string;
  readonly runId: string;
  /** Of the run, from 1. `{runId}` and `turn` name a request; a run that is begun again after a crash makes them again. */
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
 * The gate says no, which is an answer and no failure. `code` names why, e.g. `budget_spent`; `message` may be shown to the
 * customer, `reason` is for those who look after the program.
 */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly reason?: string;
}

export type Admission = { readonly permit: Permit } | { readonly refusal: Refusal };

/**
 * `nothing`: the request was refused or never reached the model. `part`: it broke off or was stopped; the figures are
 * what the provider had said by then, with what was written since estimated. `all`: the provider's final figures.
 */
export interface Spending {
  readonly extent: 'nothing' | 'part' | 'all';
  readonly usage: Usage;
}

export interface CallGate {
  /**
   * Reserves what the request may cost. Throws when it cannot tell, e.g. because its store is away or a price is
   * unknown: then the request is not made (fail closed), and the run ends with that error.
   */
  beforeCall(estimate: CallEstimate, signal: AbortSignal): Promise<Admission>;
  /**
   * Exactly once for each permit, while the process lives: a permit that a dead process held is the gate's to settle.
   * When it throws, the run ends: spending that nobody counts must not go on. Resolves to what it cost, in micro-dollars.
   */
  afterCall(permit: Permit, spending: Spending): Promise<number>;
}
