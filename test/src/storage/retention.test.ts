import { describe, expect, test } from 'vitest';
import { always } from '#channels/plugin.ts';
import type { Clock } from '#machines/clock.ts';
import { createRetention, type Deleted, type Retention, type RetentionParts } from '#src/storage/retention.ts';
import { createLog } from '#src/telemetry/log.ts';
import { createMetrics } from '#src/telemetry/metrics.ts';
import type { AuditRecord } from '#storage/audit-trail.ts';
import { PART } from '#storage/file-parts.ts';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import type { SignIn } from '#storage/sign-ins.ts';
import { LEASE, NOW, newSession, turnOn } from '#test/contracts/store-fixtures.ts';
import { delivery, endpoint } from '#test/contracts/store-webhooks.ts';
import { createTestDatabase } from '#test/postgres-server.ts';

const DAY = 86_400_000;
const log = createLog({ level: 'silent' });
/** Time does not move, and every wait ends at once. */
const clock: Clock = {
  now: () => NOW,
  after: (_ms, callback) => {
    const handle = setImmediate(callback);
    return () => clearImmediate(handle);
  },
};

const keep = { sessionsMs: 30 * DAY, auditMs: 365 * DAY };
const { auditTrail, signIns, agents, mentions, uploads, files, webhooks } = createMemoryStore();
/** What a retention has beside an archive. */
const others = {
  auditTrail,
  signIns,
  agents,
  mentions,
  uploads,
  files,
  webhooks,
  keep,
  clock,
  lease: always,
  metrics: { deleted: () => {} },
  log,
};

async function closedSessions(count: number) {
  const memory = createMemoryStore();
  for (let index = 0; index < count; index += 1) {
    const session = newSession({ open: false, closedAt: NOW - 31 * DAY - index });
    await memory.store.commit([turnOn(session)], 'me', LEASE);
  }
  return memory;
}

function keeper(archive: RetentionParts['archive'], parts: Partial<RetentionParts> = {}): Retention {
  return createRetention({ ...others, archive, ...parts });
}

test('deletes in steps what is older than the retention, and counts it', async () => {
  const { archive, store } = await closedSessions(250);
  const young = turnOn(newSession({ open: false, closedAt: NOW - 29 * DAY }));
  await store.commit([young], 'me', LEASE);
  const { metrics, render } = createMetrics();
  const steps: number[] = [];
  const deleted = (step: Deleted): void => {
    steps.push(step.sessions);
    metrics.deleted(step);
  };
  await keeper(archive, { metrics: { deleted } }).round();
  expect(steps).toEqual([100, 100, 50]);
  expect((await store.sessions({}, 10)).items.map(({ id }) => id)).toEqual([young.session.id]);
  expect((await render()).body).toContain('statechat_retention_deleted_total{what="session"} 250');
});

test('goes on where one that died stopped', async () => {
  const { archive, store } = await closedSessions(150);
  let steps = 0;
  const dying = keeper({
    deleteExpired: async (before, limit) => {
      steps += 1;
      if (steps === 2) throw new Error('killed');
      return archive.deleteExpired(before, limit);
    },
  });
  await expect(dying.round()).rejects.toThrow('killed');
  expect((await store.sessions({}, 200)).items).toHaveLength(50);
  await keeper(archive).round();
  expect((await store.sessions({}, 200)).items).toEqual([]);
});

test('leaves it to the instance that has the lease', async () => {
  const { archive } = await closedSessions(1);
  const idle = keeper(archive, { lease: async () => {} });
  idle.start();
  await idle.stop();
  expect((await archive.expired(NOW - 30 * DAY)).sessions).toBe(1);
});

test('stops between two steps when it has lost the lease', async () => {
  const { archive } = await closedSessions(250);
  const lost = new AbortController();
  const losing = keeper(archive, { lease: (work) => work(lost.signal), metrics: { deleted: () => lost.abort() } });
  losing.start();
  await losing.stop();
  expect((await archive.expired(NOW - 30 * DAY)).sessions).toBe(150);
});

test('tries again what failed', async () => {
  const { archive } = await closedSessions(1);
  const done = Promise.withResolvers<void>();
  const warned: object[] = [];
  const failing: RetentionParts['archive'] = {
    deleteExpired: async (...asked) => (warned.length === 0 ? Promise.reject(new Error('away')) : archive.deleteExpired(...asked)),
  };
  const retention = keeper(failing, { metrics: { deleted: () => done.resolve() }, log: { ...log, warn: (facts) => warned.push(facts) } });
  retention.start();
  await done.promise;
  await retention.stop();
  expect(warned).toEqual([{ error: new Error('away') }]);
});

test('deletes few unclaimed files in a step, because each may be large, and rests between the steps', async () => {
  let left = 7;
  const steps: number[] = [];
  const rests: number[] = [];
  const resting: Clock = {
    ...clock,
    after: (ms, callback) => {
      rests.push(ms);
      return clock.after(ms, callback);
    },
  };
  const forgetUnclaimed = async (_before: number, limit: number): Promise<number> => {
    const forgotten = Math.min(left, limit);
    left -= forgotten;
    return forgotten;
  };
  const metrics = { deleted: ({ unclaimedFiles }: Deleted) => void steps.push(unclaimedFiles) };
  await keeper(createMemoryStore().archive, { files: { forgetUnclaimed }, clock: resting, metrics }).round();
  expect(steps).toEqual([3, 3, 1]);
  expect(rests).toHaveLength(2);
});

const { connectionString } = await createTestDatabase();

describe.each<[string, () => StoreLifecycle]>([
  ['memory', createMemoryStore],
  ['PostgreSQL', () => createPostgresStore({ connectionString, onConnectionLost: () => {} })],
])('in %s', (_name, open) => {
  test('deletes old entries of the audit trail and what expired, in steps, and logs how many', async () => {
    const store = open();
    try {
      const entry = (at: number): AuditRecord => ({
        at,
        agent: 'amira',
        kind: 'agent',
        role: 'agent',
        operation: 'sessions.get',
        effect: 'read',
        target: null,
        outcome: 'done',
        detail: null,
        network: null,
      });
      const young = NOW - keep.auditMs;
      await store.auditTrail.appendAudit([...Array.from({ length: 250 }, (_, index) => entry(young - 1 - index)), entry(young)]);
      const signIn = (id: string, expiresAt: number): SignIn => {
        const times = { createdAt: NOW - 2, usedAt: NOW - 2, expiresAt };
        return { id, agentId: 'amira', number: 1, digest: 'a'.repeat(64), device: 'a test', network: '192.0.2.1', ...times };
      };
      for (const [id, expiresAt] of [['over', NOW] as const, ['alive', NOW + 1] as const])
        await store.signIns.openSignIn(signIn(id, expiresAt));
      const invitation = { role: 'agent', agentId: null, invitedBy: 'amira' } as const;
      const [over, alive] = ['0'.repeat(64), '1'.repeat(64)];
      await store.agents.invite({ ...invitation, digest: over, expiresAt: NOW });
      await store.agents.invite({ ...invitation, digest: alive, expiresAt: NOW + 1 });
      const mention = { agentId: 'amira', sessionId: 's', by: 'omar', seenAt: null };
      const old = NOW - keep.sessionsMs;
      await store.mentions.addMentions([
        { ...mention, id: 'old', at: old - 1 },
        { ...mention, id: 'young', at: old },
      ]);
      const upload = { address: newSession().address, name: 'a.txt', mimeType: 'text/plain', bytes: Uint8Array.of(1) };
      await store.uploads.put({ ...upload, id: 'old', at: NOW - 2 * DAY - 1 });
      await store.uploads.put({ ...upload, id: 'young', at: NOW - 2 * DAY });

      await store.webhooks.putEndpoint(endpoint('a'));
      // A ping belongs to no session, so nothing but its age deletes it.
      const [oldDelivery, youngDelivery] = [delivery(1, { sessionId: null, at: old - 1 }), delivery(2, { sessionId: null, at: old })];
      await store.webhooks.logDeliveries([oldDelivery, youngDelivery]);

      const turn = turnOn(newSession());
      await store.store.commit([turn], 'me', LEASE);
      const sessionId = turn.session.id;
      const { promise: left, resolve: goOn } = Promise.withResolvers<void>();
      const begun = [NOW - 6 * 3_600_000 - 1, NOW - 6 * 3_600_000].map((at) => {
        const reached = Promise.withResolvers<void>();
        const content = async function* () {
          for (let part = 0; part < 3; part += 1) yield new Uint8Array(PART);
          reached.resolve();
          await left;
        };
        const head = () => ({ id: `${sessionId}.${at}`, name: 'a.pdf', mimeType: 'application/pdf' });
        const written = Promise.allSettled([store.files.put({ sessionId, at, content: content(), head })]);
        return { reached: reached.promise, written };
      });
      await Promise.all(begun.map(({ reached }) => reached));

      const lines: object[] = [];
      const steps: number[] = [];
      const retention = createRetention({
        ...others,
        ...store,
        metrics: { deleted: ({ auditEntries }) => steps.push(auditEntries) },
        log: { ...log, info: (facts) => lines.push(facts) },
      });
      await retention.round();
      expect(steps).toEqual([100, 100, 50, 0, 0, 0, 0, 0, 0]);
      const one = { signIns: 1, invitations: 1, mentions: 1, uploads: 1, unclaimedFiles: 1, deliveries: 1 };
      expect(lines).toEqual([{ sessions: 0, deadLetters: 0, auditEntries: 250, ...one }]);
      goOn();
      const outcomes = await Promise.all(begun.map(({ written }) => written));
      expect(outcomes.map(([outcome]) => outcome?.status)).toEqual(['rejected', 'fulfilled']);
      expect((await store.webhooks.deliveries('a', {}, 10)).items).toEqual([youngDelivery]);
      expect((await store.mentions.mentions('amira', false, 10)).items.map(({ id }) => id)).toEqual(['young']);
      expect(await store.uploads.get(upload.address, 'old')).toBeUndefined();
      expect(await store.uploads.get(upload.address, 'young')).toBeDefined();
      expect((await store.auditTrail.audit({}, 10)).items).toEqual([entry(young)]);
      // The time of a read that would still show them, had they not been deleted.
      expect(await store.signIns.signIn('over', NOW - 1)).toBeUndefined();
      expect(await store.agents.invitation(over, NOW - 1)).toBeUndefined();
      expect(await store.signIns.signIn('alive', NOW)).toBeDefined();
      expect(await store.agents.invitation(alive, NOW)).toBeDefined();
      await retention.round();
      expect(lines).toHaveLength(1);
    } finally {
      await store.close();
    }
  });
});
