/**
 * One turn: the waiting mail of one address, stepped through its session's machine, as one commit.
 *
 * Owns: the order of things within a turn, the journal entries, what becomes work, which event is parked and why.
 * Does not own: any I/O. A turn is computed, then committed by somebody else; if that fails, it is thrown away and
 * computed again from what is stored.
 *
 * Invariants: every stimulus that moved the machine stands in the journal before what it caused, so that replaying
 * the journal's stimuli gives the snapshot. Mail that throws leaves no trace but its `parked` entry.
 */
import type { EntryDescription, Json, MachineEvent, SessionFacts } from '#machines/definition.ts';
import type { Delivery, JournalEntry, SessionRow, TurnCommit, WorkItem } from '#storage/port.ts';
import type { LiveEvent, Receipt } from './api.ts';
import type { InvocationCommand, RecordedAction } from './host-system.ts';
import { CAUGHT_UP, type Envelope, HostedActor, type Step, type Stimulus } from './hosted-actor.ts';
import { HostRefusal, toData, toJson } from './json.ts';
import type { Mail, MailContent } from './mail.ts';
import type { RegisteredMachine, Registry } from './registry.ts';

/** What is known to be stored at an address: a session that can hear, or none, after a closed one. */
export type Standing =
  | { readonly open: true; readonly start: TurnStart }
  | { readonly open: false; readonly previous: SessionRow | undefined };

/** Where a turn starts: an open session as it is stored, or one about to be opened (its row has version 0). */
export interface TurnStart {
  readonly row: SessionRow;
  readonly machine: RegisteredMachine;
  /** Where the machine stands. Absent: it begins in its initial state, from `input`. */
  readonly envelope?: Envelope;
  /** An actor that stands where the envelope says. The turn takes it over: it is of no use to anyone else afterwards. */
  readonly actor?: HostedActor;
  readonly input?: Json | undefined;
  /** What a beginning is journalled as, and what it adds to the entry. Default: `opened`. */
  readonly beginning?: { readonly kind: string; readonly payload: { readonly [key: string]: Json } };
  /** What a beginning hears before anything that waits for it. */
  readonly firstEvent?: MachineEvent;
  /** The machine was brought here from an older version: journalled before anything else. */
  readonly migratedFrom?: { readonly id: string; readonly version: number };
  /** The first serial that a beginning may use. */
  readonly firstSerial?: number;
  /** Earlier sessions of the address that an event may still belong to. */
  readonly lineage: Lineage;
}

/** Earlier sessions of an address, closed so lately that a provider may still send their events again. */
export type Lineage = NonNullable<Envelope['lineage']>;

export interface Turn {
  readonly commit: TurnCommit;
  /** The commit would change nothing: there is nothing to store. */
  readonly empty: boolean;
  /** What stands at the address once the commit is stored. */
  readonly next: Standing;
  /** Mail that has none is left for the next turn. */
  readonly receipts: ReadonlyMap<Mail, Omit<Receipt, 'version' | 'state' | 'handler'>>;
  readonly live: readonly LiveEvent[];
  /** For invocations that run already: what to stop, what to tell. Starts are work. */
  readonly commands: readonly InvocationCommand[];
}

interface Outcome {
  readonly ignored?: string;
  readonly refused?: NonNullable<Receipt['refused']>;
  readonly parked?: string;
  readonly duplicate?: boolean;
}

/** What the turn has made so far: copied before each stimulus, put back if it must be parked. */
interface Made {
  readonly played: { readonly stimulus: Stimulus; readonly now: number }[];
  readonly journal: JournalEntry[];
  readonly work: Map<number, WorkItem>;
  readonly settled: number[];
  readonly deliveries: { readonly seq: number; readonly delivery: Delivery }[];
  readonly live: LiveEvent[];
  readonly commands: InvocationCommand[];
}

export class TurnComputation {
  readonly #registry: Registry;
  readonly #start: TurnStart;
  readonly #now: number;
  /** After every stimulus, check that the session could be stored: slower, used when the whole turn could not. */
  readonly #careful: boolean;
  #actor: HostedActor;
  #facts: SessionFacts;
  #seq: number;
  #woken = false;
  #claimed = false;
  #active = false;
  #made: Made = { played: [], journal: [], work: new Map(), settled: [], deliveries: [], live: [], commands: [] };
  readonly #receipts = new Map<Mail, Omit<Receipt, 'version' | 'state' | 'handler'>>();

  constructor(registry: Registry, start: TurnStart, now: number, careful: boolean) {
    this.#registry = registry;
    this.#start = start;
    this.#now = now;
    this.#careful = careful;
    this.#seq = start.row.version;
    const { definition } = start.machine;
    const machine = { id: definition.id, version: definition.version };
    if (start.envelope) {
      this.#actor = (careful ? undefined : start.actor) ?? HostedActor.restore(definition, start.envelope);
      this.#facts = factsOf(this.#actor);
      if (start.migratedFrom) this.#entry('migrated', { payload: { from: start.migratedFrom, to: machine } });
      return;
    }
    const opened = HostedActor.open(definition, start.input, now, start.firstSerial);
    if (opened.step.thrown !== undefined && this.#parks) throw opened.step.thrown;
    this.#actor = opened.actor;
    this.#facts = factsOf(opened.actor);
    const { kind, payload } = start.beginning ?? { kind: 'opened', payload: { previousId: start.row.previousId } };
    this.#entry(kind, {
      payload: { ...payload, machine, ...(start.input === undefined ? {} : { input: start.input }), firstSerial: start.firstSerial ?? 0 },
    });
    this.#apply(opened.step, this.#seq);
    if (start.firstEvent) this.#event(start.firstEvent, null);
  }

  play(mail: readonly Mail[]): Turn {
    const seen = new Set<string>();
    const began = this.#actor.status === 'active';
    for (const item of mail) {
      // Something earlier in this very turn closed the session: what was written to the address belongs to the next one.
      if (began && this.#actor.status !== 'active' && isForAddress(item.content)) continue;
      const outcome = this.#handle(item.content, seen);
      this.#release();
      this.#receipts.set(item, {
        sessionId: this.#start.row.id,
        address: this.#start.row.address,
        duplicate: outcome.duplicate ?? false,
        ...(outcome.ignored === undefined ? {} : { ignored: outcome.ignored }),
        ...(outcome.refused === undefined ? {} : { refused: outcome.refused }),
        ...(outcome.parked === undefined ? {} : { parked: outcome.parked }),
      });
    }
    return this.#finish();
  }

  #handle(content: MailContent, seen: Set<string>): Outcome {
    switch (content.kind) {
      case 'event': {
        if (seen.has(content.eventId)) return { duplicate: true };
        seen.add(content.eventId);
        return this.#event(content.event, content.eventId);
      }
      case 'open':
        return {};
      case 'signal': {
        const { stimulus } = content;
        if (!this.#actor.runs(stimulus.serial)) {
          this.#made.settled.push(stimulus.serial);
          return { ignored: 'stale: the run that it belongs to has ended' };
        }
        return this.#stimulate(stimulus, { kind: 'run' }, {}, false, content.eventId);
      }
      case 'wake':
        this.#woken = true;
        this.#claimed ||= content.claimed;
        this.#fireDue();
        return {};
      case 'failure':
        return this.#failure(content);
    }
  }

  #event(event: MachineEvent, eventId: string | null): Outcome {
    if (this.#actor.status !== 'active') {
      // An earlier event of this very turn closed the session.
      const reason = 'the session is closed';
      this.#entry(event.type, { eventId, payload: { event: toJson(event, 'event'), ignored: reason } });
      return { ignored: reason };
    }
    const description = this.#start.machine.definition.describe?.(event) ?? { kind: event.type };
    this.#active = true;
    return this.#stimulate({ kind: 'event', event }, description, {}, true, eventId);
  }

  #fireDue(): void {
    let more = false;
    this.#actor.fireDue(this.#now, ({ serial, id, due }, isLast) => {
      if (this.#actor.waits) {
        more = true;
        return false;
      }
      const outcome = this.#stimulate({ kind: 'timer', serial }, { kind: 'timer' }, { id, due }, true);
      more = this.#actor.waits && !isLast;
      // After parking, the actor was put back as it was: this pass went over timers that are no longer its own.
      return outcome.parked === undefined && !more;
    });
    if (more && !this.#actor.held.some(({ kind }) => kind === 'wake')) this.#stimulate({ kind: 'wake' }, { kind: 'timer' }, {}, false);
  }

  /** Once the code has caught up, what came in the meantime is played, in order. */
  #release(): void {
    for (let head = this.#actor.held[0]; head !== undefined && !this.#actor.waits; head = this.#actor.held[0]) {
      this.#stimulate({ kind: 'release' }, { kind: 'released' }, {}, head.kind === 'event');
      if (head.kind === 'wake') this.#fireDue();
    }
  }

  #failure(failure: MailContent & { kind: 'failure' }): Outcome {
    this.#made.settled.push(failure.serial);
    const delivery: Delivery = { status: 'failed', at: this.#now, reason: failure.reason };
    if (failure.message) {
      this.#made.deliveries.push({ seq: failure.seq, delivery });
      this.#made.live.push({ type: 'delivery', seq: failure.seq, delivery });
    }
    const { effect, serial, code, reason } = failure;
    const event: MachineEvent = { type: 'effect.failed', at: this.#now, effect, serial, code, reason };
    if (this.#actor.status !== 'active') {
      this.#entry('effect', { eventId: `failed.${serial}`, payload: { failed: { effect, serial, code, reason } } });
      return {};
    }
    return this.#stimulate(
      { kind: 'event', event },
      { kind: 'effect' },
      { failed: { effect, serial, code, reason } },
      true,
      `failed.${serial}`,
    );
  }

  /** Steps the machine, or parks the stimulus. */
  #stimulate(
    given: Stimulus,
    description: EntryDescription,
    payload: Record<string, unknown>,
    mayPark: boolean,
    eventId: string | null = null,
  ): Outcome {
    let step: Step;
    const stimulus: Stimulus = this.#mustWait(given) ? { kind: 'hold', stimulus: given } : given;
    const saved = { seq: this.#seq, facts: this.#facts, made: copyOf(this.#made) };
    try {
      step = this.#actor.step(stimulus, this.#now);
      if (this.#careful) this.#actor.persist();
      if (step.thrown !== undefined && ((this.#parks && mayPark) || step.thrown instanceof HostRefusal)) throw step.thrown;
      this.#made.played.push({ stimulus, now: this.#now });
      const outcome = isSilent(stimulus) ? {} : outcomeOf(step);
      this.#entry(description.kind, {
        ...description,
        eventId,
        payload: { stimulus: stimulus as Json & Stimulus, ...(toJson(payload, 'payload') as object), ...outcome },
      });
      this.#apply(step, this.#seq);
      return outcome;
    } catch (error) {
      this.#made = saved.made;
      this.#seq = saved.seq;
      this.#facts = saved.facts;
      return this.#park(stimulus, description, error, eventId);
    }
  }

  /** While the session waits for running code, only that code is heard. */
  #mustWait(stimulus: Stimulus): boolean {
    return this.#actor.waits && !(stimulus.kind === 'signal' && this.#actor.awaits(stimulus.serial));
  }

  /** Puts the actor back to where it was before the stimulus, by playing the turn again without it. */
  #park(stimulus: Stimulus, description: EntryDescription, error: unknown, eventId: string | null): Outcome {
    const { definition } = this.#start.machine;
    this.#actor = this.#start.envelope
      ? HostedActor.restore(definition, this.#start.envelope)
      : HostedActor.open(definition, this.#start.input, this.#now, this.#start.firstSerial).actor;
    for (const { stimulus, now } of this.#made.played) this.#actor.step(stimulus, now);
    const reason = error instanceof Error ? error.message : String(error);
    const replay: Stimulus | undefined =
      stimulus.kind === 'timer' ? { kind: 'drop', serial: stimulus.serial } : stimulus.kind === 'release' ? { kind: 'skip' } : undefined;
    if (replay) {
      this.#actor.step(replay, this.#now);
      this.#made.played.push({ stimulus: replay, now: this.#now });
    }
    this.#entry('parked', {
      ...(description.author === undefined ? {} : { author: description.author }),
      ...(description.text === undefined ? {} : { text: description.text }),
      eventId,
      payload: { reason, parked: describeStimulus(stimulus), ...(replay ? { stimulus: replay } : {}) },
    });
    return { parked: reason };
  }

  get #parks(): boolean {
    return (this.#start.machine.definition.onThrow ?? 'park') === 'park';
  }

  #apply(step: Step, cause: number): void {
    for (const event of step.emitted) {
      if (event.type !== 'ignored' && event.type !== 'refused') this.#made.live.push({ type: 'emitted', event });
    }
    for (const command of step.invocations) this.#invocation(command, cause);
    for (const action of step.actions) this.#effect(action);
    const before = this.#facts;
    this.#facts = factsOf(this.#actor);
    if (before.state !== this.#facts.state || before.handler !== this.#facts.handler) {
      const { state, handler } = this.#facts;
      this.#entry('transition', { payload: { from: { state: before.state, handler: before.handler }, to: { state, handler } } });
    }
  }

  #invocation(command: InvocationCommand, cause: number): void {
    if (command.type === 'start') {
      const { serial, id, path, input } = command;
      this.#addWork({
        serial,
        seq: cause,
        kind: 'invocation',
        lane: null,
        type: id,
        payload: { address: this.#start.row.address, path, ...(input === undefined ? {} : { input }) },
      });
      return;
    }
    const unborn = this.#made.work.has(command.serial);
    if (command.type === 'stop') {
      if (unborn) this.#made.work.delete(command.serial);
      else this.#made.settled.push(command.serial);
    }
    if (!(unborn && command.type === 'stop')) this.#made.commands.push(command);
  }

  #effect(action: RecordedAction): void {
    const { address } = this.#start.row;
    const effect = this.#registry.effect(action.type, action.implementation !== undefined);
    if (effect) {
      const description = effect.describe(action.params);
      const seq = this.#entry(description?.kind ?? 'effect', {
        ...description,
        payload: { effect: action.type, serial: action.serial, params: action.params ?? null },
        delivery: description?.message ? { status: 'pending', at: this.#now } : null,
      });
      this.#addWork({
        serial: action.serial,
        seq,
        kind: 'effect',
        lane: effect.lane === 'address' ? address : null,
        type: action.type,
        payload: { address, params: action.params ?? null, message: description?.message ?? false },
      });
      return;
    }
    if (!action.implementation) {
      throw new HostRefusal(
        `action "${action.type}" has no effect registered and no implementation: register an effect of that type, or put it into setup({ actions })`,
      );
    }
    const { machine } = this.#start;
    const named = machine.action(action.machinePath, action.type) === action.implementation;
    const name = named ? action.type : (machine.inlineName(action.implementation) ?? action.type);
    if (machine.action(action.machinePath, name) !== action.implementation) {
      throw new HostRefusal(`action "${action.type}" is a function made while the machine runs, so it can't be found after a crash: name it in setup({ actions })`);
    }
    const seq = this.#entry('effect', { payload: { action: action.type, serial: action.serial, params: action.params ?? null } });
    const call = { address, path: action.machinePath, name, params: action.params, context: action.context, event: action.event };
    this.#addWork({
      serial: action.serial,
      seq,
      kind: 'effect',
      lane: address,
      type: MACHINE_ACTION,
      payload: toData(call, `action "${action.type}"`),
    });
  }

  #addWork(item: Pick<WorkItem, 'serial' | 'seq' | 'kind' | 'lane' | 'type' | 'payload'>): void {
    this.#made.work.set(item.serial, { sessionId: this.#start.row.id, ...item, attempts: 0, notBefore: this.#now, progress: null });
  }

  #entry(
    kind: string,
    entry: { author?: string; text?: string; eventId?: string | null; payload: unknown; delivery?: Delivery | null },
  ): number {
    const seq = ++this.#seq;
    this.#made.journal.push({
      sessionId: this.#start.row.id,
      seq,
      at: this.#now,
      kind,
      author: entry.author ?? null,
      text: entry.text ?? null,
      eventId: entry.eventId ?? null,
      payload: entry.payload as Json,
      delivery: entry.delivery ?? null,
    });
    return seq;
  }

  #finish(): Turn {
    const { row, lineage } = this.#start;
    const { definition } = this.#start.machine;
    const persisted = this.#actor.persist();
    const envelope: Envelope = lineage.length === 0 ? persisted : { ...persisted, lineage };
    const open = this.#actor.status === 'active';
    const wakeAt = open ? this.#wakeAt() : null;
    const changed = this.#made.journal.length > 0;
    const next: SessionRow = {
      ...row,
      machineId: definition.id,
      machineVersion: definition.version,
      version: this.#seq,
      state: this.#facts.state,
      handler: this.#facts.handler,
      agentId: this.#facts.agentId ?? null,
      tags: this.#facts.tags ?? [],
      open,
      snapshot: envelope as Json & Envelope,
      wakeAt,
      lastActivityAt: this.#active ? this.#now : row.lastActivityAt,
      closedAt: open ? null : (row.closedAt ?? this.#now),
    };
    const { state, handler } = this.#facts;
    const entries = this.#made.journal.map((entry): LiveEvent => ({ type: 'entry', entry }));
    return {
      commit: {
        session: next,
        expectedVersion: row.version,
        journal: this.#made.journal,
        work: [...this.#made.work.values()],
        settled: this.#made.settled,
        deliveries: this.#made.deliveries,
        lineage: lineage.map(({ id }) => id),
      },
      empty: !changed && !this.#claimed && this.#made.deliveries.length === 0 && this.#made.settled.length === 0 && wakeAt === row.wakeAt,
      next: open
        ? { open, start: { row: next, machine: this.#start.machine, envelope, actor: this.#actor, lineage } }
        : { open, previous: next },
      receipts: this.#receipts,
      live: [...entries, ...(changed ? [{ type: 'state', state, handler, open, version: this.#seq } as const] : []), ...this.#made.live],
      commands: this.#made.commands,
    };
  }

  /**
   * When the session must be looked at. An earlier time that is still to come is left standing, since a wake that
   * finds nothing due costs less than an index write on every message.
   */
  #wakeAt(): number | null {
    const stored = this.#start.row.wakeAt;
    const earliest = this.#actor.earliestDue();
    const standing = stored !== null && stored > this.#now && !this.#woken;
    return standing && (earliest === null || stored <= earliest) ? stored : earliest;
  }
}

/** The type of the work items that call an action's own implementation. */
export const MACHINE_ACTION = 'machine.action';

function copyOf(made: Made): Made {
  return {
    played: [...made.played],
    journal: [...made.journal],
    work: new Map(made.work),
    settled: [...made.settled],
    deliveries: [...made.deliveries],
    live: [...made.live],
    commands: [...made.commands],
  };
}

function outcomeOf(step: Step): Outcome {
  for (const event of step.emitted) {
    if (event.type === 'ignored') return { ignored: String(event['reason']) };
    if (event.type === 'refused') {
      const { code, message, holder } = event;
      return { refused: { code: String(code), message: String(message), ...(holder === undefined ? {} : { holder: String(holder) }) } };
    }
  }
  return step.unheard ? { ignored: 'no transition is enabled for it in this state' } : {};
}

/** Not for one session only: it opens one where none is open. */
function isForAddress(content: MailContent): boolean {
  return (content.kind === 'event' || content.kind === 'open') && content.sessionId === undefined;
}

/** Does it move the machine by itself? */
function isSilent(stimulus: Stimulus): boolean {
  return stimulus.kind === 'hold' || stimulus.kind === 'wake' || (stimulus.kind === 'signal' && stimulus.event.type === CAUGHT_UP);
}

function describeStimulus(stimulus: Stimulus): unknown {
  try {
    return toJson(stimulus, 'stimulus');
  } catch {
    return { kind: stimulus.kind };
  }
}

export function factsOf(actor: HostedActor): SessionFacts {
  const view = actor.view();
  const facts = actor.definition.facts;
  if (facts) return facts({ value: view.value, context: view.context, status: view.status });
  const state = typeof view.value === 'string' ? view.value : JSON.stringify(view.value);
  return { state, handler: view.status === 'active' ? 'bot' : 'none' };
}
