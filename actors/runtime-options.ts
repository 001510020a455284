/** What a runtime is made of, and how its times may be set. */
import type { SessionId } from '#machines/ids.ts';
import type { Exchange } from '#storage/exchange.ts';
import type { Store } from '#storage/port.ts';
import type { Clock } from './contract/clock.ts';
import type { CrashPoints } from './contract/crash-points.ts';
import type { RuntimeMetrics } from './contract/metrics.ts';
import type { Registry } from './contract/registry.ts';
import type { SettleOrder } from './invocations/settle-order.ts';

export interface RuntimeOptions {
  readonly store: Store;
  readonly registry: Registry;
  /** Names this process in leases: unique among all that share the store. */
  readonly owner: string;
  /** `after`: the session before at the same address, whose id must sort before the new one. */
  readonly newSessionId: (after?: SessionId) => SessionId;
  /** What it and the other instances on the store tell each other. Default: it is alone. */
  readonly exchange?: Exchange;
  readonly clock?: Clock;
  readonly metrics?: RuntimeMetrics;
  readonly crash?: CrashPoints;
  /** Something failed that nobody waits for, and will be tried again. */
  readonly onError?: (where: string, error: unknown) => void;
  /** Sessions kept at hand between turns (about 5 KB each). Default 5,000. */
  readonly cachedSessions?: number;
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
  /** When to pass on what running code says. Default: as it comes. */
  readonly settleOrder?: SettleOrder;
}
