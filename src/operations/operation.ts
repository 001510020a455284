/**
 * An operation is one thing that a caller can do, as a value. It knows no transport. HTTP is a
 * projection of it (src/http/routes.ts), as other transports will be.
 *
 * Invariant
 * Only `runOperation` can run one, because no other code can name the symbol that is the key of its
 * `run`. So each call has its scope checked, its input decoded and its audit entry.
 *
 * @example docs/reference/operations.md adds one, step by step.
 */
import * as z from 'zod';
import { InvalidInput, StatechatError } from '#machines/errors.ts';
import type { FileContent } from '#machines/file-content.ts';
import { wellFormedJson } from '#machines/text.ts';
import type { Scope } from './caller.ts';
import type { OperationContext } from './context.ts';
import { OperationProblem, type ProblemType, problemTypes } from './problems.ts';

const RUN: unique symbol = Symbol('run');

type Immutable<T> = T extends readonly (infer Item)[]
  ? readonly Immutable<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: Immutable<T[K]> }
    : T;

/** A file that is stored is read when its bytes are needed, whole or in part. */
type Stored = Pick<FileContent, 'read'>;

/** A file that is made as it is read. */
type Made = Readonly<Record<'bytes', AsyncIterable<Uint8Array>>>;

/** The size of a stored file is known. */
type ContentOf<Field> = string extends Field ? Stored | Made : 'size' extends Field ? Stored : Made;

/**
 * The result of `run`. It is what the output schema takes, with the content of a file beside it if
 * the operation is binary.
 */
type ResultOf<Output extends z.ZodObject, Binary extends boolean> = Immutable<z.input<Output>> &
  (Binary extends true ? ContentOf<keyof Output['shape']> : unknown);

interface Facts<Input extends z.ZodObject, Output extends z.ZodObject, Binary extends boolean> {
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
  /**
   * For files. `output` is `fileHead` or `streamHead` then, and the result has `read` or `bytes`
   * beside it.
   */
  readonly binary?: Binary;
  /**
   * Problems that it may throw, beside invalid input, `forbidden` and failures to reach a store.
   */
  readonly errors?: readonly ProblemType[];
  /** The answer or the input has a secret, which nothing may keep. */
  readonly secret?: true;
  /** The id of what a call is about, for the audit. Undefined if it is about no single thing. */
  target?(input: z.output<Input>): string | undefined;
  /** What a call changes, for the audit, in short and without secrets. */
  detail?(input: z.output<Input>): string | undefined;
}

type Run<Input extends z.ZodObject, Output extends z.ZodObject, Binary extends boolean> = (
  context: OperationContext,
  input: z.output<Input>,
) => Promise<ResultOf<Output, Binary>>;

export interface Operation<
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodObject = z.ZodObject,
  Binary extends boolean = boolean,
> extends Facts<Input, Output, Binary> {
  [RUN](...given: Parameters<Run<Input, Output, Binary>>): ReturnType<Run<Input, Output, Binary>>;
}

/** Types `run` by the schemas. */
export function defineOperation<Input extends z.ZodObject, Output extends z.ZodObject, Binary extends boolean = false>({
  run,
  ...facts
}: Facts<Input, Output, Binary> & { run: Run<Input, Output, Binary> }): Operation<Input, Output, Binary> {
  return Object.freeze({ ...facts, [RUN]: run });
}

/** The output of operations that give a file. */
export const fileHead = z.strictObject({
  id: z.string().describe('Names these very bytes: a file never changes.'),
  name: z.string().describe('As the customer sees it, with its ending.'),
  mimeType: z.string(),
  size: z.int().positive().describe('Bytes.'),
});

/** The output of operations that write a file as it is read. */
export const streamHead = fileHead.pick({ name: true, mimeType: true });

/** How messages name a field of the input, given its path. An empty path is the whole input. */
export type FieldNames = (path: readonly PropertyKey[]) => string;

const plainNames: FieldNames = (path) => path.map(String).join('.') || 'input';

/**
 * Checks the caller's scope and the input, runs the operation, and writes one audit entry whatever
 * the outcome. Throws `InvalidInput`, `OperationProblem`, or what the ports throw.
 *
 * @param readInput may throw `InvalidInput` itself. That counts as input that the schema refuses.
 */
export async function runOperation<Input extends z.ZodObject, Output extends z.ZodObject, Binary extends boolean>(
  operation: Operation<Input, Output, Binary>,
  context: OperationContext,
  readInput: () => unknown,
  fieldNames: FieldNames = plainNames,
): Promise<ResultOf<Output, Binary>> {
  const { caller } = context;
  const decoded = decodeInput(operation, readInput, fieldNames);
  let outcome = 'done';
  try {
    if (!caller.scopes.has(operation.scope)) {
      const detail = `${operation.name} needs the scope ${operation.scope}.`;
      throw new OperationProblem(problemTypes.forbidden, detail, { scope: operation.scope });
    }
    if (!decoded.ok) throw decoded.error;
    const result = await operation[RUN](context, decoded.input);
    if (context.checkResults === true) checkResult(operation, result);
    return result;
  } catch (thrown) {
    const error = context.checkResults === true ? checkedProblem(operation, thrown) : thrown;
    outcome = error instanceof StatechatError ? error.code : 'internal';
    throw error;
  } finally {
    context.audit({
      at: context.now(),
      caller: { kind: caller.kind, role: caller.role, agent: caller.agent.id },
      operation: operation.name,
      effect: operation.effect,
      target: (decoded.ok ? operation.target?.(decoded.input) : undefined) ?? null,
      outcome,
      detail: decoded.ok ? operation.detail?.(decoded.input) : undefined,
      network: caller.network ?? null,
    });
  }
}

type Decoded<Input extends z.ZodObject> =
  | { readonly ok: true; readonly input: z.output<Input> }
  | { readonly ok: false; readonly error: unknown };

/**
 * Throws nothing, so that the scope is checked first and the call is audited in any case. The
 * strings of the input are made well-formed.
 */
function decodeInput<Input extends z.ZodObject>(
  operation: { readonly input: Input },
  readInput: () => unknown,
  fieldNames: FieldNames,
): Decoded<Input> {
  try {
    const parsed = operation.input.safeParse(readInput());
    return parsed.success ? { ok: true, input: wellFormedJson(parsed.data) } : { ok: false, error: invalidInput(parsed.error, fieldNames) };
  } catch (error) {
    return { ok: false, error };
  }
}

/** Names every fault, in the caller's names of fields. */
export function invalidInput(error: z.ZodError, fieldNames: FieldNames): InvalidInput {
  const faults = new Set(error.issues.map(({ path, message }) => `${fieldNames(path)}: ${message}`));
  return new InvalidInput(`${[...faults].join('; ')}.`);
}

/** Throws if the result differs from the output schema once it is JSON, as the caller gets it. */
function checkResult(operation: Operation, result: object): void {
  const { bytes, read, ...shown }: { readonly bytes?: unknown; readonly read?: unknown } = result;
  const checked = operation.output.safeParse(JSON.parse(JSON.stringify(operation.binary === true ? shown : result)));
  const faults = checked.success ? [] : checked.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
  if (operation.binary === true && !isIterable(bytes) && typeof read !== 'function') faults.push('expected bytes or read');
  if (faults.length > 0) throw contractBroken(operation, `gave a result that its output schema refuses: ${faults.join('; ')}`);
}

function isIterable(bytes: unknown): boolean {
  return typeof bytes === 'object' && bytes !== null && Symbol.asyncIterator in bytes;
}

function checkedProblem(operation: Operation, error: unknown): unknown {
  if (!(error instanceof OperationProblem) || error.type === problemTypes.forbidden) return error;
  if (operation.errors?.includes(error.type) === true) return error;
  return contractBroken(operation, `threw the problem "${error.type.code}", which it does not declare in \`errors\``, error);
}

function contractBroken(operation: Operation, what: string, cause?: unknown): StatechatError {
  return new StatechatError('contract_broken', `The operation ${operation.name} ${what}`, { expose: false, cause });
}
