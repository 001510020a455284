/**
 * The actors of one process, put together: mailboxes, group commit, alarms, outbox, invocations, live streams.
 *
 * Owns: which part is given what of the others, what comes in from outside, starting and draining.
 * Does not own: how any of the parts works. The store's compare-and-set and leases are all that keeps the instances on it
 * apart; what they tell each other only makes them quicker.
 */
import type { MachineEvent } from '#machines/definition.ts';
import { InvalidInput, StatechatError } from '#machines/errors.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import { noExchange } from '#storage/exchange.ts';
import type { Delivery, SessionRow, Store, WorkItem } from '#storage/port.ts';
import { followCommit } from './after-commit.ts';
import { type Actors, type DeliverOptions, type Destination, HOST_EVENT, type Receipt } from './contract/api.ts';
import { type Clock, nextPoll, systemClock } from './contract/clock.ts';
import { noCrash } from './contract/crash-points.ts';
import { noMetrics } from './contract/metrics.ts';
import { machineName } from './contract/registry.ts';
import { addressOf, keyOf } from './contract/work-item.ts';
import { toJson } from './interpreter/serialize.ts';
import { InvocationRouter } from './invocations/invocation-router.ts';
import { InvocationRunner } from './invocations/invocation-runner.ts';
import { InvocationStarter } from './invocations/invocation-starter.ts';
import { createLive, type Live } from './live/live.ts';
import type { Listener } from './live/live-streams.ts';
import { EffectDispatcher } from './outbox/effect-dispatcher.ts';
import { Outbox } from './outbox/outbox.ts';
import type { RuntimeOptions } from './runtime-options.ts';
import { CommitQueue } from './session/commit-queue.ts';
import type { MailboxEnvironment } from './session/mailbox-environment.ts';
import { failureMessage, type MessageContent } from './session/message.ts';
import { DeliveryReceipts } from './session/receipts.ts';
import { SessionCache } from './session/session-cache.ts';
import { closedReceipt, GONE } from './session/turn-result.ts';
import type { AddressState } from './session/turn-start.ts';
import { TimerService } from './timers/timer-service.ts';

/** How long a drain waits for what was said last to leave, in milliseconds. */
const FLUSH_MS = 200;
/** How often an action's own implementation is tried. */
const ACTION_ATTEMPTS = 5;

export type { RuntimeOptions } from './runtime-options.ts';

export class Runtime implements Actors {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #patienceMs: number;
  readonly #newSessionId: () => SessionId;
  readonly #sessions: SessionCache;
  readonly #shared: Live;
  readonly #commits: CommitQueue;
  readonly #timerService: TimerService;
  readonly #outbox: Outbox;
  readonly #runner: InvocationRunner;
  readonly #runs: InvocationRouter;
  readonly #marks: DeliveryReceipts;
  #accepting = true;

  constructor(options: RuntimeOptions) {
    const { store, registry, owner, newSessionId, clock = systemClock, metrics = noMetrics, crash = noCrash, onError = () => {} } = options;
    const { leaseMs = 15_000, sweepMs = 1_000, pollMs = 250, graceMs = 250 } = options;
    const shared = createLive({
      exchange: options.exchange ?? noExchange,
      owner,
      clock,
      machines: registry.machines(),
      run: (sessionId, serial) => this.#outbox.look(sessionId, serial),
      work: () => this.#outbox.sweep(),
      onError: (error) => onError('what another instance told', error),
    });
    this.#shared = shared;
    this.#runner = new InvocationRunner((ms) => metrics.run('settled', ms));
    this.#store = store;
    this.#clock = clock;
    this.#patienceMs = options.patienceMs ?? 5_000;
    this.#newSessionId = newSessionId;
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
    this.#timerService = new TimerService({
      store,
      clock,
      pollMs,
      graceMs,
      claimMs: leaseMs,
      crash,
      onError,
      wake: (address, row) => this.#sessions.wake(address, row).catch((error: unknown) => onError('waking a session', error)),
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
      onError,
      perform: (item, context, held) => dispatcher.perform(item, context, held),
      attemptsOf: (type) => registry.effect(type)?.attempts ?? ACTION_ATTEMPTS,
      invoke: (item, fresh, isOurs) => this.#runs.start(item, fresh, isOurs),
      listen: (item) => this.#runs.listen(item),
      stopInvocation: (item, givenBack) => this.#runs.stop(keyOf(item), addressOf(item), item.sessionId, givenBack),
      failed: (item, code, reason) => this.#effectFailed(item, code, reason),
      freed: () => shared.membership.tellWork(),
      delivered: (item, delivery) =>
        this.#shared.live.publish(addressOf(item), item.sessionId, { type: 'delivery', seq: item.seq, delivery }),
    });
    const dispatcher = new EffectDispatcher({
      registry,
      machineOf: async (sessionId) => {
        const row = await this.#require(sessionId);
        const addressState = await this.#sessions.addressState(row.address);
        return addressState.open && addressState.start.row.id === sessionId
          ? addressState.start.machine
          : registry.assistant(row.assistant)?.newest;
      },
      send: (sessionId, event, key) => this.deliver({ sessionId }, event, { eventId: key }),
    });
    const starter = new InvocationStarter({
      runner: this.#runner,
      crash,
      saveProgress: (item, progress) => this.#outbox.saveProgress(item, progress),
      publish: (address, sessionId, event) => this.#shared.live.publish(address, sessionId, event),
      signal: (address, sessionId, signal, eventId) => void this.#runs.signal(address, sessionId, signal, eventId),
      refused: onError,
      order: options.settleOrder,
    });
    const environment: MailboxEnvironment = {
      registry,
      store,
      commits: this.#commits,
      clock,
      newSessionId,
      crash,
      metrics,
      wasRead: (address) => this.#outbox.markContended(address),
      committed: (turn) => followCommit(turn, followers),
      runsElsewhere: (row) => shared.membership.run(machineName(row)),
      onError: (address, error) => onError(`session at ${address}`, error),
    };
    this.#sessions = new SessionCache({
      environment,
      max: options.cachedSessions ?? 5_000,
      evicted: (address) => this.#timerService.set(address, null),
    });
    this.#runs = new InvocationRouter({
      sessions: this.#sessions,
      runner: this.#runner,
      starter,
      live: this.#shared.live,
      metrics,
      onError,
      leave: (runId) => this.#outbox.leave(runId),
    });
    const followers = {
      live: this.#shared.live,
      runs: this.#runs,
      outbox: this.#outbox,
      timerService: this.#timerService,
      membership: shared.membership,
      metrics,
    };
    this.#marks = new DeliveryReceipts({ store, commits: this.#commits, live: this.#shared.live, session: (id) => this.#require(id) });
  }

  start(): void {
    this.#shared.membership.start();
    this.#timerService.start();
    this.#outbox.start();
  }

  /** Stops taking events in, finishes turns and effects under way for at most `graceMs`, and frees the rest for others. */
  async drain(graceMs = 10_000): Promise<void> {
    this.#stopTakingIn();
    const deadline = performance.now() + graceMs;
    while ((this.#sessions.busy || !this.#commits.idle) && performance.now() < deadline) await nextPoll();
    await this.#outbox.stop(Math.max(0, deadline - performance.now()));
    this.#runner.stopAll();
    await this.#shared.relay.flushed(FLUSH_MS);
    this.#shared.membership.stop(true);
    this.#sessions.forgetIdle();
  }

  /** Forgets everything at once, as a crash would: for tests. */
  abandon(): void {
    this.#stopTakingIn();
    this.#shared.membership.stop(false);
    this.#outbox.abandon();
    this.#runner.stopAll();
    this.#sessions.forgetIdle();
  }

  /** True while a turn, a commit or an effect is under way. Runs are not counted: see `running`. */
  get busy(): boolean {
    return this.#sessions.busy || !this.#commits.idle || !this.#outbox.idle;
  }

  /** Sessions that this process has at hand. */
  get cachedSessions(): number {
    return this.#sessions.size;
  }

  /** How many instances work on the store, this one included, as far as is known. */
  get instances(): number {
    return this.#shared.membership.count;
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
    await this.#timerService.poll();
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
      event: toJson(event, `event "${event.type}"`, 'drop') as MachineEvent,
      eventId: options.eventId ?? `${HOST_EVENT}${this.#newSessionId()}`,
    } as const;
    const deadline = this.#clock.now() + this.#patienceMs;
    if ('address' in to) {
      return this.#sessions.post(
        to.address,
        { ...content, sessionId: undefined, assistant: to.assistant, hint: to.input ?? null },
        deadline,
      );
    }
    const row = await this.#require(to.sessionId);
    if (!row.open) return closedReceipt(row);
    return this.#sessions.post(row.address, { ...content, sessionId: row.id, assistant: undefined, hint: null }, deadline);
  }

  /** Opens a session at an address without any event, unless one is open already. */
  open(to: Extract<Destination, { readonly address: Address }>): Promise<Receipt> {
    const content: MessageContent = { kind: 'open', sessionId: undefined, assistant: to.assistant, hint: to.input ?? null };
    return this.#sessions.post(to.address, content, this.#clock.now() + this.#patienceMs);
  }

  mark(address: Address, upTo: { readonly sessionId: SessionId; readonly seq: number }, delivery: Delivery): Promise<void> {
    return this.#marks.mark(address, upTo, delivery);
  }

  watch(address: Address, listener: Listener): () => void {
    return this.#shared.live.watch(address, listener);
  }

  partialAnswer(address: Address): { readonly sessionId: SessionId; readonly runId: string; readonly text: string } | undefined {
    return this.#shared.live.partialAnswer(address);
  }

  /** What stands at an address, between two turns. */
  addressState(address: Address): Promise<AddressState> {
    return this.#sessions.addressState(address);
  }

  async #require(id: SessionId): Promise<SessionRow> {
    const row = await this.#store.load({ id });
    if (!row) throw new StatechatError('not_found', `there is no session ${id}`);
    return row;
  }

  #stopTakingIn(): void {
    this.#accepting = false;
    this.#sessions.stopRemembering();
    this.#timerService.stop();
  }

  async #effectFailed(item: WorkItem, code: string, reason: string): Promise<boolean> {
    const receipt = await this.#sessions.post(addressOf(item), failureMessage(item, code, reason), Number.POSITIVE_INFINITY);
    return receipt.ignored !== GONE;
  }
}
