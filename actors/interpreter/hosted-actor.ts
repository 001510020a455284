/**
 * One session's machine, hosted: restored from an envelope, stepped by stimuli, persisted into an envelope.
 *
 * Owns: steps, also those that wait for running code and are then played again (see sync-calls.ts); what is held
 * meanwhile; what code has heard and said.
 * Does not own: the actors (actor-tree.ts), the envelope's format (stored-snapshot.ts), and when a step is taken (turn.ts).
 *
 * Invariants: pure but for its own state: no I/O, no clock, no randomness; time comes in with each stimulus. Replaying
 * the same stimuli at the same times from the same start gives the same envelope, to the letter. While a step waits,
 * the session is as it was before it.
 */
import type { Json, MachineDefinition, PersistedMachine, SnapshotView } from '#machines/definition.ts';
import { StatechatError } from '#machines/errors.ts';
import { ActorTree, type ActorView } from './actor-tree.ts';
import { CallbackHistories, type CallbackHistory } from './callback-history.ts';
import type { Stimulus } from './input.ts';
import { HostRefusal, toData, toJson } from './serialize.ts';
import type { Call, InvocationCommand, Step } from './step.ts';
import type { Beginning, Envelope, StepUnderWay } from './stored-snapshot.ts';
import type { Answer } from './sync-calls.ts';
import type { Timer } from './timers.ts';

/** A step that is through. */
interface Played {
  readonly stimulus: Stimulus | Beginning;
  readonly at: number;
  readonly answers: readonly Answer[];
}

export class HostedActor {
  readonly definition: MachineDefinition;
  readonly #dialogues: CallbackHistories;
  readonly #held: Stimulus[];
  #underWay: StepUnderWay | undefined;
  /** The actors as they are. Of a session whose beginning waits: as they would be if the code said nothing. */
  #tree: ActorTree;
  /** The actors can be made again: from here, by what was played since. */
  #stored: Envelope | undefined;
  #since: Played[] = [];

  private constructor(definition: MachineDefinition, envelope: Envelope | undefined, tree: ActorTree) {
    this.definition = definition;
    this.#tree = tree;
    this.#stored = envelope;
    this.#underWay = envelope?.underWay;
    this.#held = [...(envelope?.held ?? [])];
    this.#dialogues = new CallbackHistories(envelope?.dialogues ?? {});
  }

  /** A new session. The first step is what its initial state asked for. */
  static open(
    definition: MachineDefinition,
    input: unknown,
    now: number,
    firstSerial = 0,
  ): { readonly actor: HostedActor; readonly step: Step } {
    const beginning: Beginning = { kind: 'beginning', firstSerial, ...(input === undefined ? {} : { input: input as Json }) };
    const actor = new HostedActor(definition, undefined, ActorTree.begin(definition, beginning, now, []));
    return { actor, step: actor.#conclude({ stimulus: beginning, at: now, answers: [] }, undefined) };
  }

  /** Throws `StatechatError` code `unreadable_snapshot` when this machine has no such state. */
  static restore(definition: MachineDefinition, envelope: Envelope): HostedActor {
    let actor: HostedActor;
    try {
      const { underWay } = envelope;
      const tree =
        underWay && isBeginning(underWay.stimulus)
          ? ActorTree.begin(definition, underWay.stimulus, underWay.at, underWay.answers)
          : ActorTree.restore(definition, envelope);
      actor = new HostedActor(definition, envelope, tree);
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

  view(): ActorView {
    const view = this.#tree.view();
    // Whether it has ended already is not known before its code has answered.
    return this.#underWay && view.status !== 'active' ? { ...view, status: 'active' } : view;
  }

  /** True while a step waits for running code: until that has answered, the session hears nothing else. */
  get waits(): boolean {
    return this.#underWay !== undefined;
  }

  /** What the code of this leaf was asked, and has not answered. */
  openCall(serial: number): Call | undefined {
    const call = this.#underWay?.open;
    return call?.serial === serial ? call : undefined;
  }

  /** What the step that waits was begun by; undefined for a beginning. */
  get interrupted(): Stimulus | undefined {
    const stimulus = this.#underWay?.stimulus;
    return stimulus === undefined || isBeginning(stimulus) ? undefined : stimulus;
  }

  /** What came in the meantime, in order. */
  get held(): readonly Stimulus[] {
    return this.#held;
  }

  /** The earliest due time of any timer; null while the session waits for its code, since it fires none then. */
  earliestDue(): number | null {
    return this.waits ? null : this.#tree.timers.earliestDue();
  }

  timers(): readonly Timer[] {
    return this.#tree.timers.inOrder();
  }

  /** Does the session still wait for what the code of this leaf does? */
  runs(serial: number): boolean {
    const { open, answers } = this.#underWay ?? {};
    return open?.serial === serial || answers?.some((answer) => answer.serial === serial) === true || this.#tree.runs(serial);
  }

  /** What an attempt at the code of this leaf has heard and said. */
  dialogue(serial: number): CallbackHistory {
    return this.#dialogues.of(serial);
  }

  /** Hands over what is due at `now`, one timer after another, to be fired. `fire` returns false to break off. */
  fireDue(now: number, fire: (timer: Timer, isLast: boolean) => boolean): void {
    this.#tree.timers.fireDue(now, fire);
  }

  step(stimulus: Stimulus, now: number): Step {
    switch (stimulus.kind) {
      case 'hold':
        if (stimulus.first) this.#held.unshift(stimulus.stimulus);
        else this.#held.push(stimulus.stimulus);
        return nothing;
      case 'skip':
        this.#held.shift();
        return nothing;
      case 'answer':
        return this.#answer(stimulus);
      case 'abandon':
        return this.#abandon();
      case 'release': {
        const held = this.#held.shift();
        return held ? this.#play({ stimulus: held, at: now, answers: [] }) : nothing;
      }
      default:
        if (stimulus.kind === 'signal' && stimulus.prompt && this.#tree.runs(stimulus.serial))
          this.#dialogues.remember(stimulus.serial, { said: stimulus.event, to: stimulus.to });
        return this.#play({ stimulus, at: now, answers: [] });
    }
  }

  #play(played: Played): Step {
    const { stimulus, at, answers } = played;
    const before: unknown = this.#tree.view();
    if (isBeginning(stimulus)) this.#tree = ActorTree.begin(this.definition, stimulus, at, answers);
    else this.#tree.play(stimulus, at, answers);
    return this.#conclude(played, before);
  }

  /** The step is through, or waits for code. `before`: the machine as it was. */
  #conclude(played: Played, before: unknown): Step {
    const { doings, refusal } = this.#tree.takeDoings();
    const { open } = this.#tree;
    if (open) return this.#breakOff(played, open, doings.invocations, refusal);
    if (isBeginning(played.stimulus)) this.#stored = undefined;
    this.#since.push(played);
    this.#underWay = undefined;
    const view = this.#tree.view();
    const unchanged = view === before;
    for (const command of doings.invocations) if (command.type === 'stop') this.#dialogues.end(command.serial);
    const quiet = doings.actions.length === 0 && doings.emitted.length === 0 && doings.logs.length === 0 && doings.invocations.length === 0;
    return {
      ...doings,
      unheard: unchanged && quiet,
      thrown: refusal ?? (view.status === 'error' && !unchanged ? view.error : undefined),
    };
  }

  #breakOff(played: Played, open: Call, commands: readonly InvocationCommand[], refusal: HostRefusal | undefined): Step {
    this.#underWay = { ...played, open, next: this.#tree.next };
    if (!isBeginning(played.stimulus)) this.#tree = this.#remade();
    const asked = commands.filter(({ type, serial }) => serial === open.serial && type === (open.event ? 'tell' : 'start'));
    return { ...nothing, invocations: asked, thrown: refusal };
  }

  #answer({ serial, call, said }: Stimulus & { readonly kind: 'answer' }): Step {
    const { stimulus, at, answers, open } = this.#underWay ?? {};
    if (!stimulus || at === undefined || open?.serial !== serial || open.call !== call) return nothing;
    if (open.event) this.#dialogues.remember(serial, { heard: open.event });
    for (const line of said) this.#dialogues.remember(serial, { said: line.event, to: line.to });
    return this.#play({ stimulus, at, answers: [...(answers ?? []), { serial, call, said }] });
  }

  /** What began the step never happened. The code that it started is stopped. */
  #abandon(): Step {
    const { stimulus, answers, open, next } = this.#underWay ?? {};
    if (!stimulus || !open || next === undefined) return nothing;
    if (isBeginning(stimulus)) {
      const { format, snapshot, ...rest } = this.#unbegun(stimulus);
      const error = toJson(new HostRefusal('the session could not begin: its journal says why'), 'error');
      this.#tree = ActorTree.restore(this.definition, { format, snapshot: { ...snapshot, status: 'error', error }, ...rest });
    }
    this.#underWay = undefined;
    this.#tree.skipTo(next);
    if (stimulus.kind === 'timer') this.#tree.timers.take(stimulus.serial);
    const started = [...(answers ?? []), open]
      .map(({ serial }) => serial)
      .filter((serial) => isBeginning(stimulus) || !this.#tree.runs(serial));
    // What is stored so far no longer leads here.
    this.#stored = this.#tree.persist();
    this.#since = [];
    return { ...nothing, invocations: [...new Set(started)].map((serial) => ({ type: 'stop', serial })) };
  }

  /** The actors as they were before the step that is under way. */
  #remade(): ActorTree {
    const [first, ...rest] = this.#since;
    const begun = this.#stored === undefined && first && isBeginning(first.stimulus);
    const tree = begun
      ? ActorTree.begin(this.definition, first.stimulus, first.at, first.answers)
      : ActorTree.restore(this.definition, this.#stored as Envelope);
    for (const { stimulus, at, answers } of begun ? rest : this.#since) {
      if (!isBeginning(stimulus)) tree.play(stimulus, at, answers);
    }
    tree.takeDoings();
    return tree;
  }

  /** The session as it is to be stored. Throws `HostRefusal` if the machine keeps something that cannot be. */
  persist(): Envelope {
    const dialogues = this.#dialogues.persist((serial) => this.runs(serial));
    const envelope: Envelope = {
      ...(this.#underWay && isBeginning(this.#underWay.stimulus) ? this.#unbegun(this.#underWay.stimulus) : this.#tree.persist()),
      ...(dialogues === undefined ? {} : { dialogues }),
      ...(this.#underWay === undefined ? {} : { underWay: this.#underWay }),
      ...(this.#held.length === 0 ? {} : { held: [...this.#held] }),
    };
    this.#stored = envelope;
    this.#since = [];
    return envelope;
  }

  /** There is no state to store yet: this is for whoever looks. */
  #unbegun({ firstSerial }: Beginning): Envelope {
    const { value, context } = this.#tree.view();
    const snapshot = {
      status: 'active',
      value: toJson(value, 'value'),
      context: toData(context, 'context'),
      children: {},
      historyValue: {},
    };
    return { format: 1, snapshot: snapshot as Json & PersistedMachine, timers: [], serials: {}, next: firstSerial };
  }
}

const nothing: Step = { actions: [], emitted: [], logs: [], invocations: [], unheard: false, thrown: undefined };

function isBeginning(stimulus: Stimulus | Beginning): stimulus is Beginning {
  return stimulus.kind === 'beginning';
}

function unreadable(definition: MachineDefinition, cause: unknown): StatechatError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StatechatError('unreadable_snapshot', `${definition.id}@${definition.version} can't restore the stored snapshot: ${reason}`, {
    cause,
  });
}
