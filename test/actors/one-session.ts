/** One session on a memory store, under a clock that the test moves. */
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { AnyStateMachine } from 'xstate';
import * as z from 'zod';
import type { Receipt } from '#actors/contract/api.ts';
import { defineEffect } from '#actors/contract/effect.ts';
import { Registry } from '#actors/contract/registry.ts';
import type { ActorInput } from '#actors/interpreter/input.ts';
import { decodeSnapshot, type StoredSnapshot } from '#actors/interpreter/stored-snapshot.ts';
import { inputOf } from '#actors/session/journal-payload.ts';
import { replay } from '#actors/session/replay.ts';
import { TestRuntime } from '#actors/testing/test-runtime.ts';
import type { Json, MachineDefinition, MachineEvent } from '#machines/definition.ts';
import { formatAddress, parseSessionId } from '#machines/ids.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import type { JournalEntry, SessionRow } from '#storage/port.ts';

const LEASE_MS = 1;

export type OneSessionOptions = Partial<Omit<MachineDefinition, 'machine'>> & {
  readonly input?: Json;
  readonly quarantine?: MachineDefinition;
};

export class OneSession {
  readonly store = createMemoryStore().store;
  readonly address = formatAddress({ channel: 'test', account: 'one', peer: crypto.randomUUID() });
  readonly errors: unknown[] = [];
  now = 1_000;
  #late = 0;
  #restarts = 0;
  registry: Registry;
  runtime: TestRuntime;
  readonly #options: OneSessionOptions;

  constructor(machine: AnyStateMachine, options: OneSessionOptions = {}) {
    this.#options = options;
    this.registry = this.#register([{ id: 'm', version: 1, machine, ...options }]);
    this.runtime = this.#start();
  }

  /** Takes other versions of the machine into use, as a new release would. */
  async release(definitions: readonly MachineDefinition[]): Promise<void> {
    this.registry = this.#register(definitions);
    await this.restart();
  }

  #register(definitions: readonly MachineDefinition[]): Registry {
    const { input, quarantine } = this.#options;
    return new Registry({
      assistants: [{ name: 'a', definitions, input: () => input }],
      effects: [],
      fallbackEffect: defineEffect({ type: '*', params: z.unknown(), lane: 'address', run: async () => undefined }),
      ...(quarantine ? { quarantine: { name: 'quarantine', definitions: [quarantine], input: () => null } } : {}),
    });
  }

  #start(): TestRuntime {
    return new TestRuntime({
      store: this.store,
      registry: this.registry,
      owner: crypto.randomUUID(),
      newSessionId: () => parseSessionId(crypto.randomUUID()),
      clock: { now: () => this.now + this.#late, after: () => () => {} },
      leaseMs: LEASE_MS,
      graceMs: 0,
      onError: (_where, error) => this.errors.push(error),
    });
  }

  async open(): Promise<void> {
    await this.runtime.open({ address: this.address, assistant: 'a' });
    await this.settle();
  }

  async send(event: MachineEvent): Promise<Receipt> {
    const { id } = await this.row();
    const receipt = await this.runtime.deliver({ sessionId: id }, event);
    await this.settle();
    return receipt;
  }

  async advance(ms: number): Promise<void> {
    this.now += ms;
    await this.runtime.wakeDue();
    await this.settle();
  }

  async restart(): Promise<void> {
    this.runtime.abandon();
    this.runtime = this.#start();
    // The old runtime's claims are free once its lease is over. Work that it had taken over itself
    // was taken that late.
    this.#late = LEASE_MS * ++this.#restarts;
    await this.runtime.sweep();
    this.#late = 0;
    await this.settle();
  }

  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 5; quiet = this.runtime.busy ? 0 : quiet + 1) await turnOfTheLoop();
  }

  close(): void {
    this.runtime.abandon();
  }

  async row(): Promise<SessionRow> {
    const row = await this.store.load({ address: this.address });
    if (!row) throw new Error('the session did not open');
    return row;
  }

  async snapshot(): Promise<StoredSnapshot> {
    return decodeSnapshot((await this.row()).snapshot);
  }

  async context(): Promise<unknown> {
    return (await this.snapshot()).machine.context;
  }

  async journal(): Promise<readonly JournalEntry[]> {
    return this.store.journal((await this.row()).id, 0, 10_000);
  }

  /**
   * The stored form of what the journal's inputs make of the machine. To be compared with `stored`.
   */
  async replayed(): Promise<unknown> {
    return plain(replay(this.registry, await this.row(), await this.journal()).snapshot);
  }

  async stored(): Promise<unknown> {
    const { lineage: _, ...stored } = Object((await this.row()).snapshot);
    return plain(stored);
  }

  /** The journalled inputs of one kind. */
  async inputs(kind: ActorInput['kind']): Promise<readonly ActorInput[]> {
    return (await this.journal()).flatMap(({ payload }) => inputOf(payload) ?? []).filter((input) => input.kind === kind);
  }
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
