/**
 * One session's machine, hosted: restored from an envelope, stepped by stimuli, persisted into an envelope.
 *
 * Owns: the playing of a stimulus, what is held until running code has caught up, and what goes into the envelope.
 * Does not own: the actors' surroundings (host-system.ts), the envelope's format (envelope.ts), and when a step is taken (turn.ts).
 *
 * Invariants: pure but for its own state: no I/O, no clock, no randomness; time comes in with each stimulus. Replaying
 * the same stimuli at the same times from the same start gives the same envelope, to the letter.
 */
import { type AnyActor, type AnyActorRef, createActor } from 'xstate';
import type { Json, MachineDefinition, MachineEvent, PersistedMachine, SnapshotView } from '#machines/definition.ts';
import { StatechatError } from '#machines/errors.ts';
import { type Dialogue, Dialogues } from './dialogues.ts';
import type { Envelope } from './envelope.ts';
import { HostSystem } from './host-system.ts';
import { copyFromJson, HostRefusal, toData, toJson } from './json.ts';
import { keepDeadReferences, refuseDangling, serialsByPath } from './restorability.ts';
import type { Timer } from './session-timers.ts';
import type { InvocationCommand, RecordedAction, Step } from './step.ts';
import { CAUGHT_UP, type Recipient, RUN_FAILED, type Stimulus } from './stimulus.ts';

export class HostedActor {
  readonly definition: MachineDefinition;
  readonly #host: HostSystem;
  readonly #root: AnyActor;
  readonly #dialogues: Dialogues;
  readonly #held: Stimulus[];
  #now = 0;
  #actions: RecordedAction[] = [];
  #emitted: MachineEvent[] = [];
  #unborn: string[] = [];
  #orphaned: string[] = [];
  #invocations: InvocationCommand[] = [];

  private constructor(
    definition: MachineDefinition,
    now: number,
    start: { readonly input: unknown; readonly firstSerial: number } | { readonly envelope: Envelope },
  ) {
    this.definition = definition;
    this.#now = now;
    const envelope = 'envelope' in start ? start.envelope : undefined;
    this.#host = new HostSystem({
      recorder: {
        action: (action) => this.#actions.push(action),
        emitted: (event) => this.#emitted.push(event),
        unborn: (id) => this.#unborn.push(id),
        orphaned: (id) => this.#orphaned.push(id),
        invocation: (command) => this.#command(command),
      },
      now: () => this.#now,
      next: 'input' in start ? start.firstSerial : start.envelope.next,
      timers: envelope?.timers ?? [],
      serials: envelope?.serials ?? {},
      mailboxes: envelope?.mailboxes ?? [],
      absent: envelope?.absent ?? {},
      lingering: envelope?.lingering ?? {},
    });
    this.#held = [...(envelope?.held ?? [])];
    this.#dialogues = new Dialogues(envelope?.dialogues ?? {});
    this.#host.restoring = envelope !== undefined;
    const parent = { system: this.#host.system };
    const options = { id: definition.machine.id, parent, ...('input' in start ? { input: start.input } : {}) };
    this.#root = createActor(definition.machine, {
      ...options,
      ...(envelope === undefined ? {} : { snapshot: copyFromJson(envelope.snapshot) }),
    } as Parameters<typeof createActor>[1]);
    // Errors are read from the snapshot; without a listener XState would throw them at the process.
    this.#root.subscribe({ error: () => {} });
    this.#root.start();
    if (envelope) {
      keepDeadReferences(this.#root, envelope.snapshot);
      this.#host.restored();
    } else this.#host.mailboxes.settle();
  }

  /** A new session. The first step is what its initial state asked for. */
  static open(
    definition: MachineDefinition,
    input: unknown,
    now: number,
    firstSerial = 0,
  ): { readonly actor: HostedActor; readonly step: Step } {
    const actor = new HostedActor(definition, now, { input, firstSerial });
    return { actor, step: actor.#finish(false) };
  }

  /** Throws `StatechatError` code `unreadable_snapshot` when this machine has no such state. */
  static restore(definition: MachineDefinition, envelope: Envelope): HostedActor {
    let actor: HostedActor;
    try {
      actor = new HostedActor(definition, 0, { envelope });
    } catch (cause) {
      throw unreadable(definition, cause);
    }
    const { status, error } = actor.view();
    if (status === 'error' && envelope.snapshot.status !== 'error') throw unreadable(definition, error);
    return actor;
  }

  get status(): SnapshotView['status'] {
    return this.view().status;
  }

  view(): SnapshotView & { readonly output: unknown; readonly error: unknown; readonly tags: ReadonlySet<string> } {
    return this.#root.getSnapshot();
  }

  /** True while running code has yet to say what it says at once: until then, the session hears nothing else. */
  get waits(): boolean {
    return !this.#host.mailboxes.empty;
  }

  /** Does the session wait for what the code of this leaf says? */
  awaits(serial: number): boolean {
    return this.#host.mailboxes.awaits(serial);
  }

  /** What came in the meantime, in order. */
  get held(): readonly Stimulus[] {
    return this.#held;
  }

  /** The earliest due time of any timer; null while the session waits for its code, since it fires none then. */
  earliestDue(): number | null {
    return this.waits ? null : this.#host.timers.earliestDue();
  }

  timers(): readonly Timer[] {
    return this.#host.timers.inOrder();
  }

  /** Is the actor with this serial still there, and still waiting for its code? */
  runs(serial: number): boolean {
    return this.#host.actor(serial)?.getSnapshot().status === 'active';
  }

  dialogue(serial: number): Dialogue {
    return this.#dialogues.of(serial);
  }

  /** Hands over what is due at `now`, one timer after another, to be fired. `fire` returns false to break off. */
  fireDue(now: number, fire: (timer: Timer, isLast: boolean) => boolean): void {
    this.#host.timers.fireDue(now, fire);
  }

  step(stimulus: Stimulus, now: number): Step {
    this.#now = now;
    const before: unknown = this.#root.getSnapshot();
    this.#play(stimulus);
    this.#host.mailboxes.settle();
    return this.#finish(this.#root.getSnapshot() === before);
  }

  #play(stimulus: Stimulus): void {
    switch (stimulus.kind) {
      case 'event':
        this.#relay(this.#root, stimulus.event);
        break;
      case 'timer': {
        const timer = this.#host.timers.take(stimulus.serial);
        const target = timer && this.#host.actor(timer.target);
        if (timer && target) this.#relay(target, timer.event);
        break;
      }
      case 'drop':
        this.#host.timers.take(stimulus.serial);
        break;
      case 'signal': {
        const leaf = this.#host.actor(stimulus.serial);
        if (leaf?.getSnapshot().status !== 'active') break;
        if (stimulus.to === 'self') this.#host.mailboxes.begun(stimulus.serial, stimulus.event.type !== RUN_FAILED);
        if (stimulus.event.type === CAUGHT_UP) {
          this.#host.mailboxes.caughtUp(stimulus.serial, stimulus.event['everything'] === true);
          break;
        }
        if (stimulus.prompt) this.#dialogues.remember(stimulus.serial, { said: stimulus.event, to: stimulus.to });
        const target = this.#recipient(leaf, stimulus.to);
        if (target) this.#relay(target, copyFromJson(stimulus.event) as MachineEvent, target === leaf ? undefined : leaf);
        break;
      }
      case 'hold':
        if (stimulus.first) this.#held.unshift(stimulus.stimulus);
        else this.#held.push(stimulus.stimulus);
        break;
      case 'release': {
        const held = this.#held.shift();
        if (held) this.#play(held);
        break;
      }
      case 'skip':
        this.#held.shift();
        break;
      case 'wake':
        break;
    }
  }

  /** The session as it is to be stored. Throws `HostRefusal` if the machine keeps something that cannot be. */
  persist(): Envelope {
    const persisted = this.#persistedSnapshot();
    const serials = serialsByPath(this.#root, (actor) => this.#host.serialOf(actor));
    const oddities = this.#host.inspectMachines();
    const dialogues = this.#dialogues.persist((serial) => this.runs(serial));
    return {
      format: 1,
      snapshot: {
        ...(toJson(persisted, 'snapshot') as Json & object),
        context: toData(this.view().context, 'context', refuseDangling(this.#root)),
      } as Json & PersistedMachine,
      timers: this.#host.timers.persist(),
      serials,
      next: this.#host.next,
      ...oddities,
      ...(dialogues === undefined ? {} : { dialogues }),
      ...(this.#host.mailboxes.empty ? {} : { mailboxes: this.#host.mailboxes.persist() }),
      ...(this.#held.length === 0 ? {} : { held: [...this.#held] }),
      ...(this.status === 'error' ? { tags: [...(this.view().tags ?? [])] } : {}),
    };
  }

  #recipient(leaf: AnyActorRef, to: Recipient): AnyActorRef | undefined {
    if (to === 'self') return leaf;
    return to === 'parent' ? leaf._parent : this.#host.system.get(to.slice('system:'.length));
  }

  /** All but the context, which XState would walk once more than needed, and slowly: that is a fifth of a whole turn. */
  #persistedSnapshot(): unknown {
    try {
      return this.definition.machine.getPersistedSnapshot({ ...this.#root.getSnapshot(), context: undefined });
    } catch (cause) {
      throw new HostRefusal(
        `the session can't be stored: ${cause instanceof Error ? cause.message : String(cause)} Name its logic in setup({ actors }).`,
      );
    }
  }

  #relay(target: AnyActorRef, event: MachineEvent, source?: AnyActorRef): void {
    this.#host.mailboxes.relay(source, target, event);
  }

  #command(command: InvocationCommand): void {
    this.#invocations.push(command);
    if (command.type === 'tell') this.#dialogues.remember(command.serial, { heard: command.event });
    if (command.type === 'stop') this.#dialogues.end(command.serial);
  }

  #finish(unchanged: boolean): Step {
    const { status, error } = this.view();
    const refusal = this.#host.finishStep();
    const step: Step = {
      actions: this.#actions,
      emitted: this.#emitted,
      unborn: this.#unborn,
      orphaned: this.#orphaned,
      invocations: this.#invocations,
      unheard: unchanged && this.#actions.length === 0 && this.#emitted.length === 0 && this.#invocations.length === 0,
      thrown: refusal ?? (status === 'error' && !unchanged ? error : undefined),
    };
    this.#actions = [];
    this.#emitted = [];
    this.#unborn = [];
    this.#orphaned = [];
    this.#invocations = [];
    return step;
  }
}

function unreadable(definition: MachineDefinition, cause: unknown): StatechatError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StatechatError('unreadable_snapshot', `${definition.id}@${definition.version} can't restore the stored snapshot: ${reason}`, {
    cause,
  });
}
