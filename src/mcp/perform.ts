/**
 * How tools, resources and prompts perform an operation. Over HTTP it is performed in this process
 * for the caller of the request. Over stdio it is performed by a running Statechat
 * (src/cli/mcp.ts).
 */
import type { Caller } from '../operations/caller.ts';
import type { OperationContext, OperationPorts } from '../operations/context.ts';
import { type FieldNames, type Operation, runOperation } from '../operations/operation.ts';

export type Watch = Pick<OperationContext, 'signal' | 'onProgress'>;

/**
 * Resolves to the operation's result.
 *
 * @param readInput may throw `InvalidInput`.
 * @param fieldNames names fields in messages. Default is their own names.
 */
export type Perform = (operation: Operation, readInput: () => unknown, watch?: Watch, fieldNames?: FieldNames) => Promise<object>;

export function performHere(ports: OperationPorts, caller: Caller): Perform {
  return (operation, readInput, watch = {}, fieldNames) => runOperation(operation, { ...ports, ...watch, caller }, readInput, fieldNames);
}
