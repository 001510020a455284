/** One session of the real companion on a memory store, under a clock that the test moves. */
import type { Provider } from '#agent-service/provider.ts';
import { companion } from '#assistants/companion/assistant.ts';
import type { PolicySettings } from '#machines/session/policy.ts';
import { AssistantSession } from '#test/assistants/assistant-session.ts';

export class CompanionSession extends AssistantSession {
  constructor(provider: Provider, policy: PolicySettings = {}) {
    super(companion, provider, policy);
  }
}
