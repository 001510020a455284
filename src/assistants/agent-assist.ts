/** Runs of the model for human agents, over the registry and the agent service. */
import type { Registry } from '#actors/contract/registry.ts';
import { readSession } from '#actors/session/activation.ts';
import { assistRun } from '#agent-service/assist/assist-run.ts';
import { OFFLINE_MODEL } from '#agent-service/offline/adapter.ts';
import type { Spent } from '#agent-service/run-spending.ts';
import type { AgentService } from '#agent-service/service.ts';
import type { SessionId } from '#machines/ids.ts';
import type { AgentAssist } from '../operations/agent-assist.ts';

export interface AgentAssistParts {
  readonly registry: Registry;
  readonly service: AgentService;
  /** Counts what a run used, in the session and in the metrics. */
  readonly spent: (sessionId: SessionId, spent: Spent) => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly onError: (where: string, error: unknown) => void;
}

export function createAgentAssist({ registry, service, spent, now, onError }: AgentAssistParts): AgentAssist {
  return async (row, wish, { runId, signal, onText }) => {
    const assist = registry.assistant(row.assistant)?.binding.assist;
    if (assist === undefined) return undefined;
    const at = now();
    const request = assist(readSession(registry, row, at).snapshot.machine.context, wish, at);
    const { text, model } = await assistRun(service, {
      sessionId: row.id,
      runId,
      request,
      signal,
      onText,
      onUsage: (usage, id) => void spent(row.id, { id: `spent:${id}`, usage }).catch((error: unknown) => onError('counting a run', error)),
    });
    return { text, model, offline: model === OFFLINE_MODEL };
  };
}
