/** How long sandboxes are kept, for whom, and what two people do in one. */
import { beforeEach, describe, expect, test } from 'vitest';
import { Sandbox } from '#actors/sandbox/sandbox.ts';
import { companion } from '#assistants/companion/assistant.ts';
import { parseSessionId } from '#machines/ids.ts';
import { agentCaller } from '#src/agents/scopes.ts';
import { createReadingRegistry } from '#src/cli/reading-registry.ts';
import { type Caller, tokenCaller } from '#src/operations/caller.ts';
import { machineFinder } from '#src/operations/machine-graphs.ts';
import { type Operation, runOperation } from '#src/operations/operation.ts';
import { operations } from '#src/operations/operations.ts';
import { engineOf } from '#src/replay/replay-engine.ts';
import { SessionReplays } from '#src/replay/session-replays.ts';
import { keptSandboxes } from '#src/sandbox/kept-sandboxes.ts';
import { testContext } from '#test/src/operations/test-context.ts';

const AT = 1_790_000_000_000;
const HOUR = 3_600_000;
const sessionId = parseSessionId('01890a5d-ac96-774b-bcce-b302099a8001');
const registry = createReadingRegistry({ assistants: [companion] });
const message = (id: string) => ({ do: 'send', event: { type: 'customer.message', id, text: 'hello' } }) as const;
const origin = { kind: 'machine', assistant: 'companion', machine: { id: 'session', version: 3 } } as const;

let now = AT;
/** The session is in the store no more. */
let isDeleted = false;
let parts: ReturnType<typeof setUp>;

function setUp() {
  const { context, lifecycle } = testContext({ now: () => now });
  const { store, expiringRecords: records } = lifecycle;
  const reading: Pick<typeof store, 'load'> = { load: async (key) => (isDeleted ? undefined : store.load(key)) };
  const due: (() => void)[] = [];
  const clock = {
    now: () => now,
    after: (_: number, then: () => void) => {
      due.push(then);
      return () => {};
    },
  };
  const errors: unknown[] = [];
  const replays = new SessionReplays({ store, engine: engineOf(registry) });
  const instance = () =>
    keptSandboxes({
      records,
      store: reading,
      replays,
      registry,
      runsWith: () => undefined,
      clock,
      onError: (_, error) => errors.push(error),
    });
  const sandboxes = instance();
  return {
    ...{ sandboxes, instance, records, store, due, errors },
    context: { ...context, replays, sandboxes, machineOf: machineFinder(registry) },
  };
}

beforeEach(() => {
  now = AT;
  isDeleted = false;
  parts = setUp();
});

/** A stored session that the agent holds, to be forked. */
async function stored(agentId: string | null): Promise<void> {
  const sandbox = new Sandbox(registry, { ...origin, sessionId, at: AT });
  sandbox.play(message('m1'));
  const session = { ...sandbox.row, id: sessionId, agentId };
  const journal = sandbox.journal.map((entry) => ({ ...entry, sessionId }));
  const turn = { session, expectedVersion: 0, journal, work: [], settled: [], deliveries: [], lineage: [] };
  expect(await parts.store.commit([turn], 'test', 0)).toEqual([{ ok: true }]);
}

const run = (operation: Operation, caller: Caller, input: object) => runOperation(operation, { ...parts.context, caller }, () => input);

describe('a sandbox ends', () => {
  test('two hours after its last step, and a day after its beginning whatever is played', async () => {
    const { sandboxes } = parts;
    const { id } = await sandboxes.begin('ann', origin);
    expect((await sandboxes.get(id)).expiresAt).toBe(AT + 2 * HOUR);
    let version = 1;
    for (let hour = 1; hour < 24; hour += 1) {
      now = AT + hour * HOUR;
      const { kept } = await sandboxes.play(id, version, [message(`m${hour}`)]);
      version = kept.version;
      expect(kept.expiresAt).toBe(Math.min(now + 2 * HOUR, AT + 24 * HOUR));
    }
    now = AT + 24 * HOUR;
    await expect(sandboxes.get(id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(sandboxes.play(id, version, [message('late')])).rejects.toMatchObject({ code: 'not_found' });
  });

  test('and is deleted from the store by itself', async () => {
    const { sandboxes, records, due, errors } = parts;
    const { id } = await sandboxes.begin('ann', origin);
    sandboxes.start();
    now = AT + 3 * HOUR;
    due.shift()?.();
    await expect.poll(() => due.length).toBe(1);
    // By the time of its beginning it would still be there.
    await expect.poll(() => records.expiringRecord('sandbox', id, AT)).toBeUndefined();
    expect(errors).toEqual([]);
  });

  test('when somebody ends it, and makes room when an agent has too many', async () => {
    const { sandboxes } = parts;
    const { id } = await sandboxes.begin('ann', origin);
    expect([await sandboxes.end(id), await sandboxes.end(id)]).toEqual([true, false]);
    const ids: string[] = [];
    for (let nth = 0; nth < 11; nth += 1) {
      now += 1;
      ids.push((await sandboxes.begin('ann', origin)).id);
    }
    await expect(sandboxes.get(ids[0] ?? '')).rejects.toMatchObject({ code: 'not_found' });
    expect((await sandboxes.get(ids[10] ?? '')).owner).toBe('ann');
  });

  test('with the session that it was forked from, also on the instance that has it in memory', async () => {
    await stored('ann');
    const { sandboxes } = parts;
    const { id } = await sandboxes.begin('ann', { kind: 'fork', sessionId, seq: 1 });
    expect((await sandboxes.get(id)).agentId).toBe('ann');
    isDeleted = true;
    for (const kept of [sandboxes, parts.instance()]) {
      await expect(kept.get(id)).rejects.toMatchObject({ code: 'not_found', message: expect.stringContaining('was deleted') });
    }
  });
});

describe('two people in one sandbox', () => {
  test('play one after the other, and the second learns that something happened', async () => {
    const { sandboxes } = parts;
    const { id } = await sandboxes.begin('ann', origin);
    const [first, second] = await Promise.allSettled([
      sandboxes.play(id, 1, [message('of-ann')]),
      sandboxes.play(id, 1, [message('of-bob')]),
    ]);
    expect([first.status, second.status]).toEqual(['fulfilled', 'rejected']);
    expect(second).toMatchObject({ reason: { code: 'conflict' } });
    const kept = await sandboxes.get(id);
    expect([kept.version, kept.steps]).toEqual([2, [message('of-ann')]]);
  });

  test('on two instances, see the same and never overwrite each other', async () => {
    const [here, there] = [parts.sandboxes, parts.instance()];
    const { id } = await here.begin('ann', origin);
    await there.play(id, 1, [message('of-bob')]);
    await expect(here.play(id, 1, [message('of-ann')])).rejects.toMatchObject({ code: 'conflict' });
    const [mine, theirs] = [await here.get(id), await there.get(id)];
    expect(mine.sandbox.shape()).toEqual(theirs.sandbox.shape());
    expect(mine.sandbox.row.id).toBe(theirs.sandbox.row.id);
    const both = await Promise.allSettled([here.play(id, 2, [message('a')]), there.play(id, 2, [message('b')])]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('show personal data of the session to the one who holds it now', async () => {
    await stored('ann');
    const agent = (id: string) => {
      const caller = agentCaller({ id, name: id, role: 'agent' });
      return { ...caller, scopes: new Set([...caller.scopes, 'sandboxes:use' as const]) };
    };
    const forked = await run(operations['sessions.fork'], tokenCaller('admin'), { sessionId, seq: 1 });
    const seenBy = async (caller: Caller) =>
      Reflect.get(Object(await run(operations['sandboxes.get'], caller, { sandboxId: forked.id })), 'redacted');
    expect([await seenBy(agent('ann')), await seenBy(agent('bob'))]).toEqual([false, true]);
    const row = await parts.store.load({ id: sessionId });
    if (row === undefined) throw new Error('the session is gone');
    const turn = { session: { ...row, agentId: 'bob', version: row.version + 1 }, expectedVersion: row.version };
    const [entry] = await parts.store.journal(sessionId, 0, 1);
    if (entry === undefined) throw new Error('the journal is empty');
    const journal = [{ ...entry, seq: row.version + 1, eventId: null, kind: 'transition', payload: {} }];
    expect(await parts.store.commit([{ ...turn, journal, work: [], settled: [], deliveries: [], lineage: [] }], 'test', 0)).toEqual([
      { ok: true },
    ]);
    expect([await seenBy(agent('ann')), await seenBy(agent('bob'))]).toEqual([true, false]);
  });
});

describe('a machine that needs input', () => {
  const input = { owner: 'ann', kind: 'crypto', title: null, ttlHours: 2 };

  test('begins with what was given, on every instance and in the saved test', async () => {
    const { id } = await run(operations['machines.sandbox'], tokenCaller('admin'), { machineId: 'analysis-session', input });
    const sandboxId = String(id);
    for (const kept of [parts.sandboxes, parts.instance()]) {
      const { sandbox } = await kept.get(sandboxId);
      expect(sandbox.shape()).toMatchObject({ value: 'ACTIVE', context: { kind: 'crypto', expiresAt: AT + 2 * HOUR } });
    }
    await parts.sandboxes.play(sandboxId, 1, [{ do: 'advance', ms: 2 * HOUR }]);
    expect((await parts.sandboxes.get(sandboxId)).sandbox.row.state).toBe('EXPIRED');
    const { text } = await run(operations['sandboxes.save'], tokenCaller('admin'), { sandboxId });
    expect(text).toContain('"kind": "crypto"');
  });

  test('does not begin without it, and says what is missing', async () => {
    const begin = (more: object) => run(operations['machines.sandbox'], tokenCaller('admin'), { machineId: 'analysis-session', ...more });
    await expect(begin({})).rejects.toMatchObject({ message: expect.stringContaining('at owner') });
    await expect(begin({ input: { ...input, ttlHours: 169 } })).rejects.toMatchObject({ message: expect.stringContaining('at ttlHours') });
  });
});

describe('a sandbox refuses', () => {
  test('what its machine does not take, and says so, and keeps nothing of it', async () => {
    const { id } = await parts.sandboxes.begin('ann', origin);
    const admin = tokenCaller('admin');
    const play = (steps: readonly object[]) => run(operations['sandboxes.play'], admin, { sandboxId: id, version: 1, steps });
    await expect(play([message('m1'), { do: 'send', event: { type: 'customer.message' } }])).rejects.toMatchObject({
      message: expect.stringContaining('does not take this event'),
    });
    await expect(play([message('m1'), { do: 'settle', serial: 77, output: {} }])).rejects.toMatchObject({
      message: expect.stringContaining('Nothing here has the serial 77'),
    });
    await expect(play([{ do: 'force', guard: 'nobody', outcome: true }])).rejects.toMatchObject({
      message: expect.stringContaining('no guard "nobody"'),
    });
    expect(await parts.sandboxes.get(id)).toMatchObject({ version: 1, steps: [] });
    expect((await parts.sandboxes.get(id)).sandbox.journal).toHaveLength(1);
  });

  test('more steps than it has room for', async () => {
    const { id } = await parts.sandboxes.begin('ann', origin);
    const many = Array.from({ length: 500 }, () => ({ do: 'advance', ms: 1 }) as const);
    await parts.sandboxes.play(id, 1, many);
    await expect(parts.sandboxes.play(id, 2, [message('one-more')])).rejects.toMatchObject({ code: 'no_room' });
  });
});
