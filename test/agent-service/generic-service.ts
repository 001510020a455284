/** The agent service with what all assistants share, and an invocation as a host gives one. */

import type { InvocationContext } from '#actors/contract/api.ts';
import { conversation } from '#agent-service/generic-workflows.ts';
import { summarize } from '#agent-service/memory/summarize.ts';
import type { Provider } from '#agent-service/provider.ts';
import { InProcessAgentService } from '#agent-service/service.ts';
import type { Tool } from '#agent-service/tools.ts';
import { Workflows } from '#agent-service/workflows.ts';
import { formatAddress, parseSessionId } from '#machines/ids.ts';

const workflows = new Workflows([conversation(), summarize]);

/** For an offline model. */
export const plans = workflows.offlinePlans;

/** Close it, unless all of its runs have ended. */
export function genericService(provider: Provider, tools: readonly Tool[] = []): InProcessAgentService {
  return new InProcessAgentService({
    provider,
    workflows: tools.length === 0 ? workflows : new Workflows([conversation(tools), summarize]),
  });
}

export function invocation(parts: Partial<InvocationContext> = {}): InvocationContext {
  return {
    sessionId: parseSessionId('01890000-0000-7000-8000-000000000001'),
    address: formatAddress({ channel: 'web', account: 'default', peer: 'v_1' }),
    runId: 'run-1',
    attempt: 1,
    progress: null,
    saveProgress: async () => undefined,
    publish: () => undefined,
    released: () => false,
    ...parts,
  };
}
