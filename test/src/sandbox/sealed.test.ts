/**
 * Nothing leaves a sandbox. The whole program runs with every outgoing path watched, and sandboxes
 * of it play random steps, runs with the offline model among them.
 */
import diagnostics from 'node:diagnostics_channel';
import { Socket } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { defineChannel } from '#channels/plugin.ts';
import { SESSION_EVENT_TYPES } from '#src/operations/webhook-events.ts';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { Api } from '#test/end-to-end/api.ts';
import { freePort } from '#test/end-to-end/free-port.ts';
import { echoModel } from '#test/end-to-end/models.ts';
import { type OtlpCollector, startOtlpCollector } from '#test/fakes/otlp-collector.ts';
import { type Receiver, startReceiver } from '#test/src/webhooks/receiver.ts';
import { type ComposedApp, compose } from '../compose/app.ts';
import { type Listener, listenForMessages, writeTo } from '../compose/tcp.ts';
import { tcpEcho } from '../compose/tcp-echo.ts';

const SANDBOXES = 36;
/** Events among the steps. The others are time, outcomes and guards. */
const EVENTS_AT_LEAST = 10_000;
const BATCHES = 10;
const BATCH = 40;
const seed = Number(process.env.FC_SEED ?? Date.now() % 2_147_483_647);
console.info(`sealed sandboxes: run again with FC_SEED=${seed}`);

const sandboxSchema = z.looseObject({
  id: z.string(),
  version: z.number(),
  now: z.number(),
  invocations: z.array(z.object({ serial: z.number(), models: z.array(z.string()), input: z.unknown() })),
  effects: z.array(z.object({ serial: z.number(), type: z.string(), pending: z.boolean() })),
  guards: z.array(z.object({ name: z.string() })),
  results: z.array(z.unknown()).optional(),
});

/** What of the program reaches beyond it, in the order in which it happened. */
let left: string[] = [];
/** Calls of methods of the port by name, each noted before it is made. */
function watched<T extends object>(port: T, name: string, isNoted: (method: string) => boolean): T {
  return new Proxy(port, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]) => {
        if (isNoted(String(key))) left.push(`${name}.${String(key)}`);
        return Reflect.apply(value, target, given);
      };
    },
  });
}

/**
 * What reads, and what the program does by its clock whether there are sandboxes or not. Every
 * other method of every port of the store is noted.
 */
const QUIET: Readonly<Record<string, readonly string[]>> = {
  store: ['load', 'journal', 'sessions', 'pendingWork', 'claimDue', 'claimWork', 'setting'],
  handoff: ['agentStates'],
  agents: ['agents', 'forgetInvitations'],
  archive: ['lease', 'deleteExpired'],
  search: ['unindexed', 'put', 'forgetWords'],
  webhooks: ['endpoints', 'duePlaces', 'forgetDeliveries'],
  rollups: [
    'rollupProgress',
    'rollupMarks',
    'rollupSources',
    'rollupEntries',
    'rolledCustomers',
    'applyRollup',
    'condenseRollups',
    'forgetCustomers',
  ],
  signIns: ['forgetSignIns'],
  mentions: ['forgetMentions'],
  uploads: ['forget'],
  files: ['forgetUnclaimed'],
};

function watchedStore(): StoreLifecycle {
  const kept = createMemoryStore();
  const ports = Object.entries(kept).map(([name, port]) => {
    // Sandboxes are kept here, and what people do to them is in the audit trail.
    if (typeof port === 'function' || name === 'expiringRecords' || name === 'auditTrail') return [name, port];
    return [name, watched(port, name, (method) => !QUIET[name]?.includes(method))];
  });
  return { ...kept, ...Object.fromEntries(ports) };
}

let app: ComposedApp;
let api: Api;

let customer: Listener;
/** Gets every event that a webhook can send. */
let receiver: Receiver;
let collector: OtlpCollector;
let sessionId = '';
const model = echoModel();

beforeAll(async () => {
  const port = await freePort();
  const echo = defineChannel({
    ...tcpEcho,
    create: async (values, host) => {
      const channel = await tcpEcho.create(values, host);
      return {
        ...channel,
        adapter: watched(channel.adapter, 'channel', (method) => ['send', 'draft', 'typing', 'remark'].includes(method)),
      };
    },
  });
  [receiver, collector] = await Promise.all([startReceiver(), startOtlpCollector()]);
  app = await compose(
    { ECHO_PORT: String(port), STATECHAT_WEBHOOKS_ALLOW_PRIVATE: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
    {
      store: watchedStore(),
      provider: {
        ...model,
        stream: (...given) => {
          left.push('model');
          return model.stream(...given);
        },
      },
      channels: [echo],
    },
  );
  api = new Api(app.url, 'of-these-tests-alone');
  const hook = await api.post('/api/webhooks', { url: receiver.url, events: SESSION_EVENT_TYPES });
  expect([hook.status, hook.text.slice(0, 300)]).toEqual([201, expect.any(String)]);
  customer = await listenForMessages();
  const { received } = customer;
  for (const text of ['Good morning', 'And another thing']) {
    await writeTo(port, JSON.stringify({ id: text, port: customer.port, text }));
    await vi.waitFor(() => expect(received.join()).toContain(`You said: ${text}`));
  }
  const [session] = await api.sessionsAt(`echo:tcp:${customer.port}`);
  sessionId = session?.id ?? '';
  expect(left).toContain('model');
  expect(left).toContain('channel.send');
  expect(left).toContain('store.commit');
  // Whatever follows from them is done before it is watched.
  await vi.waitFor(async () => {
    expect(receiver.taken.filter(({ body }) => body.type === 'message.sent')).toHaveLength(2);
    expect(collector.spans.filter(({ name }) => name === 'provider')).toHaveLength(2);
    expect(await found('Good')).toHaveLength(1);
    expect(await figures()).toContain('"value":2');
  });
});
afterAll(async () => {
  await app?.stop();
  await customer?.close();
  await receiver?.close();
  await collector?.close();
});

/** Sockets that are opened to anything but the program itself, and processes that are started. */
function watchedProcess(): () => void {
  const onSocket = (message: unknown): void => {
    const { socket } = z.object({ socket: z.instanceof(Socket) }).parse(message);
    socket.on('connectionAttempt', (host: string, port: number) => {
      if (port !== app.port && port !== Number(new URL(collector.url).port)) left.push(`socket to ${host}:${port}`);
    });
  };
  const onProcess = (): void => void left.push('process');
  diagnostics.subscribe('net.client.socket', onSocket);
  diagnostics.subscribe('child_process', onProcess);
  return () => {
    diagnostics.unsubscribe('net.client.socket', onSocket);
    diagnostics.unsubscribe('child_process', onProcess);
  };
}

/** A linear congruential generator, so that a seed makes the same steps again. */
function randomOf(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

/** How often people were called. */
function notices(): number {
  return app.log.filter((line) => line.includes('a customer needs a human')).length;
}

const ASSISTANTS = ['companion', 'stock-analyst', 'property-concierge'];
const agent = { id: 'a', name: 'Ann' };
const EVENTS: readonly ((id: string) => object)[] = [
  (id) => ({ type: 'customer.message', id, text: 'hello there' }),
  (id) => ({ type: 'customer.command', id, name: 'agent', args: '' }),
  (id) => ({ type: 'customer.command', id, name: 'analyze', args: 'AAPL' }),
  () => ({ type: 'escalate', reason: 'asked', queue: 'sales' }),
  () => ({ type: 'agent.claim', agent }),
  () => ({ type: 'agent.message', agent, text: 'a human speaks' }),
  () => ({ type: 'note', agent, text: 'a note', mentions: ['b'] }),
  () => ({ type: 'agent.release', agent }),
  () => ({ type: 'agent.transfer', agent, queue: 'billing' }),
  () => ({ type: 'agent.update', agent, tags: { add: ['vip'] } }),
];

/** All counters of the program but those of requests. */
async function counters(): Promise<string> {
  const { text } = await api.get('/metrics');
  return text
    .split('\n')
    .filter((line) => /^statechat_(?!http_)/.test(line))
    .join('\n');
}

/** Sessions in which the word is found. */
async function found(word: string): Promise<readonly unknown[]> {
  const { body } = await api.get(`/api/session-search?q=${word}`);
  return z.object({ matches: z.array(z.unknown()) }).parse(body).matches;
}

async function figures(): Promise<string> {
  const today = new Date().toISOString().slice(0, 10);
  return (await api.get(`/api/analytics/figures?measures=all&from=${today}&to=${today}`)).text;
}

async function everything(): Promise<unknown> {
  const [session, history, sessions] = [await api.session(sessionId), await api.history(sessionId), await api.sessions()];
  return { session, history, sessions };
}

test(`${SANDBOXES * BATCHES * BATCH} random steps have no effect outside`, { timeout: 600_000 }, async () => {
  const random = randomOf(seed);
  const before = await everything();
  const counted = await counters();
  const heard = customer.received.length;
  const [sentByHooks, notified, analysed] = [receiver.requests.length, notices(), await figures()];
  const traces = new Set(collector.spans.map(({ traceId }) => traceId));
  const fetched = vi.spyOn(globalThis, 'fetch');
  const stopWatching = watchedProcess();
  left = [];
  let played = 0;
  let sent = 0;
  let ran = 0;
  let requested = 0;
  for (let nth = 0; nth < SANDBOXES; nth += 1) {
    const begin =
      nth % 2 === 0
        ? await api.post(`/api/sessions/${sessionId}/fork`, { seq: 1 + random(8) })
        : await api.post('/api/machines/session/sandbox', { assistant: ASSISTANTS[(nth >> 1) % ASSISTANTS.length] });
    expect([begin.status, begin.text.slice(0, 300)]).toEqual([201, expect.any(String)]);
    let sandbox = sandboxSchema.parse(begin.body);
    for (let batch = 0; batch < BATCHES; batch += 1) {
      const runnable = sandbox.invocations.find(({ models }) => models.includes('offline'));
      if (runnable !== undefined && random(2) === 0) {
        const { body, status, text } = await api.post(`/api/sandboxes/${sandbox.id}/runs`, {
          version: sandbox.version,
          serial: runnable.serial,
        });
        expect([status, text.slice(0, 300)]).toEqual([200, expect.any(String)]);
        sandbox = sandboxSchema.parse(body);
        ran += 1;
      }
      const waiting = sandbox.invocations[0];
      const first: object[] = [];
      if (waiting !== undefined) first.push({ do: 'settle', serial: waiting.serial, output: { text: 'an answer' } });
      const failing = sandbox.effects.findLast(({ pending }) => pending);
      if (failing !== undefined && random(3) === 0) first.push({ do: 'fail', serial: failing.serial, reason: 'blocked' });
      const guard = sandbox.guards[random(sandbox.guards.length || 1)];
      if (guard !== undefined && random(3) === 0) first.push({ do: 'force', guard: guard.name, outcome: [true, false, null][random(3)] });
      const rest = Array.from({ length: BATCH - first.length }, (_, index) => {
        if (random(4) === 0) return { do: 'advance', ms: [100, 1_000, 61_000, 1_900_000][random(4)] };
        sent += 1;
        return { do: 'send', event: EVENTS[random(EVENTS.length)]?.(`m-${nth}-${batch}-${index}`) };
      });
      const { body, status, text } = await api.post(`/api/sandboxes/${sandbox.id}/steps`, {
        version: sandbox.version,
        steps: [...first, ...rest],
      });
      expect([status, text.slice(0, 300)]).toEqual([200, expect.any(String)]);
      sandbox = sandboxSchema.parse(body);
      played += sandbox.results?.length ?? 0;
    }
    requested += sandbox.effects.length;
  }
  const outside = fetched.mock.calls.filter(([url]) => !String(url).startsWith(app.url));
  fetched.mockRestore();
  expect(outside).toEqual([]);
  stopWatching();
  expect([...new Set(left)]).toEqual([]);
  expect(sent).toBeGreaterThan(EVENTS_AT_LEAST);
  expect(customer.received).toHaveLength(heard);
  expect(receiver.requests).toHaveLength(sentByHooks);
  expect(notices()).toBe(notified);
  expect(await found('"hello there"')).toEqual([]);
  expect(await figures()).toBe(analysed);
  expect(collector.spans.filter(({ traceId }) => !traces.has(traceId))).toEqual([]);
  expect(collector.bodies.join('\n')).not.toContain('hello there');
  expect(await counters()).toBe(counted);
  expect(await everything()).toEqual(before);
  // The steps did something, so there was something to keep in.
  expect(played).toBe(SANDBOXES * BATCHES * BATCH);
  expect(requested).toBeGreaterThan(100);
  expect(ran).toBeGreaterThan(5);
});

test('the real model is not called unless the configuration allows it', async () => {
  const { body } = await api.post('/api/machines/session/sandbox', {});
  const begun = sandboxSchema.parse(body);
  const steps = [
    { do: 'send', event: { type: 'customer.message', id: 'm1', text: 'hi' } },
    { do: 'advance', ms: 1_000 },
  ];
  const played = sandboxSchema.parse((await api.post(`/api/sandboxes/${begun.id}/steps`, { version: 1, steps })).body);
  const [answer] = played.invocations;
  expect(answer?.models).toEqual(['offline']);
  left = [];
  const refused = await api.post(`/api/sandboxes/${begun.id}/runs`, { version: 2, serial: answer?.serial, model: 'real' });
  expect([refused.status, left]).toEqual([400, []]);
  const run = sandboxSchema.parse((await api.post(`/api/sandboxes/${begun.id}/runs`, { version: 2, serial: answer?.serial })).body);
  expect([run.invocations, left]).toEqual([[], []]);
  expect(run.effects.map(({ type }) => type)).toContain('message.send');
});
