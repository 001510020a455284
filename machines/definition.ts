import type { AnyStateMachine } from 'xstate';
import type * as z from 'zod';

/** JSON as it is stored. A snapshot's context, events and the params of effects consist of it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/**
 * Event of a machine. It consists of JSON alone, because the journal stores and replays it word for
 * word.
 */
export interface MachineEvent {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** Which side answers in a session right now. */
export type Handler = 'bot' | 'human' | 'none';

/**
 * Facts of a session for lists, filters and the console, readable without its snapshot. `state` is
 * a short name such as `ACTIVE`. `open` is false once the session takes no more events.
 */
export interface SessionFacts {
  readonly state: string;
  readonly handler: Handler;
  readonly agentId?: string;
  readonly tags?: readonly string[];
  /** The queue in which it waits for a human. Absent if it waits in none. */
  readonly queue?: string;
  /**
   * When the wait for a human began, in milliseconds since the epoch. Absent if the session does
   * not wait.
   */
  readonly waitingSince?: number;
}

/** Input of `facts`, the parts of an XState snapshot that are data. */
export interface SnapshotView {
  readonly value: unknown;
  readonly context: unknown;
  readonly status: 'active' | 'done' | 'error' | 'stopped';
}

/** What a list shows of a session beside its facts. */
export interface SessionPreview {
  /** How people call the customer. Null if nothing is known but the address. */
  readonly customer: string | null;
  /** Of the last message, its beginning and its author. Null if there is none yet. */
  readonly last: { readonly author: 'customer' | 'assistant' | 'agent' | 'system'; readonly text: string; readonly at: number } | null;
  /** Messages of the customer that nobody has answered. */
  readonly unanswered: number;
  readonly priority: 'low' | 'normal' | 'high' | 'urgent';
  /**
   * When its holder looks at it again, in milliseconds since the epoch. Absent if it is not put
   * off.
   */
  readonly snoozedUntil?: number | undefined;
  /**
   * How many messages of the customer and notes there were, ever. An agent who knows of fewer has
   * not seen all. Absent for none.
   */
  readonly news?: number | undefined;
  /** Absent for a machine that hands over to no agents by rules. */
  readonly handoff?: SessionHandoff;
}

/**
 * What the rules of the handoff and the service levels need of a session. Times are milliseconds
 * since the epoch, and null for what has not been.
 */
export interface SessionHandoff {
  /** The queue in which it waits, or waited last. Null for the default queue. */
  readonly queue: string | null;
  /** The agent who held it last, here or in the session before. */
  readonly lastAgent: string | null;
  /** Agents who did not answer in time. */
  readonly passedOver: readonly string[];
  /** It goes on with what an agent closed, and waits for that agent. */
  readonly reopened: boolean;
  /** Since when the customer awaits an answer of the agent who holds it. */
  readonly awaitedSince: number | null;
  readonly firstAt: number | null;
  readonly humanAt: number | null;
  readonly unansweredSince: number | null;
  readonly withoutHumanSince: number | null;
}

/**
 * Form of an event in the journal for people, with its author and text. Events without a
 * description are journalled under their own type, with no text.
 */
export interface EntryDescription {
  readonly kind: string;
  readonly author?: string;
  readonly text?: string;
}

/** A closed session, for what still comes to it. */
export interface ClosedView {
  readonly context: unknown;
  /** The last entries of its journal, oldest first. */
  readonly entries: readonly { readonly kind: string; readonly payload: Json }[];
}

/**
 * What a closed session makes of an event. It is appended to the journal, and the machine's
 * snapshot stays as it is.
 */
export interface Afterword {
  readonly entry: EntryDescription & { readonly payload: { readonly [key: string]: Json } };
  /** Effects by name, done after the entry is stored. */
  readonly effects: readonly { readonly type: string; readonly params: Json }[];
}

/**
 * Machine that sessions can run. `id` and `version` name it for ever. A stored session keeps the
 * version that it began with until a migration takes it on. A change in the machine's meaning needs
 * a new version.
 */
export interface MachineDefinition {
  readonly id: string;
  /** A whole number from 1 up. */
  readonly version: number;
  readonly machine: AnyStateMachine;
  /**
   * Pure. By default, `state` is the state value as text, and `handler` is `bot` while the session
   * is open.
   */
  readonly facts?: (snapshot: SnapshotView) => SessionFacts;
  /** Pure. What lists show of a session, from the machine's context. Default is nothing. */
  readonly preview?: (context: unknown) => SessionPreview;
  /**
   * Every event that it takes from outside, for forms that send one. An `at` is the time of the
   * event. Default is any event of a type that the machine names.
   */
  readonly events?: z.ZodType;
  /**
   * What its sessions need of whoever opens them, for forms that begin one. The binding adds what it
   * knows, such as the time. Default is nothing.
   */
  readonly opening?: z.ZodType;
  /** Pure. Journal form of an event that this machine takes. */
  readonly describe?: (event: MachineEvent) => EntryDescription | undefined;
  /**
   * Pure. What a session that ended by itself makes of an event that names it. Undefined for one
   * that it does not take. Default is to take none.
   */
  readonly afterClose?: (closed: ClosedView, event: MachineEvent) => Afterword | undefined;
  /**
   * What to do with an event whose handling throws (a guard, an assign, an action's params). With
   * `park`, the default, the event is journalled with its reason and the session stays as it was.
   * With `fail`, the session ends in status `error`, as in XState's own `createActor`.
   */
  readonly onThrow?: 'park' | 'fail';
  /** Migration from the version before. If absent, sessions of older versions stay on theirs. */
  readonly migrateFrom?: Migration;
}

/**
 * Pure. Takes XState's persisted snapshot of `version` and returns one that the new machine can
 * restore.
 */
export interface Migration {
  readonly version: number;
  readonly migrate: (persisted: PersistedMachine) => PersistedMachine;
}

/** The data of XState's persisted snapshot that migrations may rewrite. */
export interface PersistedMachine {
  readonly value: unknown;
  readonly context: unknown;
  readonly status: string;
  readonly children?: Readonly<Record<string, unknown>>;
  readonly historyValue?: unknown;
  readonly [key: string]: unknown;
}
