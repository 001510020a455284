/**
 * Runtime is the actors of one process. It puts together mailboxes, group commit, timers, outbox,
 * invocations and live streams.
 *
 * Owns which part is given which others, what each does about a committed turn, starting and
 * draining.
 * Does not own how any of the parts works. The store's compare-and-set and leases alone keep the
 * instances on it apart. What they send each other only makes them quicker.
 *
 * The parts are made from the bottom up, so each is given parts that exist. The order is live
 * streams, commits, sessions, invocations, outbox, timers. What goes up the other way goes through
 * `SessionEvents`, to which the parts above the sessions subscribe.
 */
import type { MachineEvent } from '#machines/definition.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { Delivery, JournalEntry } from '#storage/port.ts';
import type {
  Actors,
  DeliverOptions,
  Destination,
  MarkedEntries,
  Moved,
  MoveOptions,
  Receipt,
  Remark,
  ReportedMessage,
  UndeliverableMessage,
} from './contract/api.ts';
import type { Attention, Presence, SessionsListener, SessionsTopic } from './contract/live-events.ts';
import { type RuntimeOptions, type Settings, withDefaults } from './contract/options.ts';
import { machineName } from './contract/registry.ts';
import { nextPoll } from './contract/waiting.ts';
import { keyOf } from './contract/work-item.ts';
import { InvocationRouter } from './invocations/invocation-router.ts';
import { InvocationRunner } from './invocations/invocation-runner.ts';
import { InvocationStarter } from './invocations/invocation-starter.ts';
import { createLive, type Live } from './live/live.ts';
import type { Listener } from './live/live-streams.ts';
import { EffectDispatcher } from './outbox/effect-dispatcher.ts';
import { Outbox } from './outbox/outbox.ts';
import { Afterwords } from './session/afterwords.ts';
import { CommitQueue } from './session/commit-queue.ts';
import { DeliveryReceipts } from './session/delivery-receipts.ts';
import { EventRouter } from './session/event-router.ts';
import { inspectedTurn } from './session/inspected-turn.ts';
import { Moves } from './session/moves.ts';
import { previewReader } from './session/preview.ts';
import { SessionCache } from './session/session-cache.ts';
import { SessionEvents } from './session/session-events.ts';
import type { Turn } from './session/turn.ts';
import { TimerService } from './timers/timer-service.ts';

export type { RuntimeOptions } from './contract/options.ts';

/** How long a drain waits for the last live events to be sent, in milliseconds. */
const FLUSH_MS = 200;

/**
 * The parts of a runtime. A subclass for tests reaches them too (see `testing/test-runtime.ts`).
 */
export interface RuntimeParts {
  readonly shared: Live;
  readonly commits: CommitQueue;
  readonly sessions: SessionCache;
  readonly events: EventRouter;
  readonly moves: Moves;
  readonly receipts: DeliveryReceipts;
  readonly runner: InvocationRunner;
  readonly outbox: Outbox;
  readonly timers: TimerService;
}

export class Runtime implements Actors {
  protected readonly parts: RuntimeParts;
  readonly #settings: Settings;

  constructor(options: RuntimeOptions) {
    this.#settings = withDefaults(options);
    this.parts = assemble(this.#settings);
  }

  start(): void {
    const { shared, timers, outbox } = this.parts;
    const onError = (error: unknown): void => this.#settings.onError('a message of another instance', error);
    shared.membership.start({
      run: (sessionId, serial) => void outbox.recheck(sessionId, serial).catch(onError),
      work: () => void outbox.sweep().catch(onError),
    });
    timers.start();
    outbox.start();
  }

  /**
   * Accepts no more events, finishes turns and effects under way for at most `graceMs`, and
   * releases the rest for other instances.
   */
  async drain(graceMs = 10_000): Promise<void> {
    const { sessions, commits, outbox, runner, shared } = this.parts;
    this.stopAccepting();
    outbox.prepareStop(graceMs);
    const deadline = performance.now() + graceMs;
    while ((sessions.isBusy || !commits.idle) && performance.now() < deadline) await nextPoll();
    await outbox.stop(Math.max(0, deadline - performance.now()));
    runner.stopAll();
    await shared.relay.flushed(FLUSH_MS);
    shared.membership.stop(true);
    sessions.forgetIdle();
  }

  /** Sessions in the memory of this process. */
  get cachedSessions(): number {
    return this.parts.sessions.size;
  }

  /** How many instances work on the store, this one included, as far as is known. */
  get instances(): number {
    return this.parts.shared.membership.count;
  }

  deliver(to: Destination, event: MachineEvent, options?: DeliverOptions): Promise<Receipt> {
    return this.parts.events.deliver(to, event, options);
  }

  /** Opens a session at an address without any event, unless one is open already. */
  open(to: Extract<Destination, { readonly address: Address }>): Promise<Receipt> {
    return this.parts.events.open(to);
  }

  remark(sessionId: SessionId, remark: Remark): Promise<Receipt> {
    return this.parts.events.remark(sessionId, remark);
  }

  move(from: Address, to: Address, options: MoveOptions): Promise<Moved> {
    return this.parts.moves.move(from, to, options);
  }

  mark(address: Address, upTo: MarkedEntries, delivery: Delivery): Promise<void> {
    return this.parts.receipts.mark(address, upTo, delivery);
  }

  report(message: ReportedMessage, delivery: Delivery): Promise<void> {
    return this.parts.receipts.report(message, delivery);
  }

  undeliverable(message: UndeliverableMessage, failure: { readonly code: string; readonly reason: string }): Promise<Receipt> {
    return this.parts.events.undeliverable(message, failure);
  }

  watch(address: Address, listener: Listener): () => void {
    return this.parts.shared.live.watch(address, listener);
  }

  watchSessions(topic: SessionsTopic, listener: SessionsListener): () => void {
    return this.parts.shared.topics.watch(topic, listener);
  }

  async publishTyping(address: Address, at: number): Promise<void> {
    const { live, topics, membership } = this.parts.shared;
    if (!live.isWatched(address) && !topics.wanted && membership.watchersOf(address).length === 0) return;
    const row = await this.#settings.store.load({ address }, { stale: true });
    if (row?.open) live.publish(address, row.id, { type: 'typing', by: 'customer', at });
  }

  publishAttention(sessionId: SessionId, attention: Omit<Attention, 'type'>): void {
    this.parts.shared.topics.passed(sessionId, { type: 'attention', ...attention });
  }

  publishPresence(sessionId: SessionId, presence: Omit<Presence, 'type'>): void {
    this.parts.shared.topics.passed(sessionId, { type: 'presence', ...presence });
  }

  partialAnswer(address: Address): { readonly sessionId: SessionId; readonly runId: string; readonly text: string } | undefined {
    return this.parts.shared.live.partialAnswer(address);
  }

  protected stopAccepting(): void {
    const { events, moves, sessions, timers } = this.parts;
    events.stop();
    moves.stop();
    sessions.stopRemembering();
    timers.stop();
  }
}

/**
 * Makes the parts from the bottom up, and subscribes those above the sessions to what happens
 * there.
 */
function assemble(settings: Settings): RuntimeParts {
  const { store, exchange, owner, clock, registry, metrics, onError } = settings;
  const shared = createLive({
    exchange,
    owner,
    clock,
    machines: registry.machines(),
    load: (id) => store.load({ id }),
    preview: previewReader(registry),
    onError: (error) => onError('watching sessions', error),
  });
  const { live, topics, membership } = shared;
  const commits = new CommitQueue(settings);
  const published = new SessionEvents();
  const sessions = new SessionCache({
    ...settings,
    commits,
    events: published,
    runsElsewhere: (row) => membership.run(machineName(row)),
  });
  const afterwords = new Afterwords({ ...settings, commits, events: published });
  const events = new EventRouter({ ...settings, sessions, afterwords });
  const moves = new Moves({ ...settings, sessions });
  const receipts = new DeliveryReceipts({ ...settings, commits, live, session: (id) => events.session(id) });

  const runner = new InvocationRunner((ms) => metrics.run('settled', ms));
  const starter = new InvocationStarter({ ...settings, sessions, runner, live });
  const invocations = new InvocationRouter({ ...settings, sessions, runner, starter, live });
  const effects = new EffectDispatcher({
    registry,
    tracing: settings.tracing,
    sessions: events,
    publish: (address, sessionId, event) => live.publish(address, sessionId, event),
  });
  const outbox = new Outbox({ ...settings, effects, invocations, released: () => membership.sendWork() });
  const timers = new TimerService({
    ...settings,
    wake: (address, row) => sessions.wake(address, row).catch((error: unknown) => onError('waking a session', error)),
  });

  published.subscribe('metrics', {
    committed: ({ commit, done }) => {
      for (const entry of commit.journal) countTimer(entry, settings);
      for (const type of done) metrics.effect(type, 'done', 0);
    },
  });
  published.subscribe('live', {
    moved: (from, to, sessionId) => live.moved(from, to, sessionId),
    committed: (turn) => {
      topics.committed(turn.before, turn.commit.session);
      for (const event of turn.live) live.publish(turn.commit.session.address, turn.commit.session.id, event);
    },
  });
  published.subscribe('membership', { committed: (turn) => tellOthers(turn, shared, outbox) });
  published.subscribe('invocations', { committed: (turn) => invocations.follow(turn) });
  published.subscribe('outbox', {
    committed: ({ commit }) => {
      const { id, address, previousId } = commit.session;
      outbox.forget(id, commit.settled);
      if (commit.expectedVersion === 0 && previousId === null) outbox.markOwned(address);
      // All entries of a turn have the time at which it was computed.
      outbox.accept(commit.work, commit.journal[0]?.at ?? 0);
    },
    loaded: (address) => outbox.markContended(address),
    moved: (from, to) => outbox.moved(from, to),
  });
  const { inspect } = settings;
  if (inspect !== undefined) published.subscribe('inspection', { committed: (turn) => turn.empty || inspect(inspectedTurn(turn)) });
  published.subscribe('timers', {
    committed: ({ before, commit, next }) => {
      // What is added to a closed session has no timer. The session after it may have one.
      if (before.open) timers.set(commit.session.address, next.open ? (next.start.actor?.earliestDue() ?? null) : null);
    },
    moved: (from) => timers.set(from, null),
    evicted: (address) => timers.set(address, null),
  });
  return { shared, commits, sessions, events, moves, receipts, runner, outbox, timers };
}

function countTimer({ kind, at, payload }: JournalEntry, { metrics }: Settings): void {
  if (kind !== 'timer') return;
  const due: unknown = Reflect.get(Object(payload), 'due');
  if (typeof due === 'number') metrics.timerFired(at - due);
}

/**
 * For an invocation that the turn stopped or sent something, and that is not held here. The
 * instance that holds it checks now.
 */
function tellOthers({ commit, commands }: Turn, { live, membership }: Live, outbox: Outbox): void {
  if (commands.length === 0) return;
  const { id, address } = commit.session;
  const begun = new Set(commands.flatMap(({ type, serial }) => (type === 'start' ? [serial] : [])));
  for (const { type, serial } of commands) {
    const runId = keyOf({ sessionId: id, serial });
    if (begun.has(serial) || outbox.holds(runId)) continue;
    membership.sendRun(id, serial);
    // The instance that had it may be dead.
    if (type === 'stop') live.publish(address, id, { type: 'run', runId, phase: 'ended' });
  }
}
