/**
 * Failures of runs, and what follows from each for the customer. A code that is not decided does
 * not compile where the agent service throws it.
 */
import * as z from 'zod';

/**
 * `again` means that the same request may succeed later, and the customer reads so. `lasting` means
 * that it cannot, and the customer is offered a human. `shorter` is `lasting` for a request that
 * was made shorter and failed again. `declined` and `budget` are answers, which the run gives in
 * words of their own. `stopped` is no failure.
 */
export type Remedy = 'again' | 'lasting' | 'shorter' | 'declined' | 'budget' | 'stopped';

const RUN_FAILURES = {
  /** The provider, the store or the agent service cannot be reached, or limits the requests. */
  unavailable: 'again',
  /** The agent service repeatedly does not know the run any more. */
  not_found: 'again',
  /** What the model wrote cannot be used. It may write something else. */
  no_text: 'again',
  max_tokens: 'again',
  max_turns: 'again',
  invalid_output: 'again',
  /** A file could not be kept. */
  not_kept: 'again',
  /** The model reads no conversation of this length. */
  context_full: 'shorter',
  /** The key, the credit, the model's name or the request itself. */
  refused: 'lasting',
  unknown_price: 'lasting',
  invalid_input: 'lasting',
  not_provided: 'lasting',
  unknown_logic: 'lasting',
  /** A defect. */
  internal: 'lasting',
  model_refused: 'declined',
  budget_spent: 'budget',
  stopped: 'stopped',
} as const satisfies Record<string, Remedy>;

export type RunFailureCode = keyof typeof RUN_FAILURES;

const REMEDIES: ReadonlyMap<string, Remedy> = new Map(Object.entries(RUN_FAILURES));

const coded = z.object({ code: z.string() });

/** Of an error that a run rejected with. An error without a known code may pass by itself. */
export function remedyOf(error: unknown): Remedy {
  return REMEDIES.get(coded.safeParse(error).data?.code ?? '') ?? 'again';
}

/** Whether the message to the customer may suggest another try. */
export function mayPass(error: unknown): boolean {
  return remedyOf(error) === 'again';
}
