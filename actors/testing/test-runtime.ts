/**
 * TestRuntime is a runtime that a test moves by hand. It polls when the test calls it, shows what
 * is under way, and can be abandoned.
 *
 * @example
 * const first = new TestRuntime({ store, registry, owner: 'a', newSessionId });
 * await first.deliver({ address, assistant }, { type: 'GO' });
 * first.abandon(); // as a crash would
 * const second = new TestRuntime({ store, registry, owner: 'b', newSessionId });
 * await second.sweep(); // claims what the first one held, once its lease has run out
 */
import type { Address } from '#machines/ids.ts';
import { Runtime } from '../runtime.ts';
import type { AddressState } from '../session/activation.ts';

export class TestRuntime extends Runtime {
  /**
   * True while a turn, a commit or an effect is under way. Invocations are not counted (see
   * `running`).
   */
  get busy(): boolean {
    const { sessions, commits, outbox } = this.parts;
    return sessions.isBusy || !commits.idle || !outbox.idle;
  }

  /** Invocations that run in this process. */
  get running(): number {
    return this.parts.runner.size;
  }

  /**
   * When the youngest promise that runs in this process began, on the clock of `performance.now()`.
   * Undefined if none runs.
   */
  get youngestPromise(): number | undefined {
    return this.parts.runner.youngestPromise;
  }

  /** The state of an address between two turns. */
  addressState(address: Address): Promise<AddressState> {
    return this.parts.sessions.addressState(address);
  }

  /** Wakes the sessions that are due, once. A started runtime does so at each poll. */
  async wakeDue(): Promise<void> {
    await this.parts.timers.poll();
  }

  /** Claims work that no instance holds, once. A started runtime does so at each sweep. */
  async sweep(): Promise<void> {
    await this.parts.outbox.sweep();
  }

  /** Forgets everything at once, as a crash would. */
  abandon(): void {
    const { shared, outbox, runner, sessions } = this.parts;
    this.stopAccepting();
    shared.membership.stop(false);
    outbox.abandon();
    runner.stopAll();
    sessions.forgetIdle();
  }
}
