/**
 * Sandboxes over the store's expiring records. A record has the origin and the steps. The sandbox
 * itself is made from them, and kept in memory as long as there is room.
 */
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { v7 as uuidv7 } from 'uuid';
import * as z from 'zod';
import type { Registry } from '#actors/contract/registry.ts';
import { runInvocation } from '#actors/sandbox/run-invocation.ts';
import { type PlayedStep, Sandbox, type SandboxStart } from '#actors/sandbox/sandbox.ts';
import { json, type SandboxStep, sandboxStep } from '#actors/sandbox/steps.ts';
import type { Clock } from '#machines/clock.ts';
import { InvalidInput, StatechatError } from '#machines/errors.ts';
import { parseSessionId } from '#machines/ids.ts';
import type { ExpiringRecord, ExpiringRecords } from '#storage/expiring-records.ts';
import type { SessionRow, Store } from '#storage/port.ts';
import type { Replays } from '../operations/replays.ts';
import type { KeptSandbox, Sandboxes, SandboxModel } from '../operations/sandbox-port.ts';
import { testFileOf } from './test-file.ts';

export interface KeptSandboxesParts {
  readonly records: ExpiringRecords;
  readonly store: Pick<Store, 'load'>;
  readonly replays: Replays;
  readonly registry: Registry;
  /**
   * Assistants whose runs call this model, with nothing that leaves. Undefined if it may not be
   * used.
   */
  readonly runsWith: (model: SandboxModel) => Registry | undefined;
  readonly clock: Clock;
  readonly onError: (where: string, error: unknown) => void;
}

export interface KeptSandboxes extends Sandboxes {
  /** Begins to delete what has expired, from time to time. */
  start(): void;
  stop(): void;
}

/** How long a sandbox is kept after its last step, and in all, in milliseconds. */
const KEEP_MS = 2 * 3_600_000;
const KEEP_AT_MOST_MS = 24 * 3_600_000;
/** Steps of a sandbox. Another instance plays them all. */
const MOST_STEPS = 500;
/** The oldest of an agent makes room for the next one. */
const MOST_OF_AN_AGENT = 10;
const MOST = 500;
/** Sandboxes in memory. */
const IN_MEMORY = 50;
/** How long a run may take, in milliseconds. */
const RUN_MS = 60_000;
/** Pause between two deletions of what has expired, in milliseconds, and records of one step. */
const FORGET_EVERY_MS = 600_000;
const FORGOTTEN = 100;
/** Steps that are played before others get the thread. */
const SLICE = 25;

const content = z.strictObject({
  origin: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('machine'),
      assistant: z.string(),
      machine: z.strictObject({ id: z.string(), version: z.int() }),
      input: json.exactOptional(),
    }),
    z.strictObject({ kind: z.literal('fork'), sessionId: z.string().transform(parseSessionId), seq: z.int() }),
  ]),
  startedAt: z.number(),
  steps: z.array(sandboxStep),
});
type Content = z.infer<typeof content>;

interface Live {
  readonly version: number;
  readonly sandbox: Sandbox;
}

export function keptSandboxes(parts: KeptSandboxesParts): KeptSandboxes {
  const { records, store, replays, registry, runsWith, clock, onError } = parts;
  const live = new LRUCache<string, Live>({ max: IN_MEMORY });
  const busy = new Map<string, Promise<unknown>>();
  let cancelForget = (): void => {};

  async function recordOf(id: string): Promise<ExpiringRecord> {
    const record = await records.expiringRecord('sandbox', id, clock.now());
    if (record === undefined) throw new StatechatError('not_found', 'There is no such sandbox, or it has expired.');
    return record;
  }

  /**
   * The session of a fork, read each time. One that was deleted takes its sandboxes along, also
   * those in memory, and who holds it decides who sees its personal data.
   */
  async function forkedFrom({ sessionId }: Content['origin'] & { readonly kind: 'fork' }): Promise<SessionRow> {
    const row = await store.load({ id: sessionId });
    if (row === undefined) throw new StatechatError('not_found', 'The session of this sandbox was deleted, and the sandbox with it.');
    return row;
  }

  async function startOf(id: string, { origin, startedAt }: Content): Promise<SandboxStart> {
    if (origin.kind === 'machine') return { ...origin, sessionId: parseSessionId(id), at: startedAt };
    const row = await forkedFrom(origin);
    const { checkpoint, at } = await replays.checkpointAt(row, origin.seq);
    return { kind: 'fork', row, checkpoint, seq: origin.seq, at };
  }

  async function make(id: string, made: Content): Promise<Sandbox> {
    const sandbox = begun(registry, await startOf(id, made));
    for (const [index, step] of made.steps.entries()) {
      if (index % SLICE === SLICE - 1) await turnOfTheLoop();
      sandbox.play(step);
    }
    return sandbox;
  }

  async function open({ id, version, ...record }: ExpiringRecord): Promise<KeptSandbox> {
    const made = content.parse(record.content);
    let agentId: string | null | undefined;
    try {
      agentId = made.origin.kind === 'fork' ? (await forkedFrom(made.origin)).agentId : undefined;
    } catch (error) {
      live.delete(id);
      throw error;
    }
    const known = live.get(id);
    const sandbox = known?.version === version ? known.sandbox : await make(id, made);
    live.set(id, { version, sandbox });
    const { owner, expiresAt } = record;
    return { id, owner, version, expiresAt, sandbox, agentId, origin: made.origin, startedAt: made.startedAt, steps: made.steps };
  }

  /** One at a time for each sandbox. Another instance is kept out by the version. */
  async function inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    const before = busy.get(id) ?? Promise.resolve();
    const done = before.catch(() => undefined).then(work);
    busy.set(id, done);
    try {
      return await done;
    } finally {
      if (busy.get(id) === done) busy.delete(id);
    }
  }

  async function extended(kept: KeptSandbox, record: ExpiringRecord, steps: readonly SandboxStep[]) {
    if (kept.steps.length + steps.length > MOST_STEPS) {
      throw new StatechatError('no_room', `A sandbox takes at most ${MOST_STEPS} steps. Save it as a test, and begin another one.`);
    }
    const next: ExpiringRecord = {
      ...record,
      version: record.version + 1,
      content: storable({ origin: kept.origin, startedAt: kept.startedAt, steps: [...kept.steps, ...steps] }),
      expiresAt: Math.min(clock.now() + KEEP_MS, record.createdAt + KEEP_AT_MOST_MS),
    };
    const played: PlayedStep[] = [];
    try {
      for (const step of steps) played.push(kept.sandbox.play(step));
      if (!(await records.putExpiringRecord(next, clock.now()))) throw conflict();
    } catch (error) {
      // It may have taken a part of the steps.
      live.delete(kept.id);
      throw error;
    }
    live.set(kept.id, { version: next.version, sandbox: kept.sandbox });
    return { kept: await open(next), played };
  }

  function logicOf({ sandbox }: KeptSandbox, serial: number, model: SandboxModel) {
    const path = sandbox.invocations.find((pending) => pending.serial === serial)?.path;
    const assistant = runsWith(model)?.assistant(sandbox.row.assistant);
    const { id, version } = sandbox.machine.definition;
    if (
      path === undefined ||
      assistant === undefined ||
      !assistant.binding.definitions.some((one) => one.id === id && one.version === version)
    )
      return undefined;
    const logic = assistant.machineOf(assistant.versions.find(id, version)).logic(path);
    return logic !== undefined && assistant.binding.modelRuns?.has(logic) === true ? logic : undefined;
  }

  async function forget(): Promise<void> {
    while ((await records.forgetExpiringRecords(clock.now(), FORGOTTEN)) === FORGOTTEN);
  }

  const schedule = (): void => {
    cancelForget = clock.after(FORGET_EVERY_MS, () => {
      forget().catch((error: unknown) => onError('deleting expired sandboxes', error));
      schedule();
    });
  };

  return {
    async begin(owner, origin) {
      const own = await records.expiringRecords('sandbox', owner, MOST_OF_AN_AGENT, clock.now());
      const oldest = own.length < MOST_OF_AN_AGENT ? undefined : own.at(-1);
      if (oldest !== undefined) await records.removeExpiringRecord('sandbox', oldest.id);
      else if ((await records.expiringRecords('sandbox', undefined, MOST, clock.now())).length >= MOST) {
        throw new StatechatError('no_room', `There are ${MOST} sandboxes already. End one that is not needed.`);
      }
      const id = uuidv7();
      const createdAt = clock.now();
      const made: Content = { origin, startedAt: createdAt, steps: [] };
      const sandbox = await make(id, made);
      const record: ExpiringRecord = {
        ...{ kind: 'sandbox', id, owner, version: 1, createdAt },
        content: storable(made),
        expiresAt: createdAt + KEEP_MS,
      };
      await records.putExpiringRecord(record, createdAt);
      live.set(id, { version: 1, sandbox });
      return open(record);
    },

    get: (id) => inTurn(id, async () => open(await recordOf(id))),

    play: (id, version, steps) =>
      inTurn(id, async () => {
        const record = await recordOf(id);
        if (record.version !== version) throw conflict();
        return extended(await open(record), record, steps);
      }),

    run: (id, version, serial, model, signal) =>
      inTurn(id, async () => {
        const record = await recordOf(id);
        if (record.version !== version) throw conflict();
        const kept = await open(record);
        const { sandbox } = kept;
        const invocation = sandbox.invocations.find((pending) => pending.serial === serial);
        if (invocation === undefined) throw new InvalidInput(`No invocation ${serial} waits for an outcome.`);
        const logic = logicOf(kept, serial, model);
        if (logic === undefined) {
          throw new InvalidInput(`"${invocation.id}" cannot be run with the ${model} model here. Choose its outcome.`);
        }
        const { address } = sandbox.row;
        const steps = await runInvocation({ invocation, logic, sessionId: parseSessionId(id), address, signal, timeoutMs: RUN_MS });
        return extended(kept, record, steps);
      }),

    modelsFor: (kept, serial) => (['offline', 'real'] as const).filter((model) => logicOf(kept, serial, model) !== undefined),

    async testFile({ id, origin, startedAt, steps }, { title, expected }) {
      const start = await startOf(id, { origin, startedAt, steps: [] });
      // The checkpoint has the snapshot.
      const smaller = start.kind === 'fork' ? { ...start, row: { ...start.row, snapshot: null } } : start;
      return testFileOf({ title, start: smaller, steps, expected });
    },

    end: (id) =>
      inTurn(id, async () => {
        live.delete(id);
        return records.removeExpiringRecord('sandbox', id);
      }),

    start: schedule,
    stop: () => cancelForget(),
  };
}

/** A machine that cannot begin is the caller's choice. */
function begun(registry: Registry, start: SandboxStart): Sandbox {
  try {
    return new Sandbox(registry, start);
  } catch (error) {
    if (error instanceof StatechatError) throw error;
    throw new InvalidInput(`The machine cannot begin here: ${error instanceof Error ? error.message : String(error)}`, {}, error);
  }
}

function conflict(): StatechatError {
  return new StatechatError('conflict', 'Somebody else played a step meanwhile. Read the sandbox again.');
}

function storable(made: Content): ExpiringRecord['content'] {
  return z.json().parse(JSON.parse(JSON.stringify(made)));
}
