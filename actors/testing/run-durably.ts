/**
 * `runDurably` is for authors of machines. It runs a machine through the real host, step by step,
 * so that a test can compare it with XState's `createActor`, or just read what it did.
 */
import type { AnyStateMachine } from 'xstate';
import * as z from 'zod';
import type { MachineDefinition, MachineEvent } from '#machines/definition.ts';
import { InvalidInput, StatechatError } from '#machines/errors.ts';
import { type Address, formatAddress, parseSessionId, type SessionId } from '#machines/ids.ts';
import type { Store } from '#storage/port.ts';
import { defineEffect } from '../contract/effect.ts';
import { Registry } from '../contract/registry.ts';
import { HostedActor } from '../interpreter/hosted-actor.ts';
import { fromJson, HostRefusal, toJson } from '../interpreter/serialize.ts';
import { decodeSnapshot, type StoredSnapshot } from '../interpreter/stored-snapshot.ts';
import { SingleThreadOrder } from '../invocations/settle-order.ts';
import { TestRuntime } from './test-runtime.ts';
import { openTestStore } from './test-store.ts';

export type ScriptStep = { readonly send: MachineEvent } | { readonly advance: number } | { readonly restart: true };

export interface RunDurablyOptions {
  /** The machine's input, as JSON. */
  readonly input?: unknown;
  /**
   * After this many steps each time, everything in memory is dropped and read back from the store
   * as JSON. Default is never.
   */
  readonly restartEvery?: number;
  /** `memory`, or the URL of a PostgreSQL database. Default `memory`. */
  readonly storage?: string;
  /**
   * How long a promise may run, in milliseconds of real time since it began. A promise that has no
   * timer and no request in this process may run for 50 ms. Default: 1,000.
   */
  readonly settleMs?: number;
}

/** What the machine was, and did, in one step. */
export interface TraceEntry {
  readonly value: unknown;
  /** The snapshot as XState persists it. References to actors are `{xstate$$type: 1, id}`. */
  readonly context: unknown;
  readonly status: string;
  readonly output: unknown;
  readonly error: unknown;
  readonly tags: readonly string[];
  /** The custom actions of this step, in order, those of child machines among them. */
  readonly actions: readonly { readonly type: string; readonly params: unknown }[];
  /** What the root machine emitted in this step. */
  readonly emitted: readonly MachineEvent[];
  /** Delayed events that wait, the next one first. `dueIn` is in milliseconds. */
  readonly timers: readonly { readonly id: string; readonly dueIn: number }[];
}

/**
 * Runs `machine` through the real host (mailbox, turn, commit, timers, outbox, invocations) under a
 * manual clock that begins at 0. Resolves to one entry for the start and one for each step. Throws
 * `HostRefusal` for a machine that can't be hosted, `InvalidInput` for a script that makes no
 * sense.
 */
export async function runDurably(
  machine: AnyStateMachine,
  script: readonly ScriptStep[],
  options: RunDurablyOptions = {},
): Promise<TraceEntry[]> {
  const { store, close } = await openTestStore(options.storage ?? 'memory');
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

/** Time within which a machine has to come to rest, in milliseconds. */
const REST_MS = 10_000;
/** What a promise gets that nothing seems to be at work on, in milliseconds. */
const IDLE_PROMISE_MS = 50;

/**
 * In milliseconds. The shortest possible lease, because work is done in the moment that requests
 * it.
 */
const LEASE_MS = 1;

const ASSISTANT = 'machine under test';

/** What the store itself may have open. */
const STORES: ReadonlySet<string> = new Set(['Immediate', 'TCPSocketWrap', 'PipeWrap']);

class DurableRun {
  readonly #registry: Registry;
  readonly #store: Store;
  #now = 0;
  /** A new process takes over what another held once its lease is over. */
  #late = 0;
  readonly #settleMs: number;
  readonly #definition: MachineDefinition;
  readonly #address: Address;
  #runtime: TestRuntime;
  #order = new SingleThreadOrder();
  #owners = 0;
  #sessionId: SessionId | undefined;
  #seen = 0;
  #emitted: MachineEvent[] = [];
  readonly #errors: { readonly where: string; readonly error: unknown }[] = [];
  /** What kept the process alive before the machine did anything. */
  #resources = activeResources();

  constructor(machine: AnyStateMachine, store: Store, options: RunDurablyOptions) {
    this.#definition = { id: machine.id, version: 1, machine, onThrow: 'fail' };
    const input = options.input === undefined ? undefined : toJson(options.input, 'input');
    this.#registry = new Registry({
      assistants: [{ name: ASSISTANT, definitions: [this.#definition], input: () => input }],
      effects: [],
      fallbackEffect: watchOnly,
    });
    this.#store = store;
    this.#settleMs = options.settleMs ?? 1_000;
    this.#address = formatAddress({ channel: 'test', account: 'durable', peer: crypto.randomUUID() });
    this.#runtime = this.#start();
  }

  async begin(): Promise<TraceEntry> {
    await this.#runtime.open({ address: this.#address, assistant: ASSISTANT });
    return this.#observe();
  }

  async step(step: ScriptStep): Promise<TraceEntry> {
    this.#order.restart();
    if ('send' in step) {
      if (this.#sessionId === undefined) throw new InvalidInput('the session did not open');
      const { parked } = await this.#runtime.deliver({ sessionId: this.#sessionId }, step.send);
      if (parked !== undefined) throw new HostRefusal(parked);
    } else if ('advance' in step) {
      if (!(step.advance >= 0 && Number.isFinite(step.advance)))
        throw new InvalidInput('time only goes forward: advance by a number of milliseconds from 0 up');
      this.#now += step.advance;
      await this.#runtime.wakeDue();
    } else if (step.restart === true) {
      await this.restart();
    } else {
      throw new InvalidInput('a step is {send}, {advance} or {restart: true}');
    }
    return this.#observe();
  }

  /** Starts a new runtime, as a new process would. */
  async restart(): Promise<void> {
    this.#runtime.abandon();
    this.#runtime = this.#start();
    // What the process before it took over, it took that late.
    this.#late = LEASE_MS * this.#owners;
    await this.#runtime.sweep();
    this.#late = 0;
    await this.#settle();
  }

  async end(): Promise<void> {
    this.#runtime.abandon();
  }

  #start(): TestRuntime {
    this.#order = new SingleThreadOrder();
    const runtime = new TestRuntime({
      store: this.#store,
      registry: this.#registry,
      owner: `run-${crypto.randomUUID()}-${this.#owners++}`,
      newSessionId: () => parseSessionId(crypto.randomUUID()),
      // Timers fire when the script advances, all that are due in one pass. None fires by itself.
      clock: { now: () => this.#now + this.#late, after: () => () => {} },
      leaseMs: LEASE_MS,
      graceMs: 0,
      settleOrder: this.#order,
      onError: (where, error) => this.#errors.push({ where, error }),
    });
    runtime.watch(this.#address, (_sessionId, event) => {
      if (event.type === 'emitted' && event.runId === undefined) this.#emitted.push(fromJson(structuredClone(event.event)) as MachineEvent);
    });
    return runtime;
  }

  /** Waits until nothing moves any more, and no promise can. */
  async #settle(): Promise<void> {
    const began = performance.now();
    for (let quiet = 0, rounds = 0; quiet < 3; rounds++) {
      await new Promise<void>((resolve) => (rounds < 50 ? setImmediate(resolve) : setTimeout(resolve, 1)));
      this.#throwFirstError();
      const moved = this.#runtime.busy || this.#order.passOn();
      quiet = moved || this.#promiseMaySettle() ? 0 : quiet + 1;
      if (performance.now() - began > REST_MS)
        throw new InvalidInput(`the machine did not come to rest within ${REST_MS} ms: does it go round in circles?`);
    }
  }

  #promiseMaySettle(): boolean {
    const began = this.#runtime.youngestPromise;
    const resources = activeResources();
    if (began === undefined) {
      this.#resources = fewer(this.#resources, resources);
      return false;
    }
    const waited = performance.now() - began;
    return waited < this.#settleMs && (waited < IDLE_PROMISE_MS || somethingNew(resources, this.#resources));
  }

  #throwFirstError(): void {
    const [first] = this.#errors;
    if (!first) return;
    const { where, error } = first;
    if (error instanceof StatechatError) throw error;
    throw new HostRefusal(
      `${where} failed: ${error instanceof Error ? error.message : String(error)}. It runs after its turn is stored, so it can't fail the machine: let it send an event instead`,
    );
  }

  async #observe(): Promise<TraceEntry> {
    await this.#settle();
    const row = await this.#store.load({ address: this.#address });
    if (!row) throw new InvalidInput('the session did not open');
    this.#sessionId = row.id;
    const snapshot = decodeSnapshot(row.snapshot);
    const actor = HostedActor.restore(this.#definition, snapshot);
    const entries = await this.#store.journal(row.id, this.#seen, 10_000);
    this.#seen = row.version;
    const parked = entries.find(({ kind }) => kind === 'parked');
    if (parked) throw new HostRefusal(String(Reflect.get(Object(parked.payload), 'reason')));
    const actions = entries.flatMap(({ payload }) => {
      const type: unknown = Reflect.get(Object(payload), 'effect') ?? Reflect.get(Object(payload), 'action');
      return typeof type === 'string'
        ? [{ type, params: fromJson(structuredClone(Reflect.get(Object(payload), 'params'))) ?? undefined }]
        : [];
    });
    const emitted = this.#emitted;
    this.#emitted = [];
    const { value, context, status, output, error } = snapshot.machine;
    if (status === 'error') refuseSurvivors(snapshot);
    return {
      value,
      context: fromJson(structuredClone(context)),
      status,
      output: fromJson(structuredClone(output)),
      error: fromJson(structuredClone(error)),
      tags: snapshot.tags ?? [...actor.view().tags],
      actions,
      emitted,
      timers: actor
        .timers()
        .filter(({ cancellable }) => cancellable)
        .map(({ id, due }) => ({ id, dueIn: due - this.#now })),
    };
  }
}

/**
 * Refuses children that outlive their machine. `createActor` lets child machines of one that failed
 * run on. A failed session is over, and nothing in it moves any more.
 */
function refuseSurvivors({ machine, detachedChildren = [] }: StoredSnapshot): void {
  const children = Object.entries(machine.children ?? {}).map(([id, child]) => [id, Reflect.get(Object(child), 'snapshot')] as const);
  for (const [id, survivor] of [...children, ...detachedChildren.map((child) => [child.id, child.snapshot] as const)]) {
    if (Reflect.get(Object(survivor), 'status') !== 'active' || !('value' in Object(survivor))) continue;
    throw new HostRefusal(
      `the session's machine failed while the machine "${id}" still ran, and ended it: let the failure be handled (onError), or stop "${id}" first`,
    );
  }
}

/** Takes every action and does nothing, because the trace reads the journal. */
const watchOnly = defineEffect({ type: '*', params: z.unknown(), lane: 'address', run: async () => undefined });

function activeResources(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo()) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}

function fewer(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  return new Map([...one].map(([type, count]) => [type, Math.min(count, other.get(type) ?? 0)]));
}

function somethingNew(now: ReadonlyMap<string, number>, before: ReadonlyMap<string, number>): boolean {
  return [...now].some(([type, count]) => !STORES.has(type) && count > (before.get(type) ?? 0));
}
