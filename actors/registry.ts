/**
 * What this program can run: its assistants with all versions of their machines, and the effects that actions name.
 * Immutable. Whatever the host could not run after a restart is refused here, at registration, by name.
 */
import type { Json, MachineDefinition } from '#machines/definition.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { EffectDefinition } from './api.ts';
import { HostRefusal } from './json.ts';
import { inspectMachine, type MachineParts } from './machine-inspection.ts';

/** What a session's first state is computed from. */
export interface Opening {
  readonly sessionId: SessionId;
  readonly address: Address;
  readonly assistant: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly previousId: SessionId | null;
  /** What came with the event that opens the session. */
  readonly hint: Json;
}

export interface AssistantBinding {
  readonly name: string;
  /** Every version that stored sessions may still be in. New sessions begin with the highest. */
  readonly definitions: readonly MachineDefinition[];
  /** Pure. The machine's input. Default: the opening itself. */
  readonly input?: (opening: Opening) => Json;
}

export interface RegisteredMachine extends MachineParts {
  readonly definition: MachineDefinition;
}

export interface RegisteredAssistant {
  readonly binding: AssistantBinding;
  readonly newest: RegisteredMachine;
  readonly machines: readonly RegisteredMachine[];
}

export interface RegistryOptions {
  readonly assistants: readonly AssistantBinding[];
  readonly effects: readonly EffectDefinition<never>[];
  /** Takes over sessions whose stored snapshot nothing can read. Its machine hands the customer to a human. */
  readonly quarantine?: AssistantBinding;
  /** Takes every action that has no effect of its own and no implementation in its machine: for tests that only watch. */
  readonly fallbackEffect?: EffectDefinition<never>;
}

export class Registry {
  readonly quarantine: RegisteredAssistant | undefined;
  readonly #assistants = new Map<string, RegisteredAssistant>();
  readonly #effects: ReadonlyMap<string, EffectDefinition<never>>;
  readonly #fallback: EffectDefinition<never> | undefined;

  constructor(options: RegistryOptions) {
    this.#effects = new Map(options.effects.map((effect) => [effect.type, effect]));
    this.#fallback = options.fallbackEffect;
    for (const binding of options.assistants) {
      if (this.#assistants.has(binding.name)) throw new HostRefusal(`two assistants are named "${binding.name}": names must differ`);
      this.#assistants.set(binding.name, this.#registerAll(binding));
    }
    this.quarantine = options.quarantine && this.#registerAll(options.quarantine);
  }

  assistants(): readonly RegisteredAssistant[] {
    return [...this.#assistants.values()];
  }

  assistant(name: string): RegisteredAssistant | undefined {
    return this.#assistants.get(name);
  }

  effect(type: string): EffectDefinition<never> | undefined {
    return this.#effects.get(type) ?? this.#fallback;
  }

  #registerAll(binding: AssistantBinding): RegisteredAssistant {
    const machines = binding.definitions.map((definition) => this.#register(binding.name, definition));
    const newest = machines.reduce<RegisteredMachine | undefined>(
      (best, machine) => (best && best.definition.version > machine.definition.version ? best : machine),
      undefined,
    );
    if (!newest) throw new HostRefusal(`assistant "${binding.name}" has no machine: give it at least one definition`);
    return { binding, newest, machines };
  }

  #register(assistant: string, definition: MachineDefinition): RegisteredMachine {
    const { problems, ...parts } = inspectMachine(definition.machine, (type) => this.effect(type) !== undefined);
    if (problems.length > 0) {
      throw new HostRefusal(
        `machine ${definition.id}@${definition.version} of assistant "${assistant}" can't be hosted:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
        { problems },
      );
    }
    return { definition, ...parts };
  }
}
