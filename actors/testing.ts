/**
 * For those who write machines: runs one through the real host, step by step, so that a test can compare what it does
 * with what XState's `createActor` does, or simply look.
 */
import type { AnyStateMachine } from 'xstate';
import * as z from 'zod';
import type { Json, MachineEvent } from '#machines/definition.ts';
import { InvalidInput } from '#machines/errors.ts';
import { formatAddress, type SessionId } from '#machines/ids.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import type { Store } from '#storage/port.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { defineEffect } from './effect.ts';
import { decodeEnvelope, HostedActor } from './hosted-actor.ts';
import { fromJson } from './json.ts';
import { Registry } from './registry.ts';
import { Runtime } from './runtime.ts';

export type ScriptStep = { readonly send: MachineEvent } | { readonly advance: number } | { readonly restart: true };

export interface RunDurablyOptions {
  /** The machine's input: JSON. */
  readonly input?: unknown;
  /** After every so many steps everything in memory is thrown away and read back from the store as JSON. Default: never. */
  readonly restartEvery?: number;
  /** `memory`, or the URL of a PostgreSQL database. Default `memory`. */
  readonly storage?: string;
  /** How long a step waits for promises that do not settle, in milliseconds of real time. Default 50. */
  readonly settleMs?: number;
}

/** What the machine was, and did, in one step. */
export interface TraceEntry {
  readonly value: unknown;
  /** As XState persists it: references to actors are `{xstate$$type: 1, id}`. */
  readonly context: unknown;
  readonly status: string;
  readonly output: unknown;
  readonly error: unknown;
  readonly tags: readonly string[];
  /** The custom actions of this step, in order, those of child machines among them. */
  readonly actions: readonly { readonly type: string; readonly params: unknown }[];
  /** What the root machine emitted in this step. */
  readonly emitted: readonly MachineEvent[];
  /** Delayed events that wait, the next one first; `dueIn` in milliseconds. */
  readonly timers: readonly { readonly id: string; readonly dueIn: number }[];
}

/**
 * Runs `machine` through the real host (mailbox, turn, commit, timers, outbox, invocations) under a manual clock that
 * begins at 0. Resolves to one entry for the start and one for each step.
 * Throws `HostRefusal` for a machine that can't be hosted, `InvalidInput` for a script that makes no sense.
 */
export async function runDurably(machine: AnyStateMachine, script: readonly ScriptStep[], options: RunDurablyOptions = {}): Promise<TraceEntry[]> {
  const { store, close } = await openStore(options.storage ?? 'memory');
  const run = new DurableRun(machine, store, options);
  try {
    const trace = [await run.begin()];
    for (const [index, step] of script.entries()) {
      trace.push(await run.step(step));
      if (options.restartEvery !== undefined && (index + 1) % options.restartEvery === 0) await run.restart();
    }
    return trace;
  } finally {
    await run.end();
    await close();
  }
}

/** The begin event of a durable run: no machine hears it, it only opens the session. */
const ASSISTANT = 'machine under test';

class DurableRun {
  readonly #registry: Registry;
  readonly #store: Store;
  #now = 0;
  readonly #settleMs: number;
  readonly #input: Json;
  readonly #address;
  #runtime: Runtime;
  #owners = 0;
  #sessionId: SessionId | undefined;
  #seen = 0;
  #emitted: MachineEvent[] = [];
  #troubles: unknown[] = [];

  constructor(machine: AnyStateMachine, store: Store, options: RunDurablyOptions) {
    const definition = { id: machine.id, version: 1, machine, onThrow: 'fail' } as const;
    this.#input = (options.input ?? null) as Json;
    this.#registry = new Registry({
      assistants: [{ name: ASSISTANT, definitions: [definition], input: () => this.#input }],
      effects: [],
      fallbackEffect: watchOnly,
    });
    this.#store = store;
    this.#settleMs = options.settleMs ?? 50;
    this.#address = formatAddress({ channel: 'test', account: 'durable', peer: crypto.randomUUID() });
    this.#runtime = this.#start();
  }

  async begin(): Promise<TraceEntry> {
    await this.#runtime.open({ address: this.#address, assistant: ASSISTANT });
    return this.#observe();
  }

  async step(step: ScriptStep): Promise<TraceEntry> {
    if ('send' in step) {
      if (this.#sessionId === undefined) throw new InvalidInput('the session did not open');
      await this.#runtime.deliver({ sessionId: this.#sessionId }, step.send);
    } else if ('advance' in step) {
      if (!(step.advance >= 0)) throw new InvalidInput('time only goes forward: advance by 0 ms or more');
      this.#now += step.advance;
      await this.#runtime.wakeDue();
    } else if (step.restart === true) {
      await this.restart();
    } else {
      throw new InvalidInput('a step is {send}, {advance} or {restart: true}');
    }
    return this.#observe();
  }

  /** A new process, as far as the machine can tell. */
  async restart(): Promise<void> {
    this.#runtime.abandon();
    this.#runtime = this.#start();
    await this.#runtime.sweep();
    await this.#settle();
  }

  async end(): Promise<void> {
    this.#runtime.abandon();
  }

  #start(): Runtime {
    const runtime = new Runtime({
      store: this.#store,
      registry: this.#registry,
      owner: `run-${crypto.randomUUID()}-${this.#owners++}`,
      newSessionId: () => crypto.randomUUID() as SessionId,
      // Timers fire when the script advances, all that are due in one pass: nothing rings by itself.
      clock: { now: () => this.#now, after: () => () => {} },
      // What a killed process held is free at once.
      leaseMs: 0,
      graceMs: 0,
      trouble: (_where, error) => this.#troubles.push(error),
    });
    runtime.watch(this.#address, (_sessionId, event) => {
      if (event.type === 'emitted') this.#emitted.push(event.event);
    });
    return runtime;
  }

  /** Waits until nothing moves any more; promises that do not settle are waited for `settleMs`. */
  async #settle(): Promise<void> {
    let deadline = performance.now() + this.#settleMs;
    for (let quiet = 0; quiet < 3; ) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#runtime.busy) {
        quiet = 0;
        deadline = performance.now() + this.#settleMs;
      } else if (this.#runtime.running === 0 || performance.now() >= deadline) quiet++;
    }
  }

  async #observe(): Promise<TraceEntry> {
    await this.#settle();
    const row = await this.#store.load({ address: this.#address });
    if (this.#troubles.length > 0) throw this.#troubles[0];
    if (!row) throw new InvalidInput('the session did not open');
    this.#sessionId = row.id;
    const envelope = decodeEnvelope(row.snapshot);
    const actor = HostedActor.restore(this.#registry.assistant(ASSISTANT)!.newest.definition, envelope);
    const entries = await this.#store.journal(row.id, this.#seen, 10_000);
    this.#seen = row.version;
    const actions = entries.flatMap(({ payload }) => {
      const type: unknown = Reflect.get(Object(payload), 'effect') ?? Reflect.get(Object(payload), 'action');
      return typeof type === 'string' ? [{ type, params: Reflect.get(Object(payload), 'params') ?? undefined }] : [];
    });
    const emitted = this.#emitted;
    this.#emitted = [];
    const { value, context, status, output, error } = envelope.snapshot;
    return {
      value,
      context: fromJson(structuredClone(context)),
      status,
      output: fromJson(structuredClone(output)),
      error: fromJson(structuredClone(error)),
      tags: [...actor.view().tags],
      actions,
      emitted,
      timers: actor
        .timers()
        .filter(({ cancellable }) => cancellable)
        .map(({ id, due }) => ({ id, dueIn: due - this.#now })),
    };
  }
}

/** Takes every action and does nothing: the journal is what the trace reads. */
const watchOnly = defineEffect({ type: '*', params: z.unknown(), lane: 'address', run: async () => undefined });

async function openStore(storage: string): Promise<{ store: Store; close: () => Promise<void> }> {
  const opened = storage === 'memory' ? createMemoryStore() : await createPostgresStore({ connectionString: storage });
  return { store: opened.store, close: () => opened.close() };
}
