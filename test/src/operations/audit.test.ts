import { expect, test } from 'vitest';
import { Unavailable } from '#machines/errors.ts';
import { type AuditEntry, auditWriter } from '#src/operations/audit.ts';
import type { AuditTrail } from '#storage/audit-trail.ts';
import { memoryAuditTrail } from '#storage/memory/audit-trail.ts';

const entry = (target: string, changes: Partial<AuditEntry> = {}): AuditEntry => ({
  at: 1,
  caller: { kind: 'agent', role: 'agent', agent: 'amira' },
  operation: 'sessions.get',
  effect: 'read',
  target,
  outcome: 'done',
  network: '192.0.2.1',
  ...changes,
});

const targets = async (trail: AuditTrail): Promise<(string | null)[]> =>
  (await trail.audit({}, 20_000)).items.map(({ target }) => target).toReversed();

function writerOver(trail: AuditTrail, store: { away: boolean }) {
  const warnings: object[] = [];
  const appendAudit: AuditTrail['appendAudit'] = async (records) => {
    if (records.some(({ target }) => target === 'refused')) throw new Error('no such entry fits');
    return store.away ? Promise.reject(new Unavailable('the store is away')) : trail.appendAudit(records);
  };
  const warn = (facts: object) => void warnings.push(facts);
  return { ...auditWriter({ appendAudit }, { warn, error: warn }), warnings };
}

test('stores all changes and the reads of people, in their order', async () => {
  const trail = memoryAuditTrail();
  const { audit, flush } = writerOver(trail, { away: false });
  const token = { kind: 'token', role: 'admin', agent: 'admin' } as const;
  audit(entry('read by a person'));
  audit(entry('read by a program', { caller: token }));
  audit(entry('changed by a program', { caller: token, effect: 'write' }));
  await flush();
  expect(await targets(trail)).toEqual(['read by a person', 'changed by a program']);
  expect((await trail.audit({}, 1)).items).toEqual([
    {
      ...entry('changed by a program', { effect: 'write' }),
      caller: undefined,
      kind: 'token',
      role: 'admin',
      agent: 'admin',
      detail: null,
    },
  ]);
});

test('keeps what happens while the store is away, and stores it with the next entry', async () => {
  const trail = memoryAuditTrail();
  const store = { away: true };
  const { audit, flush, warnings } = writerOver(trail, store);
  audit(entry('first'));
  await flush();
  expect([await targets(trail), warnings.length > 0]).toEqual([[], true]);
  store.away = false;
  audit(entry('second'));
  await flush();
  expect(await targets(trail)).toEqual(['first', 'second']);
});

test('keeps a bounded number of entries while the store is away, the newest', async () => {
  const trail = memoryAuditTrail();
  const store = { away: true };
  const { audit, flush } = writerOver(trail, store);
  for (let index = 0; index < 10_050; index += 1) audit(entry(String(index)));
  store.away = false;
  await flush();
  const kept = await targets(trail);
  expect(kept.length).toBeLessThanOrEqual(10_000);
  expect(kept.at(-1)).toBe('10049');
  expect(new Set(kept).size).toBe(kept.length);
});

test('logs an entry that the store refuses, and stores the others in their order', async () => {
  const trail = memoryAuditTrail();
  const { audit, flush, warnings } = writerOver(trail, { away: false });
  for (const target of ['first', 'second', 'refused', 'third']) audit(entry(target));
  await flush();
  expect(await targets(trail)).toEqual(['first', 'second', 'third']);
  expect(warnings).toEqual([{ error: expect.any(Error), entry: entry('refused') }]);
  audit(entry('later'));
  await flush();
  expect(await targets(trail)).toEqual(['first', 'second', 'third', 'later']);
});
