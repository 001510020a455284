/** Problems of operations in terms of MCP. */
import { type CallToolResult, ProtocolError, ProtocolErrorCode, ResourceNotFoundError } from '@modelcontextprotocol/server';
import { problemOf } from '#channels/problem.ts';
import { OperationProblem } from '../operations/problems.ts';

export interface McpProblem {
  /** As of HTTP. docs/reference/problems.md has what to do about it. */
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly [fact: string]: unknown;
}

/** The key under which a result of a tool has its problem. */
const PROBLEM_META = 'statechat/problem';

/** Receives defects, whose details callers do not see. */
export type OnDefect = (where: string, error: unknown) => void;

export function mcpProblem(where: string, error: unknown, onDefect: OnDefect): McpProblem {
  if (error instanceof OperationProblem) return { ...error.facts, code: error.code, title: error.type.title, detail: error.message };
  const problem = problemOf(error);
  if (problem !== undefined) {
    const { facts, code, title, detail, retryAfter } = problem;
    return { ...facts, code, title, detail, ...(retryAfter === undefined ? {} : { retryAfterSeconds: retryAfter }) };
  }
  onDefect(where, error);
  return { code: 'internal', title: 'Internal error', detail: 'Something failed that should not. The log of Statechat has it.' };
}

/** A model reads the text. A program reads the problem. */
export function toolError(problem: McpProblem): CallToolResult {
  const { code, title, detail } = problem;
  return { isError: true, content: [{ type: 'text', text: `${title} (${code}): ${detail}` }], _meta: { [PROBLEM_META]: problem } };
}

/** @param uri of the resource that was read. Absent for a list or a prompt. */
export function protocolError(problem: McpProblem, uri?: string): ProtocolError {
  if (problem.code === 'not_found' && uri !== undefined) return new ResourceNotFoundError(uri, problem.detail);
  const code =
    problem.code === 'internal' || problem.code === 'unavailable' ? ProtocolErrorCode.InternalError : ProtocolErrorCode.InvalidParams;
  return new ProtocolError(code, `${problem.title}: ${problem.detail}`, problem);
}
