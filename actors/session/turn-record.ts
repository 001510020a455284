/**
 * What a turn has made so far, which is journal entries, work, live events, and the row of its
 * session.
 *
 * Owns the numbering of entries, and what each effect of a step becomes. Does not own the steps
 * themselves, and which of them count (turn.ts).
 */
import type { EntryDescription, Json, SessionFacts } from '#machines/definition.ts';
import type { Address } from '#machines/ids.ts';
import type { Delivery, JournalEntry, SessionRow, WorkItem } from '#storage/port.ts';
import type { LiveEvent } from '../contract/live-events.ts';
import type { Registry } from '../contract/registry.ts';
import { keyOf, MACHINE_ACTION } from '../contract/work-item.ts';
import type { HostedActor } from '../interpreter/hosted-actor.ts';
import type { ActorInput } from '../interpreter/input.ts';
import { HostRefusal, toData } from '../interpreter/serialize.ts';
import type { InvocationCommand, RecordedAction, Step } from '../interpreter/step.ts';
import { encodeSnapshot, type StoredSnapshot } from '../interpreter/stored-snapshot.ts';
import type { TurnStart } from './activation.ts';

interface Entry {
  readonly author?: string | undefined;
  readonly text?: string | undefined;
  readonly eventId?: string | null;
  readonly payload: unknown;
  readonly delivery?: Delivery | null;
}

export class TurnRecord {
  readonly #registry: Registry;
  readonly #start: TurnStart;
  readonly #now: number;
  facts: SessionFacts;
  /**
   * Address of the session after the turn. A turn may move it, and then all its work is at this
   * address.
   */
  address: Address;
  /** The inputs that moved the machine. They are played again if a later one is taken back. */
  readonly played: ActorInput[] = [];
  readonly journal: JournalEntry[] = [];
  readonly settled: number[] = [];
  readonly live: LiveEvent[] = [];
  readonly commands: InvocationCommand[] = [];
  readonly deliveries: { readonly seq: number; readonly delivery: Delivery }[] = [];
  /** Types of the effects that are done with the commit. */
  readonly done: string[] = [];
  readonly #work: WorkItem[] = [];
  /** Serials of work that this turn requested and cancelled. */
  readonly #cancelled: number[] = [];
  readonly #lists: readonly unknown[][] = [
    this.played,
    this.journal,
    this.settled,
    this.live,
    this.commands,
    this.deliveries,
    this.done,
    this.#work,
    this.#cancelled,
  ];

  constructor(registry: Registry, start: TurnStart, now: number, facts: SessionFacts) {
    this.#registry = registry;
    this.#start = start;
    this.#now = now;
    this.facts = facts;
    this.address = start.row.address;
  }

  /** Of the last entry. */
  get seq(): number {
    return this.#start.row.version + this.journal.length;
  }

  /** What is left to be done once the turn is committed. */
  get work(): readonly WorkItem[] {
    const work = this.#cancelled.length === 0 ? this.#work : this.#work.filter(({ serial }) => !this.#cancelled.includes(serial));
    if (this.address === this.#start.row.address) return work;
    return work.map((item) => ({
      ...item,
      lane: item.lane === null ? null : this.address,
      payload: { ...Object(item.payload), address: this.address },
    }));
  }

  /** Call before an input. The returned function takes back everything that was recorded since. */
  mark(): () => void {
    const { facts } = this;
    const lists = this.#lists;
    const lengths = lists.map(({ length }) => length);
    return () => {
      this.facts = facts;
      for (const [index, list] of lists.entries()) list.length = lengths[index] ?? 0;
    };
  }

  /** Returns the entry's seq. */
  entry(kind: string, entry: Entry): number {
    const seq = this.seq + 1;
    this.journal.push({
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

  /** Marks a message that will not reach its customer. */
  undeliverable(seq: number, reason: string): void {
    const delivery: Delivery = { status: 'failed', at: this.#now, reason };
    this.deliveries.push({ seq, delivery });
    this.live.push({ type: 'delivery', seq, delivery });
  }

  /**
   * Records what a step requests, after the entry that caused it. Throws `HostRefusal` for what
   * can't be done after a restart.
   */
  apply(step: Step, actor: HostedActor): void {
    const cause = this.seq;
    for (const event of step.emitted) {
      if (event.type !== 'ignored' && event.type !== 'refused') this.live.push({ type: 'emitted', event });
    }
    for (const words of step.logs) this.entry('log', { payload: { log: words } });
    for (const command of step.invocations) this.#invocation(command, cause);
    for (const action of step.actions) this.#effect(action);
    const before = this.facts;
    this.facts = checkedFacts(sessionFactsOf(actor), actor);
    if (before.state !== this.facts.state || before.handler !== this.facts.handler) {
      const { state, handler } = this.facts;
      this.entry('transition', { payload: { from: { state: before.state, handler: before.handler }, to: { state, handler } } });
    }
  }

  /**
   * The session's row once the turn is committed. `active` is true if an event from outside was
   * applied, `woken` if a timer may have been due.
   */
  rowAfter(
    actor: HostedActor,
    snapshot: StoredSnapshot,
    { active, woken }: { readonly active: boolean; readonly woken: boolean },
  ): SessionRow {
    const { row, machine } = this.#start;
    const { facts } = this;
    const open = actor.status === 'active';
    return {
      ...row,
      address: this.address,
      machineId: machine.definition.id,
      machineVersion: machine.definition.version,
      version: this.seq,
      state: facts.state,
      handler: facts.handler,
      agentId: facts.agentId ?? null,
      tags: facts.tags ?? [],
      queue: facts.queue ?? null,
      waitingSince: facts.waitingSince ?? null,
      open,
      snapshot: encodeSnapshot(snapshot),
      wakeAt: open ? this.#wakeAfter(row.wakeAt, actor.earliestDue(), woken) : null,
      lastActivityAt: active ? this.#now : row.lastActivityAt,
      closedAt: open ? null : (row.closedAt ?? this.#now),
    };
  }

  /**
   * When the session must be woken. An earlier stored time in the future is kept, because a wake
   * that finds nothing due costs less than an index write for every message.
   */
  #wakeAfter(stored: number | null, earliest: number | null, woken: boolean): number | null {
    const isAhead = stored !== null && stored > this.#now && !woken;
    return isAhead && (earliest === null || stored <= earliest) ? stored : earliest;
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
        payload: { address: this.address, path, ...(input === undefined ? {} : { input }) },
      });
      return;
    }
    const isNew = this.#work.some(({ serial }) => serial === command.serial);
    if (command.type === 'stop') {
      if (isNew) this.#cancelled.push(command.serial);
      else this.settled.push(command.serial);
    }
    if (!(isNew && command.type === 'stop')) this.commands.push(command);
  }

  #effect(action: RecordedAction): void {
    const { id } = this.#start.row;
    const { address } = this;
    const effect = this.#registry.effect(action.type, action.implementation !== undefined);
    if (effect) {
      const description = checkedDescription(effect.describe(action.params), action.type);
      const settled = effect.settledByCommit(action.params, { address, key: keyOf({ sessionId: id, serial: action.serial }) });
      const delivery: Delivery = { status: settled ? 'sent' : 'pending', at: this.#now, ...settled };
      const seq = this.entry(description?.kind ?? 'effect', {
        ...description,
        payload: { effect: action.type, serial: action.serial, params: action.params ?? null },
        delivery: description?.message ? delivery : null,
      });
      if (settled) {
        this.done.push(action.type);
        if (description?.message) this.live.push({ type: 'delivery', seq, delivery });
        return;
      }
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
      throw new HostRefusal(
        `action "${action.type}" is a function made while the machine runs, so it can't be found after a crash: name it in setup({ actions })`,
      );
    }
    const seq = this.entry('effect', { payload: { action: action.type, serial: action.serial, params: action.params ?? null } });
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
    this.#work.push({ sessionId: this.#start.row.id, ...item, attempts: 0, notBefore: this.#now, progress: null });
  }
}

/** The facts that lists show of a session, from its machine's definition or by default. */
export function sessionFactsOf(actor: HostedActor): SessionFacts {
  const view = actor.view();
  const facts = actor.definition.facts;
  if (facts) return facts({ value: view.value, context: view.context, status: view.status });
  const state = typeof view.value === 'string' ? view.value : JSON.stringify(view.value);
  return { state, handler: view.status === 'active' ? 'bot' : 'none' };
}

/** Has an index, which in PostgreSQL has room for that many characters of any kind. */
export const MAX_INDEXED = 800;

function checkedFacts(facts: SessionFacts, { definition: { id, version } }: HostedActor): SessionFacts {
  const { state, handler, agentId, tags = [], queue, waitingSince } = facts;
  const isIndexable = (value: unknown): boolean => typeof value === 'string' && value.length <= MAX_INDEXED;
  const problem =
    typeof state !== 'string'
      ? 'state is not a text'
      : handler !== 'bot' && handler !== 'human' && handler !== 'none'
        ? 'handler is none of bot, human and none'
        : agentId !== undefined && !isIndexable(agentId)
          ? `agentId is not a text of at most ${MAX_INDEXED} characters`
          : queue !== undefined && !isIndexable(queue)
            ? `queue is not a text of at most ${MAX_INDEXED} characters`
            : !Array.isArray(tags) || !tags.every(isIndexable)
              ? `tags is not a list of texts of at most ${MAX_INDEXED} characters`
              : waitingSince !== undefined && !Number.isSafeInteger(waitingSince)
                ? 'waitingSince is not a whole number of milliseconds'
                : undefined;
  if (problem !== undefined) throw new HostRefusal(`the facts of ${id}@${version} can't be stored: ${problem}`);
  return facts;
}

/**
 * The journal form of an event or effect. `what` is its type. Throws `HostRefusal` for one that is
 * no text.
 */
export function checkedDescription<D extends EntryDescription>(description: D | undefined, what: string): D | undefined {
  if (description === undefined) return undefined;
  const { kind, author, text } = description;
  if (typeof kind === 'string' && typeof (author ?? '') === 'string' && typeof (text ?? '') === 'string') return description;
  throw new HostRefusal(`the description of "${what}" can't be stored: its kind, author and text must be texts`);
}

/** See `TurnCommit`. */
export function isSteady(before: SessionRow, after: SessionRow): boolean {
  return (
    before.version > 0 &&
    before.machineId === after.machineId &&
    before.machineVersion === after.machineVersion &&
    before.handler === after.handler &&
    before.agentId === after.agentId &&
    before.queue === after.queue &&
    before.waitingSince === after.waitingSince &&
    before.open === after.open &&
    before.closedAt === after.closedAt &&
    before.tags.length === after.tags.length &&
    before.tags.every((tag, index) => tag === after.tags[index])
  );
}
