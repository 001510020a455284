/**
 * The mailbox of one address, and the loop that turns its mail into turns.
 *
 * Owns: the order of one address's events; what stands at the address between turns; playing a turn again when
 * somebody else committed first; telling duplicates apart.
 * Does not own: what follows a commit (after-commit.ts), or keeping idle sessions at hand (session-cache.ts).
 * Invariants: one turn at a time. Mail is settled only after the commit that holds it, in the order in which it came, and never
 * dropped: it is settled, or failed with an error that tells its sender whether to send it again. What is at hand, here or in a hot
 * copy, may be behind what another instance committed. A commit finds that out; what is concluded without one (nothing changed;
 * the session is closed; a run is not waited for) is concluded again from a row read for it alone before anybody is told.
 */
import { StatechatError, Unavailable } from '#machines/errors.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { SessionRow, TakenEvent } from '#storage/port.ts';
import { nextRound, pause } from '../contract/clock.ts';
import { HostRefusal } from '../interpreter/serialize.ts';
import { addressStateOf, addressStateOfCopy, openingStart, RunsElsewhere } from './activation.ts';
import { InDoubt } from './in-doubt.ts';
import type { MailboxEnvironment } from './mailbox-environment.ts';
import type { Message } from './message.ts';
import { type Turn, TurnComputation } from './turn.ts';
import { BLANK, closedReceipt, GONE, resultName } from './turn-result.ts';
import type { AddressState, TurnStart } from './turn-start.ts';

/** Events of one turn. A burst beyond it becomes several turns, so that no single commit grows without bound. */
const MAX_TURN = 64;
/** Mail that may wait at one address. Beyond it senders are told to come back: nothing here may eat the memory. */
const MAX_WAITING = 1_000;
/** Between attempts while the store can't be reached, in milliseconds. */
const RETRY_MS = [20, 50, 100, 200, 400, 800] as const;

export class Mailbox {
  readonly address: Address;
  readonly #env: MailboxEnvironment;
  readonly #whenIdle: (cell: Mailbox) => void;
  readonly #waiting: Message[] = [];
  #probes: { readonly answer: (addressState: AddressState) => void; readonly fail: (error: unknown) => void }[] = [];
  /** The next look is at what is stored, whatever is at hand here or in a copy. */
  #doubted = false;
  /** `#addressState` was read from what may be a hot copy, and nothing has been committed on it yet. */
  #copied = false;
  /** How much of the waiting mail was there before `#addressState` was read from the store itself. 0: it may be behind. */
  #verified = 0;
  #running = false;
  /** Read from the store by who posted mail: for the next look, if a copy will do. */
  #found: SessionRow | undefined;
  /** Nobody but its own timers wanted anything of it so far. */
  onlyWoken = true;
  /** Undefined: unknown, to be read from the store. */
  #addressState: AddressState | undefined;
  readonly #uncertain: InDoubt;

  constructor(address: Address, env: MailboxEnvironment, addressState: AddressState | undefined, whenIdle: (cell: Mailbox) => void) {
    this.address = address;
    this.#env = env;
    this.#uncertain = new InDoubt(env.store);
    this.#addressState = addressState;
    this.#whenIdle = whenIdle;
  }

  /** What stands at the address, if it is known: to be kept for the next cell of this address. */
  get addressState(): AddressState | undefined {
    return this.#copied ? undefined : this.#addressState;
  }

  /** `found`: the row at the address, which may be behind. */
  post(messages: Message, found?: SessionRow): void {
    if (this.#waiting.length >= MAX_WAITING && Number.isFinite(messages.deadline)) {
      messages.fail(new Unavailable(`${MAX_WAITING} events wait at this address already: send it again later`, { address: this.address }));
      return;
    }
    this.#waiting.push(messages);
    this.#found = found;
    this.onlyWoken &&= found !== undefined;
    this.#start();
  }

  /** Shows what stands at the address between two turns. `anew`: as it is stored now, whatever is remembered here. */
  probe(anew = false): Promise<AddressState> {
    this.#doubted ||= anew;
    return new Promise((answer, fail) => {
      this.#probes.push({ answer, fail });
      this.#start();
    });
  }

  #start(): void {
    if (this.#running) return;
    this.#running = true;
    // In a microtask, so that all that is posted together is one turn.
    queueMicrotask(() => void this.#run());
  }

  async #run(): Promise<void> {
    for (let failures = 0; this.#waiting.length > 0 || this.#probes.length > 0; ) {
      try {
        const addressState = this.#addressState && !this.#doubted ? this.#addressState : await this.#look();
        // A probe that came meanwhile wants to see what is stored now.
        if (this.#doubted) continue;
        if (this.#probes.length > 0) {
          for (const { answer } of this.#probes.splice(0)) answer(addressState);
          // They look before the next turn steps the actor: what is not committed yet is nobody's business.
          await nextRound();
          continue;
        }
        if (this.#waiting.length > 0) await this.#turn(addressState);
        this.#verified = 0;
        failures = 0;
      } catch (error) {
        this.#addressState = undefined;
        this.#env.onError(this.address, error);
        if (!this.#sendBack(error)) continue;
        await pause(this.#env.clock, RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)] ?? 0);
      }
    }
    this.#running = false;
    this.#whenIdle(this);
  }

  async #look(): Promise<AddressState> {
    const fresh = this.#doubted;
    const messages = this.#waiting.length;
    this.#doubted = false;
    const row = await this.#read(fresh).catch((error: unknown) => {
      this.#doubted ||= fresh;
      throw error;
    });
    // Not before: what was found out about its lane while we read may be older than what we have read.
    this.#env.wasRead(this.address);
    this.#verified = fresh ? messages : 0;
    this.#copied = !fresh;
    // What is at hand holds more than its row (what running code has said and nobody has taken yet): it stays if it is not behind.
    const known = this.#addressState?.open === true ? this.#addressState.start.row : undefined;
    if (this.#addressState && known && known.id === row?.id && known.version === row.version) return this.#addressState;
    const { registry, clock, runsElsewhere } = this.#env;
    const addressState = fresh ? addressStateOf(registry, row, clock.now(), runsElsewhere) : addressStateOfCopy(registry, row, clock.now());
    if (addressState === undefined) {
      this.#doubted = true;
      return this.#look();
    }
    this.#addressState = addressState;
    return addressState;
  }

  async #read(fresh: boolean): Promise<SessionRow | undefined> {
    const found = fresh ? undefined : this.#found;
    this.#found = undefined;
    return found ?? this.#env.store.load({ address: this.address }, { stale: !fresh });
  }

  /** True if what is to be concluded without a commit must first be looked at again. */
  #markContended(): boolean {
    if (this.#verified > 0) return false;
    this.#doubted = true;
    return true;
  }

  async #turn(addressState: AddressState): Promise<void> {
    const { metrics, commits, crash, clock } = this.#env;
    const began = performance.now();
    const messages = this.#admit(addressState);
    if (messages === undefined || messages.length === 0) return;
    const start = addressState.open ? addressState.start : this.#opening(messages, addressState.previous);
    // The actor is stepped now: until the store has answered, nobody may take it for what is stored.
    this.#addressState = undefined;
    const turn = this.#compute(start, messages, clock.now());
    if (turn.empty && this.#copied && this.#markContended()) return;
    if (!turn.empty) {
      const result = await commits.commit(turn.commit).catch((error: unknown) => {
        this.#uncertain.remember(messages, turn.commit.journal);
        throw error;
      });
      if (!result.ok) {
        if (result.reason === 'duplicate') return await this.#settleTaken(messages, result.taken);
        metrics.conflict();
        this.#doubted = true;
        return;
      }
    }
    this.#addressState = turn.next;
    this.#copied = false;
    if (!turn.empty) crash('before ack');
    this.#settle(turn, messages);
    metrics.turn(performance.now() - began);
    this.#env.committed(turn);
  }

  /** Takes the mail of the next turn, answering at once what is meant for a session that can't hear any more. Undefined: look again first. */
  #admit(addressState: AddressState): Message[] | undefined {
    const current = addressState.open ? addressState.start.row : undefined;
    const admitted: Message[] = [];
    const late: Message[] = [];
    let opens = addressState.open;
    for (const item of this.#waiting.slice(0, this.#verified > 0 ? Math.min(this.#verified, MAX_TURN) : MAX_TURN)) {
      const { content } = item;
      if (content.kind !== 'wake' && content.sessionId === undefined) opens = true;
      const meant =
        content.kind === 'wake' ? current !== undefined : content.sessionId === undefined ? opens : content.sessionId === current?.id;
      if (meant) admitted.push(item);
      else late.push(item);
    }
    if (late.length > 0 && this.#markContended()) return undefined;
    for (const item of late) this.#answerForClosed(item, current ?? (addressState.open ? undefined : addressState.previous));
    return admitted;
  }

  #answerForClosed(item: Message, row: SessionRow | undefined): void {
    this.#remove(item);
    const { content } = item;
    const sessionId = content.kind === 'wake' ? row?.id : content.sessionId;
    const known = row?.id === sessionId ? row : undefined;
    const closed = closedReceipt({ ...BLANK, ...known, id: sessionId ?? ('' as SessionId), address: this.address });
    if (content.kind === 'event') {
      this.#env.metrics.event('refused');
      return item.settle(closed);
    }
    const { refused: _, ...receipt } = closed;
    item.settle({ ...receipt, ignored: GONE });
  }

  #opening(messages: readonly Message[], previous: SessionRow | undefined): TurnStart {
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

  #compute(start: TurnStart, messages: readonly Message[], now: number): Turn {
    try {
      return new TurnComputation(this.#env.registry, start, now, false).play(messages);
    } catch (error) {
      // Something that one of the events left behind can't be stored: find out which one, and park it.
      if (!(error instanceof HostRefusal)) throw error;
      return new TurnComputation(this.#env.registry, start, now, true).play(messages);
    }
  }

  #settle(turn: Turn, messages: readonly Message[]): void {
    const { version, state, handler } = turn.commit.session;
    for (const item of messages) {
      const partial = turn.receipts.get(item);
      if (!partial) continue;
      this.#remove(item);
      if (item.content.kind === 'event') this.#env.metrics.event(resultName(partial));
      item.settle({ ...partial, version, state, handler });
    }
  }

  async #settleTaken(messages: readonly Message[], taken: readonly TakenEvent[]): Promise<void> {
    let settled = 0;
    for (const { eventId, sessionId, seq } of taken) {
      const items = messages.filter(({ content }) => 'eventId' in content && content.eventId === eventId);
      if (items.length === 0) continue;
      const row = await this.#env.store.load({ id: sessionId });
      for (const item of items) {
        const duplicate = !(await this.#uncertain.isOurs(item, sessionId, seq));
        this.#remove(item);
        settled++;
        this.#env.metrics.event(duplicate ? 'duplicate' : 'applied');
        const { version, state, handler } = row ?? BLANK;
        item.settle({ sessionId, address: this.address, version, state, handler, duplicate });
      }
    }
    if (settled === 0) throw new StatechatError('defect', 'the store knows an event of this turn that no mail has');
  }

  /** After a failure: true if what still waits is to be tried again. */
  #sendBack(error: unknown): boolean {
    const now = this.#env.clock.now();
    // What others have to hear is sent back at once: here it could only wait for this process to end.
    const retry = error instanceof StatechatError && error.retryable && !(error instanceof RunsElsewhere);
    const failure = error instanceof Error ? error : new Error(String(error));
    if (!retry) for (const { fail } of this.#probes.splice(0)) fail(failure);
    // What is not retryable failed with the mail of that turn: the rest gets a turn of its own.
    const concerned = retry ? this.#waiting.filter(({ deadline }) => deadline <= now) : this.#waiting.slice(0, MAX_TURN);
    for (const item of concerned) {
      this.#remove(item);
      item.fail(failure);
    }
    return retry;
  }

  #remove(item: Message): void {
    const index = this.#waiting.indexOf(item);
    if (index >= 0) this.#waiting.splice(index, 1);
    this.#uncertain.forget(item);
  }
}
