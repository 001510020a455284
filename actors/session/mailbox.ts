/**
 * A Mailbox is the loop that makes turns of the messages of one address. It runs while there is
 * something to do at the address. An idle mailbox keeps what is known of it.
 *
 * Owns which messages are the next turn, what is known of the address between two turns, playing a
 * turn again when another instance committed first.
 * Does not own the messages that wait and their answers (waiting-messages.ts), what follows a
 * commit (session-events.ts), which mailboxes stay in memory (session-cache.ts).
 *
 * What is known of the address is one state. `Knowledge` (knowledge.ts) has its transitions.
 *
 * Invariants
 * 1. One turn at a time, and its messages are settled in the order in which they came, only after
 *    the commit that holds them (`test/actors/runtime-delivery.test.ts`).
 * 2. No message is dropped. It is settled, or it fails with an error that says whether to send it
 *    again (`test/actors/runtime-delivery.test.ts`, `test/actors/session/store-away.test.ts`).
 * 3. What is in memory, or in a hot copy, may be behind what another instance committed. A commit
 *    finds that out. That a message is for a closed session is concluded only from a row that was
 *    read from the store itself after the message came. That a turn changes nothing is never
 *    concluded from a copy (`test/actors/session/stale-copies.test.ts`).
 * 4. While a turn steps the actor and commits, nothing is known of the address. A state that is not
 *    committed is never shown (`test/actors/runtime-delivery.test.ts`).
 * 5. A session that moved is stepped by the mailbox of its new address alone, once this process
 *    knows of it (`test/actors/session/moves.test.ts`).
 */
import { StatechatError } from '#machines/errors.ts';
import type { Address } from '#machines/ids.ts';
import { traced } from '#machines/tracing.ts';
import type { CommitResult, SessionRow } from '#storage/port.ts';
import { nextRound, pause } from '../contract/waiting.ts';
import { HostRefusal } from '../interpreter/serialize.ts';
import {
  type AddressState,
  addressStateOf,
  addressStateOfCopy,
  openingStart,
  quarantinedOpening,
  RunsElsewhere,
  type TurnStart,
} from './activation.ts';
import { withFollower } from './follower.ts';
import {
  type Committing,
  committed,
  forgotten,
  isSameVersion,
  type Knowledge,
  type Known,
  type Loading,
  loaded,
  suspected,
} from './knowledge.ts';
import type { Leftover, MailboxEnvironment, StateRequest } from './mailbox-environment.ts';
import { type MailboxMessage, MoveContended } from './message.ts';
import { CannotBegin, type Turn, TurnComputation } from './turn.ts';
import { parentOf, turnAttributes, withTrace } from './turn-trace.ts';
import { WaitingMessages } from './waiting-messages.ts';

/** The mailboxes of all addresses, as one of them sees it. */
export interface MailboxOwner {
  /** A mailbox has something to do. */
  busy(): void;
  /** It has nothing to do any more. */
  idle(mailbox: Mailbox): void;
  /** The address has moved. The mailbox of the new one takes over what waits. */
  leave(leftover: Leftover): void;
}

/**
 * Events of one turn. A burst beyond it becomes several turns, so that no single commit grows
 * without bound.
 */
const MAX_TURN = 64;
/** Between attempts while the store can't be reached, in milliseconds. */
const RETRY_MS = [20, 50, 100, 200, 400, 800] as const;

export class Mailbox {
  readonly address: Address;
  readonly #env: MailboxEnvironment;
  readonly #owner: MailboxOwner;
  readonly #waiting: WaitingMessages;
  readonly #requests: StateRequest[] = [];
  #knowledge: Knowledge = { name: 'unloaded' };
  #running = false;
  #onlyWoken = true;

  constructor(address: Address, env: MailboxEnvironment, owner: MailboxOwner) {
    this.address = address;
    this.#env = env;
    this.#waiting = new WaitingMessages(address, env);
    this.#owner = owner;
  }

  /** There is something to do, or being done. */
  get isBusy(): boolean {
    return this.#running;
  }

  /**
   * What is stored at the address is known, and not from a copy only. An idle mailbox is worth
   * keeping for it.
   */
  get isCurrent(): boolean {
    return this.#knowledge.name === 'current' || this.#knowledge.name === 'verified';
  }

  /** Since it was idle, no message came but those of the store's polls for due timers. */
  get onlyWoken(): boolean {
    return this.#onlyWoken;
  }

  /** `row` is the row at the address if the sender already loaded it. It may be behind. */
  post(message: MailboxMessage, row?: SessionRow): void {
    if (!this.#waiting.add(message)) return;
    this.#begin();
    this.#onlyWoken &&= row !== undefined;
    if (this.#knowledge.name === 'unloaded') this.#knowledge = { name: 'unloaded', row };
  }

  /**
   * Resolves to what is at the address between two turns. With `anew` it is read from the store,
   * whatever is known here.
   */
  requestState(anew = false): Promise<AddressState> {
    this.#begin();
    if (anew) this.#suspect();
    return new Promise((answer, fail) => this.#requests.push({ answer, fail }));
  }

  /** Takes over from the mailbox of an address that has moved here. */
  takeOver({ messages, requests }: Leftover): void {
    this.#begin();
    this.#waiting.takeOver(messages);
    this.#requests.push(...requests);
    this.#onlyWoken = false;
    this.#suspect();
  }

  /** An idle mailbox is busy from now on. */
  #begin(): void {
    if (this.#running) return;
    this.#running = true;
    this.#onlyWoken = true;
    // What was read for earlier messages is not verified for the next ones.
    if (this.#knowledge.name === 'verified') this.#knowledge = { name: 'current', state: this.#knowledge.state };
    this.#owner.busy();
    void this.#run();
  }

  async #run(): Promise<void> {
    // All messages that are posted together are one turn.
    await undefined;
    for (let failures = 0; this.#waiting.length > 0 || this.#requests.length > 0; ) {
      try {
        const known = this.#knowledge;
        if (known.name !== 'copy' && known.name !== 'current' && known.name !== 'verified') await this.#load(known);
        else if (this.#requests.length > 0) {
          for (const { answer } of this.#requests.splice(0)) answer(known.state);
          // The callers read the state before the next turn steps its actor.
          await nextRound();
        } else {
          await this.#turn(known);
          failures = 0;
        }
      } catch (error) {
        this.#knowledge = forgotten(this.#knowledge);
        this.#env.onError(`session at ${this.address}`, error);
        if (!this.#reject(error)) continue;
        await pause(this.#env.clock, RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)] ?? 0);
      }
    }
    this.#running = false;
    this.#owner.idle(this);
  }

  /** The next load reads from the store itself. */
  #suspect(): void {
    this.#knowledge = suspected(this.#knowledge);
  }

  async #load(from: Exclude<Knowledge, Known>): Promise<void> {
    const { registry, clock, runsElsewhere, store, events } = this.#env;
    const fresh = from.name === 'suspect';
    const covers = this.#waiting.length;
    const loading: Loading = { name: 'loading', reload: false };
    this.#knowledge = loading;
    const found = from.name === 'unloaded' ? from.row : undefined;
    const row =
      found ??
      (await store.load({ address: this.address }, { stale: !fresh }).catch((error: unknown) => {
        loading.reload ||= fresh;
        throw error;
      }));
    if (row !== undefined && row.address !== this.address) return this.#moveOut(row);
    // This must come after the read. What was found out about the lane while the row was read may
    // be older than the row.
    events.loaded(this.address);
    const last = fresh && from.last && isSameVersion(from.last, row) ? from.last : undefined;
    const state = fresh
      ? (last ?? addressStateOf(registry, row, clock.now(), runsElsewhere))
      : addressStateOfCopy(registry, row, clock.now());
    this.#knowledge = loaded(loading, state, fresh ? covers : undefined);
  }

  async #turn(known: Known): Promise<void> {
    const messages = this.#admit(known);
    if (messages === undefined) return this.#suspect();
    if (messages.length === 0) {
      this.#knowledge = { name: 'current', state: known.state };
      return;
    }
    const start = known.state.open ? known.state.start : this.#opening(messages, known.state.previous);
    const { tracing, clock } = this.#env;
    if (!tracing.enabled) return this.#play(known, start, messages);
    const options = { parent: parentOf(messages, start, clock.now()), attributes: turnAttributes(start, messages) };
    await traced(tracing, 'turn', options, ({ traceparent }) => this.#play(known, start, messages, traceparent));
  }

  async #play(known: Known, start: TurnStart, messages: readonly MailboxMessage[], trace?: string): Promise<void> {
    const { metrics, commits, crash, clock, events, tracing } = this.#env;
    const began = performance.now();
    const committing: Committing = { name: 'committing', reload: false };
    this.#knowledge = committing;
    const turn = withTrace(withFollower(this.#compute(start, messages, clock.now()), this.#env.follow), trace);
    if (turn.empty && known.name === 'copy') {
      this.#knowledge = { name: 'suspect' };
      return;
    }
    if (!turn.empty) {
      let result: CommitResult;
      try {
        result = await traced(tracing, 'commit', {}, () => commits.commit(turn.commit));
      } catch (error) {
        this.#env.inDoubt.remember(messages, turn.commit.journal);
        throw error;
      }
      if (!result.ok) {
        if (result.reason === 'duplicate') await this.#waiting.settleTaken(messages, result.taken);
        else {
          metrics.conflict();
          committing.reload = true;
          for (const message of messages.filter(({ content }) => content.kind === 'moved')) {
            this.#waiting.fail(message, new MoveContended(this.address));
          }
          if (!known.state.open) await this.#followAlias();
        }
        this.#knowledge = forgotten(committing);
        return;
      }
    }
    this.#knowledge = committed(committing, turn.next);
    if (!turn.empty) crash('before ack');
    this.#waiting.settle(turn, messages);
    metrics.turn(performance.now() - began);
    const { session, movedFrom } = turn.commit;
    if (movedFrom !== undefined) events.moved(movedFrom, session.address, session.id);
    events.committed(turn);
    if (session.address !== this.address) this.#moveOut(session);
  }

  /** The session is at another address. Whatever waits here is for the mailbox of that one. */
  #moveOut({ address, id }: Pick<SessionRow, 'address' | 'id'>): void {
    this.#knowledge = { name: 'unloaded' };
    this.#env.events.moved(this.address, address, id);
    this.#leaveTo(address);
  }

  #leaveTo(to: Address): void {
    if (this.#waiting.length + this.#requests.length === 0) return;
    this.#owner.leave({ to, messages: this.#waiting.leave(), requests: this.#requests.splice(0) });
  }

  /**
   * No session could be opened. The address may have moved, and nothing be kept at the one that it
   * moved to.
   */
  async #followAlias(): Promise<void> {
    const to = await this.#env.addresses.resolve(this.address);
    if (to !== this.address) this.#leaveTo(to);
  }

  /**
   * The messages of the next turn. Those for a session that can receive nothing any more are
   * answered at once. Undefined if that would be concluded from a state that may be behind.
   */
  #admit(known: Known): MailboxMessage[] | undefined {
    const { state } = known;
    const current = state.open ? state.start.row : undefined;
    const admitted: MailboxMessage[] = [];
    const late: MailboxMessage[] = [];
    let opens = state.open;
    for (const message of this.#waiting.first(known.name === 'verified' ? Math.min(known.covers, MAX_TURN) : MAX_TURN)) {
      const { content } = message;
      if (content.kind !== 'wake' && content.sessionId === undefined) opens = true;
      const meant =
        content.kind === 'wake' ? current !== undefined : content.sessionId === undefined ? opens : content.sessionId === current?.id;
      if (meant) admitted.push(message);
      else late.push(message);
    }
    if (late.length > 0 && known.name !== 'verified') return undefined;
    for (const message of late) this.#waiting.settleClosed(message, current ?? (state.open ? undefined : state.previous));
    return admitted;
  }

  #opening(messages: readonly MailboxMessage[], previous: SessionRow | undefined): TurnStart {
    const first = messages.map(({ content }) => content).find((content) => content.kind === 'event' || content.kind === 'open');
    const { registry, clock, newSessionId } = this.#env;
    const opening = {
      sessionId: newSessionId(previous?.id),
      address: this.address,
      assistant: first?.assistant ?? '',
      now: clock.now(),
      previousId: previous?.id ?? null,
      hint: first?.hint ?? null,
    };
    return openingStart(registry, opening, previous);
  }

  #compute(start: TurnStart, messages: readonly MailboxMessage[], now: number, careful = false): Turn {
    const { registry } = this.#env;
    try {
      return new TurnComputation(registry, start, now, careful).play(messages);
    } catch (error) {
      if (error instanceof CannotBegin) return this.#compute(quarantinedOpening(registry, start, error.cause, now), messages, now);
      // Something that can't be stored was left behind. The careful turn finds out by which event,
      // and parks it, or that it was the beginning.
      if (careful || !(error instanceof HostRefusal)) throw error;
      return this.#compute(start, messages, now, true);
    }
  }

  /**
   * Called after a failure. It rejects what can't wait. Returns true if the caller has to retry the
   * rest after a pause.
   */
  #reject(error: unknown): boolean {
    const now = this.#env.clock.now();
    // Work for another instance is rejected at once. Here it could only wait for this process to
    // end.
    const retry = error instanceof StatechatError && error.retryable && !(error instanceof RunsElsewhere);
    const failure = error instanceof Error ? error : new Error(String(error));
    if (!retry) for (const { fail } of this.#requests.splice(0)) fail(failure);
    // An error that is not retryable rejects the messages of that turn only. The others get a turn
    // of their own.
    const concerned = retry ? this.#waiting.due(now) : this.#waiting.first(MAX_TURN);
    for (const message of concerned) this.#waiting.fail(message, failure);
    return retry;
  }
}
