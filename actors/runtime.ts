/**
 * The actors of one process, put together: mailboxes, group commit, alarms, outbox, invocations, live streams.
 *
 * Owns: which session is at hand, what happens right after a commit, starting and draining.
 * Does not own: how any of the parts works. Instances on one store do not know each other; the store's compare-and-set
 * and leases are all that keeps them apart.
 */
import { LRUCache } from 'lru-cache';
import type { MachineEvent } from '#machines/definition.ts';
import { InvalidInput, StatechatError } from '#machines/errors.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { Delivery, JournalEntry, SessionRow, Store, WorkItem } from '#storage/port.ts';
import { Alarms } from './alarms.ts';
import type { Actors, DeliverOptions, Destination, Receipt } from './api.ts';
import { type Clock, systemClock } from './clock.ts';
import { CommitQueue } from './commit-queue.ts';
import { type CrashPoints, noCrash } from './crash-points.ts';
import { InvocationRunner, type Signal } from './invocation-runner.ts';
import { toJson } from './json.ts';
import { type Listener, LiveStreams } from './live-streams.ts';
import type { MailContent } from './mail.ts';
import { noMetrics, type RuntimeMetrics } from './metrics.ts';
import { keyOf, Outbox } from './outbox.ts';
import type { Registry } from './registry.ts';
import { type CellEnvironment, closedReceipt, GONE, SessionCell } from './session-cell.ts';
import type { Turn } from './turn.ts';
import { MACHINE_ACTION } from './turn-record.ts';
import type { Standing } from './turn-start.ts';
import { WorkPerformer } from './work-performer.ts';

export interface RuntimeOptions {
  readonly store: Store;
  readonly registry: Registry;
  /** Names this process in leases: unique among all that share the store. */
  readonly owner: string;
  readonly newSessionId: () => SessionId;
  readonly clock?: Clock;
  readonly metrics?: RuntimeMetrics;
  readonly crash?: CrashPoints;
  /** Something failed that nobody waits for, and will be tried again. */
  readonly trouble?: (where: string, error: unknown) => void;
  /** Sessions kept at hand between turns (about 5 KB each). Default 5,000. */
  readonly atHand?: number;
  /** Default 15,000: a run whose process died is taken over that late at most. */
  readonly leaseMs?: number;
  /** Default 1,000. */
  readonly sweepMs?: number;
  /** Default 250, with 250 of grace: a timer of a session that nobody has at hand fires at most half a second late. */
  readonly pollMs?: number;
  readonly graceMs?: number;
  /** How long an event may wait for the store before its sender is told to come back, in milliseconds. Default 5,000. */
  readonly patienceMs?: number;
  /** Turns in one statement. Default 256. */
  readonly maxBatch?: number;
  /** Statements under way at once. Default 2. */
  readonly maxInFlight?: number;
}

export class Runtime implements Actors {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #patienceMs: number;
  readonly #trouble: (where: string, error: unknown) => void;
  readonly #metrics: RuntimeMetrics;
  readonly #cells = new Map<Address, SessionCell>();
  readonly #standings: LRUCache<Address, Standing>;
  readonly #live = new LiveStreams();
  readonly #commits: CommitQueue;
  readonly #alarms: Alarms;
  readonly #outbox: Outbox;
  readonly #runner = new InvocationRunner();
  readonly #performer: WorkPerformer;
  readonly #environment: CellEnvironment;
  #accepting = true;

  constructor(options: RuntimeOptions) {
    const { store, registry, owner, newSessionId, clock = systemClock, metrics = noMetrics, crash = noCrash, trouble = () => {} } = options;
    const { leaseMs = 15_000, sweepMs = 1_000, pollMs = 250, graceMs = 250 } = options;
    this.#store = store;
    this.#clock = clock;
    this.#metrics = metrics;
    this.#trouble = trouble;
    this.#patienceMs = options.patienceMs ?? 5_000;
    this.#standings = new LRUCache({
      max: options.atHand ?? 5_000,
      dispose: (_standing, address, reason) => {
        if (reason === 'evict') this.#alarms.set(address, null);
      },
    });
    this.#commits = new CommitQueue({
      store,
      clock,
      owner,
      leaseMs,
      maxBatch: options.maxBatch ?? 256,
      maxInFlight: options.maxInFlight ?? 2,
      crash,
      metrics,
    });
    this.#alarms = new Alarms({
      store,
      clock,
      pollMs,
      graceMs,
      claimMs: leaseMs,
      crash,
      trouble,
      wake: (address, claimed) =>
        this.#post(address, { kind: 'wake', claimed }, Number.POSITIVE_INFINITY).catch((error: unknown) =>
          trouble('waking a session', error),
        ),
    });
    this.#outbox = new Outbox({
      store,
      clock,
      owner,
      leaseMs,
      sweepMs,
      maxHeld: 10_000,
      crash,
      metrics,
      trouble,
      perform: (item, context) => this.#performer.perform(item, context),
      attemptsOf: (type) => registry.effect(type)?.attempts ?? ACTION_ATTEMPTS,
      invoke: (item, fresh) => this.#invoke(item, fresh),
      listen: (item) => this.#listen(item),
      stopInvocation: (item) => this.#stopRun(keyOf(item), addressOf(item), item.sessionId),
      failed: (item, code, reason) => this.#effectFailed(item, code, reason),
      delivered: (item, delivery) => this.#live.publish(addressOf(item), item.sessionId, { type: 'delivery', seq: item.seq, delivery }),
    });
    this.#performer = new WorkPerformer({
      registry,
      machineOf: async (sessionId) => {
        const row = await this.#require(sessionId);
        const standing = await this.#cell(row.address).probe();
        return standing.open && standing.start.row.id === sessionId ? standing.start.machine : registry.assistant(row.assistant)?.newest;
      },
      send: (sessionId, event, key) => this.deliver({ sessionId }, event, { eventId: key }),
      runner: this.#runner,
      crash,
      saveProgress: (item, progress) => this.#outbox.saveProgress(item, progress),
      publish: (address, sessionId, event) => this.#live.publish(address, sessionId, event),
      signal: (address, sessionId, signal, eventId) => void this.#signal(address, sessionId, signal, eventId),
    });
    this.#environment = {
      registry,
      store,
      commits: this.#commits,
      clock,
      newSessionId,
      crash,
      metrics,
      reading: (address) => this.#outbox.doubt(address),
      committed: (turn) => this.#committed(turn),
      trouble: (address, error) => trouble(`session at ${address}`, error),
    };
  }

  start(): void {
    this.#alarms.start();
    this.#outbox.start();
  }

  /** Stops taking events in, finishes turns and effects under way for at most `graceMs`, and frees the rest for others. */
  async drain(graceMs = 10_000): Promise<void> {
    this.#accepting = false;
    this.#alarms.stop();
    const deadline = performance.now() + graceMs;
    while ((this.#cells.size > 0 || !this.#commits.idle) && performance.now() < deadline)
      await new Promise((resolve) => setImmediate(resolve));
    await this.#outbox.stop(Math.max(0, deadline - performance.now()));
    this.#runner.stopAll();
    this.#standings.clear();
  }

  /** Forgets everything at once, as a crash would: for tests. */
  abandon(): void {
    this.#accepting = false;
    this.#alarms.stop();
    this.#outbox.abandon();
    this.#runner.stopAll();
    this.#standings.clear();
  }

  /** True while a turn, a commit or an effect is under way. Runs are not counted: see `running`. */
  get busy(): boolean {
    return this.#cells.size > 0 || !this.#commits.idle || !this.#outbox.idle;
  }

  /** Sessions that this process has at hand. */
  get atHand(): number {
    return this.#standings.size + this.#cells.size;
  }

  /** Invocations that run in this process. */
  get running(): number {
    return this.#runner.size;
  }

  /** When the youngest promise that runs in this process began, on the clock of `performance.now()`; undefined if none runs. */
  get youngestPromise(): number | undefined {
    return this.#runner.youngestPromise;
  }

  /** Wakes the sessions that are due, once: what `start` does all the time. */
  async wakeDue(): Promise<void> {
    await this.#alarms.poll();
  }

  /** Takes over work that nobody holds, once: what `start` does all the time. */
  async sweep(): Promise<void> {
    await this.#outbox.sweep();
  }

  async deliver(to: Destination, event: MachineEvent, options: DeliverOptions = {}): Promise<Receipt> {
    if (!this.#accepting) throw new StatechatError('draining', 'this instance is shutting down: send it again', { retryable: true });
    if (typeof event?.type !== 'string' || event.type === '' || event.type === '*') throw new InvalidInput('an event needs a type');
    if (event.type.startsWith('xstate.') || event.type.startsWith('statechat.'))
      throw new InvalidInput(`events of type "${event.type}" come from the host only`);
    const content = {
      kind: 'event',
      event: toJson(event, `event "${event.type}"`) as MachineEvent,
      eventId: options.eventId ?? `host:${this.#environment.newSessionId()}`,
    } as const;
    const deadline = this.#clock.now() + this.#patienceMs;
    if ('address' in to) {
      return this.#post(to.address, { ...content, sessionId: undefined, assistant: to.assistant, hint: to.input ?? null }, deadline);
    }
    const row = await this.#require(to.sessionId);
    if (!row.open) return closedReceipt(row);
    return this.#post(row.address, { ...content, sessionId: row.id, assistant: undefined, hint: null }, deadline);
  }

  /** Opens a session at an address without any event, unless one is open already. */
  open(to: Extract<Destination, { readonly address: Address }>): Promise<Receipt> {
    const content: MailContent = { kind: 'open', sessionId: undefined, assistant: to.assistant, hint: to.input ?? null };
    return this.#post(to.address, content, this.#clock.now() + this.#patienceMs);
  }

  async mark(address: Address, upTo: { readonly sessionId: SessionId; readonly seq: number }, delivery: Delivery): Promise<void> {
    for (let attempt = 0; attempt < 5; attempt++) {
      const row = await this.#require(upTo.sessionId);
      if (row.address !== address) throw new InvalidInput('that session is not at this address');
      const entries = await this.#store.journal(row.id, Math.max(0, upTo.seq - MARK_WINDOW), MARK_WINDOW);
      const deliveries = entries.filter((entry) => entry.seq <= upTo.seq && isAhead(delivery, entry)).map(({ seq }) => ({ seq, delivery }));
      if (deliveries.length === 0) return;
      const commit = { session: row, expectedVersion: row.version, journal: [], work: [], settled: [], deliveries, lineage: [] };
      if ((await this.#commits.commit(commit)).ok) {
        for (const { seq } of deliveries) this.#live.publish(address, row.id, { type: 'delivery', seq, delivery });
        return;
      }
    }
    throw new StatechatError('busy', 'the session changed too fast to mark its messages: try again', { retryable: true });
  }

  watch(address: Address, listener: Listener): () => void {
    return this.#live.watch(address, listener);
  }

  inProgress(address: Address): { readonly sessionId: SessionId; readonly runId: string; readonly text: string } | undefined {
    return this.#live.inProgress(address);
  }

  /** What stands at an address, between two turns. */
  standing(address: Address): Promise<Standing> {
    return this.#cell(address).probe();
  }

  async #require(id: SessionId): Promise<SessionRow> {
    const row = await this.#store.load({ id });
    if (!row) throw new StatechatError('not_found', `there is no session ${id}`);
    return row;
  }

  #post(address: Address, content: MailContent, deadline: number): Promise<Receipt> {
    return new Promise((settle, fail) => this.#cell(address).post({ content, settle, fail, deadline }));
  }

  #cell(address: Address): SessionCell {
    const existing = this.#cells.get(address);
    if (existing) return existing;
    const cell = new SessionCell(address, this.#environment, this.#standings.get(address), (idle) => this.#retire(idle));
    this.#cells.set(address, cell);
    return cell;
  }

  #retire(cell: SessionCell): void {
    this.#cells.delete(cell.address);
    if (cell.standing && this.#accepting) this.#standings.set(cell.address, cell.standing);
    else this.#standings.delete(cell.address);
  }

  #committed(turn: Turn): void {
    const { commit, next, live, commands } = turn;
    const { id, address, previousId } = commit.session;
    for (const event of live) this.#live.publish(address, id, event);
    for (const entry of commit.journal) this.#countTimer(entry);
    this.#outbox.forget(id, commit.settled);
    for (const command of commands) {
      const runId = keyOf({ sessionId: id, serial: command.serial });
      if (command.type === 'stop') this.#stopRun(runId, address, id);
      else if (command.type === 'tell') {
        const dialogue = next.open ? (next.start.actor?.dialogue(command.serial) ?? []) : [];
        // By the dialogue where there is one: another instance may have told it something before.
        if (dialogue.length > 0) this.#runner.catchUp(runId, dialogue);
        else this.#runner.tell(runId, command.event);
      }
    }
    const first = commit.expectedVersion === 0 && previousId === null;
    if (first) this.#outbox.trust(address);
    this.#outbox.accept(commit.work);
    this.#alarms.set(address, next.open ? (next.start.actor?.earliestDue() ?? null) : null);
  }

  #countTimer({ kind, at, payload }: JournalEntry): void {
    if (kind !== 'timer') return;
    const due: unknown = Reflect.get(Object(payload), 'due');
    if (typeof due === 'number') this.#metrics.timerFired(at - due);
  }

  async #invoke(item: WorkItem, fresh: boolean): Promise<boolean> {
    const address = addressOf(item);
    const waitsFor = (standing: Standing) =>
      standing.open && standing.start.row.id === item.sessionId && standing.start.actor?.runs(item.serial) === true;
    // Taken over: whoever had it before went on with the session, and what is remembered here is older than that.
    let standing = await this.#cell(address).probe(!fresh);
    if (fresh && !waitsFor(standing)) standing = await this.#cell(address).probe(true);
    if (!waitsFor(standing) || !standing.open || !standing.start.actor) return false;
    const { actor } = standing.start;
    const before = { dialogue: actor.dialogue(item.serial), awaited: actor.awaits(item.serial) };
    return this.#performer.invoke(item, standing.start.machine, before, fresh ? item.attempts + 1 : item.attempts + 2);
  }

  /** Lets code that runs here hear what turns on other instances told it. */
  async #listen(item: WorkItem): Promise<void> {
    const runId = keyOf(item);
    if (!this.#runner.listens(runId)) return;
    const standing = await this.#cell(addressOf(item)).probe(true);
    if (!standing.open || standing.start.row.id !== item.sessionId) return;
    this.#runner.catchUp(runId, standing.start.actor?.dialogue(item.serial) ?? []);
  }

  async #signal(address: Address, sessionId: SessionId, signal: Signal, eventId: string | null): Promise<void> {
    try {
      await this.#post(address, { kind: 'signal', sessionId, stimulus: signal, eventId }, Number.POSITIVE_INFINITY);
    } catch (error) {
      this.#trouble('a run’s signal', error);
    }
  }

  async #effectFailed(item: WorkItem, code: string, reason: string): Promise<boolean> {
    const { sessionId, serial, seq, type } = item;
    const message = Reflect.get(Object(item.payload), 'message') === true;
    const content: MailContent = {
      kind: 'failure',
      sessionId,
      serial,
      seq,
      effect: type === MACHINE_ACTION ? String(Reflect.get(Object(item.payload), 'name')) : type,
      code,
      reason,
      message,
    };
    const receipt = await this.#post(addressOf(item), content, Number.POSITIVE_INFINITY);
    return receipt.ignored !== GONE;
  }

  #stopRun(runId: string, address: Address, sessionId: SessionId): void {
    const ran = this.#runner.stop(runId);
    if (ran === undefined) return;
    this.#metrics.run('stopped', ran);
    this.#live.publish(address, sessionId, { type: 'run', runId, phase: 'ended' });
  }
}

/** How often an action's own implementation is tried. */
const ACTION_ATTEMPTS = 5;
/** A receipt marks at most this many of the entries before it. */
const MARK_WINDOW = 200;
const RANK = { pending: 0, sent: 1, delivered: 2, read: 3, failed: 4 } as const;

function isAhead(delivery: Delivery, { delivery: current }: JournalEntry): boolean {
  return current !== null && current.status !== 'failed' && RANK[delivery.status] > RANK[current.status];
}

function addressOf({ payload }: WorkItem): Address {
  return String(Reflect.get(Object(payload), 'address')) as Address;
}
