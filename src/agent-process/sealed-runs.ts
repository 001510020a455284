/**
 * Runs for sandboxes. They call a model, and nothing of theirs leaves. No tool is called, no hook
 * of an assistant runs, no partial answer is shown, and files are kept in memory.
 *
 * The offline model costs nothing and asks no budget. The real one is paid by the budgets.
 */
import type { Registry } from '#actors/contract/registry.ts';
import type { Hook } from '#agent-service/hooks.ts';
import { createOfflineProvider } from '#agent-service/offline/adapter.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { createReadingRegistry } from '../cli/reading-registry.ts';
import { type AgentServiceParts, createAgentService } from './create-agent-service.ts';

export interface SealedRunsParts
  extends Pick<AgentServiceParts, 'config' | 'assistants' | 'ledger' | 'now' | 'log' | 'metrics' | 'provider'> {
  /** Whether the real model may be called. */
  readonly realModel: boolean;
}

export interface SealedRuns {
  /** The assistants with runs that call this model. Undefined if it may not be called. */
  registry(model: 'offline' | 'real'): Registry | undefined;
  close(): void;
}

/** Before all other hooks, so that no tool is called, whatever the model asks for. */
const SEAL: Hook = {
  name: 'sandbox',
  gate: true,
  onToolUse: ({ name }) => ({ refuse: `The tool ${name} is not called in a sandbox. Answer without it.` }),
};

export function sealedRuns({ config, assistants, ledger, now, log, metrics, provider, realModel }: SealedRunsParts): SealedRuns {
  const { approvals, files } = createMemoryStore();
  const made = new Map<'offline' | 'real', { readonly registry: Registry; readonly close: () => void }>();
  const common = { config, assistants, ledger, approvals, now, log, hooks: [SEAL] };
  const mayCallReal = realModel && (provider !== undefined || config.model.apiKey !== undefined);

  function make(model: 'offline' | 'real') {
    const service =
      model === 'real'
        ? createAgentService({ ...common, metrics, provider })
        : createAgentService({ ...common, metrics: { cost: () => {} }, provider: (plans) => createOfflineProvider({ plans, delayMs: 0 }) });
    return { registry: createReadingRegistry({ assistants, service, files, now }), close: () => void service.close() };
  }

  return {
    registry(model) {
      if (model === 'real' && !mayCallReal) return undefined;
      const known = made.get(model) ?? make(model);
      made.set(model, known);
      return known.registry;
    },
    close() {
      for (const { close } of made.values()) close();
    },
  };
}
