/** All assistants of this program as the host runs them, and the effects of their machines. */
import type { Effect } from '#actors/contract/effect.ts';
import { type AssistantBinding, Registry } from '#actors/contract/registry.ts';
import { invocationContext } from '#actors/invocations/invocation-context.ts';
import { type BindingParts, bindAssistant, sessionInputOf } from '#assistants/bind-assistant.ts';
import type { Assistant } from '#assistants/define-assistant.ts';
import { Unavailable } from '#machines/errors.ts';
import { sessionDefinitions } from '#machines/session/definition.ts';
import type { Files } from '#storage/files.ts';
import { type MessageEffectsParts, messageEffects } from '../delivery/message-effects.ts';

export interface RegistryParts extends BindingParts, MessageEffectsParts {
  readonly files: Files;
  readonly assistants: readonly Assistant[];
  /** Assistants that were bound elsewhere, to machines of their own. */
  readonly bindings?: readonly AssistantBinding[];
  /** Beside the program's own. */
  readonly effects?: readonly Effect[];
}

export function createRegistry({ assistants, bindings = [], effects = [], ...parts }: RegistryParts): Registry {
  return new Registry({
    assistants: [...assistants.map((assistant) => bindAssistant(assistant, parts)), ...bindings],
    // A session that nothing can read goes on as one that waits for a human, with no bot behind it.
    quarantine: {
      name: 'quarantine',
      definitions: sessionDefinitions(),
      input: (opening) => sessionInputOf(opening, { ...parts.policy, summaries: false }),
      firstEvent: ({ now }) => ({ type: 'escalate', at: now, reason: 'the stored session cannot be read' }),
    },
    effects: [...messageEffects(parts), ...effects],
  });
}

/** For who only reads sessions and runs none: no policy is asked for, no run is made. */
export function createReadingRegistry(parts: Pick<RegistryParts, 'assistants' | 'bindings' | 'effects' | 'log'>): Registry {
  const never = (): Promise<never> => Promise.reject(new Unavailable('Here sessions are only read: nothing is run.'));
  return createRegistry({
    ...parts,
    service: { outlives: false, start: never, stop: never, stream: () => ({ [Symbol.asyncIterator]: () => ({ next: never }) }) },
    contextOf: invocationContext,
    policy: {},
    channelOf: () => undefined,
    files: { get: async () => undefined, put: never },
    now: Date.now,
    handOver: false,
  });
}
