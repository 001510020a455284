/**
 * Moves decides what becomes of the sessions at two addresses of which one has become the other,
 * and posts the turns that do it.
 *
 * Owns which session continues, the order of the turns, and repeating them when another instance
 * was first.
 * Does not own what a turn does with a move (turn.ts), what is stored together with it
 * (storage/port.ts `TurnCommit.movedFrom`), the messages that wait at the old address (mailbox.ts).
 *
 * Invariants
 * 1. Of sessions that are open at both addresses none ends unless the provider itself reports that
 *    they are one conversation and at most one human holds one of them
 *    (`test/actors/session/moves.test.ts`).
 * 2. An instance that repeats the move finds each of its turns, whatever was cut off. It finds them
 *    by the alias, by an event id, or by the entry with which a session gave way
 *    (`test/actors/session/moves.test.ts`, `test/end-to-end/moves.test.ts`).
 * 3. The other session receives what a session that gave way had received, in the turn that moves
 *    it, under ids of its own. The provider's ids count as taken, since that session is one of the
 *    lineage.
 */
import * as z from 'zod';
import { StatechatError, Unavailable } from '#machines/errors.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import { holderAfter } from '#machines/session/events.ts';
import type { JournalEntry, SessionRow } from '#storage/port.ts';
import { HOST_EVENT, type Moved, type MoveOptions } from '../contract/api.ts';
import type { Settings } from '../contract/options.ts';
import { pause } from '../contract/waiting.ts';
import type { Lineage } from './activation.ts';
import { AppliedEvents } from './applied-events.ts';
import { eventOf } from './journal-payload.ts';
import { type AdoptedEvent, type MessageContent, MoveContended } from './message.ts';
import type { SessionCache } from './session-cache.ts';
import { SUPERSEDED, takes } from './turn.ts';
import { SESSION_CLOSED } from './turn-result.ts';

export interface MovesOptions extends Pick<Settings, 'store' | 'addresses' | 'clock' | 'patienceMs'> {
  readonly sessions: SessionCache;
}

/** Wait between two attempts when another instance was first, in milliseconds. */
const AGAIN_MS = 20;
/** Entries read at once. */
const PAGE = 500;
/** A session gives way in its last turn. Its entries behind that are few. */
const LAST_ENTRIES = 20;

export class Moves {
  readonly #options: MovesOptions;
  #accepting = true;

  constructor(options: MovesOptions) {
    this.#options = options;
  }

  stop(): void {
    this.#accepting = false;
  }

  /** See `Actors.move`. */
  async move(from: Address, to: Address, options: MoveOptions): Promise<Moved> {
    const { clock, patienceMs } = this.#options;
    for (const deadline = clock.now() + patienceMs; ; await pause(clock, AGAIN_MS)) {
      if (!this.#accepting) throw new StatechatError('draining', 'this instance is shutting down: send it again', { retryable: true });
      const moved = await this.#attempt(from, to, options, deadline).catch((error: unknown) => {
        if (error instanceof MoveContended) return undefined;
        throw error;
      });
      if (moved !== undefined) return moved;
      if (clock.now() >= deadline) throw new Unavailable(`${from} could not be moved to ${to} in time: it is tried again`, { from, to });
    }
  }

  /** Undefined if something else happened at one of the addresses. */
  async #attempt(from: Address, to: Address, { eventId, certain = true }: MoveOptions, deadline: number): Promise<Moved | undefined> {
    const { store, addresses } = this.#options;
    const [here, there] = await Promise.all([store.load({ address: from }), store.load({ address: to })]);
    if (from === to) return done('known', here);
    if ((await addresses.resolve(from)) !== from) {
      // The store does what is left of a move that was cut off.
      await addresses.moveClosed([{ from, to }]);
      return done('known', here);
    }
    // A new address that had itself moved on is free again. The row that `load` then finds at a
    // third address is not concerned.
    const target = there?.address === to && there.id !== here?.id ? there : undefined;
    if (here?.open && target?.open) {
      if (certain && (await this.#giveWay(target, here, eventId, deadline))) return undefined;
      return this.#keepApart(here, target, { from, to, eventId, certain }, deadline);
    }
    if (here?.open) return this.#moveOpen(here, target, { from, to, eventId }, deadline);
    if (target?.open) return this.#takeAlong(target, here, { from, to, eventId }, deadline);
    const [moved] = await addresses.moveClosed([{ from, to }]);
    return moved === undefined ? undefined : done('moved', here ?? target);
  }

  /**
   * Ends the session at the new address, so that the other one takes its place. Resolves to false
   * if both have to stay.
   */
  async #giveWay(target: SessionRow, survivor: SessionRow, eventId: string, deadline: number): Promise<boolean> {
    if (target.handler === 'human' && survivor.handler === 'human') return false;
    // Read from the store, because what is remembered here may be an earlier session.
    const state = await this.#options.sessions.addressState(target.address, true);
    if (!state.open || state.start.row.id !== target.id) return true;
    if (!takes(state.start.machine, 'statechat.superseded')) return false;
    const content = { kind: 'superseded', eventId: `${eventId}:superseded:${target.id}`, sessionId: target.id, by: survivor.id } as const;
    await this.#post(target.address, content, deadline);
    // A machine may name the event and yet have no transition for it in its state. A session that
    // waits for code takes the event after that.
    const after = await this.#options.sessions.addressState(target.address, true);
    if (!after.open || after.start.row.id !== target.id) return true;
    const { interruptedStep, heldInputs = [] } = after.start.snapshot ?? {};
    return interruptedStep !== undefined || heldInputs.length > 0;
  }

  async #moveOpen(
    here: SessionRow,
    latest: SessionRow | undefined,
    { from, to, eventId }: Step,
    deadline: number,
  ): Promise<Moved | undefined> {
    const gaveWay = await this.#gaveWayTo(here.id, latest);
    const adopted = (await Promise.all(gaveWay.map((row) => this.#receivedBy(row, here)))).flat();
    const ancestors = gaveWay.map(({ id, closedAt }) => ({ id, closedAt: closedAt ?? here.lastActivityAt })).toReversed();
    const content = { kind: 'moved', eventId, sessionId: here.id, from, to, adopted, ancestors } as const;
    const receipt = await this.#post(from, content, deadline);
    if (receipt === undefined) return undefined;
    return { outcome: gaveWay.length > 0 ? 'merged' : 'moved', sessionId: here.id, version: receipt.version };
  }

  async #takeAlong(
    target: SessionRow,
    left: SessionRow | undefined,
    { from, to, eventId }: Step,
    deadline: number,
  ): Promise<Moved | undefined> {
    const ancestors: Lineage = left === undefined ? [] : [{ id: left.id, closedAt: left.closedAt ?? left.lastActivityAt }];
    const content = { kind: 'moved', eventId, sessionId: target.id, from, to, adopted: [], ancestors } as const;
    const receipt = await this.#post(to, content, deadline);
    return receipt === undefined ? undefined : { outcome: 'moved', sessionId: target.id, version: receipt.version };
  }

  async #keepApart(
    here: SessionRow,
    there: SessionRow,
    { from, to, eventId, certain }: Step & { readonly certain: boolean },
    deadline: number,
  ): Promise<Moved> {
    const why = certain ? 'none of them can give way' : 'it is not certain that they are one';
    for (const [at, other] of [
      [here, there],
      [there, here],
    ] as const) {
      const text = `The channel reports that ${from} is ${to} now. A session is open at each (the other one is ${other.id}), and ${why}, so both stay open.`;
      const payload = { apart: { from, to, other: other.id } };
      const remark = { eventId: `${eventId}:apart:${at.id}`, author: 'system', text, payload };
      await this.#post(at.address, { kind: 'remark', sessionId: at.id, ...remark }, deadline);
    }
    return done('apart', there);
  }

  /** Undefined if the session closed meanwhile. */
  async #post(address: Address, content: MessageContent & { readonly sessionId: SessionId }, deadline: number) {
    const receipt = await this.#options.sessions.post(address, content, deadline);
    return receipt.ignored === SESSION_CLOSED ? undefined : receipt;
  }

  /**
   * Sessions at the new address that gave way to this one, in the order of their opening. There is
   * more than one if that was cut off and repeated.
   */
  async #gaveWayTo(survivor: SessionId, latest: SessionRow | undefined): Promise<readonly SessionRow[]> {
    const { store } = this.#options;
    const found: SessionRow[] = [];
    for (let row = latest; row !== undefined && !row.open; ) {
      const entries = await store.journal(row.id, Math.max(0, row.version - LAST_ENTRIES), LAST_ENTRIES);
      if (!entries.some(({ kind, payload }) => kind === SUPERSEDED && Reflect.get(Object(payload), 'by') === survivor)) break;
      found.unshift(row);
      row = row.previousId === null ? undefined : await store.load({ id: row.previousId });
    }
    return found;
  }

  /**
   * What the customer sent to a session that gave way, and its holder if the other one has none.
   */
  async #receivedBy(row: SessionRow, survivor: SessionRow): Promise<AdoptedEvent[]> {
    const entries: JournalEntry[] = [];
    for (let page = await this.#page(row.id, 0); page.length > 0; page = await this.#page(row.id, entries.length)) entries.push(...page);
    const lastAnswer = entries.findLast(({ kind }) => kind === 'assistant.message' || kind === 'agent.message')?.seq ?? 0;
    const received = entries.flatMap((entry) => {
      const event = eventOf(entry.payload);
      return event === undefined ? [] : [{ eventId: adoptedId(row, entry), event, answered: entry.seq < lastAnswer }];
    });
    const claims = survivor.handler !== 'human' && wasHeld(entries) ? lastClaim(row, entries) : [];
    return [...claims, ...received.filter(({ event }) => event.type.startsWith('customer.'))];
  }

  #page(id: SessionId, after: number): Promise<readonly JournalEntry[]> {
    return this.#options.store.journal(id, after, PAGE);
  }
}

const side = z.object({ handler: z.string() });
const lastTransition = z.object({ from: side, to: side });

/** True if its last transition was from a human, so that a human had it when it gave way. */
function wasHeld(entries: readonly JournalEntry[]): boolean {
  const entry = entries.findLast(({ kind, payload }) => kind === 'transition' && lastTransition.safeParse(payload).success);
  return lastTransition.safeParse(entry?.payload).data?.from.handler === 'human';
}

/** The claim of the agent who held the session last, for another session. */
function lastClaim(row: SessionRow, entries: readonly JournalEntry[]): AdoptedEvent[] {
  const applied = new AppliedEvents();
  let isHeld = false;
  const claims = entries.flatMap((entry) => {
    const event = applied.read(entry);
    const agent = event === undefined ? undefined : holderAfter(event, isHeld);
    const change = entry.kind === 'transition' ? lastTransition.safeParse(entry.payload).data : undefined;
    if (change !== undefined) isHeld = change.to.handler === 'human';
    if (event === undefined || agent === undefined) return [];
    return [{ eventId: adoptedId(row, entry), event: { type: 'agent.claim', at: event.at, agent }, answered: false }];
  });
  return claims.slice(-1);
}

function adoptedId({ id }: SessionRow, { seq }: JournalEntry): string {
  return `${HOST_EVENT}moved:${id}:${seq}`;
}

interface Step {
  readonly from: Address;
  readonly to: Address;
  readonly eventId: string;
}

function done(outcome: Moved['outcome'], row: SessionRow | undefined): Moved {
  return { outcome, sessionId: row?.id, version: row?.version ?? 0 };
}
