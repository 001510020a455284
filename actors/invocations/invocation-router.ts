/**
 * Between the sessions and the code of their invocations that runs in this process.
 *
 * Owns: whether a session still waits for a run, what a run has to hear from turns of this and other instances, and the
 * way of its words back into the session.
 * Does not own: the running (invocation-runner.ts), leases (outbox.ts).
 *
 * Invariant: code is started only for a session that still waits for it, and what was taken over from another instance
 * is judged by what is stored.
 */
import { Unavailable } from '#machines/errors.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { WorkItem } from '#storage/port.ts';
import type { RuntimeMetrics } from '../contract/metrics.ts';
import { addressOf, keyOf } from '../contract/work-item.ts';
import type { HostedActor } from '../interpreter/hosted-actor.ts';
import type { LiveStreams } from '../live/live-streams.ts';
import { RunsElsewhere } from '../session/activation.ts';
import type { SessionCache } from '../session/session-cache.ts';
import type { Turn } from '../session/turn.ts';
import type { AddressState, TurnStart } from '../session/turn-start.ts';
import type { InvocationRunner, Signal } from './invocation-runner.ts';
import type { InvocationStarter } from './invocation-starter.ts';

export interface InvocationRouterOptions {
  readonly sessions: SessionCache;
  readonly runner: InvocationRunner;
  readonly starter: InvocationStarter;
  readonly live: LiveStreams;
  readonly metrics: RuntimeMetrics;
  readonly onError: (where: string, error: unknown) => void;
  /** Leaves a run to the other instances. */
  readonly leave: (runId: string) => void;
}

export class InvocationRouter {
  readonly #options: InvocationRouterOptions;

  constructor(options: InvocationRouterOptions) {
    this.#options = options;
  }

  /** See `OutboxOptions.invoke`. */
  async start(item: WorkItem, fresh: boolean, isOurs: () => boolean): Promise<boolean> {
    const { sessions, starter } = this.#options;
    const address = addressOf(item);
    // Taken over: whoever had it before went on with the session, and what is remembered here is older than that.
    let addressState = await sessions.addressState(address, !fresh);
    // Another instance may have gone on since the turn that asked for it: nothing is given up on what is remembered.
    if (fresh && !waitsFor(addressState, item)) addressState = await sessions.addressState(address, true);
    if (!waitsFor(addressState, item)) return false;
    if (!isOurs()) throw new Unavailable('the lease ran out before the run began: whoever takes it over begins it');
    const { actor } = addressState.start;
    const before = { dialogue: actor.dialogue(item.serial), open: actor.openCall(item.serial) };
    return starter.start(item, addressState.start.machine, before, fresh ? item.attempts + 1 : item.attempts + 2);
  }

  /** Lets code that runs here hear what turns on other instances told it. */
  async listen(item: WorkItem): Promise<void> {
    const { sessions, runner } = this.#options;
    const runId = keyOf(item);
    if (!runner.listens(runId)) return;
    const addressState = await sessions.addressState(addressOf(item), true);
    if (!addressState.open || addressState.start.row.id !== item.sessionId) return;
    const open = addressState.start.actor?.openCall(item.serial);
    if (open) runner.tell(runId, open);
  }

  /** Lets code that runs here know what a turn told it. What the turn started is work, and begins by itself. */
  follow({ commit, commands }: Turn): void {
    const { runner } = this.#options;
    const { id, address } = commit.session;
    for (const command of commands) {
      const runId = keyOf({ sessionId: id, serial: command.serial });
      if (command.type === 'stop') this.stop(runId, address, id);
      else if (command.type === 'tell') runner.tell(runId, command);
    }
  }

  /** Ends a run, if it is here. `givenBack`: another process goes on with it. */
  stop(runId: string, address: Address, sessionId: SessionId, givenBack = false): void {
    const { runner, metrics, live } = this.#options;
    const ran = runner.stop(runId, givenBack ? 'given back' : 'cancelled');
    if (ran === undefined) return;
    metrics.run('stopped', ran);
    live.publish(address, sessionId, { type: 'run', runId, phase: 'ended' });
  }

  /** Posts what a run said to its session, however long the store is away. */
  async signal(address: Address, sessionId: SessionId, signal: Signal, eventId: string | null): Promise<void> {
    try {
      await this.#options.sessions.post(address, { kind: 'signal', sessionId, stimulus: signal, eventId }, Number.POSITIVE_INFINITY);
    } catch (error) {
      this.#options.onError('a run’s signal', error);
      if (error instanceof RunsElsewhere) this.#options.leave(keyOf({ sessionId, serial: signal.serial }));
    }
  }
}

interface Waiting {
  readonly open: true;
  readonly start: TurnStart & { readonly actor: HostedActor };
}

function waitsFor(addressState: AddressState, { sessionId, serial }: WorkItem): addressState is Waiting {
  return addressState.open && addressState.start.row.id === sessionId && addressState.start.actor?.runs(serial) === true;
}
