/**
 * Supervisor of the child process.
 *
 * Owns that a child runs while this instance has the session, the pauses between two of them, and
 * what people see of the connection. Does not own how one child is judged (child-life.ts).
 *
 * Invariants (`test/channels/whatsapp-web/supervisor.test.ts`)
 * 1. At most one child at a time. The next starts when the process of the last one is gone.
 * 2. After a failure the next child starts after a pause, which doubles up to five minutes. It is
 *    short again after a child that was connected for a while. A child that was recycled or logged
 *    out is followed at once.
 * 3. `connection` has the reason of the last failure until a child is connected.
 */
import { type Clock, sleep } from '#machines/clock.ts';
import { type KnownProblem, problemOf } from '../channel-problem.ts';
import type { ChannelLog } from '../log.ts';
import type { ChannelConnection } from '../port.ts';
import { ChildLife, type ChildLifeOptions, type Ended, type Pairing } from './child-life.ts';
import { whatsAppWebProblem } from './problems.ts';
import type { OpenChild } from './protocol.ts';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 300_000;
/** A child that was connected for this long has failed for another reason than the one before. */
const STEADY_MS = 30_000;
/** Failures in a row until people are told that it does not work. */
const PATIENCE = 3;

export interface SupervisorOptions extends Pick<ChildLifeOptions, 'clock' | 'log' | 'limits' | 'startChild' | 'store' | 'onEvent'> {
  /** Spreads the pauses. */
  readonly random: () => number;
  /** How the next child is opened. Throws if it cannot be. */
  readonly open: (keepLocal: boolean) => Promise<OpenChild>;
  /** A child can be called. It takes its events in until the child ends. */
  readonly onReady: (life: ChildLife, me: string) => void;
  readonly onPairing: (pairing: Pairing) => void;
  readonly onConnection: (connection: ChannelConnection) => void;
}

/** The end of a child, or why there was none. */
interface LastEnd extends Ended {
  readonly problem?: KnownProblem;
}

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #clock: Clock;
  readonly #log: ChannelLog;
  #connection: ChannelConnection;
  #life: ChildLife | undefined;
  #failures = 0;
  #connectedAt: number | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#connection = { state: 'starting', since: options.clock.now() };
  }

  get connection(): ChannelConnection {
    return this.#connection;
  }

  /** The child that can be called. */
  get ready(): ChildLife | undefined {
    return this.#life?.ready === true ? this.#life : undefined;
  }

  /** Runs children until the signal is aborted and the last one is gone. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    for (let first = true; !signal.aborted; first = false) {
      this.#connectedAt = undefined;
      const ended = await this.#once(!first, signal);
      if (ended === undefined) return;
      if (this.#connectedAt !== undefined && this.#clock.now() - this.#connectedAt >= STEADY_MS) this.#failures = 0;
      await this.#after(ended, signal);
    }
  }

  /** Undefined if the program wanted it to end. */
  async #once(keepLocal: boolean, signal: AbortSignal): Promise<LastEnd | undefined> {
    const { open, onReady, onPairing } = this.#options;
    let opening: OpenChild;
    try {
      opening = await open(keepLocal);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { end: 'setup', reason, problem: problemOf(error) ?? whatsAppWebProblem('not_opened', { reason }) };
    }
    this.#show({ state: 'starting' });
    const life = new ChildLife({
      ...this.#options,
      open: opening,
      onReady: (me) => {
        this.#connectedAt = this.#clock.now();
        this.#show({ state: 'connected' });
        onReady(life, me);
      },
      onPairing: (pairing) => {
        this.#show({ state: 'pairing', ...pairing });
        onPairing(pairing);
      },
    });
    this.#life = life;
    const aborted = Promise.withResolvers<undefined>();
    const abort = (): void => aborted.resolve(undefined);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    const ended = await Promise.race([life.ended, aborted.promise]);
    signal.removeEventListener('abort', abort);
    if (ended === undefined) await life.close({ end: 'stopped', reason: 'the program stops' });
    this.#life = undefined;
    return ended;
  }

  async #after(ended: LastEnd, signal: AbortSignal): Promise<void> {
    const { end, reason } = ended;
    if (end === 'recycled') return this.#log.info({ reason }, 'whatsapp-web is restarted');
    this.#failures++;
    const error = problemFor(ended);
    const state = end === 'setup' || end === 'blocked' || this.#failures >= PATIENCE ? 'failed' : 'starting';
    this.#show({ state, error });
    this.#log[state === 'failed' ? 'error' : 'warn']({ end, reason, failures: this.#failures }, `whatsapp-web: ${error.text}`);
    if (end === 'loggedOut' && this.#failures === 1) return;
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(this.#failures - 1, 10)) * (1 - this.#options.random() / 2);
    await sleep(this.#clock, pause, signal).catch(() => undefined);
  }

  /** The error stays until it is taken back. */
  #show({ error = this.#connection.error, ...shown }: Omit<ChannelConnection, 'since'>): void {
    const { state } = shown;
    const since = state === this.#connection.state ? this.#connection.since : this.#clock.now();
    const kept = state === 'connected' ? {} : error === undefined ? {} : { error };
    this.#connection = { ...shown, since, ...kept };
    this.#options.onConnection(this.#connection);
  }
}

/** @param problem is known already if no child could be opened. */
function problemFor({ end, reason, problem }: LastEnd): KnownProblem {
  if (problem !== undefined) return problem;
  switch (end) {
    case 'setup':
      return whatsAppWebProblem('no_library', { reason });
    case 'loggedOut':
      return whatsAppWebProblem('logged_out', { reason });
    case 'blocked':
      return whatsAppWebProblem('blocked', { reason });
    default:
      return whatsAppWebProblem('lost', { reason });
  }
}
