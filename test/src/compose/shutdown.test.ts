/**
 * The shutdown protocol (docs/reference/shutdown.md), with the order in which the parts stop and
 * what happens to the work under way.
 */
import { afterEach, expect, it } from 'vitest';
import { messageText } from '#agent-service/content.ts';
import type { Provider } from '#agent-service/provider.ts';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { migrate } from '#storage/postgres/migrate.ts';
import { ask } from '#test/end-to-end/api.ts';
import { freePort } from '#test/end-to-end/free-port.ts';
import { DictatedModel, echoModel } from '#test/end-to-end/models.ts';
import { Visitor } from '#test/end-to-end/visitor.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { type ComposedApp, compose } from './app.ts';
import { type Listener, listenForMessages, writeTo } from './tcp.ts';
import { tcpEcho } from './tcp-echo.ts';

const PATIENCE = { interval: 5 };
const STORY = 'Tell me a long story';
const HELD = 'held';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** An answer to `STORY` is dictated. Everything else is repeated. */
function storyteller(): { readonly provider: Provider; readonly stories: DictatedModel } {
  const [stories, echo] = [new DictatedModel(), echoModel()];
  const provider: Provider = {
    name: 'storyteller',
    defaultModel: 'test-1',
    stream: (request, signal) => {
      const last = request.messages.at(-1);
      return (last !== undefined && messageText(last).includes(STORY) ? stories : echo).stream(request, signal);
    },
  };
  return { provider, stories };
}

/** A store whose commit of the event `HELD` waits. */
function holding(connectionString: string, held: Promise<void>): StoreLifecycle & { readonly waiting: () => boolean } {
  const lifecycle = createPostgresStore({ connectionString });
  let waiting = false;
  return {
    ...lifecycle,
    waiting: () => waiting,
    store: {
      ...lifecycle.store,
      async commit(turns, owner, leaseUntil) {
        if (turns.some(({ journal }) => journal.some(({ eventId }) => eventId === HELD))) {
          waiting = true;
          await held;
        }
        return lifecycle.store.commit(turns, owner, leaseUntil);
      },
    },
  };
}

async function customerAt(held?: Promise<void>): Promise<Listener> {
  const customer = await listenForMessages(held);
  closing.push(() => customer.close());
  return customer;
}

async function arrive(app: ComposedApp): Promise<Visitor> {
  const visitor = await Visitor.arrive(app.url, {});
  closing.push(() => visitor.leave());
  return visitor;
}

const stopped = (app: ComposedApp): unknown[] =>
  app.log.flatMap((line) => {
    const { msg, part } = JSON.parse(line);
    return msg === 'part stopped' ? [part] : [];
  });

it('stops its parts in reverse, and loses nothing of a turn, a delivery, a stream and a run under way', async () => {
  const { connectionString } = await createTestDatabase();
  await migrate(connectionString);
  const [commit, delivery] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const store = holding(connectionString, commit.promise);
  const echoPort = await freePort();
  const { provider, stories } = storyteller();
  const app = await compose({ ECHO_PORT: String(echoPort) }, { channels: [tcpEcho], store, provider });
  let stopping: Promise<void> | undefined;
  closing.push(() => {
    commit.resolve();
    delivery.resolve();
    return stopping ?? app.stop();
  });

  // A run, whose text a stream carries.
  const reader = await arrive(app);
  const stream = await reader.listen();
  await reader.write(STORY);
  await expect.poll(() => stories.writings.length, PATIENCE).toBe(1);
  stories.writings[0]?.write('Once upon');
  await expect.poll(() => reader.streamed.at(-1), PATIENCE).toBe('Once upon');
  // A delivery that its customer has not taken yet.
  const customer = await customerAt(delivery.promise);
  expect(await writeTo(echoPort, JSON.stringify({ id: 'one', port: customer.port, text: 'Good morning' }))).toBe('taken');
  await expect.poll(() => customer.received.length, PATIENCE).toBe(1);
  // A turn that is being committed.
  const writer = await arrive(app);
  const written = writer.write('Just before the end', HELD);
  await expect.poll(store.waiting, PATIENCE).toBe(true);

  stopping = app.stop();
  // The instance becomes unready first. The server still answers, because the turn's request is
  // under way.
  const readiness = await ask(`${app.url}/readyz`);
  expect(readiness).toMatchObject({ status: 503, body: { checks: { server: 'this instance is shutting down', database: null } } });
  expect(await stream.ended).toBe('closed');
  expect(reader.retries.at(-1)).toBeGreaterThanOrEqual(1_000);
  await expect(writeTo(echoPort, '{}')).rejects.toThrow();
  expect(stopped(app)).toEqual(['readiness']);

  commit.resolve();
  expect(await written).toMatchObject({ duplicate: false });
  await expect
    .poll(() => stopped(app), PATIENCE)
    .toEqual(['readiness', 'receiving channels', 'console', 'HTTP server', 'MCP', 'assigner', 'sending webhooks']);
  await expect(ask(`${app.url}/readyz`)).rejects.toThrow();
  expect(stories.writings[0]?.aborted).toBe(false);

  delivery.resolve();
  await stopping;
  expect(stopped(app)).toEqual([
    'readiness',
    'receiving channels',
    'console',
    'HTTP server',
    'MCP',
    'assigner',
    'sending webhooks',
    'turns and deliveries',
    'search',
    'analytics',
    'retention',
    'agents',
    'API tokens',
    'audit',
    'API limits',
    'channels',
    'sandboxes',
    'replays',
    'shared limits',
    'agent service',
    'clock',
    'exchange',
    'store',
    'redis',
    'tracing',
    'passed store',
  ]);
  expect(stories.writings[0]?.aborted).toBe(true);
  // All of that is an orderly stop. Nothing is logged as an error except the answer of /readyz.
  const errors = app.log.map((line) => JSON.parse(line)).filter(({ level, path }) => /warn|error/.test(level) && path !== '/readyz');
  expect(errors).toEqual([]);

  // Another instance continues the run at once, because its lease was given back. What was
  // delivered is not delivered again.
  const began = performance.now();
  const next = storyteller();
  const other = await compose(
    { SESSION_STORAGE_TYPE: 'postgres', DATABASE_URL: connectionString, ECHO_PORT: String(echoPort) },
    { channels: [tcpEcho], provider: next.provider },
  );
  closing.push(() => other.stop());
  const returned = reader.at(other.url);
  closing.push(() => returned.leave());
  await returned.listen();
  await expect.poll(() => next.stories.writings.length, PATIENCE).toBe(1);
  expect(performance.now() - began).toBeLessThan(10_000);
  next.stories.writings[0]?.write('Once upon a time.');
  next.stories.writings[0]?.end();
  await expect.poll(() => returned.messages.at(-1), PATIENCE).toBe('assistant: Once upon a time.');
  const writerReturned = writer.at(other.url);
  closing.push(() => writerReturned.leave());
  await writerReturned.listen();
  await expect.poll(() => writerReturned.messages.at(-1), PATIENCE).toContain('You said: Just before the end');
  expect(customer.received.filter((text) => text.includes('Good morning'))).toHaveLength(1);
});

it('gives a delivery back that takes longer than its share: another instance makes it', async () => {
  const { connectionString } = await createTestDatabase();
  const settings = { SESSION_STORAGE_TYPE: 'postgres', DATABASE_URL: connectionString };
  const delivery = Promise.withResolvers<void>();
  closing.push(() => delivery.resolve());
  const echoPort = await freePort();
  const app = await compose({ ...settings, ECHO_PORT: String(echoPort) }, { channels: [tcpEcho], drainMs: 300 });
  closing.push(() => app.stop());
  const customer = await customerAt(delivery.promise);
  await writeTo(echoPort, JSON.stringify({ id: 'one', port: customer.port, text: 'Good morning' }));
  await expect.poll(() => customer.received.length, PATIENCE).toBe(1);
  const began = performance.now();
  await app.stop();
  expect(performance.now() - began).toBeLessThan(10_000);
  const other = await compose({ ...settings, ECHO_PORT: String(echoPort) }, { channels: [tcpEcho] });
  closing.push(() => other.stop());
  await expect.poll(() => customer.received.length, PATIENCE).toBe(2);
  expect(customer.received[1]).toBe(customer.received[0]);
});
