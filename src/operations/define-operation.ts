/**
 * An operation is one thing that a caller can do, as a value. It knows no transport. HTTP is a
 * projection of it (src/http/routes.ts), as other transports will be. Only `runOperation` runs it.
 *
 * @example docs/reference/operations.md adds one, step by step.
 */
import * as z from 'zod';
import type { Scope } from './caller.ts';
import type { OperationContext } from './context.ts';
import type { ProblemType } from './problems.ts';

type Immutable<T> = T extends readonly (infer Item)[]
  ? readonly Immutable<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: Immutable<T[K]> }
    : T;

/**
 * The result of `run`. It is what the output schema takes, with bytes beside it if the operation is
 * binary.
 */
export type ResultOf<Output extends z.ZodObject, Binary extends boolean> = Immutable<z.input<Output>> &
  (Binary extends true ? { readonly bytes: Uint8Array } : unknown);

export interface Operation<
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodObject = z.ZodObject,
  Binary extends boolean = boolean,
> {
  /** `noun.verb`, published. Unique among `operations`. */
  readonly name: string;
  /** The caller needs it. */
  readonly scope: Scope;
  /** `write` if it changes anything. */
  readonly effect: 'read' | 'write';
  /** One sentence for people and for models. */
  readonly summary: string;
  /** Strict. Its values come from JSON. A projection that has text converts it first. */
  readonly input: Input;
  /** Strict, so that nothing is shown that was not meant to be. */
  readonly output: Output;
  /** For files. `output` is `fileHead` then, and the result has `bytes` beside it. */
  readonly binary?: Binary;
  /**
   * Problems that it may throw, beside invalid input, `forbidden` and failures to reach a store.
   */
  readonly errors?: readonly ProblemType[];
  /** The id of what a call is about, for the audit. */
  target?(input: z.output<Input>): string;
  run(context: OperationContext, input: z.output<Input>): Promise<ResultOf<Output, Binary>>;
}

/** Types `run` by the schemas. */
export function defineOperation<Input extends z.ZodObject, Output extends z.ZodObject, Binary extends boolean = false>(
  operation: Operation<Input, Output, Binary>,
): Operation<Input, Output, Binary> {
  return Object.freeze(operation);
}

/** The output of operations that give a file. */
export const fileHead = z.strictObject({
  id: z.string().describe('Names these very bytes: a file never changes.'),
  name: z.string().describe('As the customer sees it, with its ending.'),
  mimeType: z.string(),
  size: z.int().positive().describe('Bytes.'),
});
