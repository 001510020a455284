/**
 * InvocationRouter connects the sessions with the code of their invocations that runs in this
 * process.
 *
 * Owns whether a session still waits for an invocation, what turns of this and other instances
 * send to the code.
 * Does not own starting the code and posting what it sends (invocation-starter.ts), running it
 * (invocation-runner.ts), leases (outbox.ts).
 *
 * Invariants
 * 1. Code is started only for a session that waits for it (`test/actors/runtime-work.test.ts`).
 * 2. What was taken over from another instance is judged by what is stored
 *    (`test/actors/session/stale-copies.test.ts`).
 * 3. Code is never started on a lease that ran out
 *    (`test/actors/invocations/invocation-router.test.ts`).
 */
import { Unavailable } from '#machines/errors.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { WorkItem } from '#storage/port.ts';
import type { Settings } from '../contract/options.ts';
import { addressOf, keyOf } from '../contract/work-item.ts';
import type { HostedActor } from '../interpreter/hosted-actor.ts';
import type { LiveStreams } from '../live/live-streams.ts';
import type { InvocationHandler, WorkLease } from '../outbox/work-handlers.ts';
import { type AddressState, RunsElsewhere, type TurnStart } from '../session/activation.ts';
import type { SessionCache } from '../session/session-cache.ts';
import type { Turn } from '../session/turn.ts';
import type { InvocationRunner } from './invocation-runner.ts';
import type { InvocationStarter } from './invocation-starter.ts';

export interface InvocationRouterOptions extends Pick<Settings, 'metrics'> {
  readonly sessions: SessionCache;
  readonly runner: InvocationRunner;
  readonly starter: InvocationStarter;
  readonly live: LiveStreams;
}

export class InvocationRouter implements InvocationHandler {
  readonly #options: InvocationRouterOptions;

  constructor(options: InvocationRouterOptions) {
    this.#options = options;
  }

  async start(item: WorkItem, fresh: boolean, lease: WorkLease): Promise<boolean> {
    try {
      return await this.#start(item, fresh, lease);
    } catch (error) {
      if (!(error instanceof RunsElsewhere)) throw error;
      lease.release();
      return true;
    }
  }

  async #start(item: WorkItem, fresh: boolean, lease: WorkLease): Promise<boolean> {
    const { sessions, starter } = this.#options;
    const address = addressOf(item);
    // An item that was taken over needs a read from the store. Its last holder stepped the session,
    // and what is remembered here is older than that.
    let state = await sessions.addressState(address, !fresh);
    // Another instance may have gone on since the turn that started it. So a remembered state is no
    // reason to give it up.
    if (fresh && !waitsFor(state, item)) state = await sessions.addressState(address, true);
    if (!waitsFor(state, item)) return false;
    if (!lease.isHeld()) throw new Unavailable('the lease ran out before the run began: the instance that takes it over begins it');
    const { actor } = state.start;
    const before = { history: actor.callbackHistory(item.serial), openCall: actor.openCall(item.serial) };
    starter.start(item, state.start.machine, before, { attempt: fresh ? item.attempts + 1 : item.attempts + 2, lease });
    return true;
  }

  async listen(item: WorkItem): Promise<void> {
    const { sessions, runner } = this.#options;
    const runId = keyOf(item);
    if (!runner.takesEvents(runId)) return;
    const state = await sessions.addressState(addressOf(item), true);
    if (!state.open || state.start.row.id !== item.sessionId) return;
    const openCall = state.start.actor?.openCall(item.serial);
    if (openCall) runner.deliver(runId, openCall);
  }

  stop(item: WorkItem, released: boolean): void {
    this.#stop(keyOf(item), addressOf(item), item.sessionId, released);
  }

  /**
   * Sends the code that runs here what a turn has for it. What the turn started is work, and begins
   * by itself.
   */
  follow({ commit, commands }: Turn): void {
    const { id, address } = commit.session;
    for (const command of commands) {
      const runId = keyOf({ sessionId: id, serial: command.serial });
      if (command.type === 'stop') this.#stop(runId, address, id, false);
      else if (command.type === 'send') this.#options.runner.deliver(runId, command);
    }
  }

  #stop(runId: string, address: Address, sessionId: SessionId, released: boolean): void {
    const { runner, metrics, live } = this.#options;
    const ran = runner.stop(runId, released ? 'released' : 'cancelled');
    if (ran === undefined) return;
    metrics.run('stopped', ran);
    live.publish(address, sessionId, { type: 'run', runId, phase: 'ended' });
  }
}

interface Waiting {
  readonly open: true;
  readonly start: TurnStart & { readonly actor: HostedActor };
}

function waitsFor(state: AddressState, { sessionId, serial }: WorkItem): state is Waiting {
  return state.open && state.start.row.id === sessionId && state.start.actor?.runs(serial) === true;
}
