import { expect, test, vi } from 'vitest';
import { systemClock } from '#actors/contract/system-clock.ts';
import { createApprovalGate } from '#agent-service/approvals/gate.ts';
import { approvalHook } from '#agent-service/approvals/hook.ts';
import type { Approval } from '#storage/approvals.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { newId } from '#test/contracts/store-fixtures.ts';

const AMIRA = { agent: 'amira', role: 'agent' } as const;
const never = new AbortController().signal;

function createHook(ttlMs = 60_000) {
  const { approvals } = createMemoryStore();
  const asked: Approval[] = [];
  const run = { sessionId: newId(), runId: 'run-1' };
  const attempt = () =>
    approvalHook({
      gate: createApprovalGate({ approvals, clock: systemClock, pollMs: 5, ttlMs }),
      guarded: { refund: [{ role: 'agent' }] },
      show: () => ({ amount: 'hidden' }),
      onRequested: (approval) => asked.push(approval),
    });
  const decide = async (approved: boolean, comment: string | null = null) => {
    const [open] = await vi.waitFor(async () => {
      const { items } = await approvals.open(1);
      expect(items).toHaveLength(1);
      return items;
    });
    await approvals.decide(open?.id ?? '', AMIRA, approved, comment);
  };
  return { approvals, asked, attempt, decide, run };
}

const refund = { name: 'refund', input: { amount: 5 } };

test('a tool that is not named needs nobody; one that is waits, and each call for itself', async () => {
  const { asked, attempt, decide, run } = createHook();
  const hook = attempt();
  for (const name of ['quote', 'toString']) expect(await hook.onToolUse({ name, input: {} }, run, never)).toBeUndefined();
  expect(asked).toEqual([]);
  const first = hook.onToolUse(refund, run, never);
  await decide(true);
  expect(await first).toBeUndefined();
  const second = hook.onToolUse(refund, run, never);
  await decide(false, 'enough');
  expect(await second).toEqual({ refuse: 'A human did not allow this call, so it was not made. They said: "enough"' });
  expect(asked.map(({ tool, shown }) => [tool, shown])).toEqual([
    ['refund', { amount: 'hidden' }],
    ['refund', { amount: 'hidden' }],
  ]);
});

test('nobody decides in time', async () => {
  const { attempt, run } = createHook(20);
  expect(await attempt().onToolUse(refund, run, never)).toEqual({ refuse: 'No human allowed this call in time, so it was not made.' });
});

test('an attempt after one that was cut off in the call does not make it again', async () => {
  const { approvals, attempt, decide, run } = createHook();
  const first = attempt().onToolUse(refund, run, never);
  await decide(true);
  expect(await first).toBeUndefined();
  expect(await attempt().onToolUse(refund, run, never)).toEqual({
    refuse: expect.stringContaining('It is unknown whether the call was made'),
  });
  expect((await approvals.open(10)).items).toEqual([]);
});
