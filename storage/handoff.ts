/**
 * Port for what the handoff keeps beside sessions. Which agents are there, and how long customers
 * have waited lately. All instances share it. Each store has one (`StoreLifecycle.handoff`).
 *
 * Times are milliseconds since the epoch, on the store's clock, which callers follow. Failures to
 * reach the store are `Unavailable`.
 */

export interface AgentState {
  readonly agentId: string;
  /** When a console of the agent was connected last. Null for never. */
  readonly seenAt: number | null;
  /** The agent takes no sessions of a rule, although a console may be connected. */
  readonly away: boolean;
  /** When a rule gave the agent a session last. Null for never. */
  readonly assignedAt: number | null;
}

/** Waits that are kept of each queue. Older ones are deleted. */
export const KEPT_WAITS = 50;

export interface HandoffRecords {
  /** Consoles of these agents were connected at that time. An earlier time changes nothing. */
  seen(agentIds: readonly string[], at: number): Promise<void>;
  setAway(agentId: string, away: boolean): Promise<void>;
  /** A rule gave the agent a session. An earlier time changes nothing. */
  assigned(agentId: string, at: number): Promise<void>;
  /** Of every agent of whom something is known, in no order. */
  agentStates(): Promise<readonly AgentState[]>;
  /** A customer of the queue got an agent at that time, after `ms`. Null is the default queue. */
  waited(queue: string | null, at: number, ms: number): Promise<void>;
  /** The last waits of the queue that ended after `since`, newest first, in milliseconds. */
  waits(queue: string | null, since: number, limit: number): Promise<readonly number[]>;
}
