/** All assistants of this program, and the effects of their machines. */
import type { Provider } from '#actors/agent/provider.ts';
import type { Effect } from '#actors/effect.ts';
import { type AssistantBinding, Registry } from '#actors/registry.ts';
import type { Draft, DraftOptions } from '#channels/port.ts';
import type { Address } from '#machines/ids.ts';
import { sessionDefinitions } from '#machines/session/definition.ts';
import type { PolicySettings } from '#machines/session/policy.ts';
import type { Config } from '../config.ts';
import { type MessageEffectsParts, messageEffects } from '../message-effects.ts';
import type { Pay } from '../pay.ts';
import { companion, sessionInputOf } from './companion.ts';

export interface RegistryParts extends MessageEffectsParts {
  readonly provider: Provider;
  readonly sessions: Config['sessions'];
  readonly openDraft: (address: Address, options: DraftOptions) => Draft | undefined;
  readonly now: () => number;
  readonly pay?: Pay;
  /** Hears of the tokens of each answer and summary. */
  readonly counted?: (tokens: { readonly tokensIn: number; readonly tokensOut: number }) => void;
  /** Beside the program's own. */
  readonly assistants?: readonly AssistantBinding[];
  /** Beside the program's own. */
  readonly effects?: readonly Effect[];
  /** Over what `sessions` says. */
  readonly policy?: PolicySettings;
}

export function createRegistry({
  provider,
  sessions,
  openDraft,
  now,
  pay,
  counted,
  assistants = [],
  effects = [],
  policy: settings = {},
  ...parts
}: RegistryParts): Registry {
  const policy = {
    idleMinutes: sessions.idleAfterMs / 60_000,
    expiryHours: sessions.closeAfterMs / 3_600_000,
    maxMessageHistory: sessions.maxMessages,
    ...settings,
  };
  return new Registry({
    assistants: [
      companion({
        provider,
        policy,
        openDraft,
        now,
        trouble: (error) => parts.log.warn({ error }, 'a summary was made without the model'),
        ...(pay ? { pay } : {}),
        ...(counted ? { counted } : {}),
      }),
      ...assistants,
    ],
    // A session that nothing can read goes on as one that waits for a human, with no bot behind it.
    quarantine: {
      name: 'quarantine',
      definitions: sessionDefinitions(),
      input: (opening) => sessionInputOf(opening, { ...policy, summaries: false }),
      firstEvent: ({ now }) => ({ type: 'escalate', at: now, reason: 'the stored session cannot be read' }),
    },
    effects: [...messageEffects(parts), ...effects],
  });
}
