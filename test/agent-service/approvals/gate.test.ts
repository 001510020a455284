import { describe, expect, test, vi } from 'vitest';
import { systemClock } from '#actors/contract/system-clock.ts';
import { createApprovalGate, fingerprintOf, type GuardedCall } from '#agent-service/approvals/gate.ts';
import { Unavailable } from '#machines/errors.ts';
import type { Approval, Approvals } from '#storage/approvals.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { newId } from '#test/contracts/store-fixtures.ts';
import { createTestDatabase } from '#test/postgres-server.ts';

const { connectionString } = await createTestDatabase();

const AMIRA = { agent: 'amira', role: 'supervisor' } as const;
/** So long that no id contains it. */
const CARD = '4111111111111111';
const never = new AbortController().signal;

const call = (parts: Partial<GuardedCall> = {}): GuardedCall => ({
  sessionId: newId(),
  runId: 'run-1',
  tool: 'refund',
  input: { amount: 120, card: CARD },
  shown: { amount: 120 },
  approvers: [{ role: 'supervisor' }],
  ...parts,
});

const gateOn = (approvals: Approvals, ttlMs = 60_000) => createApprovalGate({ approvals, clock: systemClock, pollMs: 5, ttlMs });

async function waiting(approvals: Approvals): Promise<Approval> {
  return vi.waitFor(async () => {
    const [approval] = (await approvals.open(1)).items;
    if (approval === undefined) throw new Error('nothing is open');
    return approval;
  });
}

describe('the approval gate', () => {
  test('waits for a human, tells of it once it is open, and lets the call through once', async () => {
    const { approvals } = createMemoryStore();
    const asked: Approval[] = [];
    const allowed = gateOn(approvals).allow(call(), never, (approval) => asked.push(approval));
    const open = await waiting(approvals);
    expect(open).toMatchObject({ tool: 'refund', shown: { amount: 120 } });
    expect(JSON.stringify(open)).not.toContain(CARD);
    await approvals.decide(open.id, AMIRA, true, 'fine');
    expect(await allowed).toMatchObject({ granted: true, approval: { decision: { by: 'amira', comment: 'fine' } } });
    expect(asked.map(({ id, status }) => [id, status])).toEqual([[open.id, 'open']]);
    expect(await approvals.get(open.id)).toMatchObject({ status: 'used' });
  });

  test('says that it was denied, or that nobody decided in time', async () => {
    const { approvals } = createMemoryStore();
    const denied = gateOn(approvals).allow(call(), never);
    await approvals.decide((await waiting(approvals)).id, AMIRA, false, 'no');
    expect(await denied).toMatchObject({ granted: false, reason: 'denied', approval: { decision: { comment: 'no' } } });
    expect(await gateOn(approvals, 20).allow(call({ runId: 'run-2' }), never)).toMatchObject({ granted: false, reason: 'expired' });
  });

  test('a store that is away while a human thinks does not end the waiting', async () => {
    const { approvals } = createMemoryStore();
    let away = 3;
    const allowed = gateOn({
      ...approvals,
      get: async (id) => {
        if (away-- > 0) throw new Unavailable('restarting');
        return approvals.get(id);
      },
    }).allow(call(), never);
    await approvals.decide((await waiting(approvals)).id, AMIRA, true, null);
    expect(await allowed).toMatchObject({ granted: true });
    expect(away).toBeLessThan(0);
  });

  test('a run that begins again after a restart finds what was decided meanwhile, and uses it once', async () => {
    const first = createPostgresStore({ connectionString });
    const died = new AbortController();
    const same = call();
    const before = gateOn(first.approvals).allow(same, died.signal);
    const open = await waiting(first.approvals);
    died.abort();
    await expect(before).rejects.toMatchObject({ name: 'AbortError' });
    await first.close();

    const second = createPostgresStore({ connectionString });
    const third = createPostgresStore({ connectionString });
    try {
      await third.approvals.decide(open.id, AMIRA, true, null);
      // As many attempts as possible. One that was thought dead runs beside its successor.
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          gateOn((index % 2 ? second : third).approvals).allow({ ...same, input: { card: CARD, amount: 120 } }, never),
        ),
      );
      expect(outcomes.filter(({ granted }) => granted)).toHaveLength(1);
      for (const outcome of outcomes) if (!outcome.granted) expect(outcome).toMatchObject({ reason: 'used' });
    } finally {
      await second.close();
      await third.close();
    }
  });

  test('another input, tool, run or repetition is another approval', async () => {
    const { approvals } = createMemoryStore();
    const calls = [
      call(),
      call({ input: { amount: 121, card: CARD } }),
      call({ tool: 'wire' }),
      call({ runId: 'run-2' }),
      call({ repetition: 1 }),
    ];
    const stopped = new AbortController();
    const all = calls.map((one) => gateOn(approvals).allow(one, stopped.signal));
    await expect.poll(async () => (await approvals.open(10)).items.length).toBe(5);
    stopped.abort();
    for (const outcome of await Promise.allSettled(all)) expect(outcome.status).toBe('rejected');
    // A stopped attempt does not use up its approval.
    const [first] = (await approvals.open(1)).items;
    await approvals.decide(first?.id ?? '', AMIRA, true, null);
    await expect(gateOn(approvals).allow(call(), stopped.signal)).rejects.toMatchObject({ name: 'AbortError' });
    expect(await approvals.get(first?.id ?? '')).toMatchObject({ status: 'approved' });
  });

  test('a fingerprint is of what is called with what, not of how it is written', () => {
    const of = (input: GuardedCall['input'], tool = 't') => fingerprintOf({ tool, input });
    expect(of({ a: 1, b: { d: [1, 2], c: null } })).toBe(of({ b: { c: null, d: [1, 2] }, a: 1 }));
    const different = [
      of({ a: 1 }),
      of({ a: '1' }),
      of({ a: 1, b: null }),
      of({ a: [1] }),
      of({ a: { b: 1 } }),
      of([['a', 1]]),
      of(['{', ['a', 1]], 'u'),
      of({ a: 1 }, 'u'),
    ];
    expect(new Set(different).size).toBe(different.length);
  });
});
