/**
 * One session's machine, hosted: restored from an envelope, stepped by stimuli, persisted into an envelope.
 *
 * Invariants: pure but for its own state: no I/O, no clock, no randomness; time comes in with each stimulus. Replaying
 * the same stimuli at the same times from the same start gives the same envelope, to the letter.
 */
import { type AnyActor, type AnyActorRef, createActor } from 'xstate';
import * as z from 'zod';
import type { Json, MachineDefinition, MachineEvent, PersistedMachine, SnapshotView } from '#machines/definition.ts';
import { StatechatError } from '#machines/errors.ts';
import { parseSessionId, type SessionId } from '#machines/ids.ts';
import { HostSystem, type InvocationCommand, type RecordedAction, RUN_FAILED, type Timer } from './host-system.ts';
import { copyFromJson, HostRefusal, toData, toJson } from './json.ts';
import type { StoredMailboxes } from './mailboxes.ts';

/** Whom the code of an invocation speaks to: its own stand-in, the machine that invoked it, or an actor by its system id. */
export type Recipient = 'self' | 'parent' | `system:${string}`;

/** What makes a hosted actor move. It is journalled, so it is JSON. */
export type Stimulus =
  | { readonly kind: 'event'; readonly event: MachineEvent }
  /** The timer with this serial is due. */
  | { readonly kind: 'timer'; readonly serial: number }
  /** The timer with this serial is taken away unfired: its firing threw. */
  | { readonly kind: 'drop'; readonly serial: number }
  /** Something that the running code of an invocation said: to its own leaf, or to the machine that invoked it. */
  | {
      readonly kind: 'signal';
      readonly serial: number;
      readonly to: Recipient;
      readonly event: MachineEvent;
      /** Said before the code first waited for anything: a restarted attempt will say it again. */
      readonly prompt: boolean;
    }
  /** Timers may be due. Only ever held: without a hold, each timer is a stimulus of its own. */
  | { readonly kind: 'wake' }
  /** This came while the session waited for its code to catch up: it is kept until it has. */
  | { readonly kind: 'hold'; readonly stimulus: Stimulus }
  /** The first that was held is played now. */
  | { readonly kind: 'release' }
  /** The first that was held is taken away: playing it threw. */
  | { readonly kind: 'skip' };

/** The code of an invocation has said all that it says at once. `everything`: to all that it was told so far. */
export const CAUGHT_UP = 'statechat.run.caughtUp';

/** What one step asked of the world. */
export interface Step {
  readonly actions: readonly RecordedAction[];
  readonly emitted: readonly MachineEvent[];
  /** Ids of actors whose code was started, or told something, and stopped in this one step: it never runs. */
  readonly unborn: readonly string[];
  readonly invocations: readonly InvocationCommand[];
  /** Nothing heard it: no transition was enabled. */
  readonly unheard: boolean;
  /** What the step threw, if the machine is now in status `error` because code of its own threw. */
  readonly thrown: unknown;
}

/** What a running callback heard and promptly said, so that a restarted attempt can be brought to where it was. */
export type Dialogue = readonly ({ readonly heard: MachineEvent } | { readonly said: MachineEvent; readonly to: Recipient })[];

/** Longer dialogues are forgotten: the callback then starts afresh after a restart. */
const MAX_DIALOGUE = 100;

const timerSchema = z.object({
  serial: z.number().int(),
  id: z.string(),
  source: z.number().int(),
  target: z.number().int(),
  event: z.looseObject({ type: z.string() }),
  due: z.number(),
  cancellable: z.boolean(),
});

const envelopeSchema = z.object({
  format: z.literal(1),
  snapshot: z.looseObject({ status: z.enum(['active', 'done', 'error', 'stopped']), context: z.unknown(), value: z.unknown() }),
  timers: z.array(timerSchema),
  serials: z.record(z.string(), z.number().int()),
  next: z.number().int(),
  lineage: z.array(z.object({ id: z.string().transform(parseSessionId), closedAt: z.number() })).optional(),
  dialogues: z.record(z.string(), z.array(z.unknown()).nullable()).optional(),
  absent: z.record(z.string(), z.array(z.string())).optional(),
  mailboxes: z.array(z.object({ to: z.number().int(), letters: z.array(z.unknown()) })).optional(),
  held: z.array(z.looseObject({ kind: z.string() })).optional(),
  tags: z.array(z.string()).optional(),
});

/** What is stored as a session's snapshot: XState's persisted snapshot, and what XState does not keep. */
export interface Envelope {
  readonly format: 1;
  readonly snapshot: PersistedMachine;
  readonly timers: readonly Timer[];
  /** Serials of the actors by path; the root's path is empty. */
  readonly serials: Readonly<Record<string, number>>;
  readonly next: number;
  /** Null: it grew too long to be kept. */
  readonly dialogues?: Readonly<Record<string, Dialogue | null>>;
  /** By serial: states that a machine has left without entering them again, and yet is in. XState allows it, and forgets. */
  readonly absent?: Readonly<Record<string, readonly string[]>>;
  /** What actors have yet to hear, because running code must say something first. */
  readonly mailboxes?: StoredMailboxes;
  /** Stimuli that wait for the same reason. */
  readonly held?: readonly Stimulus[];
  /** Of a machine that failed: its tags may be those of no state that it is in. */
  readonly tags?: readonly string[];
  /** Kept by the host of the actor: sessions before this one whose events may still come again. */
  readonly lineage?: readonly { readonly id: SessionId; readonly closedAt: number }[];
}

/** Reads a stored snapshot. Throws `StatechatError` code `unreadable_snapshot`. */
export function decodeEnvelope(stored: Json): Envelope {
  const result = envelopeSchema.safeParse(stored);
  if (!result.success) {
    throw new StatechatError('unreadable_snapshot', `the stored snapshot is not an envelope of format 1: ${z.prettifyError(result.error)}`);
  }
  return result.data as Envelope;
}

export class HostedActor {
  readonly definition: MachineDefinition;
  readonly #host: HostSystem;
  readonly #root: AnyActor;
  readonly #dialogues: Map<number, Dialogue[number][] | null>;
  readonly #held: Stimulus[];
  #now = 0;
  #actions: RecordedAction[] = [];
  #emitted: MachineEvent[] = [];
  #unborn: string[] = [];
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
        invocation: (command) => this.#command(command),
      },
      now: () => this.#now,
      next: 'input' in start ? start.firstSerial : start.envelope.next,
      timers: envelope?.timers ?? [],
      serials: envelope?.serials ?? {},
      mailboxes: envelope?.mailboxes ?? [],
      absent: envelope?.absent ?? {},
    });
    this.#held = [...(envelope?.held ?? [])];
    this.#dialogues = new Map(
      Object.entries(envelope?.dialogues ?? {}).map(([serial, dialogue]) => [Number(serial), dialogue && [...dialogue]]),
    );
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
    if (envelope) this.#host.restored();
    else this.#host.mailboxes.settle();
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
    if (this.waits) return null;
    let earliest: number | null = null;
    for (const { due } of this.#host.timers.values()) if (earliest === null || due < earliest) earliest = due;
    return earliest;
  }

  timers(): readonly Timer[] {
    return [...this.#host.timers.values()].sort((a, b) => a.due - b.due || a.serial - b.serial);
  }

  /** Is the actor with this serial still there, and still waiting for its code? */
  runs(serial: number): boolean {
    return this.#host.actor(serial)?.getSnapshot().status === 'active';
  }

  dialogue(serial: number): Dialogue {
    return this.#dialogues.get(serial) ?? [];
  }

  /**
   * Hands over what is due at `now`, one timer after another, to be fired. One pass, as in SimulatedClock: timers that a
   * firing arms for this very moment wait for the next pass, unless a firing disturbed the order of those behind it.
   * `fire` returns false to break off.
   */
  fireDue(now: number, fire: (timer: Timer, isLast: boolean) => boolean): void {
    let waiting = this.timers();
    this.#host.timersChanged = false;
    for (let index = 0; index < waiting.length; index++) {
      if (this.#host.timersChanged) {
        this.#host.timersChanged = false;
        waiting = this.timers();
        index = 0;
      }
      const timer = waiting[index];
      if (timer === undefined || timer.due > now) return;
      if (!fire(timer, index === waiting.length - 1)) return;
    }
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
        const timer = this.#host.take(stimulus.serial);
        const target = timer && this.#host.actor(timer.target);
        if (timer && target) this.#relay(target, timer.event);
        break;
      }
      case 'drop':
        this.#host.take(stimulus.serial);
        break;
      case 'signal': {
        const leaf = this.#host.actor(stimulus.serial);
        if (leaf?.getSnapshot().status !== 'active') break;
        if (stimulus.to === 'self') this.#host.mailboxes.begun(stimulus.serial, stimulus.event.type !== RUN_FAILED);
        if (stimulus.event.type === CAUGHT_UP) {
          this.#host.mailboxes.caughtUp(stimulus.serial, stimulus.event['everything'] === true);
          break;
        }
        if (stimulus.prompt) this.#remember(stimulus.serial, { said: stimulus.event, to: stimulus.to });
        const target = this.#recipient(leaf, stimulus.to);
        if (target) this.#relay(target, copyFromJson(stimulus.event) as MachineEvent, target === leaf ? undefined : leaf);
        break;
      }
      case 'hold':
        this.#held.push(stimulus.stimulus);
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
    const serials: Record<string, number> = { '': this.#host.serialOf(this.#root) };
    this.#host.serialsBelow(this.#root, '', serials);
    const absent = this.#host.inspectMachines();
    const dialogues = [...this.#dialogues].filter(([serial]) => this.runs(serial));
    return {
      format: 1,
      snapshot: {
        ...(toJson(persisted, 'snapshot') as Json & object),
        context: toData(this.view().context, 'snapshot.context'),
      } as Json & PersistedMachine,
      timers: [...this.#host.timers.values()],
      serials,
      next: this.#host.next,
      ...(Object.keys(absent).length === 0 ? {} : { absent }),
      ...(dialogues.length === 0 ? {} : { dialogues: Object.fromEntries(dialogues) }),
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
    if (command.type === 'tell') this.#remember(command.serial, { heard: command.event });
    if (command.type === 'stop') this.#dialogues.delete(command.serial);
  }

  #remember(serial: number, line: Dialogue[number]): void {
    const dialogue = this.#dialogues.get(serial);
    if (dialogue === null) return;
    if (dialogue === undefined) this.#dialogues.set(serial, [line]);
    else if (dialogue.length >= MAX_DIALOGUE) this.#dialogues.set(serial, null);
    else dialogue.push(line);
  }

  #finish(unchanged: boolean): Step {
    const { status, error } = this.view();
    const refusal = this.#host.refusal;
    this.#host.refusal = undefined;
    const step: Step = {
      actions: this.#actions,
      emitted: this.#emitted,
      unborn: this.#unborn,
      invocations: this.#invocations,
      unheard: unchanged && this.#actions.length === 0 && this.#emitted.length === 0 && this.#invocations.length === 0,
      thrown: refusal ?? (status === 'error' && !unchanged ? error : undefined),
    };
    this.#actions = [];
    this.#emitted = [];
    this.#unborn = [];
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
