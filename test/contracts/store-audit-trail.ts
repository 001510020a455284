import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type AuditFilter, type AuditRecord, auditRecordSchema } from '#storage/audit-trail.ts';
import type { Stores } from '#test/contracts/store-contract.ts';

const NOW = 1_790_000_000_000;

const entry = (parts: Partial<AuditRecord> = {}): AuditRecord => ({
  at: NOW,
  agent: 'amira',
  kind: 'agent',
  role: 'agent',
  operation: 'sessions.get',
  effect: 'read',
  target: randomUUID(),
  outcome: 'done',
  detail: null,
  network: '192.0.2.1',
  ...parts,
});

export function describeAuditTrail({ auditTrail, otherAuditTrail }: Stores): void {
  const all = async (filter: AuditFilter, step = 2): Promise<AuditRecord[]> => {
    const found: AuditRecord[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await otherAuditTrail().audit(filter, step, cursor ?? undefined);
      expect(page.items.length).toBeLessThanOrEqual(step);
      found.push(...page.items);
      cursor = page.next;
    } while (cursor !== null);
    return found;
  };

  describe('audit trail', () => {
    test('keeps entries in their order, and shows the newest first, page by page', async () => {
      const entries = Array.from({ length: 5 }, (_, index) => entry({ at: NOW + index, target: index === 2 ? null : `t${index}` }));
      await auditTrail().appendAudit(entries.slice(0, 3));
      await auditTrail().appendAudit([]);
      await otherAuditTrail().appendAudit(entries.slice(3));
      expect(await all({})).toEqual(entries.toReversed());
    });

    test('finds entries by agent, operation, target, effect and time', async () => {
      const entries = [
        entry({ at: NOW + 1, target: 'a', network: null }),
        entry({ at: NOW + 2, agent: 'omar', kind: 'token', role: 'admin', target: 'a', operation: 'holds.set', effect: 'write' }),
        entry({ at: NOW + 3, target: 'b', outcome: 'forbidden', detail: 'role: admin' }),
      ];
      await auditTrail().appendAudit(entries);
      const [first, second, third] = entries;
      const cases: readonly (readonly [AuditFilter, readonly (AuditRecord | undefined)[]])[] = [
        [{ agent: 'amira' }, [third, first]],
        [{ operation: 'holds.set' }, [second]],
        [{ target: 'a' }, [second, first]],
        [{ effect: 'write' }, [second]],
        [{ from: NOW + 2 }, [third, second]],
        [{ from: NOW + 1, to: NOW + 3, agent: 'amira' }, [first]],
        [{ target: 'c' }, []],
      ];
      for (const [filter, expected] of cases) expect(await all(filter), JSON.stringify(filter)).toEqual(expected);
    });

    test('cuts what does not fit, so that no caller can stop it', async () => {
      // No index entry can be made smaller than such a text.
      const long = randomBytes(6_000).toString('base64');
      const texts = { agent: long, role: long, operation: long, target: `${long}\u0000\ud800`, outcome: long, detail: long, network: long };
      await auditTrail().appendAudit([entry({ target: 'before' }), entry(texts), entry({ target: '\ud800\u0000' })]);
      const [last, cut, first] = await all({});
      expect([first?.target, last?.target]).toEqual(['before', '\ufffd\ufffd']);
      expect(auditRecordSchema.parse(cut)).toEqual(cut);
      expect([cut?.target, cut?.detail]).toEqual([long.slice(0, 200), long.slice(0, 500)]);
      expect(await all({ target: long.slice(0, 200) })).toEqual([cut]);
      expect(await auditTrail().forgetAudit(NOW + 1, 10)).toBe(3);
    });

    test('forgets what is old, a few at a time', async () => {
      const entries = Array.from({ length: 5 }, (_, index) => entry({ at: NOW + index }));
      expect(await auditTrail().countAudit(NOW + 4)).toBe(0);
      await auditTrail().appendAudit(entries);
      expect(await otherAuditTrail().countAudit(NOW + 4)).toBe(4);
      expect(await auditTrail().forgetAudit(NOW + 4, 3)).toBe(3);
      expect(await auditTrail().countAudit(NOW + 4)).toBe(1);
      expect(await auditTrail().forgetAudit(NOW + 4, 3)).toBe(1);
      expect(await auditTrail().forgetAudit(NOW + 4, 3)).toBe(0);
      expect(await all({})).toEqual(entries.slice(4));
    });
  });
}
