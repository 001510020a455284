/**
 * The ECMAScript data model of one SCXML document. Expressions and scripts run in a realm of their
 * own. The data is a plain object that the machine keeps in its context, and is put into the realm
 * for each evaluation, so nothing but functions of top-level scripts lives in between.
 */
import { createContext, runInContext } from 'node:vm';

export type Data = Readonly<Record<string, unknown>>;

/** What an expression reads beside the data. */
export interface Scope {
  readonly data: Data;
  readonly event: object | undefined;
  readonly session: string;
  /** Ids of the states that the machine is in. */
  readonly active: readonly string[];
}

const SYSTEM = /^_/;
/** Makes a copy whose arrays are those of the realm, which scripts test with `instanceof`. */
const COPY = `(function copy(value) {
  if (Array.isArray(value)) return Array.from(value, copy);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, copy(part)]));
})`;

export class Datamodel {
  readonly #realm: Record<string, unknown> = {};
  readonly #name: string;
  readonly #copy: (data: Data) => object;
  /** Names that the realm has from its scripts, which are no data. */
  #built: ReadonlySet<string> = new Set();

  /** `scripts` are those of the top level. What they declare is data, except functions. */
  constructor(name: string, scripts: readonly string[]) {
    this.#name = name;
    createContext(this.#realm);
    this.#copy = runInContext(COPY, this.#realm) as (data: Data) => object;
    this.#enter({ data: {}, event: undefined, session: '', active: [] });
    for (const script of scripts) runInContext(script, this.#realm);
    this.#built = new Set(Object.keys(this.#realm).filter((key) => typeof this.#realm[key] === 'function'));
  }

  /** What the scripts of the top level declared. */
  scriptData(): Data {
    return this.#leave();
  }

  value(expression: string, scope: Scope): unknown {
    this.#enter(scope);
    return own(runInContext(`(${expression.replace(/;\s*$/, '')})`, this.#realm));
  }

  /** Returns the data after the script. */
  run(script: string, scope: Scope): Data {
    this.#enter(scope);
    runInContext(script, this.#realm);
    return this.#leave();
  }

  /** Returns the data with `value` at the location. */
  assign(location: string, value: unknown, scope: Scope): Data {
    const name = /^\s*([\p{L}$_][\p{L}\p{N}$_]*)/u.exec(location)?.[1];
    if (name === undefined || SYSTEM.test(name) || !(name in scope.data)) throw new Error(`${location} can't be assigned`);
    this.#enter(scope);
    this.#realm._value = value;
    runInContext(`${location} = _value`, this.#realm);
    return this.#leave();
  }

  #enter({ data, event, session, active }: Scope): void {
    for (const key of Object.keys(this.#realm)) if (!this.#built.has(key)) delete this.#realm[key];
    const processor = { location: `#_scxml_${session}` };
    Object.assign(this.#realm, this.#copy(data), {
      In: (id: string) => active.includes(id),
      _event: event,
      _sessionid: session,
      _name: this.#name,
      _ioprocessors: { 'http://www.w3.org/TR/scxml/#SCXMLEventProcessor': processor, scxml: processor },
      _x: {},
    });
  }

  #leave(): Data {
    const data: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(this.#realm)) {
      if (key !== 'In' && !SYSTEM.test(key) && !this.#built.has(key) && typeof value !== 'function') data[key] = own(value);
    }
    return data;
  }
}

/** The value with objects of this realm. What cannot be copied stays, and the host refuses it. */
function own(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return value;
  }
}
