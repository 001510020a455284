/**
 * A moment of a session, which is what it was after one entry of its journal, what that entry
 * changed, and what it started. It is plain data, for readers. Pure.
 */

import type { Json } from '#machines/definition.ts';
import { StatechatError } from '#machines/errors.ts';
import { activeStates } from '#machines/graph.ts';
import { type JsonChange, jsonChanges } from '#machines/json-changes.ts';
import type { JournalEntry } from '#storage/port.ts';
import type { Registry } from '../contract/registry.ts';
import type { HostedActor } from '../interpreter/hosted-actor.ts';
import type { ActorInput } from '../interpreter/input.ts';
import type { Step } from '../interpreter/step.ts';
import { instanceOfEntry, type MachineVersion, movementOf, resultOfEntry } from './journal-payload.ts';
import { type Checkpoint, Replayer, type RunningInvocation, startedBy } from './replay.ts';
import type { TurnResult } from './turn-result.ts';

/** Why the session is as it is after an entry. */
export interface Cause extends Pick<TurnResult, 'ignored' | 'refused' | 'parked'> {
  /** The entry's own kind, such as `customer.message`. */
  readonly kind: string;
  readonly at: number;
  readonly author: string | null;
  readonly text: string | null;
  readonly eventId: string | null;
  /** Absent for an entry that moved nothing. */
  readonly moved?: 'beginning' | 'migration' | ActorInput['kind'];
  /** What the machine received. Absent for what is no event. */
  readonly event?: Json;
  /** Serial of the timer that fired, or of the invocation that sent the event. */
  readonly serial?: number;
  /** The instance that committed the turn. Absent but for the first entry of a turn. */
  readonly instance?: string;
  /** The entry that moved the machine last. Null for an entry that did so itself. */
  readonly follows: number | null;
}

export interface Moment {
  readonly seq: number;
  readonly machine: MachineVersion;
  readonly status: string;
  readonly value: Json;
  /** Ids of the machine's graph. */
  readonly activeStates: readonly string[];
  readonly tags: readonly string[];
  readonly context: Json;
  /** What the entry changed in the context. */
  readonly changes: readonly JsonChange[];
  /** What the entry changed in the active states. */
  readonly entered: readonly string[];
  readonly exited: readonly string[];
  readonly cause: Cause;
  /** Invocations that the entry started. */
  readonly started: readonly { readonly serial: number; readonly id: string; readonly input: Json }[];
  /** Those that the session waits for after the entry. */
  readonly running: readonly { readonly serial: number; readonly id: string }[];
  /**
   * The invocation that sent the event, with the entry that started it, and when. Null for no
   * invocation.
   */
  readonly run: {
    readonly serial: number;
    readonly id: string;
    readonly input: Json;
    readonly seq: number;
    readonly at: number;
  } | null;
  /** Serials of invocations that the entry ended or cancelled. */
  readonly stopped: readonly number[];
  readonly actions: readonly { readonly serial: number; readonly type: string; readonly params: Json }[];
  /** Timers that wait, the next one first. `due` is in milliseconds since the epoch. */
  readonly timers: readonly { readonly serial: number; readonly id: string; readonly due: number }[];
}

/** What a session is made of at one time, without what led there. */
type Shape = Pick<Moment, 'machine' | 'status' | 'value' | 'activeStates' | 'tags' | 'context' | 'timers'>;

/**
 * The moment after the last of `entries`, which follow `from`, or begin the journal. Throws what
 * `Replayer` throws.
 */
export function momentAfter(registry: Registry, assistant: string, from: Checkpoint | undefined, entries: readonly JournalEntry[]): Moment {
  const last = entries.at(-1);
  if (last === undefined) throw new StatechatError('unreplayable', 'a moment is after an entry: give at least one');
  const replayer = new Replayer(registry, assistant, from);
  let follows = from?.seq ?? 0;
  for (const entry of entries.slice(0, -1)) if (replayer.play(entry)) follows = entry.seq;
  const before = replayer.actor && shapeOf(replayer.actor);
  const waiting = replayer.running;
  const played = replayer.play(last);
  const { actor } = replayer;
  if (!actor) throw new StatechatError('unreplayable', 'the journal begins later: give it from its first entry on');
  const after = played || before === undefined ? shapeOf(actor) : before;
  const was = before?.activeStates ?? [];
  const cause = causeOf(last, played === undefined ? follows : null);
  const sender = waiting.find(({ serial }) => serial === cause.serial);
  return {
    seq: last.seq,
    ...after,
    changes: jsonChanges(before?.context, after.context),
    entered: after.activeStates.filter((id) => !was.includes(id)),
    exited: was.filter((id) => !after.activeStates.includes(id)),
    cause,
    run: sender === undefined ? null : runOf(sender),
    running: replayer.running.map(({ serial, id }) => ({ serial, id })),
    ...madeBy(played?.step),
  };
}

export function shapeOf(actor: HostedActor): Shape {
  const { id, version } = actor.definition;
  const { machine } = actor.persist();
  return {
    machine: { id, version },
    status: machine.status,
    value: plain(machine.value),
    activeStates: activeStates(machine.value),
    tags: [...actor.view().tags].sort(),
    context: plain(machine.context),
    timers: actor.timers().map(({ serial, id: timer, due }) => ({ serial, id: timer, due })),
  };
}

/** `follows` is null for an entry that moved the machine. */
export function causeOf(entry: JournalEntry, follows: number | null): Cause {
  const { kind, at, author, text, eventId } = entry;
  const movement = movementOf(entry);
  const instance = instanceOfEntry(entry);
  const input = movement?.kind === 'input' ? heldIn(movement.input) : undefined;
  return {
    kind,
    at,
    author,
    text,
    eventId,
    ...(movement === undefined ? {} : { moved: movement.kind === 'input' ? movement.input.kind : movement.kind }),
    ...(input !== undefined && 'event' in input ? { event: plain(input.event) } : {}),
    ...(input !== undefined && 'serial' in input ? { serial: input.serial } : {}),
    ...resultOfEntry(entry),
    ...(instance === undefined ? {} : { instance }),
    follows,
  };
}

function runOf({ serial, id, input, seq, at }: RunningInvocation): Moment['run'] {
  return { serial, id, input: plain(input), seq, at };
}

function heldIn(input: ActorInput): ActorInput {
  return input.kind === 'hold' ? heldIn(input.input) : input;
}

function madeBy(step: Step | undefined): Pick<Moment, 'started' | 'stopped' | 'actions'> {
  const commands = step?.invocations ?? [];
  return {
    started: (step === undefined ? [] : startedBy(step)).map(({ serial, id, input }) => ({ serial, id, input: plain(input) })),
    stopped: commands.flatMap((command) => (command.type === 'stop' ? [command.serial] : [])),
    actions: (step?.actions ?? []).map(({ serial, type, params }) => ({ serial, type, params: plain(params) })),
  };
}

/** As the store returns it. What JSON has no word for is null. */
function plain(value: unknown): Json {
  return JSON.parse(JSON.stringify(value) ?? 'null');
}
