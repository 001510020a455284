/** All assistants of this program as the host runs them, and the effects of their machines. */
import type { Effect } from '#actors/contract/effect.ts';
import { type AssistantBinding, type QuarantineReason, Registry } from '#actors/contract/registry.ts';
import { type BindingParts, bindAssistant, sessionInputOf } from '#assistants/bind-assistant.ts';
import type { Assistant } from '#assistants/define-assistant.ts';
import { sessionDefinitions } from '#machines/session/definition.ts';
import { analysisSessions } from './analysis-sessions.ts';

export interface RegistryParts extends BindingParts {
  readonly assistants: readonly Assistant[];
  /** Assistants that were bound elsewhere, to machines of their own. */
  readonly bindings?: readonly AssistantBinding[];
  /** What actions of their machines do in the world. */
  readonly effects: readonly Effect[];
}

/** What an agent reads of a session in quarantine. */
const QUARANTINED: Readonly<Record<QuarantineReason, string>> = {
  unreadable: 'the stored session cannot be read',
  'cannot begin': 'the session of its assistant cannot begin',
};

export function createRegistry({ assistants, bindings = [], effects, ...parts }: RegistryParts): Registry {
  return new Registry({
    assistants: [...assistants.map((assistant) => bindAssistant(assistant, parts)), analysisSessions, ...bindings],
    // A session that nothing can read, or that cannot begin, waits for a human, without a bot.
    quarantine: {
      name: 'quarantine',
      definitions: sessionDefinitions(),
      input: (opening) => sessionInputOf(opening, { ...parts.policy, summaries: false }),
      firstEvent: ({ now }, why) => ({ type: 'escalate', at: now, reason: QUARANTINED[why] }),
    },
    effects,
  });
}

/** Whether customers can talk to an assistant. Analysis sessions have none. */
export function answersCustomers(registry: Registry): (name: string) => boolean {
  return (name) => name !== analysisSessions.name && registry.assistant(name) !== undefined;
}
