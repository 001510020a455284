/**
 * One session's machine as it is hosted. It is restored from a stored snapshot, stepped by inputs,
 * and persisted into a snapshot again.
 *
 * Owns steps, also those that wait for code and are then played again (see sync-calls.ts), the
 * inputs that are held meanwhile, and the histories of callbacks.
 * Does not own the actors (actor-tree.ts), the stored form (stored-snapshot.ts), and when a step
 * is taken (turn.ts).
 *
 * Invariants. It is pure but for its own state. There is no I/O, no clock and no randomness. Time
 * comes in with each input. Replaying the same inputs at the same times from the same start gives
 * the same snapshot, to the letter. While a step waits, the session is as it was before that step.
 */
import type { Json, MachineDefinition, PersistedMachine, SnapshotView } from '#machines/definition.ts';
import { StatechatError } from '#machines/errors.ts';
import { ActorTree, type ActorView } from './actor-tree.ts';
import { CallbackHistories, type CallbackHistory } from './callback-history.ts';
import type { ActorInput } from './input.ts';
import { HostRefusal, toData, toJson } from './serialize.ts';
import { type InvocationCommand, isWithoutEffects, type Step } from './step.ts';
import type { Beginning, InterruptedStep, StoredSnapshot } from './stored-snapshot.ts';
import type { Answer, Call } from './sync-calls.ts';
import type { Timer } from './timers.ts';

/** A step that is complete. */
interface PlayedStep {
  readonly input: ActorInput | Beginning;
  readonly at: number;
  readonly answers: readonly Answer[];
}

export class HostedActor {
  readonly definition: MachineDefinition;
  readonly #histories: CallbackHistories;
  readonly #held: ActorInput[];
  #interrupted: InterruptedStep | undefined;
  /**
   * The actors as they are. While the beginning waits, they are as if its code had sent nothing.
   */
  #tree: ActorTree;
  /** The actors can be made again from this snapshot and the steps played since. */
  #stored: StoredSnapshot | undefined;
  #since: PlayedStep[] = [];

  private constructor(definition: MachineDefinition, snapshot: StoredSnapshot | undefined, tree: ActorTree) {
    this.definition = definition;
    this.#tree = tree;
    this.#stored = snapshot;
    this.#interrupted = snapshot?.interruptedStep;
    this.#held = [...(snapshot?.heldInputs ?? [])];
    this.#histories = new CallbackHistories(snapshot?.callbackHistories ?? {});
  }

  /** Begins a new session. The first step holds the effects of its initial state. */
  static open(
    definition: MachineDefinition,
    machineInput: unknown,
    now: number,
    firstSerial = 0,
  ): { readonly actor: HostedActor; readonly step: Step } {
    const beginning: Beginning = {
      kind: 'beginning',
      firstSerial,
      ...(machineInput === undefined ? {} : { input: machineInput as Json }),
    };
    const actor = new HostedActor(definition, undefined, ActorTree.begin(definition, beginning, now, []));
    return { actor, step: actor.#conclude({ input: beginning, at: now, answers: [] }, undefined) };
  }

  /** Throws `StatechatError` code `unreadable_snapshot` when this machine has no such state. */
  static restore(definition: MachineDefinition, snapshot: StoredSnapshot): HostedActor {
    let actor: HostedActor;
    try {
      const { interruptedStep: step } = snapshot;
      const tree =
        step && isBeginning(step.input)
          ? ActorTree.begin(definition, step.input, step.at, step.answers)
          : ActorTree.restore(definition, snapshot);
      actor = new HostedActor(definition, snapshot, tree);
    } catch (cause) {
      throw unreadable(definition, cause);
    }
    const { status, error } = actor.view();
    if (status === 'error' && snapshot.machine.status !== 'error') throw unreadable(definition, error);
    return actor;
  }

  get status(): SnapshotView['status'] {
    return this.view().status;
  }

  view(): ActorView {
    const view = this.#tree.view();
    // Whether the session has ended already is not known before its code has answered.
    return this.#interrupted && view.status !== 'active' ? { ...view, status: 'active' } : view;
  }

  /** True while a step waits for code. The session takes nothing but the answer until then. */
  get waits(): boolean {
    return this.#interrupted !== undefined;
  }

  /** The call to the code of this invoked actor that has no answer. */
  openCall(serial: number): Call | undefined {
    const call = this.#interrupted?.openCall;
    return call?.serial === serial ? call : undefined;
  }

  /** The input of the step that waits. Undefined for a beginning. */
  get interruptedInput(): ActorInput | undefined {
    const input = this.#interrupted?.input;
    return input === undefined || isBeginning(input) ? undefined : input;
  }

  /** The inputs that arrived while a step waits, in order. */
  get heldInputs(): readonly ActorInput[] {
    return this.#held;
  }

  /**
   * The earliest due time of any timer. Null while a step waits for code, because no timer fires
   * then.
   */
  earliestDue(): number | null {
    return this.waits ? null : this.#tree.timers.earliestDue();
  }

  timers(): readonly Timer[] {
    return this.#tree.timers.inOrder();
  }

  /** Does the session still wait for the result of this invocation? */
  runs(serial: number): boolean {
    const { openCall, answers } = this.#interrupted ?? {};
    return openCall?.serial === serial || answers?.some((answer) => answer.serial === serial) === true || this.#tree.runs(serial);
  }

  /** What a callback received and sent so far. */
  callbackHistory(serial: number): CallbackHistory {
    return this.#histories.of(serial);
  }

  /**
   * Passes each timer that is due at `now` to `fire`, in order. `fire` returns false to break off.
   */
  fireDue(now: number, fire: (timer: Timer, isLast: boolean) => boolean): void {
    this.#tree.timers.fireDue(now, fire);
  }

  step(input: ActorInput, now: number): Step {
    switch (input.kind) {
      case 'hold':
        if (input.first) this.#held.unshift(input.input);
        else this.#held.push(input.input);
        return NOTHING;
      case 'skip':
        this.#held.shift();
        return NOTHING;
      case 'answer':
        return this.#answer(input);
      case 'abandon':
        return this.#abandon();
      case 'release': {
        const held = this.#held.shift();
        return held ? this.#play({ input: held, at: now, answers: [] }) : NOTHING;
      }
      default:
        if (input.kind === 'signal' && input.prompt && this.#tree.runs(input.serial))
          this.#histories.append(input.serial, { sent: { to: input.to, event: input.event } });
        return this.#play({ input, at: now, answers: [] });
    }
  }

  #play(played: PlayedStep): Step {
    const { input, at, answers } = played;
    const before: unknown = this.#tree.view();
    if (isBeginning(input)) this.#tree = ActorTree.begin(this.definition, input, at, answers);
    else this.#tree.play(input, at, answers);
    return this.#conclude(played, before);
  }

  /**
   * Ends a step that is complete or waits for code. `before` is the machine's snapshot before it.
   */
  #conclude(played: PlayedStep, before: unknown): Step {
    const { effects, refusal } = this.#tree.takeEffects();
    const { openCall } = this.#tree;
    if (openCall) return this.#interrupt(played, openCall, effects.invocations, refusal);
    if (isBeginning(played.input)) this.#stored = undefined;
    this.#since.push(played);
    this.#interrupted = undefined;
    const view = this.#tree.view();
    const isUnchanged = view === before;
    for (const command of effects.invocations) if (command.type === 'stop') this.#histories.end(command.serial);
    return {
      ...effects,
      unhandled: isUnchanged && isWithoutEffects(effects),
      thrown: refusal ?? (view.status === 'error' && !isUnchanged ? view.error : undefined),
    };
  }

  #interrupt(played: PlayedStep, openCall: Call, commands: readonly InvocationCommand[], refusal: HostRefusal | undefined): Step {
    this.#interrupted = { ...played, openCall, nextSerial: this.#tree.nextSerial };
    if (!isBeginning(played.input)) this.#tree = this.#rebuilt();
    const type = openCall.event ? 'send' : 'start';
    const calls = commands.filter((command) => command.serial === openCall.serial && command.type === type);
    return { ...NOTHING, invocations: calls, thrown: refusal };
  }

  #answer({ serial, call, sent }: ActorInput & { readonly kind: 'answer' }): Step {
    const { input, at, answers, openCall } = this.#interrupted ?? {};
    if (!input || at === undefined || openCall?.serial !== serial || openCall.call !== call) return NOTHING;
    if (openCall.event) this.#histories.append(serial, { received: openCall.event });
    for (const each of sent) this.#histories.append(serial, { sent: each });
    return this.#play({ input, at, answers: [...(answers ?? []), { serial, call, sent }] });
  }

  /** Takes the step that waits back, and stops the code that it started. */
  #abandon(): Step {
    const { input, answers, openCall, nextSerial } = this.#interrupted ?? {};
    if (!input || !openCall || nextSerial === undefined) return NOTHING;
    if (isBeginning(input)) {
      const snapshot = this.#beforeBeginning(input);
      const error = toJson(new HostRefusal('the session could not begin, for the reason in its journal'), 'error');
      this.#tree = ActorTree.restore(this.definition, { ...snapshot, machine: { ...snapshot.machine, status: 'error', error } });
    }
    this.#interrupted = undefined;
    this.#tree.skipTo(nextSerial);
    if (input.kind === 'timer') this.#tree.timers.take(input.serial);
    const started = [...(answers ?? []), openCall]
      .map(({ serial }) => serial)
      .filter((serial) => isBeginning(input) || !this.#tree.runs(serial));
    // What is stored so far no longer leads here.
    this.#stored = this.#tree.persist();
    this.#since = [];
    return { ...NOTHING, invocations: [...new Set(started)].map((serial) => ({ type: 'stop', serial })) };
  }

  /** The actors as they were before the step that waits. */
  #rebuilt(): ActorTree {
    const [first, ...rest] = this.#since;
    const begun = this.#stored === undefined && first && isBeginning(first.input);
    const tree = begun
      ? ActorTree.begin(this.definition, first.input, first.at, first.answers)
      : ActorTree.restore(this.definition, this.#stored as StoredSnapshot);
    for (const { input, at, answers } of begun ? rest : this.#since) {
      if (!isBeginning(input)) tree.play(input, at, answers);
    }
    tree.takeEffects();
    return tree;
  }

  /**
   * Returns the stored form of the session. Throws `HostRefusal` if the machine keeps something
   * that cannot be stored.
   */
  persist(): StoredSnapshot {
    const step = this.#interrupted;
    const callbackHistories = this.#histories.persist((serial) => this.runs(serial));
    const base = step && isBeginning(step.input) ? this.#beforeBeginning(step.input) : this.#tree.persist();
    // Most sessions have none of the three, and then the snapshot is not copied.
    const snapshot: StoredSnapshot =
      callbackHistories === undefined && step === undefined && this.#held.length === 0
        ? base
        : {
            ...base,
            ...(callbackHistories === undefined ? {} : { callbackHistories }),
            ...(step === undefined ? {} : { interruptedStep: step }),
            ...(this.#held.length === 0 ? {} : { heldInputs: [...this.#held] }),
          };
    this.#stored = snapshot;
    this.#since = [];
    return snapshot;
  }

  /**
   * A snapshot of a session whose beginning waits. There is no state to store yet. It is for
   * readers.
   */
  #beforeBeginning({ firstSerial }: Beginning): StoredSnapshot {
    const { value, context } = this.#tree.view();
    const machine = {
      status: 'active',
      value: toJson(value, 'value'),
      context: toData(context, 'context'),
      children: {},
      historyValue: {},
    };
    return { machine: machine as Json & PersistedMachine, timers: [], serials: {}, nextSerial: firstSerial };
  }
}

const NOTHING: Step = { actions: [], emitted: [], logs: [], invocations: [], unhandled: false, thrown: undefined };

function isBeginning(input: ActorInput | Beginning): input is Beginning {
  return input.kind === 'beginning';
}

function unreadable(definition: MachineDefinition, cause: unknown): StatechatError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StatechatError('unreadable_snapshot', `${definition.id}@${definition.version} can't restore the stored snapshot: ${reason}`, {
    cause,
  });
}
