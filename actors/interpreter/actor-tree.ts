/**
 * The live XState actors of one session. They begin or are restored from a stored snapshot, are
 * played, and are persisted into a snapshot again.
 *
 * Owns what an input does to the actors, and what is stored of them.
 * Does not own the system that the actors live in (actor-system.ts), the stored form
 * (stored-snapshot.ts), which inputs are played, and what becomes of a step that waits for code
 * (hosted-actor.ts).
 *
 * Invariants. It is pure but for its own state. There is no I/O, no clock and no randomness. Time
 * comes in with each input.
 */
import type { AnyActor, AnyActorRef } from 'xstate';
import type { Json, MachineDefinition, MachineEvent, PersistedMachine, SnapshotView } from '#machines/definition.ts';
import { SessionActorSystem } from './actor-system.ts';
import { restoreDetachedChild } from './detached-children.ts';
import type { ActorInput, Recipient } from './input.ts';
import { keepDeadReferences, refuseDangling, serialsByPath } from './restorability.ts';
import { copyFromJson, HostRefusal, toData, toJson } from './serialize.ts';
import { type StepEffects, StepRecorder } from './step.ts';
import type { Beginning, StoredSnapshot } from './stored-snapshot.ts';
import type { Answer, Call } from './sync-calls.ts';
import type { Timers } from './timers.ts';
import { parentOf } from './xstate-internals/actor-members.ts';
import { createActorIn } from './xstate-internals/actor-systems.ts';

export type ActorView = SnapshotView & { readonly output: unknown; readonly error: unknown; readonly tags: ReadonlySet<string> };

type Origin =
  | { readonly snapshot: StoredSnapshot }
  | { readonly beginning: Beginning; readonly at: number; readonly answers: readonly Answer[] };

export class ActorTree {
  readonly #definition: MachineDefinition;
  readonly #system: SessionActorSystem;
  readonly #recorder = new StepRecorder();
  readonly #root: AnyActor;
  #now: number;

  private constructor(definition: MachineDefinition, origin: Origin) {
    this.#definition = definition;
    const snapshot = 'snapshot' in origin ? origin.snapshot : undefined;
    this.#now = 'at' in origin ? origin.at : 0;
    this.#system = new SessionActorSystem({
      recorder: this.#recorder,
      now: () => this.#now,
      nextSerial: 'beginning' in origin ? origin.beginning.firstSerial : origin.snapshot.nextSerial,
      timers: snapshot?.timers ?? [],
      serials: snapshot?.serials ?? {},
      missingStates: snapshot?.missingStates ?? {},
      surplusStates: snapshot?.surplusStates ?? {},
      reservedSystemIds: snapshot?.reservedSystemIds ?? [],
    });
    this.#system.restoring = snapshot !== undefined;
    if ('answers' in origin) this.#system.calls.begin(origin.answers);
    const given =
      'snapshot' in origin ? { snapshot: copyFromJson(origin.snapshot.machine) } : { input: copyFromJson(origin.beginning.input) };
    this.#root = createActorIn(definition.machine, { id: definition.machine.id, parent: { system: this.#system.system }, ...given });
    // Errors are read from the snapshot. Without a listener XState would throw them at the process.
    this.#root.subscribe({ error: () => {} });
    this.#root.start();
    if (snapshot) {
      this.#system.freeSystemIds();
      for (const child of snapshot.detachedChildren ?? []) restoreDetachedChild(child, definition.machine, this.#system);
      keepDeadReferences(this.#root, snapshot.machine);
      this.#system.restored();
    }
  }

  /** `answers` are those of code to the calls of the initial state. */
  static begin(definition: MachineDefinition, beginning: Beginning, at: number, answers: readonly Answer[]): ActorTree {
    return new ActorTree(definition, { beginning, at, answers });
  }

  static restore(definition: MachineDefinition, snapshot: StoredSnapshot): ActorTree {
    return new ActorTree(definition, { snapshot });
  }

  view(): ActorView {
    return this.#root.getSnapshot();
  }

  get timers(): Timers {
    return this.#system.timers;
  }

  get nextSerial(): number {
    return this.#system.nextSerial;
  }

  /** Serials below this one are not given away any more. */
  skipTo(serial: number): void {
    this.#system.nextSerial = Math.max(this.#system.nextSerial, serial);
  }

  /**
   * The call that the last step broke off at. The tree is of no more use then, because the step is
   * played again.
   */
  get openCall(): Call | undefined {
    return this.#system.calls.open;
  }

  /** Is the actor with this serial still there, and active? */
  runs(serial: number): boolean {
    return this.#system.actor(serial)?.getSnapshot().status === 'active';
  }

  /** `answers` are those of code to the calls of this step. */
  play(input: ActorInput, now: number, answers: readonly Answer[]): void {
    this.#now = now;
    this.#system.calls.begin(answers);
    switch (input.kind) {
      case 'event':
        this.#system.relay(this.#root, copyFromJson(input.event) as MachineEvent);
        break;
      case 'timer': {
        const timer = this.timers.take(input.serial);
        const target = timer && this.#system.actor(timer.target);
        if (target) this.#system.relay(target, copyFromJson(timer.event) as MachineEvent);
        break;
      }
      case 'drop':
        this.timers.take(input.serial);
        break;
      case 'signal': {
        const invoked = this.#system.actor(input.serial);
        const target = invoked?.getSnapshot().status === 'active' ? this.#recipient(invoked, input.to) : undefined;
        if (target) this.#system.relay(target, copyFromJson(input.event) as MachineEvent);
        break;
      }
      default:
        break;
    }
  }

  /**
   * What was requested since the last call, and the first construct in it that the host cannot
   * keep.
   */
  takeEffects(): { readonly effects: StepEffects; readonly refusal: HostRefusal | undefined } {
    return { effects: this.#recorder.take(), refusal: this.#system.finishStep() };
  }

  /**
   * Returns the stored form of the actors. Throws `HostRefusal` if the machine keeps something
   * that cannot be stored.
   */
  persist(): StoredSnapshot {
    const machine = toJson(this.#persistedSnapshot(), 'snapshot', 'markInContexts') as Json & { context: Json };
    const { status, tags, context } = this.view();
    machine.context = toData(context, 'context', refuseDangling(this.#root));
    const stored = {
      machine: machine as Json & PersistedMachine,
      timers: this.timers.persist(),
      serials: serialsByPath(this.#root, (actor) => this.#system.serialOf(actor)),
      nextSerial: this.#system.nextSerial,
    };
    const differences = this.#system.checkRestorable();
    if (status === 'active') return Object.assign(stored, differences, this.#system.persistDetachedChildren());
    return Object.assign(stored, differences, status === 'error' ? { tags: [...(tags ?? [])] } : {});
  }

  #recipient(invoked: AnyActorRef, to: Recipient): AnyActorRef | undefined {
    if (to === 'self') return invoked;
    return to === 'parent' ? parentOf(invoked) : this.#system.system.get(to.slice('system:'.length));
  }

  /**
   * Leaves the context out. XState would walk it once more than needed, and slowly, which is a
   * fifth of a whole turn.
   */
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
