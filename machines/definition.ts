import type { AnyStateMachine } from 'xstate';

/** JSON as it is stored: what a snapshot's context, an event and an effect's params may be made of. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** An event as a machine hears it. Everything in it is JSON: it is journalled and replayed word for word. */
export interface MachineEvent {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** Who can be talking in a session right now. */
export type Handler = 'bot' | 'human' | 'none';

/**
 * What lists, filters and the console need to know of a session without reading its snapshot.
 * `state` is a short name, e.g. `ACTIVE`; `open` is false once the session can hear nothing more.
 */
export interface SessionFacts {
  readonly state: string;
  readonly handler: Handler;
  readonly agentId?: string;
  readonly tags?: readonly string[];
  /** The queue in which it waits for a human. Absent if it waits in none. */
  readonly queue?: string;
  /** Since when it waits for a human, in milliseconds since the epoch. Absent if it does not wait. */
  readonly waitingSince?: number;
}

/** What `facts` is given: the parts of an XState snapshot that are data. */
export interface SnapshotView {
  readonly value: unknown;
  readonly context: unknown;
  readonly status: 'active' | 'done' | 'error' | 'stopped';
}

/**
 * How an event stands in the journal, for people: who said it and what. Events that no one described are
 * journalled under their own type, with no text.
 */
export interface EntryDescription {
  readonly kind: string;
  readonly author?: string;
  readonly text?: string;
}

/**
 * A machine that sessions can run. `id` and `version` name it for ever: a stored session keeps the version that it
 * began with until a migration takes it on. Change what the machine means → a new version.
 */
export interface MachineDefinition {
  readonly id: string;
  /** A whole number from 1 up. */
  readonly version: number;
  readonly machine: AnyStateMachine;
  /** Pure. Default: `state` is the state value as text, `handler` is `bot` while the session is open. */
  readonly facts?: (snapshot: SnapshotView) => SessionFacts;
  /** Pure. How an event that this machine hears is journalled. */
  readonly describe?: (event: MachineEvent) => EntryDescription | undefined;
  /**
   * What becomes of an event whose handling throws (a guard, an assign, an action's params). `park`: the event is
   * journalled with its reason, the session stays as it was. `fail`: the session ends in status `error`, as it does
   * in XState's own `createActor`. Default `park`.
   */
  readonly onThrow?: 'park' | 'fail';
  /** From this version's predecessor to this one. Absent: sessions of older versions stay on theirs. */
  readonly migrateFrom?: Migration;
}

/** Pure: takes XState's persisted snapshot of `version` and gives one that the new machine can be restored from. */
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
