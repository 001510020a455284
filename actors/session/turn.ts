/**
 * One turn: the waiting mail of one address, stepped through its session's machine, as one commit.
 *
 * Owns: the order of things within a turn, which event is parked and why.
 * Does not own: what a step becomes in the journal and in the outbox (turn-record.ts), the row as it is to be (turn-row.ts);
 * any I/O. A turn is computed, then committed by somebody else; if that fails, it is thrown away and computed again from what is stored.
 *
 * Invariants: every stimulus that moved the machine stands in the journal before what it caused, so that replaying
 * the journal's stimuli gives the snapshot. Mail that throws leaves no trace but its `parked` entry.
 */
import type { EntryDescription, Json, MachineEvent } from '#machines/definition.ts';
import type { TurnCommit } from '#storage/port.ts';
import type { LiveEvent, Receipt } from '../contract/api.ts';
import type { Registry } from '../contract/registry.ts';
import { HostedActor } from '../interpreter/hosted-actor.ts';
import { describeStimulus, isSilent, type Stimulus } from '../interpreter/input.ts';
import { HostRefusal, toJson } from '../interpreter/serialize.ts';
import type { InvocationCommand, Step } from '../interpreter/step.ts';
import type { Envelope } from '../interpreter/stored-snapshot.ts';
import { isForAddress, type Message, type MessageContent } from './message.ts';
import { factsOf, TurnRecord } from './turn-record.ts';
import { reasonOf, resultOf, type TurnResult } from './turn-result.ts';
import { isSteady, rowAfter } from './turn-row.ts';
import type { AddressState, TurnStart } from './turn-start.ts';

export interface Turn {
  readonly commit: TurnCommit;
  /** The commit would change nothing: there is nothing to store. */
  readonly empty: boolean;
  /** What stands at the address once the commit is stored. */
  readonly next: AddressState;
  /** Mail that has none is left for the next turn. */
  readonly receipts: ReadonlyMap<Message, Omit<Receipt, 'version' | 'state' | 'handler'>>;
  readonly live: readonly LiveEvent[];
  /** For invocations that run already: what to stop, what to tell. Starts are work. */
  readonly commands: readonly InvocationCommand[];
  /** Types of the effects that are done once it is stored. */
  readonly done: readonly string[];
}

/** What is played in place of a stimulus that is parked, lest it come again. */
function insteadOf(stimulus: Stimulus): Stimulus | undefined {
  switch (stimulus.kind) {
    case 'timer':
      return { kind: 'drop', serial: stimulus.serial };
    case 'release':
      return { kind: 'skip' };
    case 'answer':
      return { kind: 'abandon' };
    default:
      return undefined;
  }
}

export class TurnComputation {
  readonly #start: TurnStart;
  readonly #now: number;
  /** After every stimulus, check that the session could be stored: slower, used when the whole turn could not. */
  readonly #careful: boolean;
  #actor: HostedActor;
  #woken = false;
  #claimed = false;
  #active = false;
  readonly #record: TurnRecord;
  readonly #receipts = new Map<Message, Omit<Receipt, 'version' | 'state' | 'handler'>>();

  constructor(registry: Registry, start: TurnStart, now: number, careful: boolean) {
    this.#start = start;
    this.#now = now;
    this.#careful = careful;
    const { definition } = start.machine;
    const machine = { id: definition.id, version: definition.version };
    if (start.envelope) {
      this.#actor = (careful ? undefined : start.actor) ?? HostedActor.restore(definition, start.envelope);
      this.#record = new TurnRecord(registry, start, now, factsOf(this.#actor));
      if (start.migratedFrom) this.#record.entry('migrated', { payload: { from: start.migratedFrom, to: machine } });
      return;
    }
    const opened = HostedActor.open(definition, start.input, now, start.firstSerial);
    const { thrown } = opened.step;
    if (thrown !== undefined && (this.#parks || thrown instanceof HostRefusal)) throw thrown;
    this.#actor = opened.actor;
    this.#record = new TurnRecord(registry, start, now, factsOf(opened.actor));
    const { kind, payload } = start.beginning ?? { kind: 'opened', payload: { previousId: start.row.previousId } };
    this.#record.entry(kind, {
      payload: { ...payload, machine, ...(start.input === undefined ? {} : { input: start.input }), firstSerial: start.firstSerial ?? 0 },
    });
    this.#record.apply(opened.step, this.#actor);
    if (start.firstEvent) this.#event(start.firstEvent, null);
  }

  play(messages: readonly Message[]): Turn {
    const seen = new Set<string>();
    const began = this.#actor.status === 'active';
    for (const item of messages) {
      // Something earlier in this very turn closed the session: what was written to the address belongs to the next one.
      if (began && this.#actor.status !== 'active' && isForAddress(item.content)) continue;
      const outcome = this.#handle(item.content, seen);
      this.#release();
      this.#receipts.set(item, { sessionId: this.#start.row.id, address: this.#start.row.address, duplicate: false, ...outcome });
    }
    return this.#finish();
  }

  #handle(content: MessageContent, seen: Set<string>): TurnResult {
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
        if (stimulus.kind === 'answer') {
          if (this.#actor.openCall(stimulus.serial)?.call !== stimulus.call) return { ignored: 'stale: nobody waits for it' };
          const { interrupted } = this.#actor;
          const mayPark = interrupted?.kind === 'event' || interrupted?.kind === 'timer';
          return this.#stimulate(stimulus, { kind: 'run' }, {}, mayPark);
        }
        if (!this.#actor.runs(stimulus.serial)) {
          this.#record.settled.push(stimulus.serial);
          return { ignored: 'stale: the run that it belongs to has ended' };
        }
        return this.#stimulate(stimulus, { kind: 'run' }, {}, false, content.eventId);
      }
      case 'wake':
        this.#woken = true;
        this.#claimed ||= content.claimed;
        this.#fireDue(false);
        return {};
      case 'failure':
        return this.#failure(content);
    }
  }

  #event(event: MachineEvent, eventId: string | null): TurnResult {
    if (this.#actor.status !== 'active') {
      // An earlier event of this very turn closed the session.
      const reason = 'the session is closed';
      this.#record.entry(event.type, { eventId, payload: { event: toJson(event, 'event'), ignored: reason } });
      return { ignored: reason };
    }
    const description = this.#start.machine.definition.describe?.(event) ?? { kind: event.type };
    this.#active = true;
    return this.#stimulate({ kind: 'event', event }, description, {}, true, eventId);
  }

  /** `resumed`: this goes on with a pass that was broken off. What came in the meantime is behind all of it. */
  #fireDue(resumed: boolean): void {
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
    if (!more || this.#actor.held.some(({ kind }) => kind === 'wake')) return;
    this.#stimulate({ kind: 'hold', stimulus: { kind: 'wake' }, ...(resumed ? { first: true } : {}) }, { kind: 'timer' }, {}, false);
  }

  /** Once the code has caught up, what came in the meantime is played, in order. */
  #release(): void {
    for (let head = this.#actor.held[0]; head !== undefined && !this.#actor.waits; head = this.#actor.held[0]) {
      this.#stimulate({ kind: 'release' }, { kind: 'released' }, {}, head.kind === 'event');
      if (head.kind === 'wake') this.#fireDue(true);
    }
  }

  #failure(failure: MessageContent & { kind: 'failure' }): TurnResult {
    this.#record.settled.push(failure.serial);
    if (failure.message) this.#record.undeliverable(failure.seq, failure.reason);
    const { effect, serial, code, reason } = failure;
    const event: MachineEvent = { type: 'effect.failed', at: this.#now, effect, serial, code, reason };
    if (this.#actor.status !== 'active') {
      this.#record.entry('effect', { eventId: failure.eventId, payload: { failed: { effect, serial, code, reason } } });
      return {};
    }
    return this.#stimulate(
      { kind: 'event', event },
      { kind: 'effect' },
      { failed: { effect, serial, code, reason } },
      true,
      failure.eventId,
    );
  }

  /** Steps the machine, or parks the stimulus. */
  #stimulate(
    given: Stimulus,
    description: EntryDescription,
    payload: Record<string, unknown>,
    mayPark: boolean,
    eventId: string | null = null,
  ): TurnResult {
    let step: Step;
    const stimulus: Stimulus = this.#mustWait(given) ? { kind: 'hold', stimulus: given } : given;
    const takeBack = this.#record.mark();
    try {
      step = this.#actor.step(stimulus, this.#now);
      if (this.#careful) this.#actor.persist();
      if (step.thrown !== undefined && ((this.#parks && mayPark) || step.thrown instanceof HostRefusal)) throw step.thrown;
      this.#record.played.push(stimulus);
      const outcome = isSilent(stimulus) ? {} : resultOf(step);
      this.#record.entry(description.kind, {
        ...description,
        eventId,
        payload: { stimulus: stimulus as Json & Stimulus, ...(toJson(payload, 'payload') as object), ...outcome },
      });
      this.#record.apply(step, this.#actor);
      // Nothing else would say why the session ended.
      if (step.thrown !== undefined) this.#record.entry('failed', { payload: { reason: reasonOf(step.thrown) } });
      return this.#actor.waits && mayPark ? { ...outcome, pending: true } : outcome;
    } catch (error) {
      takeBack();
      return this.#park(stimulus, description, error, eventId);
    }
  }

  /** While the session waits for running code, only that code is heard. */
  #mustWait(stimulus: Stimulus): boolean {
    return this.#actor.waits && stimulus.kind !== 'hold' && stimulus.kind !== 'answer';
  }

  /** Puts the actor back to where it was before the stimulus, by playing the turn again without it. */
  #park(stimulus: Stimulus, description: EntryDescription, error: unknown, eventId: string | null): TurnResult {
    const { definition } = this.#start.machine;
    this.#actor = this.#start.envelope
      ? HostedActor.restore(definition, this.#start.envelope)
      : HostedActor.open(definition, this.#start.input, this.#now, this.#start.firstSerial).actor;
    for (const played of this.#record.played) this.#actor.step(played, this.#now);
    const reason = reasonOf(error);
    const replay = insteadOf(stimulus);
    const parked = this.#heardIn(stimulus) ?? stimulus;
    const step = replay && this.#actor.step(replay, this.#now);
    if (replay) this.#record.played.push(replay);
    this.#record.entry('parked', {
      ...(description.author === undefined ? {} : { author: description.author }),
      ...(description.text === undefined ? {} : { text: description.text }),
      eventId,
      payload: { reason, parked: describeStimulus(parked), ...(replay ? { stimulus: replay } : {}) },
    });
    if (step) this.#record.apply(step, this.#actor);
    return { parked: reason };
  }

  /** What the machine was hearing when it heard this. */
  #heardIn({ kind }: Stimulus): Stimulus | undefined {
    if (kind === 'answer') return this.#actor.interrupted;
    return kind === 'release' ? this.#actor.held[0] : undefined;
  }

  get #parks(): boolean {
    return (this.#start.machine.definition.onThrow ?? 'park') === 'park';
  }

  #finish(): Turn {
    const { row, lineage } = this.#start;
    const persisted = this.#actor.persist();
    const envelope: Envelope = lineage.length === 0 ? persisted : { ...persisted, lineage };
    const { facts, seq } = this.#record;
    const at = { now: this.#now, active: this.#active, woken: this.#woken };
    const next = rowAfter(this.#start, { actor: this.#actor, envelope, facts, version: seq }, at);
    const { open, state, handler, wakeAt } = next;
    const changed = this.#record.journal.length > 0;
    const entries = this.#record.journal.map((entry): LiveEvent => ({ type: 'entry', entry }));
    return {
      commit: {
        session: next,
        expectedVersion: row.version,
        steady: isSteady(row, next),
        journal: this.#record.journal,
        work: this.#record.work,
        settled: this.#record.settled,
        deliveries: this.#record.deliveries,
        lineage: lineage.map(({ id }) => id),
      },
      empty:
        !changed && !this.#claimed && this.#record.deliveries.length === 0 && this.#record.settled.length === 0 && wakeAt === row.wakeAt,
      next: open
        ? { open, start: { row: next, machine: this.#start.machine, envelope, actor: this.#actor, lineage } }
        : { open, previous: next },
      receipts: this.#receipts,
      live: [...entries, ...(changed ? [{ type: 'state', state, handler, open, version: seq } as const] : []), ...this.#record.live],
      commands: this.#record.commands,
      done: this.#record.done,
    };
  }
}
