import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { InvalidInput } from '#machines/errors.ts';
import type { Approval, ApprovalRequest, Approver, Decider } from '#storage/approvals.ts';
import type { Stores } from '#test/contracts/store-contract.ts';
import { newId } from '#test/contracts/store-fixtures.ts';

const HOUR = 3_600_000;
const AMIRA: Decider = { agent: 'amira', role: 'supervisor' };

const asking = (parts: Partial<ApprovalRequest> = {}): ApprovalRequest => ({
  id: randomUUID(),
  sessionId: newId(),
  tool: 'refund',
  shown: { amount: 120, to: 'ليلى', note: 'a "quoted" \u0000 \ud800 note' },
  fingerprint: 'f1',
  approvers: [{ role: 'supervisor' }],
  ttlMs: HOUR,
  ...parts,
});

export function describeApprovals({ approvals, otherApprovals }: Stores): void {
  const either = (index: number) => (index % 2 ? approvals() : otherApprovals());
  const approved = async (request: ApprovalRequest): Promise<Approval> => {
    await approvals().ask(request);
    const decided = await otherApprovals().decide(request.id, AMIRA, true, null);
    if (!decided.ok) throw new Error(decided.reason);
    return decided.approval;
  };

  describe('approvals', () => {
    test('is asked for once, shown as it was asked, and kept', async () => {
      const request = asking({ approvers: [{ role: 'admin' }, { agent: 'omar' }] });
      const { ttlMs: _, ...asked } = request;
      const first = await approvals().ask(request);
      expect(first).toEqual({ ...asked, status: 'open', askedAt: expect.any(Number), expiresAt: first.askedAt + HOUR, decision: null });
      const again = await Promise.all(
        Array.from({ length: 6 }, (_, index) => either(index).ask({ ...request, tool: 'another', fingerprint: 'f2' })),
      );
      expect(again).toEqual(again.map(() => first));
      expect(await otherApprovals().get(request.id)).toEqual(first);
      expect(await approvals().get('nothing')).toBeUndefined();
    });

    test('is found by its session while it is open, and by no other', async () => {
      const [sessionId, other] = [newId(), newId()];
      const [first, second, denied] = [asking({ sessionId }), asking({ sessionId }), asking({ sessionId })];
      for (const request of [first, denied, second, asking({ sessionId: other }), asking({ sessionId, ttlMs: 0 })])
        await approvals().ask(request);
      await approvals().decide(denied.id, AMIRA, false, null);
      expect((await otherApprovals().openOf(sessionId)).map(({ id }) => id)).toEqual([first.id, second.id]);
      expect(await otherApprovals().openOf(newId())).toEqual([]);
    });

    test('is decided once, whoever decides at the same time, and says who, when and why', async () => {
      const request = asking();
      await approvals().ask(request);
      const decided = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          either(index).decide(request.id, { ...AMIRA, agent: `agent ${index}` }, index % 3 === 0, `why ${index}\u0000`),
        ),
      );
      const winner = decided.findIndex(({ ok }) => ok);
      expect(decided.filter(({ ok }) => ok)).toHaveLength(1);
      const status = winner % 3 === 0 ? 'approved' : 'denied';
      const kept = await otherApprovals().get(request.id);
      expect(kept).toMatchObject({ status, decision: { by: `agent ${winner}`, at: expect.any(Number) } });
      expect(kept?.decision?.comment).toMatch(new RegExp(`^why ${winner}`));
      for (const [index, answer] of decided.entries())
        if (index !== winner) expect(answer).toMatchObject({ ok: false, reason: 'not open', approval: { status } });
    });

    test('is used once, however many try, and only for what it was given for', async () => {
      const request = asking();
      expect(await approvals().use(request.id, 'f1')).toBe(false);
      await approvals().ask(request);
      expect(await approvals().use(request.id, 'f1')).toBe(false);
      await approvals().decide(request.id, AMIRA, true, null);
      expect(await otherApprovals().use(request.id, 'f')).toBe(false);
      expect(await otherApprovals().use(request.id, 'f10')).toBe(false);
      const used = await Promise.all(Array.from({ length: 12 }, (_, index) => either(index).use(request.id, 'f1')));
      expect(used.filter(Boolean)).toHaveLength(1);
      expect(await approvals().get(request.id)).toMatchObject({ status: 'used', decision: { by: 'amira', comment: null } });
      expect(await approvals().ask(request)).toMatchObject({ status: 'used' });
      expect(await approvals().decide(request.id, AMIRA, true, null)).toMatchObject({ ok: false, reason: 'not open' });
    });

    test('one that was denied cannot be used', async () => {
      const request = asking();
      await approvals().ask(request);
      expect(await approvals().decide(request.id, AMIRA, false, 'not this customer')).toMatchObject({
        ok: true,
        approval: { status: 'denied' },
      });
      expect(await approvals().use(request.id, 'f1')).toBe(false);
    });

    test('is bound to who may give it: a role or one above it, or one person', async () => {
      const may = async (approvers: readonly Approver[], by: Decider) => {
        const request = asking({ approvers });
        await approvals().ask(request);
        const decided = await otherApprovals().decide(request.id, by, true, null);
        if (!decided.ok) expect(await approvals().get(request.id)).toMatchObject({ status: 'open', decision: null });
        return decided.ok ? 'yes' : decided.reason;
      };
      expect(await may([{ role: 'supervisor' }], { agent: 'a', role: 'agent' })).toBe('not allowed');
      expect(await may([{ role: 'supervisor' }], { agent: 'a', role: 'supervisor' })).toBe('yes');
      expect(await may([{ role: 'supervisor' }], { agent: 'a', role: 'admin' })).toBe('yes');
      expect(await may([{ agent: 'omar' }], { agent: 'amira', role: 'admin' })).toBe('not allowed');
      expect(await may([{ agent: 'omar' }], { agent: 'omar', role: 'agent' })).toBe('yes');
      expect(await may([{ agent: 'omar' }, { role: 'admin' }], { agent: 'amira', role: 'admin' })).toBe('yes');
      expect(await approvals().decide('nothing', AMIRA, true, null)).toEqual({ ok: false, reason: 'unknown' });
    });

    test('expires by the store’s clock: then nobody decides on it and nobody uses it', async () => {
      const late = asking({ ttlMs: 0 });
      expect(await approvals().ask(late)).toMatchObject({ status: 'expired' });
      expect(await otherApprovals().decide(late.id, AMIRA, true, null)).toMatchObject({
        ok: false,
        reason: 'not open',
        approval: { status: 'expired' },
      });
      const request = asking({ ttlMs: 1_000 });
      const before = await approved(request);
      expect(before.expiresAt).toBeGreaterThanOrEqual(before.askedAt + 1_000);
      await expect.poll(async () => (await approvals().get(request.id))?.status).toBe('expired');
      expect(await approvals().use(request.id, 'f1')).toBe(false);
      expect((await approvals().open(10)).items).toEqual([]);
    });

    test('those that wait are listed, oldest first, page by page', async () => {
      const requests = Array.from({ length: 7 }, () => asking());
      for (const request of requests) await approvals().ask(request);
      await approvals().ask(asking({ ttlMs: 0 }));
      await approvals().decide(requests[2]?.id ?? '', AMIRA, false, null);
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await otherApprovals().open(2, cursor);
        expect(page.items.length).toBeLessThanOrEqual(2);
        found.push(...page.items.map(({ id }) => id));
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      expect(found).toEqual(requests.filter((_, index) => index !== 2).map(({ id }) => id));
      expect((await approvals().open(6)).next).toBeNull();
      await expect(approvals().open(2, 'rubbish')).rejects.toThrow(InvalidInput);
    });

    test('what makes no sense is refused', async () => {
      for (const parts of [
        { id: '' },
        { id: 'a\nb' },
        { tool: 'x'.repeat(201) },
        { fingerprint: '' },
        { approvers: [] },
        { ttlMs: -1 },
        { ttlMs: 1.5 },
      ])
        await expect(approvals().ask(asking(parts))).rejects.toThrow(InvalidInput);
      expect(await approvals().open(10)).toEqual({ items: [], next: null });
    });
  });
}
