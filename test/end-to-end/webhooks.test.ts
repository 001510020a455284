/** Webhooks over the whole program, on every store, with several instances and a restart. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { webhookBodies } from '#src/operations/webhook-events.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { type RedisServer, startRedis } from '#test/redis-server.ts';
import { type Receiver, startReceiver, verify } from '#test/src/webhooks/receiver.ts';
import { PATIENCE, type RunningApp, runApp } from './running-app.ts';
import { Visitor } from './visitor.ts';

const { connectionString } = await createTestDatabase();
let redis: RedisServer;
let receiver: Receiver;
const apps: RunningApp[] = [];
beforeAll(async () => {
  redis = await startRedis();
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.stop()));
  await receiver?.close();
});
afterAll(() => redis?.stop());

async function start(settings: Readonly<Record<string, string>>): Promise<RunningApp> {
  const app = await runApp({ STATECHAT_WEBHOOKS_ALLOW_PRIVATE: 'true', ...settings }, { policy: { debounceMs: 0 }, leaderLeaseMs: 600 });
  apps.push(app);
  return app;
}

/**
 * Seqs of the events of each session that the receiver took, in the order of their first receipt.
 */
function seqs(): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const { body } of receiver.taken) {
    const { session } = body.data;
    if (session === undefined) continue;
    const all = found.get(session.id) ?? [];
    found.set(session.id, all.includes(session.seq) ? all : [...all, session.seq]);
  }
  return found;
}

async function make(app: RunningApp, events: readonly string[]): Promise<{ readonly id: string; readonly secret: string }> {
  const { status, body } = await app.api.post('/api/webhooks', { url: receiver.url, events });
  expect(status).toBe(201);
  const { endpoint, secret } = Object(body);
  return { id: String(endpoint.id), secret: String(secret) };
}

describe.each([
  { store: 'memory', settings: () => ({ SESSION_STORAGE_TYPE: 'memory' }), instances: 1 },
  { store: 'PostgreSQL', settings: () => ({ DATABASE_URL: connectionString }), instances: 2 },
  { store: 'Redis', settings: () => ({ SESSION_STORAGE_TYPE: 'redis', REDIS_URL: redis.url }), instances: 2 },
])('on $store', ({ settings, instances }) => {
  it('sends every event of a conversation in order, whichever instance has the leader lease', async () => {
    receiver = await startReceiver();
    const first = await start(settings());
    const { id, secret } = await make(first, ['session.opened', 'message.received', 'message.sent', 'session.escalated', 'session.closed']);
    const second = instances === 1 ? first : await start(settings());
    const visitor = await Visitor.arrive(first.url, {});
    await visitor.write('one');
    await visitor.at(second.url).write('two', 'm2');
    await vi.waitFor(() => expect(receiver.taken.filter(({ body }) => body.type === 'message.sent').length).toBeGreaterThan(0), PATIENCE);
    const [{ id: sessionId } = { id: '' }] = await first.api.sessionsAt(visitor.address);

    if (instances > 1) {
      // The receiver goes away, and so does the instance that sends.
      receiver.reply = () => ({ status: 503 });
      await visitor.at(second.url).write('three', 'm3');
      await vi.waitFor(() => expect(receiver.requests.length).toBeGreaterThan(receiver.taken.length), PATIENCE);
      apps.splice(apps.indexOf(first), 1);
      await first.stop();
      receiver.reply = () => ({ status: 200 });
    }
    await second.api.tell(sessionId, { type: 'escalate', reason: 'a human, please' });
    await second.api.tell(sessionId, { type: 'close' });
    await vi.waitFor(() => expect(receiver.taken.at(-1)?.body.type).toBe('session.closed'), PATIENCE);
    for (const one of receiver.taken) {
      verify(secret, one);
      webhookBodies[one.body.type as keyof typeof webhookBodies].parse(one.body);
    }
    const order = seqs().get(sessionId) ?? [];
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    const types = receiver.taken.map(({ body }) => body.type);
    expect(types[0]).toBe('session.opened');
    expect(types).toContain('session.escalated');
    const journal = await second.api.history(sessionId);
    const wanted = journal.filter(({ kind }) =>
      ['customer.message', 'assistant.message', 'system.message', 'agent.message'].includes(kind),
    );
    expect(order).toEqual(expect.arrayContaining(wanted.map(({ seq }) => seq)));
    visitor.leave();
    const removed = await fetch(`${second.url}/api/webhooks/${id}`, {
      method: 'DELETE',
      headers: { authorization: 'Bearer the-token-of-these-tests' },
    });
    expect(removed.status).toBe(200);
  });
});
