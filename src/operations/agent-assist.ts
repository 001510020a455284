/**
 * Port by which the model writes for a human agent. Its runs are no runs of the session's machine,
 * and what they cost counts in the session's money.
 */
import type { AssistWish } from '#machines/session/assist.ts';
import type { SessionRow } from '#storage/port.ts';

export interface AssistOptions {
  /** A run of this name that is under way or complete is not made, nor paid for, twice. */
  readonly runId: string;
  /** Stops the run. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the whole text so far. */
  readonly onText?: ((text: string) => void) | undefined;
}

export interface Assisted {
  readonly text: string;
  /** Name of the model that wrote it. */
  readonly model: string;
  /** It was written without a language model. */
  readonly offline: boolean;
}

/**
 * Resolves to undefined if the assistant of the session uses no model. Rejects with the
 * `StatechatError` of the run, such as `budget_spent`, with `Unavailable`, or with an `AbortError`.
 */
export type AgentAssist = (row: SessionRow, wish: AssistWish, options: AssistOptions) => Promise<Assisted | undefined>;
