/**
 * One turn. It steps the waiting messages of one address through its session's machine, as one
 * commit.
 *
 * Owns the order of things within a turn, and which event is parked and why.
 * Does not own what a step becomes in the journal, the outbox and the session's row
 * (turn-record.ts), and any I/O. The mailbox commits a turn. If the commit fails, the turn is
 * discarded and computed again from what is stored.
 *
 * Invariants. Every input that moved the machine is journalled before what it caused, so replaying
 * the journal's inputs gives the snapshot. A message that throws leaves no trace but its `parked`
 * entry.
 */
import type { EntryDescription, MachineEvent } from '#machines/definition.ts';
import type { Address } from '#machines/ids.ts';
import type { SessionRow, TurnCommit } from '#storage/port.ts';
import type { Receipt } from '../contract/api.ts';
import type { LiveEvent } from '../contract/live-events.ts';
import type { RegisteredMachine, Registry } from '../contract/registry.ts';
import { HostedActor } from '../interpreter/hosted-actor.ts';
import { type ActorInput, isSilent, replacementFor } from '../interpreter/input.ts';
import { HostRefusal, toJson } from '../interpreter/serialize.ts';
import type { InvocationCommand, Step } from '../interpreter/step.ts';
import type { StoredSnapshot } from '../interpreter/stored-snapshot.ts';
import { type AddressState, type Lineage, type TurnStart, withAncestors } from './activation.ts';
import { beginningPayload, inputPayload, migrationPayload, parkedInput } from './journal-payload.ts';
import { isForAddress, type MailboxMessage, type MessageContent } from './message.ts';
import { checkedDescription, isSteady, sessionFactsOf, TurnRecord } from './turn-record.ts';
import { APPLIED, reasonOf, resultOf, type TurnResult, tookEffect, VERSION_CHANGED } from './turn-result.ts';

export interface Turn {
  readonly commit: TurnCommit;
  /** The row that the turn was computed from. */
  readonly before: SessionRow;
  /** The commit would change nothing, so there is nothing to store. */
  readonly empty: boolean;
  /** The state of the address once the commit is stored. */
  readonly next: AddressState;
  /** A message without a receipt is left for the next turn. */
  readonly receipts: ReadonlyMap<MailboxMessage, Omit<Receipt, 'version' | 'state' | 'handler'>>;
  readonly live: readonly LiveEvent[];
  /** What to stop, and what to send to code that runs already. Starts are work. */
  readonly commands: readonly InvocationCommand[];
  /** Types of the effects that are done once it is stored. */
  readonly done: readonly string[];
}

/** Kind of the entry by which a session gives way to another one. */
export const SUPERSEDED = 'superseded';

/**
 * True if the machine names events of this type. A machine that takes any event does not mean those
 * of the host.
 */
export function takes({ definition }: Pick<RegisteredMachine, 'definition'>, type: string): boolean {
  return definition.machine.events.includes(type);
}

/** A new session whose first step cannot be stored, or throws. `cause` is the reason. */
export class CannotBegin extends Error {
  constructor(cause: unknown) {
    super(reasonOf(cause), { cause });
    this.name = 'CannotBegin';
  }
}

export class TurnComputation {
  readonly #start: TurnStart;
  readonly #now: number;
  /**
   * After every input, checks that the session can be stored. This is slower. It is used when the
   * whole turn could not be stored.
   */
  readonly #careful: boolean;
  #actor: HostedActor;
  #woken = false;
  #claimed = false;
  #active = false;
  #movedFrom: Address | undefined;
  #ancestors: Lineage = [];
  readonly #record: TurnRecord;
  readonly #receipts = new Map<MailboxMessage, Omit<Receipt, 'version' | 'state' | 'handler'>>();

  /** Throws `CannotBegin` for a beginning that fails. */
  constructor(registry: Registry, start: TurnStart, now: number, careful: boolean) {
    this.#start = start;
    this.#now = now;
    this.#careful = careful;
    const { definition } = start.machine;
    const machine = { id: definition.id, version: definition.version };
    if (start.snapshot) {
      this.#actor = (careful ? undefined : start.actor) ?? HostedActor.restore(definition, start.snapshot);
      this.#record = new TurnRecord(registry, start, now, sessionFactsOf(this.#actor));
      if (start.migratedFrom) this.#record.entry('migrated', { payload: migrationPayload(start.migratedFrom, machine) });
      return;
    }
    try {
      const opened = HostedActor.open(definition, start.machineInput, now, start.firstSerial);
      const { thrown } = opened.step;
      if (thrown !== undefined && (this.#parks || thrown instanceof HostRefusal)) throw thrown;
      this.#actor = opened.actor;
      this.#record = new TurnRecord(registry, start, now, sessionFactsOf(opened.actor));
      const { kind, payload } = start.beginning ?? { kind: 'opened', payload: { previousId: start.row.previousId } };
      this.#record.entry(kind, { payload: { ...payload, ...beginningPayload(machine, start.machineInput, start.firstSerial ?? 0) } });
      this.#record.apply(opened.step, this.#actor);
      if (careful) opened.actor.persist();
    } catch (cause) {
      throw new CannotBegin(cause);
    }
    if (start.firstEvent) this.#event(start.firstEvent, null);
  }

  play(messages: readonly MailboxMessage[]): Turn {
    const seen = new Map<string, TurnResult>();
    const began = this.#actor.status === 'active';
    for (const item of messages) {
      // An earlier message of this turn closed the session. What was written to the address belongs
      // to the next session.
      if (began && this.#actor.status !== 'active' && isForAddress(item.content)) continue;
      const result = this.#handle(item.content, seen);
      this.#release();
      this.#receipts.set(item, { sessionId: this.#start.row.id, address: this.#record.address, duplicate: false, ...result });
    }
    return this.#finish();
  }

  /** @param seen results of the events of this turn, by their ids. */
  #handle(content: MessageContent, seen: Map<string, TurnResult>): TurnResult {
    switch (content.kind) {
      case 'event': {
        const before = seen.get(content.eventId);
        if (before !== undefined) return { ...before, duplicate: true };
        if (content.ifVersion !== undefined && content.ifVersion !== this.#record.seq) return VERSION_CHANGED;
        const result = this.#event(content.event, content.eventId);
        seen.set(content.eventId, result);
        return result;
      }
      case 'open':
        return {};
      case 'signal': {
        const { input } = content;
        if (input.kind === 'answer') {
          if (this.#actor.openCall(input.serial)?.call !== input.call) return { ignored: 'stale: no actor waits for it' };
          const interrupted = this.#actor.interruptedInput;
          const mayPark = interrupted?.kind === 'event' || interrupted?.kind === 'timer';
          return this.#step(input, { kind: 'run' }, undefined, mayPark);
        }
        if (!this.#actor.runs(input.serial)) {
          this.#record.settled.push(input.serial);
          return { ignored: 'stale: the run that it belongs to has ended' };
        }
        return this.#step(input, { kind: 'run' }, undefined, false, content.eventId);
      }
      case 'wake':
        this.#woken = true;
        this.#claimed ||= content.claimed;
        this.#fireDue(false);
        return {};
      case 'failure':
        return this.#failure(content);
      case 'moved':
        return this.#move(content, seen);
      case 'superseded': {
        if (!takes(this.#start.machine, 'statechat.superseded')) return { ignored: 'its machine does not give way to another session' };
        const { by, eventId } = content;
        const event: MachineEvent = { type: 'statechat.superseded', by, at: this.#now };
        return this.#step({ kind: 'event', event }, { kind: SUPERSEDED }, { by }, true, eventId);
      }
      case 'remark': {
        const { entryKind = 'note', author, text, eventId, payload } = content;
        if (seen.has(eventId)) return { duplicate: true };
        this.#record.entry(entryKind, { author, text, eventId, payload });
        seen.set(eventId, {});
        return {};
      }
    }
  }

  /**
   * The machine receives the move if it names the event. What it adopts of another session is in
   * the same turn.
   */
  #move({ from, to, eventId, adopted, ancestors }: MessageContent & { kind: 'moved' }, seen: Map<string, TurnResult>): TurnResult {
    const moves = this.#record.address !== to;
    this.#movedFrom = from;
    this.#ancestors = ancestors;
    this.#record.address = to;
    let result: TurnResult = {};
    if (moves && takes(this.#start.machine, 'statechat.moved')) {
      const event: MachineEvent = { type: 'statechat.moved', from, to, at: this.#now };
      result = this.#step({ kind: 'event', event }, { kind: 'moved' }, { from, to }, true, eventId);
    } else this.#record.entry('moved', { eventId, payload: { from, to } });
    for (const { event, eventId: id, answered } of adopted) {
      // The bot would answer it a second time. With a human, or without a holder, it is only read.
      if (seen.has(id) || (answered && this.#record.facts.handler === 'bot')) continue;
      this.#release();
      seen.set(id, this.#event(event, id));
    }
    return result;
  }

  #event(event: MachineEvent, eventId: string | null): TurnResult {
    if (this.#actor.status !== 'active') {
      // An earlier event of this turn closed the session.
      const reason = 'the session is closed';
      this.#record.entry(event.type, { eventId, payload: { event: toJson(event, 'event'), ignored: reason } });
      return { ignored: reason };
    }
    const input: ActorInput = { kind: 'event', event };
    let description: EntryDescription | undefined;
    try {
      description = checkedDescription(this.#start.machine.definition.describe?.(event), event.type);
    } catch (error) {
      return this.#park(input, { kind: event.type }, error, eventId);
    }
    const isHeld = this.#mustWait(input);
    const result = this.#step(input, description ?? { kind: event.type }, undefined, true, eventId);
    if (!isHeld) this.#active ||= tookEffect(result);
    return result;
  }

  /**
   * With `resumed` this continues a pass that was broken off. Inputs that arrived meanwhile come
   * after all of it.
   */
  #fireDue(resumed: boolean): void {
    let more = false;
    this.#actor.fireDue(this.#now, ({ serial, id, due }, isLast) => {
      if (this.#actor.waits) {
        more = true;
        return false;
      }
      const result = this.#step({ kind: 'timer', serial }, { kind: 'timer' }, { id, due }, true);
      more = this.#actor.waits && !isLast;
      // Parking restores the actor, so the timers of this pass are no longer those of the actor.
      return result.parked === undefined && !more;
    });
    if (!more || this.#actor.heldInputs.some(({ kind }) => kind === 'wake')) return;
    this.#step({ kind: 'hold', input: { kind: 'wake' }, ...(resumed ? { first: true } : {}) }, { kind: 'timer' }, undefined, false);
  }

  /** Plays the held inputs in order, once no step waits for code any more. */
  #release(): void {
    for (let head = this.#actor.heldInputs[0]; head !== undefined && !this.#actor.waits; head = this.#actor.heldInputs[0]) {
      const result = this.#step({ kind: 'release' }, { kind: 'released' }, {}, head.kind === 'event');
      if (head.kind === 'event') this.#active ||= tookEffect(result);
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
    return this.#step({ kind: 'event', event }, { kind: 'effect' }, { failed: { effect, serial, code, reason } }, true, failure.eventId);
  }

  /** Steps the machine, or parks the input. */
  #step(
    given: ActorInput,
    description: EntryDescription,
    payload: Record<string, unknown> | undefined,
    mayPark: boolean,
    eventId: string | null = null,
  ): TurnResult {
    let step: Step;
    const input: ActorInput = this.#mustWait(given) ? { kind: 'hold', input: given } : given;
    const takeBack = this.#record.mark();
    try {
      step = this.#actor.step(input, this.#now);
      if (this.#careful) this.#actor.persist();
      if (step.thrown !== undefined && ((this.#parks && mayPark) || step.thrown instanceof HostRefusal)) throw step.thrown;
      this.#record.played.push(input);
      const result = isSilent(input) ? APPLIED : resultOf(step);
      const { kind, author, text } = description;
      const moved = inputPayload(input);
      const isPlain = payload === undefined && result === APPLIED;
      const whole = isPlain ? moved : { ...moved, ...(payload && (toJson(payload, 'payload') as object)), ...result };
      this.#record.entry(kind, { author, text, eventId, payload: whole });
      this.#record.apply(step, this.#actor);
      // No other entry gives the reason for the session's end.
      if (step.thrown !== undefined) this.#record.entry('failed', { payload: { reason: reasonOf(step.thrown) } });
      return this.#actor.waits && mayPark ? { ...result, pending: true } : result;
    } catch (error) {
      takeBack();
      return this.#park(input, description, error, eventId);
    }
  }

  /** While a step waits for code, the session takes only the answer of that code. */
  #mustWait({ kind }: ActorInput): boolean {
    return this.#actor.waits && kind !== 'hold' && kind !== 'answer';
  }

  /** Restores the actor from before the input, by playing the turn again without it. */
  #park(input: ActorInput, description: EntryDescription, error: unknown, eventId: string | null): TurnResult {
    const { definition } = this.#start.machine;
    this.#actor = this.#start.snapshot
      ? HostedActor.restore(definition, this.#start.snapshot)
      : HostedActor.open(definition, this.#start.machineInput, this.#now, this.#start.firstSerial).actor;
    for (const played of this.#record.played) this.#actor.step(played, this.#now);
    const reason = reasonOf(error);
    const replacement = replacementFor(input);
    const parked = this.#playedBy(input) ?? input;
    const step = replacement && this.#actor.step(replacement, this.#now);
    if (replacement) this.#record.played.push(replacement);
    this.#record.entry('parked', {
      ...(description.author === undefined ? {} : { author: description.author }),
      ...(description.text === undefined ? {} : { text: description.text }),
      eventId,
      payload: { reason, parked: parkedInput(parked), ...(replacement ? inputPayload(replacement) : {}) },
    });
    if (step) this.#record.apply(step, this.#actor);
    return { parked: reason };
  }

  /** The input that the machine plays because of this one. */
  #playedBy({ kind }: ActorInput): ActorInput | undefined {
    if (kind === 'answer') return this.#actor.interruptedInput;
    return kind === 'release' ? this.#actor.heldInputs[0] : undefined;
  }

  get #parks(): boolean {
    return (this.#start.machine.definition.onThrow ?? 'park') === 'park';
  }

  #finish(): Turn {
    const { row } = this.#start;
    const lineage = withAncestors(this.#ancestors, this.#start.lineage);
    const persisted = this.#actor.persist();
    const snapshot: StoredSnapshot = lineage.length === 0 ? persisted : { ...persisted, lineage };
    const { seq } = this.#record;
    const next = this.#record.rowAfter(this.#actor, snapshot, { active: this.#active, woken: this.#woken });
    const { open, state, handler, wakeAt } = next;
    const changed = this.#record.journal.length > 0;
    const live: LiveEvent[] = [];
    for (const entry of this.#record.journal) live.push({ type: 'entry', entry });
    if (changed) live.push({ type: 'state', state, handler, open, version: seq });
    live.push(...this.#record.live);
    const { deliveries, settled } = this.#record;
    const empty = !changed && !this.#claimed && deliveries.length === 0 && settled.length === 0 && wakeAt === row.wakeAt;
    const commit: TurnCommit = {
      session: next,
      // Made while the snapshot is in the processor's caches. With hundreds of turns under way it
      // has left them by the time that the batch is sent.
      snapshotText: empty ? undefined : JSON.stringify(next.snapshot),
      expectedVersion: row.version,
      steady: this.#movedFrom === undefined && isSteady(row, next),
      journal: this.#record.journal,
      work: this.#record.work,
      settled,
      deliveries,
      lineage: lineage.map(({ id }) => id),
    };
    return {
      commit: this.#movedFrom === undefined ? commit : { ...commit, movedFrom: this.#movedFrom },
      before: row,
      empty,
      next: open
        ? { open, start: { row: next, machine: this.#start.machine, snapshot, actor: this.#actor, lineage } }
        : { open, previous: next },
      receipts: this.#receipts,
      live,
      commands: this.#record.commands,
      done: this.#record.done,
    };
  }
}
