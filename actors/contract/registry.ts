/**
 * Registry has what this program can run, which is its assistants with all versions of their
 * machines, and the effects that actions name. It is immutable. It refuses by name, at
 * registration, what the host could not run after a restart.
 */
import type { AnyActorLogic } from 'xstate';
import type { Json, MachineDefinition, MachineEvent } from '#machines/definition.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { AssistRequest, AssistWish } from '#machines/session/assist.ts';
import type { BuiltContext } from '#machines/session/built-context.ts';
import type { FactFields } from '#machines/session/fact-fields.ts';
import { type MachineVersions, machineVersions } from '#machines/versions.ts';
import type { SessionRow } from '#storage/port.ts';
import { HostRefusal } from '../interpreter/serialize.ts';
import { type MachineFault, type MachineParts, validateMachine } from '../interpreter/validate-machine.ts';
import type { Effect } from './effect.ts';

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
  /**
   * Every version that stored sessions may still be in. New sessions begin with the highest version
   * of the last one's machine.
   */
  readonly definitions: readonly MachineDefinition[];
  /**
   * The machine's input. Must be pure. `previous` is the session before at the address, as it is
   * stored. Default is the opening itself.
   */
  readonly input?: (opening: Opening, previous?: SessionRow) => Json | undefined;
  /**
   * Must be pure. Builds what a model would receive about a session whose machine has this context
   * (M3). Absent if the assistant calls no model.
   */
  readonly describeContext?: (context: unknown, options: { readonly messages?: number | undefined; readonly now: number }) => BuiltContext;
  /** How its facts are shown to human agents. Absent if it says nothing of it. */
  readonly factFields?: FactFields;
  /**
   * Must be pure. The run by which the model writes something for a human agent about a session
   * whose machine has this context. Absent if the assistant calls no model.
   */
  readonly assist?: (context: unknown, wish: AssistWish, now: number) => AssistRequest;
  /** Logic of its machines that calls the agent service and nothing else. Sandboxes may run it. */
  readonly modelRuns?: ReadonlySet<AnyActorLogic>;
}

/** Why a session is in quarantine. Its snapshot cannot be read, or its first step failed. */
export type QuarantineReason = 'unreadable' | 'cannot begin';

/** The assistant that takes over sessions that their own machine cannot hold. */
export interface QuarantineBinding extends AssistantBinding {
  /**
   * Pure. The first event of its machine, in the turn that begins it. It calls a human before
   * anything else happens.
   */
  readonly firstEvent?: (opening: Opening, why: QuarantineReason) => MachineEvent;
}

/** The name by which instances announce what they can run. */
export function machineName({
  assistant,
  machineId,
  machineVersion,
}: Pick<SessionRow, 'assistant' | 'machineId' | 'machineVersion'>): string {
  return `${assistant}/${machineId}@${machineVersion}`;
}

export interface RegisteredMachine extends MachineParts {
  readonly definition: MachineDefinition;
}

export interface RegisteredAssistant {
  readonly binding: AssistantBinding;
  readonly newest: RegisteredMachine;
  readonly versions: MachineVersions;
  /** What registration found in a definition of this assistant. */
  readonly machineOf: (definition: MachineDefinition) => RegisteredMachine;
}

export interface RegistryOptions {
  readonly assistants: readonly AssistantBinding[];
  readonly effects: readonly Effect[];
  /**
   * Takes over sessions whose stored snapshot nothing can read, and new ones that cannot begin. Its
   * machine hands the customer to a human.
   */
  readonly quarantine?: QuarantineBinding;
  /**
   * Takes every action that has no effect of its own and no implementation in its machine. It is
   * for tests that only watch.
   */
  readonly fallbackEffect?: Effect;
}

/** A machine that cannot be hosted, with the places of all its problems. */
export class MachineRefusal extends HostRefusal {
  readonly definition: MachineDefinition;
  readonly faults: readonly MachineFault[];

  constructor(
    message: string,
    {
      problems,
      definition,
      faults,
    }: { readonly problems: readonly string[]; readonly definition: MachineDefinition; readonly faults: readonly MachineFault[] },
  ) {
    super(message, { problems });
    this.definition = definition;
    this.faults = faults;
  }
}

export class Registry {
  readonly quarantine: (RegisteredAssistant & { readonly firstEvent: QuarantineBinding['firstEvent'] }) | undefined;
  readonly #assistants = new Map<string, RegisteredAssistant>();
  readonly #effects: ReadonlyMap<string, Effect>;
  readonly #fallback: Effect | undefined;

  constructor(options: RegistryOptions) {
    this.#effects = new Map(options.effects.map((effect) => [effect.type, effect]));
    this.#fallback = options.fallbackEffect;
    for (const binding of options.assistants) {
      if (this.#assistants.has(binding.name)) throw new HostRefusal(`two assistants are named "${binding.name}": names must differ`);
      this.#assistants.set(binding.name, this.#registerAll(binding));
    }
    this.quarantine = options.quarantine && { ...this.#registerAll(options.quarantine), firstEvent: options.quarantine.firstEvent };
  }

  assistants(): readonly RegisteredAssistant[] {
    return [...this.#assistants.values()];
  }

  /** Names of each version of each assistant's machines (see `machineName`). */
  machines(): readonly string[] {
    return this.assistants().flatMap(({ binding: { name, definitions } }) =>
      definitions.map(({ id, version }) => machineName({ assistant: name, machineId: id, machineVersion: version })),
    );
  }

  assistant(name: string): RegisteredAssistant | undefined {
    return this.#assistants.get(name);
  }

  /** `implemented` is true if the machine has an implementation of its own for it. */
  effect(type: string, implemented = false): Effect | undefined {
    return this.#effects.get(type) ?? (implemented ? undefined : this.#fallback);
  }

  #registerAll(binding: AssistantBinding): RegisteredAssistant {
    const machines = new Map(binding.definitions.map((definition) => [definition, this.#register(binding.name, definition)]));
    const versions = machineVersions(binding.definitions);
    const machineOf = (definition: MachineDefinition): RegisteredMachine => {
      const machine = machines.get(definition);
      if (!machine) throw new HostRefusal(`${definition.id}@${definition.version} is not registered for assistant "${binding.name}"`);
      return machine;
    };
    const first = binding.definitions.at(-1);
    if (!first) throw new HostRefusal(`assistant "${binding.name}" has no machine: give it at least one definition`);
    return { binding, newest: machineOf(versions.newest(first.id)), versions, machineOf };
  }

  #register(assistant: string, definition: MachineDefinition): RegisteredMachine {
    const { problems, faults, ...parts } = validateMachine(definition.machine, (type) => this.effect(type) !== undefined);
    if (problems.length > 0) {
      throw new MachineRefusal(
        `machine ${definition.id}@${definition.version} of assistant "${assistant}" can't be hosted:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
        { problems, definition, faults },
      );
    }
    return { definition, ...parts };
  }
}
