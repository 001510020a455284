/**
 * Analysis sessions of callers. Each belongs to one caller, and is at an address of its own,
 * `mcp:{owner}:{id}`. A caller finds its own sessions alone.
 */
import { createHash } from 'node:crypto';
import { machineIn } from '#actors/session/stored-machine.ts';
import { type AnalysisSessionContext, analysisSessionContext } from '#machines/analysis-session/context.ts';
import { ownerTag } from '#machines/analysis-session/definition.ts';
import { type Address, formatAddress, parseSessionId } from '#machines/ids.ts';
import type { SessionRow } from '#storage/port.ts';
import type { Caller } from './caller.ts';
import type { OperationContext } from './context.ts';
import { OperationProblem, problemTypes } from './problems.ts';

/** Name of the assistant that analysis sessions are bound to. */
export const ANALYSIS_SESSIONS = 'analysis-session';

const ACCOUNT = /^[\w.@-]{1,64}$/;

/**
 * Key of a caller, which can be the account of an address. Each API token is a caller, and all
 * programs with the first one are one.
 */
export function analysisOwner({ kind, agent, token }: Pick<Caller, 'kind' | 'agent' | 'token'>): string {
  const id = kind === 'token' ? token?.id : agent.id;
  const key = id === undefined ? kind : `${kind}.${id}`;
  return ACCOUNT.test(key) ? key : `${kind}.${createHash('sha256').update(key).digest('hex').slice(0, 40)}`;
}

/** @param id of the session's place. The same id leads to the same session. */
export function analysisAddress(owner: string, id: string): Address {
  return formatAddress({ channel: 'mcp', account: owner, peer: id });
}

export interface AnalysisSession {
  readonly row: SessionRow;
  readonly context: AnalysisSessionContext;
}

/** Throws `not_found`, also for a session of another caller. */
export async function ownAnalysis({ store, caller }: OperationContext, sessionId: string): Promise<AnalysisSession> {
  const row = await store.load({ id: idOf(sessionId) });
  if (row?.assistant !== ANALYSIS_SESSIONS || !row.tags.includes(ownerTag(analysisOwner(caller)))) throw noSuchAnalysis(sessionId);
  return { row, context: analysisContext(row) };
}

export function analysisContext(row: SessionRow): AnalysisSessionContext {
  return analysisSessionContext.parse(machineIn(row)?.context);
}

function idOf(text: string) {
  try {
    return parseSessionId(text);
  } catch {
    throw noSuchAnalysis(text);
  }
}

function noSuchAnalysis(id: string): OperationProblem {
  return new OperationProblem(
    problemTypes.notFound,
    `You have no analysis session "${id.slice(0, 80)}". List the sessions that you have, or create one.`,
  );
}
