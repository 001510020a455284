/**
 * The live XState actors of one session: begun, or restored from an envelope, played, and persisted into an envelope again.
 *
 * Owns: what a stimulus is to the actors, and what of them is stored.
 * Does not own: the actors' surroundings (actor-system.ts), the envelope's format (stored-snapshot.ts), which stimuli are played,
 * and what becomes of a step that waits for running code (hosted-actor.ts).
 *
 * Invariants: pure but for its own state: no I/O, no clock, no randomness; time comes in with each stimulus.
 */
import type { AnyActor, AnyActorRef } from 'xstate';
import type { Json, MachineDefinition, MachineEvent, PersistedMachine, SnapshotView } from '#machines/definition.ts';
import { SessionActorSystem } from './actor-system.ts';
import { restoreDetachedChild } from './detached-children.ts';
import type { Recipient, Stimulus } from './input.ts';
import { keepDeadReferences, refuseDangling, serialsByPath } from './restorability.ts';
import { copyFromJson, HostRefusal, toData, toJson } from './serialize.ts';
import type { Call, InvocationCommand, RecordedAction } from './step.ts';
import type { Beginning, Envelope } from './stored-snapshot.ts';
import type { Answer } from './sync-calls.ts';
import type { Timers } from './timers.ts';
import { createActorIn, parentOf } from './xstate-internals.ts';

/** What the actors did since somebody last asked. */
export interface Doings {
  readonly actions: RecordedAction[];
  readonly emitted: MachineEvent[];
  readonly logs: (readonly Json[])[];
  readonly invocations: InvocationCommand[];
}

export type ActorView = SnapshotView & { readonly output: unknown; readonly error: unknown; readonly tags: ReadonlySet<string> };

type Origin = { readonly envelope: Envelope } | { readonly beginning: Beginning; readonly at: number; readonly answers: readonly Answer[] };

export class ActorTree {
  readonly #definition: MachineDefinition;
  readonly #host: SessionActorSystem;
  readonly #root: AnyActor;
  #now: number;
  #doings = nothingDone();

  private constructor(definition: MachineDefinition, origin: Origin) {
    this.#definition = definition;
    const envelope = 'envelope' in origin ? origin.envelope : undefined;
    this.#now = 'at' in origin ? origin.at : 0;
    this.#host = new SessionActorSystem({
      recorder: {
        action: (action) => this.#doings.actions.push(action),
        emitted: (event) => this.#doings.emitted.push(event),
        logged: (words) => this.#doings.logs.push(words),
        invocation: (command) => this.#doings.invocations.push(command),
      },
      now: () => this.#now,
      next: 'beginning' in origin ? origin.beginning.firstSerial : origin.envelope.next,
      timers: envelope?.timers ?? [],
      serials: envelope?.serials ?? {},
      absent: envelope?.absent ?? {},
      lingering: envelope?.lingering ?? {},
      taken: envelope?.taken ?? [],
    });
    this.#host.restoring = envelope !== undefined;
    if ('answers' in origin) this.#host.calls.begin(origin.answers);
    const parent = { system: this.#host.system };
    const given = envelope
      ? { snapshot: copyFromJson(envelope.snapshot) }
      : 'beginning' in origin
        ? { input: copyFromJson(origin.beginning.input) }
        : {};
    this.#root = createActorIn(definition.machine, { id: definition.machine.id, parent, ...given });
    // Errors are read from the snapshot; without a listener XState would throw them at the process.
    this.#root.subscribe({ error: () => {} });
    this.#root.start();
    if (envelope) {
      this.#host.freeIds();
      for (const orphan of envelope.orphans ?? []) restoreDetachedChild(orphan, definition.machine, this.#host);
      keepDeadReferences(this.#root, envelope.snapshot);
      this.#host.restored();
    }
  }

  /** `answers`: what code said so far to what the initial state asked of it. */
  static begin(definition: MachineDefinition, beginning: Beginning, at: number, answers: readonly Answer[]): ActorTree {
    return new ActorTree(definition, { beginning, at, answers });
  }

  static restore(definition: MachineDefinition, envelope: Envelope): ActorTree {
    return new ActorTree(definition, { envelope });
  }

  view(): ActorView {
    return this.#root.getSnapshot();
  }

  get timers(): Timers {
    return this.#host.timers;
  }

  /** The next free serial. */
  get next(): number {
    return this.#host.next;
  }

  /** None below this is given away any more. */
  skipTo(serial: number): void {
    this.#host.next = Math.max(this.#host.next, serial);
  }

  /** The call that the last play broke off at. The tree is of no more use then: it holds what will not have happened. */
  get open(): Call | undefined {
    return this.#host.calls.open;
  }

  /** Is the actor with this serial still there, and still waiting for its code? */
  runs(serial: number): boolean {
    return this.#host.actor(serial)?.getSnapshot().status === 'active';
  }

  /** `answers`: what code said so far to what this stimulus asked of it. */
  play(stimulus: Stimulus, now: number, answers: readonly Answer[]): void {
    this.#now = now;
    this.#host.calls.begin(answers);
    switch (stimulus.kind) {
      case 'event':
        this.#host.relay(this.#root, copyFromJson(stimulus.event) as MachineEvent);
        break;
      case 'timer': {
        const timer = this.timers.take(stimulus.serial);
        const target = timer && this.#host.actor(timer.target);
        if (target) this.#host.relay(target, copyFromJson(timer.event) as MachineEvent);
        break;
      }
      case 'drop':
        this.timers.take(stimulus.serial);
        break;
      case 'signal': {
        const leaf = this.#host.actor(stimulus.serial);
        const target = leaf?.getSnapshot().status === 'active' ? this.#recipient(leaf, stimulus.to) : undefined;
        if (target) this.#host.relay(target, copyFromJson(stimulus.event) as MachineEvent);
        break;
      }
      default:
        break;
    }
  }

  /** Whatever was done since this was last asked, and what of it the host can't keep. */
  takeDoings(): { readonly doings: Doings; readonly refusal: HostRefusal | undefined } {
    const taken = { doings: this.#doings, refusal: this.#host.finishStep() };
    this.#doings = nothingDone();
    return taken;
  }

  /** What is to be stored of the actors. Throws `HostRefusal` if the machine keeps something that cannot be. */
  persist(): Envelope {
    const persisted = this.#persistedSnapshot();
    const { status, tags, context } = this.view();
    return {
      format: 1,
      snapshot: {
        ...(toJson(persisted, 'snapshot', 'markInContexts') as Json & object),
        context: toData(context, 'context', refuseDangling(this.#root)),
      } as Json & PersistedMachine,
      timers: this.timers.persist(),
      serials: serialsByPath(this.#root, (actor) => this.#host.serialOf(actor)),
      next: this.#host.next,
      ...this.#host.inspectMachines(),
      ...(status === 'active' ? this.#host.persistDetachedChildren() : {}),
      ...(status === 'error' ? { tags: [...(tags ?? [])] } : {}),
    };
  }

  #recipient(leaf: AnyActorRef, to: Recipient): AnyActorRef | undefined {
    if (to === 'self') return leaf;
    return to === 'parent' ? parentOf(leaf) : this.#host.system.get(to.slice('system:'.length));
  }

  /** All but the context, which XState would walk once more than needed, and slowly: that is a fifth of a whole turn. */
  #persistedSnapshot(): unknown {
    try {
      return this.#definition.machine.getPersistedSnapshot({ ...this.#root.getSnapshot(), context: undefined });
    } catch (cause) {
      throw new HostRefusal(
        `the session can't be stored: ${cause instanceof Error ? cause.message : String(cause)} Name its logic in setup({ actors }).`,
      );
    }
  }
}

function nothingDone(): Doings {
  return { actions: [], emitted: [], logs: [], invocations: [] };
}
