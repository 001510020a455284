/**
 * Options of a runtime, every option with its unit and default, in one place. Each part takes the
 * options that it needs by `Pick<Settings, …>`, so an option is described once.
 */

import type { Clock } from '#machines/clock.ts';
import { StatechatError } from '#machines/errors.ts';
import type { SessionId } from '#machines/ids.ts';
import { noTracing, type Tracing } from '#machines/tracing.ts';
import type { AddressBook } from '#storage/addresses.ts';
import { type Exchange, noExchange } from '#storage/exchange.ts';
import type { Store } from '#storage/port.ts';
import { type CrashPoints, noCrash } from './crash-points.ts';
import type { Follow } from './follow.ts';
import type { InspectedTurn } from './inspected-turn.ts';
import { noMetrics, type RuntimeMetrics } from './metrics.ts';
import type { Registry } from './registry.ts';
import { systemClock } from './system-clock.ts';

export interface RuntimeOptions {
  readonly store: Store;
  readonly registry: Registry;
  /**
   * Name of this instance in leases. It must be unique among the instances that share the store.
   */
  readonly owner: string;
  /**
   * Makes the id of a new session. The id must sort after `after`, the previous session at the same
   * address.
   */
  readonly newSessionId: (after?: SessionId) => SessionId;
  /** The address book of the store. Default is none, so that no address can be moved. */
  readonly addresses?: Addresses;
  /**
   * Carries messages between the instances on the store. Default is none, so that the instance is
   * alone.
   */
  readonly exchange?: Exchange;
  /** Default is the clock of this machine. */
  readonly clock?: Clock;
  /** Without it, nothing is counted. */
  readonly metrics?: RuntimeMetrics;
  /** Tests stop the process at a named point with it. Default does nothing. */
  readonly crash?: CrashPoints;
  /**
   * Receives errors that no caller waits for. The failed step is retried. Without it, errors are
   * dropped.
   */
  readonly onError?: (where: string, error: unknown) => void;
  /** Idle sessions kept in memory. One takes about 5 KB. Default: 5,000. */
  readonly cachedSessions?: number;
  /**
   * How long a lease on work lasts, in milliseconds. It is renewed three times as often. If an
   * instance dies, its invocations are started elsewhere this much later at most. A short lease
   * costs more statements. Default: 15,000.
   */
  readonly leaseMs?: number;
  /** Time between two claims of work that no instance holds, in milliseconds. Default: 1,000. */
  readonly sweepMs?: number;
  /**
   * Work items that this instance holds a lease on at most. The others wait in the store. Default:
   * 10,000.
   */
  readonly maxLeases?: number;
  /**
   * Time between two polls for due sessions, in milliseconds. A timer of a session that no instance
   * has in memory fires at most `pollMs + graceMs` late. Default: 250.
   */
  readonly pollMs?: number;
  /**
   * How long a due session is left to the instance that has it in memory, in milliseconds. Default:
   * 250.
   */
  readonly graceMs?: number;
  /**
   * How long an event waits for the store before it is rejected as unavailable, in milliseconds.
   * Default: 5,000.
   */
  readonly patienceMs?: number;
  /**
   * Turns in one statement at most. More makes a statement slower than it saves round trips.
   * Default: 256.
   */
  readonly maxBatch?: number;
  /**
   * Commit statements under way at once. Two keep the database busy while the next batch is
   * prepared. Default: 2.
   */
  readonly maxInFlight?: number;
  /**
   * Decides when a message of running code is posted to its session. For `runDurably`. Default is
   * at once.
   */
  readonly settleOrder?: SettleOrder | undefined;
  /**
   * Receives every committed turn of this instance, for inspectors in development. It must not
   * throw. Default is none, and a turn then costs nothing more.
   */
  readonly inspect?: ((turn: InspectedTurn) => void) | undefined;
  /**
   * Gives a turn work for what follows sessions from outside. It is called for each turn. Default
   * is none.
   */
  readonly follow?: Follow;
  /** Default is none. */
  readonly tracing?: Tracing;
}

export type Addresses = Pick<AddressBook, 'resolve' | 'moveClosed'>;

/** For a store whose address book was not given. */
const noAddresses: Addresses = {
  resolve: async (address) => address,
  moveClosed: async () => {
    throw new StatechatError('no_address_book', 'this runtime was given no address book: pass the `addresses` of its store');
  },
};

/** The options of a runtime with their defaults filled in. */
export type Settings = Required<RuntimeOptions>;

export interface SettleOrder {
  /** The code of an invocation was started. */
  started(runId: string, serial: number): void;
  /**
   * The code sends a message. `post` posts it to the session and is called exactly once, now or
   * later.
   */
  sent(runId: string, post: () => void): void;
}

export function withDefaults(options: RuntimeOptions): Settings {
  return {
    addresses: noAddresses,
    exchange: noExchange,
    clock: systemClock,
    metrics: noMetrics,
    crash: noCrash,
    onError: () => {},
    cachedSessions: 5_000,
    leaseMs: 15_000,
    sweepMs: 1_000,
    maxLeases: 10_000,
    pollMs: 250,
    graceMs: 250,
    patienceMs: 5_000,
    maxBatch: 256,
    maxInFlight: 2,
    settleOrder: undefined,
    inspect: undefined,
    follow: () => undefined,
    tracing: noTracing,
    ...options,
  };
}
