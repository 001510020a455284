/**
 * Values as they are stored. A snapshot, an event and an effect's params may hold JSON and errors.
 * Errors are stored as data and read as errors again. In a snapshot, keys that are `undefined` are
 * kept the same way. Everything else (dates, maps, functions, class instances, NaN) would be
 * something else after a restart, so it is refused by name at the first commit.
 */
import type { AnyActorRef, EventObject } from 'xstate';
import type { Json, MachineEvent } from '#machines/definition.ts';
import { StatechatError } from '#machines/errors.ts';
import { isActorRef } from './xstate-internals/actor-members.ts';
import { isMachineSnapshot, referenceTo } from './xstate-internals/machine-snapshots.ts';

/** Deeper nesting is refused. It is a cycle, or hostile. */
const MAX_DEPTH = 200;
/** A refusal names no longer path than this, in characters. */
const MAX_PATH = 200;
const ERROR_KEY = 'statechat$$error';
const UNDEFINED_KEY = 'statechat$$undefined';
const UNDEFINED = { [UNDEFINED_KEY]: true };

/**
 * A value that the host cannot keep, or a construct that it cannot run, across a restart. The
 * message names what to use instead.
 */
export class HostRefusal extends StatechatError {
  constructor(message: string, facts: Record<string, unknown> = {}) {
    super('host_refusal', message, { facts });
    this.name = 'HostRefusal';
  }
}

/**
 * What becomes of keys that are `undefined`.
 *
 * - `keep` leaves them in, until JSON drops them.
 * - `drop` leaves them out, so that the value is the one that a journal returns later.
 * - `mark` keeps them over a restart.
 * - `markInContexts` does so for the contexts in a snapshot. XState's own keys need it not.
 */
type UndefinedKeys = 'keep' | 'drop' | 'mark' | 'markInContexts';

/**
 * The value as JSON. It is the same object if nothing in it had to change. `where` begins the path
 * that a refusal names.
 */
export function toJson(value: unknown, where: string, undefinedKeys: UndefinedKeys = 'keep'): Json {
  return encode(value, { where, root: value, path: [], mayHoldActors: false, undefinedKeys }) as Json;
}

/**
 * An event as JSON. `what` begins a refusal. The type must be a text, because a stored event
 * without one cannot be read again.
 */
export function eventToJson(event: EventObject, what: string, undefinedKeys?: UndefinedKeys): MachineEvent {
  const type: unknown = event.type;
  if (typeof type !== 'string')
    throw new HostRefusal(`${what} has ${type === undefined ? 'no type' : `a ${typeof type} as its type`}: give it a text`);
  return toJson(event, `${what} "${type}"`, undefinedKeys) as MachineEvent;
}

/**
 * The same for values that may hold actors, such as a machine's context and what passes between the
 * actors of one session. An actor becomes the reference that XState persists. Of a machine's
 * snapshot the data is kept. `onReference` may refuse a reference that leads nowhere after a
 * restart.
 */
export function toData(value: unknown, where: string, onReference?: (actor: AnyActorRef, path: string) => void): Json {
  const walk: Walk = { where, root: value, path: [], mayHoldActors: true, undefinedKeys: 'mark', ...(onReference ? { onReference } : {}) };
  return encode(value, walk) as Json;
}

/** A value for the log. What can't be stored is turned into text. */
export function loggable(value: unknown): Json {
  try {
    return toJson(value, 'log');
  } catch {
    return String(value);
  }
}

/** One walk through a value. The path is a stack, which costs nothing until a refusal needs it. */
interface Walk {
  readonly where: string;
  readonly root: unknown;
  readonly path: (string | number)[];
  readonly mayHoldActors: boolean;
  readonly undefinedKeys: UndefinedKeys;
  readonly onReference?: (actor: AnyActorRef, path: string) => void;
}

function encode(value: unknown, walk: Walk): unknown {
  if (isKept(value) || value === undefined) return value;
  if (typeof value === 'number') throw new HostRefusal(`${pathOf(walk)} is ${value}, which JSON cannot hold: use null or a string`);
  if (typeof value !== 'object' || value === null)
    throw new HostRefusal(`${pathOf(walk)} is a ${typeof value}, which cannot be stored: keep data there`);
  if (walk.path.length > MAX_DEPTH) throw tooDeep(walk);
  if (Array.isArray(value)) return encodeArray(value, walk);
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype && Object.getPrototypeOf(prototype) !== null) {
    if (value instanceof Error) return encodeError(value, walk);
    if (walk.mayHoldActors && isActorRef(value)) {
      walk.onReference?.(value, pathOf(walk));
      return referenceTo(value);
    }
    throw new HostRefusal(
      `${pathOf(walk)} is a ${prototype.constructor?.name ?? 'class instance'}, which comes back as something else after a restart: keep plain data there`,
    );
  }
  return encodeObject(value as Record<string, unknown>, walk);
}

/**
 * A value that JSON holds as it is. Objects and arrays ask it of each part before they go into it,
 * since most parts of a context are such values.
 */
function isKept(value: unknown): boolean {
  return typeof value === 'string' || value === null || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
}

function encodeObject(value: Record<string, unknown>, walk: Walk): unknown {
  let copy: Record<string, unknown> | undefined;
  // Object.keys would make a list for each message of each turn, which was a twentieth of all
  // allocations.
  for (const key in value) {
    const part = value[key];
    if (isKept(part) || !Object.hasOwn(value, key)) continue;
    // It has lists and objects, so an object without any need not be asked.
    if (walk.mayHoldActors && isMachineSnapshot(value)) return encode(dataOf({ ...value }), walk);
    if (part === undefined) {
      if (walk.undefinedKeys === 'mark' || walk.undefinedKeys === 'drop') copy ??= { ...value };
      if (copy && walk.undefinedKeys === 'mark') copy[key] = UNDEFINED;
      if (copy && walk.undefinedKeys === 'drop') delete copy[key];
      continue;
    }
    walk.path.push(key);
    const encoded = encode(part, walk.undefinedKeys === 'markInContexts' && key === 'context' ? { ...walk, undefinedKeys: 'mark' } : walk);
    walk.path.pop();
    if (encoded !== part) {
      copy ??= { ...value };
      copy[key] = encoded;
    }
  }
  return copy ?? value;
}

function encodeArray(value: readonly unknown[], walk: Walk): unknown {
  let copy: unknown[] | undefined;
  for (let index = 0; index < value.length; index++) {
    const part = value[index];
    if (isKept(part)) continue;
    walk.path.push(index);
    if (part === undefined) throw new HostRefusal(`${pathOf(walk)} is undefined, which becomes null in an array: use null`);
    const encoded = encode(part, walk);
    walk.path.pop();
    if (encoded !== part) {
      copy ??= value.slice();
      copy[index] = encoded;
    }
  }
  return copy ?? value;
}

function encodeError(error: Error, walk: Walk): unknown {
  const facts: Record<string, unknown> = { name: error.name, message: error.message };
  if ('code' in error && typeof error.code === 'string') facts.code = error.code;
  if (error.cause !== undefined) {
    walk.path.push('cause');
    facts.cause = error.cause instanceof Error ? encode(error.cause, walk) : String(error.cause);
    walk.path.pop();
  }
  return { [ERROR_KEY]: facts };
}

function dataOf({ value, context, status, output, error }: Record<string, unknown>): Record<string, unknown> {
  return { value, context, status, output, error };
}

/** Says whether the value goes round in a circle, and where that closes. */
function tooDeep(walk: Walk): HostRefusal {
  const above = new Set<unknown>();
  let value = walk.root;
  for (const [index, step] of [...walk.path, ''].entries()) {
    if (above.has(value))
      return new HostRefusal(
        `${pathOf({ ...walk, path: walk.path.slice(0, index) })} refers to a value that it is part of: keep an id there`,
      );
    above.add(value);
    value = Reflect.get(Object(value), step);
  }
  return new HostRefusal(`${pathOf(walk)} is nested more than ${MAX_DEPTH} deep: keep it flatter`);
}

function pathOf({ where, path }: Walk): string {
  const whole = path.reduce<string>((text, step) => (typeof step === 'number' ? `${text}[${step}]` : `${text}.${step}`), where);
  return whole.length > MAX_PATH ? `${whole.slice(0, MAX_PATH)}…`.toWellFormed() : whole;
}

/** The reverse of `toJson`. Takes ownership of a freshly parsed value and changes it in place. */
export function fromJson(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  const facts = (value as Record<string, unknown>)[ERROR_KEY];
  if (facts !== undefined && typeof facts === 'object' && facts !== null) return decodeError(facts as Record<string, unknown>);
  if ((value as Record<string, unknown>)[UNDEFINED_KEY] === true) return undefined;
  for (const key of Object.keys(value)) {
    const part = (value as Record<string, unknown>)[key];
    if (part === null || typeof part !== 'object') continue;
    const decoded = fromJson(part);
    if (decoded !== part) (value as Record<string, unknown>)[key] = decoded;
  }
  return value;
}

/** As `fromJson`, on a copy. The value itself stays as it is. */
export function copyFromJson(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(copyFromJson);
  if (UNDEFINED_KEY in value) return undefined;
  if (ERROR_KEY in value) return fromJson(structuredClone(value));
  const copy: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(value)) copy[key] = part === null || typeof part !== 'object' ? part : copyFromJson(part);
  return copy;
}

function decodeError(facts: Record<string, unknown>): Error {
  const cause = fromJson(facts.cause);
  const error = new Error(String(facts.message ?? ''), cause === undefined ? undefined : { cause });
  Object.defineProperty(error, 'name', { value: String(facts.name ?? 'Error'), configurable: true, writable: true });
  if (typeof facts.code === 'string') Object.assign(error, { code: facts.code });
  return error;
}
