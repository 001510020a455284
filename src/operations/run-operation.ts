/**
 * Runs operations. Nothing else does. Checks the caller's scope and the input, runs the operation,
 * and writes one audit entry whatever the outcome. Throws `InvalidInput`, `OperationProblem`, or
 * what the ports throw.
 */
import type * as z from 'zod';
import { InvalidInput, StatechatError } from '#machines/errors.ts';
import type { OperationContext } from './context.ts';
import type { Operation, ResultOf } from './define-operation.ts';
import { OperationProblem, problemTypes } from './problems.ts';

/** How messages name a field of the input, given its path. An empty path is the whole input. */
export type FieldNames = (path: readonly PropertyKey[]) => string;

const plainNames: FieldNames = (path) => path.map(String).join('.') || 'input';

export async function runOperation<Input extends z.ZodObject, Output extends z.ZodObject, Binary extends boolean>(
  operation: Operation<Input, Output, Binary>,
  context: OperationContext,
  input: unknown,
  fieldNames: FieldNames = plainNames,
): Promise<ResultOf<Output, Binary>> {
  const { caller } = context;
  const parsed = operation.input.safeParse(input);
  let outcome = 'done';
  try {
    if (!caller.scopes.has(operation.scope)) {
      const detail = `${operation.name} needs the scope ${operation.scope}.`;
      throw new OperationProblem(problemTypes.forbidden, detail, { scope: operation.scope });
    }
    if (!parsed.success) throw invalidInput(parsed.error, fieldNames);
    const result = await operation.run(context, parsed.data);
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
      target: (parsed.success ? operation.target?.(parsed.data) : undefined) ?? null,
      outcome,
    });
  }
}

function invalidInput(error: z.ZodError, fieldNames: FieldNames): InvalidInput {
  const faults = new Set(error.issues.map(({ path, message }) => `${fieldNames(path)}: ${message}`));
  return new InvalidInput(`${[...faults].join('; ')}.`);
}

/** Throws if the result differs from the output schema once it is JSON, as the caller gets it. */
function checkResult(operation: Operation, result: object): void {
  const { bytes, ...shown }: { readonly bytes?: unknown } = result;
  const checked = operation.output.safeParse(JSON.parse(JSON.stringify(operation.binary === true ? shown : result)));
  const faults = checked.success ? [] : checked.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
  if (operation.binary === true && !(bytes instanceof Uint8Array)) faults.push('bytes: expected a Uint8Array');
  if (faults.length > 0) throw contractBroken(operation, `gave a result that its output schema refuses: ${faults.join('; ')}`);
}

function checkedProblem(operation: Operation, error: unknown): unknown {
  if (!(error instanceof OperationProblem) || error.type === problemTypes.forbidden) return error;
  if (operation.errors?.includes(error.type) === true) return error;
  return contractBroken(operation, `threw the problem "${error.type.code}", which it does not declare in \`errors\``, error);
}

function contractBroken(operation: Operation, what: string, cause?: unknown): StatechatError {
  return new StatechatError('contract_broken', `The operation ${operation.name} ${what}`, { expose: false, cause });
}
