/**
 * Whatever an agent's console sends is answered with an error of a known code, or not at all, and
 * changes nothing that it may not change. Afterwards the gateway serves the others as before.
 *
 * `FC_SEED=<seed>` replays a run.
 */
import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { CLOSE, MAX_MESSAGE_BYTES } from '#console/client/protocol.ts';
import { parseSessionId } from '#machines/ids.ts';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { JumpingClock } from '#test/end-to-end/jumping-clock.ts';
import { type ComposedApp, compose } from '../compose/app.ts';
import { type Agent, Consoles, type RawConsole, type Served } from './consoles.ts';

const seed = Number(process.env.FC_SEED ?? Date.now() % 2_147_483_647);
console.info(`gateway fuzzer: replay with FC_SEED=${seed}`);
const runs = (numRuns: number) => ({ seed, numRuns });

const clock = new JumpingClock();
const consoles = new Consoles();
let store: StoreLifecycle;
let composed: ComposedApp;
let app: Served;
let amira: Agent;
let omar: Agent;
/** With the bot, held by Omar, waiting for an agent, and closed. */
let sessions: readonly string[];
let held: string;

beforeAll(async () => {
  store = createMemoryStore();
  composed = await compose({}, { store, clock, checkResults: true });
  app = { url: composed.url, apiToken: composed.apiToken.secret.reveal() };
  [amira, omar] = [await consoles.join(app, 'Amira'), await consoles.join(app, 'Omar')];
  const opened = [];
  for (const text of ['Hello', '/agent', '/agent', 'Bye']) opened.push((await consoles.customer(app, text)).sessionId);
  const [, second = '', , fourth = ''] = opened;
  held = second;
  sessions = opened;
  const theirs = await consoles.raw(app, omar.token);
  theirs.send({ type: 'claim', requestId: 'omar-claims', sessionId: held });
  theirs.send({ type: 'close', requestId: 'omar-closes', sessionId: fourth });
  await theirs.until(() => theirs.of('ack').length === 2);
});
afterEach(() => consoles.close());
afterAll(() => composed.stop());

/** Everything that a command could change. */
async function everything(): Promise<unknown> {
  return Promise.all(sessions.map(async (id) => [await consoles.session(app, id), await consoles.journal(app, id)]));
}

/** Sends all, and resolves to what came back for them. */
async function answers(raw: RawConsole, messages: readonly unknown[]) {
  const before = raw.messages.length;
  for (const message of messages) raw.send(message);
  const last = randomUUID();
  raw.send({ type: 'unwatch', requestId: last, sessionId: 'none' });
  await raw.until(() => raw.of('ack').some(({ requestId }) => requestId === last));
  return raw.messages
    .slice(before)
    .filter(
      (message) => message.type !== 'heartbeat' && message.type !== 'presence' && !(message.type === 'ack' && message.requestId === last),
    );
}

/** The gateway answers a newcomer, and nobody's session has moved. */
async function expectServes(): Promise<void> {
  const raw = await consoles.raw(app, omar.token);
  const [answer] = await answers(raw, [{ type: 'history', requestId: 'still-here', sessionId: held, before: 3, limit: 10 }]);
  expect(answer).toMatchObject({ type: 'ack', entries: [{ seq: 1 }, { seq: 2 }] });
  raw.socket.terminate();
}

/** A command that would be valid, for a session that there is. */
const valid = (): fc.Arbitrary<Record<string, unknown>> =>
  fc
    .tuple(fc.constantFrom(...sessions), fc.uuid(), fc.nat(200))
    .chain(([sessionId, requestId, seq]) =>
      fc.constantFrom<Record<string, unknown>>(
        { type: 'subscribe', requestId, topic: 'inbox', filter: { open: true } },
        { type: 'watch', requestId, sessionId, after: seq },
        { type: 'more', requestId, topic: 'inbox:x', after: sessionId },
        { type: 'unsubscribe', requestId, topic: 'inbox:x' },
        { type: 'unwatch', requestId, sessionId },
        { type: 'history', requestId, sessionId, before: seq, limit: 10 },
        { type: 'claim', requestId, sessionId },
        { type: 'send', requestId, sessionId, text: 'Hello', seen: seq },
        { type: 'note', requestId, sessionId, text: 'note' },
        { type: 'release', requestId, sessionId },
        { type: 'transfer', requestId, sessionId, queue: 'sales' },
        { type: 'close', requestId, sessionId, reason: 'done' },
        { type: 'update', requestId, sessionId, priority: 'high', entities: { budget: { value: 3, was: null } } },
        { type: 'snooze', requestId, sessionId, until: clock.now() + 3_600_000 },
        { type: 'unsnooze', requestId, sessionId },
        { type: 'schedule', requestId, sessionId, id: requestId, text: 'Hello', seen: seq, inMs: 5_000 },
        { type: 'unschedule', requestId, sessionId, id: requestId },
        { type: 'approve', requestId, approvalId: 'a', decision: 'approve' },
        { type: 'presence', sessionId, typing: true },
      ),
    );

/** None of these is text, a number, a list or an object that a field takes. */
const wrongValue = fc.constantFrom<unknown>(
  true,
  -1,
  1.5,
  1e300,
  '',
  'x'.repeat(40_000),
  [],
  [[]],
  { $gt: '' },
  { __proto__: null, toString: 1 },
);

/** One thing is wrong with each. */
const malformed = (): fc.Arbitrary<unknown> =>
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.uint8Array({ maxLength: 200 }),
    fc.json(),
    fc.jsonValue(),
    valid().map((command) => ({ ...command, type: `${String(command.type)} ` })),
    valid().map((command) => ({ ...command, surplus: 1 })),
    fc.tuple(valid(), wrongValue).map(([command, value]) => ({ ...command, sessionId: value, approvalId: value, topic: value })),
    fc
      .tuple(valid(), fc.constantFrom('', 'short', 'x'.repeat(65), 'has space', 7, null, undefined, "';--drop table"))
      .map(([command, requestId]) => (command.type === 'presence' ? { ...command, typing: 'yes' } : { ...command, requestId })),
    fc.tuple(valid(), fc.constantFrom(-1, 0.5, 2 ** 31, Number.MAX_SAFE_INTEGER, '1', null)).map(([{ requestId, sessionId }, seen]) => ({
      type: 'send',
      requestId,
      sessionId,
      text: 'x',
      seen,
    })),
    valid().map(({ requestId, sessionId }) => ({ type: 'note', requestId, sessionId, text: '\u200b\n ' })),
    valid().map(({ requestId, sessionId }) => ({ type: 'note', requestId, sessionId, text: 'x'.repeat(32_769) })),
  );

test('what is malformed is answered with invalid_input and changes nothing', async () => {
  const before = await everything();
  await fc.assert(
    fc.asyncProperty(fc.array(malformed(), { minLength: 1, maxLength: 40 }), async (messages) => {
      const raw = await consoles.raw(app, amira.token);
      const answered = await answers(raw, messages);
      expect(answered).toHaveLength(messages.length);
      for (const answer of answered)
        expect(answer).toMatchObject({ type: 'error', code: expect.stringMatching(/^(invalid_input|not_found)$/) });
      raw.socket.terminate();
    }),
    runs(40),
  );
  expect(await everything()).toEqual(before);
  await expectServes();
});

test('an id that names nothing is answered with not_found, whatever it looks like', async () => {
  const before = await everything();
  const unknown = fc.oneof(
    fc.uuid(),
    fc.string({ minLength: 1, maxLength: 100 }),
    fc.constantFrom('../..', '%00', "' or 1=1 --", '__proto__'),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(valid(), unknown), { minLength: 1, maxLength: 30 }), async (made) => {
      const raw = await consoles.raw(app, amira.token);
      const commands = made
        .map(
          ([command, id]): Record<string, unknown> => ({
            ...command,
            ...('sessionId' in command ? { sessionId: id } : command.type === 'more' ? { topic: id } : { approvalId: id }),
          }),
        )
        .filter(({ type }) => type !== 'unwatch' && type !== 'subscribe' && type !== 'unsubscribe');
      const answered = await answers(raw, commands);
      const asked = commands.filter(({ type }) => type !== 'presence');
      expect(answered).toMatchObject(asked.map(({ requestId }) => ({ type: 'error', requestId, code: 'not_found' })));
      raw.socket.terminate();
    }),
    runs(25),
  );
  expect(await everything()).toEqual(before);
  await expectServes();
});

test('before a token nothing is answered, whatever it is and whether its session exists or not', async () => {
  const before = await everything();
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        valid(),
        valid().map((command) => ({ ...command, sessionId: randomUUID() })),
        malformed(),
      ),
      async (command) => {
        const raw = await consoles.raw(app);
        raw.send(command);
        expect(await raw.closed).toBe(CLOSE.unauthorized);
        expect(raw.messages).toEqual([]);
      },
    ),
    runs(25),
  );
  expect(await everything()).toEqual(before);
});

test('with a wrong token nothing that was sent behind it is done', async () => {
  const before = await everything();
  const [header = '', claims = '', signature = ''] = amira.token.split('.');
  const forged = [
    `${header}.${claims}.${signature.slice(1)}x`,
    `${btoa('{"alg":"none"}')}.${claims}.`,
    `${header}.${btoa(JSON.stringify({ sub: amira.id, exp: 9e9 }))}.${signature}`,
    `${app.apiToken}x`,
    'x'.repeat(4_096),
    '\u0000',
  ];
  for (const token of forged) {
    const raw = await consoles.raw(app);
    raw.send({ type: 'auth', token });
    raw.send({ type: 'close', requestId: randomUUID(), sessionId: held });
    expect(await raw.closed).toBe(CLOSE.unauthorized);
    expect(raw.messages).toEqual([]);
  }
  expect(await everything()).toEqual(before);
});

test('an agent whose role is too low decides no approval', async () => {
  const request = {
    id: 'for-supervisors',
    tool: 'refund',
    shown: {},
    fingerprint: 'f',
    approvers: [{ role: 'supervisor' }],
    ttlMs: 60_000,
  } as const;
  await store.approvals.ask({ ...request, sessionId: parseSessionId(held) });
  const raw = await consoles.raw(app, amira.token);
  const decide = { type: 'approve', requestId: 'decides-it', approvalId: request.id, decision: 'approve' };
  expect(await answers(raw, [decide, decide])).toMatchObject([{ code: 'not_allowed' }, { code: 'not_allowed' }]);
  expect(await store.approvals.get(request.id)).toMatchObject({ status: 'open' });
});

test('what another console follows, and what nobody follows, is answered alike', async () => {
  const theirs = await consoles.raw(app, omar.token);
  const [{ topic = '' }] = z
    .tuple([z.object({ topic: z.string() })], z.unknown())
    .parse(await answers(theirs, [{ type: 'subscribe', requestId: 'omar-follows', topic: 'inbox', filter: { agent: omar.id } }]));
  const raw = await consoles.raw(app, amira.token);
  const ask = (of: string) => answers(raw, [{ type: 'more', requestId: 'asks-for-more', topic: of, after: randomUUID() }]);
  expect(await ask(topic)).toEqual(await ask('inbox:0123456789abcdef'));
  // A presence is not answered at all, and colleagues see none.
  for (const sessionId of [held, randomUUID()]) raw.send({ type: 'presence', sessionId, typing: true });
  expect(await answers(raw, [])).toEqual([]);
  expect(theirs.of('presence')).toEqual([]);
});

test("another agent's claim is not touched by any order of commands, and each of them is answered in its order", async () => {
  const facts = async () => {
    const { state, handler, agentId, queue, open } = await consoles.session(app, held);
    return { state, handler, agentId, queue, open };
  };
  const before = await facts();
  const kinds = fc.constantFrom('claim', 'send', 'watch', 'unwatch', 'history', 'subscribe', 'unsubscribe');
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(kinds, fc.nat(2 ** 31 - 1)), { minLength: 1, maxLength: 30 }), async (script) => {
      const raw = await consoles.raw(app, amira.token);
      const commands = script.map(([type, seq]) => {
        const requestId = randomUUID();
        if (type === 'subscribe') return { type, requestId, topic: 'inbox', filter: { open: seq % 2 === 0 } };
        if (type === 'unsubscribe') return { type, requestId, topic: `inbox:${seq}` };
        const more = { send: { text: 'mine', seen: seq }, watch: { after: seq }, history: { before: seq, limit: 1 + (seq % 500) } };
        return { type, requestId, sessionId: held, ...(type === 'send' || type === 'watch' || type === 'history' ? more[type] : {}) };
      });
      const answered = (await answers(raw, commands)).filter(({ type }) => type === 'ack' || type === 'error');
      expect(answered.map((answer) => Object(answer).requestId)).toEqual(commands.map(({ requestId }) => requestId));
      for (const [index, answer] of answered.entries()) {
        if (answer.type === 'error') expect(answer.code).toMatch(/^(held|unseen|invalid_input)$/);
        else expect(commands[index]?.type).not.toMatch(/^(claim|send)$/);
      }
      raw.socket.terminate();
    }),
    runs(10),
  );
  expect(await facts()).toEqual(before);
  await expectServes();
});

test('too long a message ends its connection alone', async () => {
  const [raw, other] = [await consoles.raw(app, amira.token), await consoles.raw(app, omar.token)];
  raw.send('x'.repeat(MAX_MESSAGE_BYTES + 1));
  expect(await raw.closed).toBe(1009);
  expect(await answers(other, [{ type: 'watch', requestId: 'watches-on', sessionId: held }])).toMatchObject([
    { type: 'transcript' },
    { type: 'ack' },
  ]);
});

/** Commands for two agents in their order, some of them sent again, and some by the other agent. */
interface Step {
  readonly by: 'amira' | 'omar';
  readonly command: Record<string, unknown>;
  /** Over a new connection. */
  readonly anew: boolean;
}

test('a command that is sent again has the outcome that it had, and is in the journal once', async () => {
  // More of those that a colleague's claim refuses.
  const kinds = fc.constantFrom('claim', 'claim', 'claim', 'claim', 'send', 'note', 'release', 'transfer', 'close');
  const step = fc.record({ by: fc.constantFrom<Step['by']>('amira', 'omar'), kind: kinds, nth: fc.nat(1), anew: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 30 }), async (script) => {
      const { sessionId } = await consoles.customer(app, '/agent');
      // Request ids are few, so they are used again, for the same command and by the other agent.
      const run = randomUUID().slice(0, 8);
      const steps = script.map(({ by, kind, nth, anew }): Step => {
        const requestId = `request-${run}-${kind}-${nth}`;
        const text = kind === 'send' || kind === 'note' ? { text: requestId } : {};
        return { by, anew, command: { type: kind, requestId, sessionId, ...text } };
      });
      const raws = { amira: await consoles.raw(app, amira.token), omar: await consoles.raw(app, omar.token) };
      const outcomes = new Map<string, unknown>();
      for (const { by, command, anew } of steps) {
        if (anew) {
          raws[by].socket.terminate();
          raws[by] = await consoles.raw(app, by === 'amira' ? amira.token : omar.token);
        }
        const seen = command.type === 'send' ? { seen: (await consoles.session(app, sessionId)).version } : {};
        const [answer] = await answers(raws[by], [{ ...command, ...seen }]);
        expect(answer).toMatchObject({ type: expect.stringMatching(/^(ack|error)$/), requestId: command.requestId });
        const key = `${by} ${String(command.requestId)}`;
        const outcome = outcomeOf(answer);
        expect(outcome).toEqual(outcomes.get(key) ?? outcome);
        outcomes.set(key, outcome);
      }
      const ids = (await consoles.journal(app, sessionId)).flatMap(({ eventId }) => (eventId?.includes(run) ? [eventId] : []));
      expect(ids).toHaveLength(new Set(ids).size);
      for (const { socket } of Object.values(raws)) socket.terminate();
    }),
    runs(25),
  );
  await expectServes();
});

/** Without what may differ when it is sent again. */
function outcomeOf(answer: unknown): unknown {
  const { duplicate: _, version: __, message: ___, ...outcome } = Object(answer);
  return outcome;
}

test('a token that was revoked ends its connection, and opens none', async () => {
  const nadia = await consoles.join(app, 'Nadia');
  const raw = await consoles.raw(app, nadia.token);
  const disabled = await consoles.api(app, 'PATCH', `/api/agents/${nadia.id}`, { version: 1, disabled: true });
  expect(disabled.status).toBe(200);
  expect(await raw.closed).toBe(CLOSE.unauthorized);
  const again = await consoles.raw(app);
  again.send({ type: 'auth', token: nadia.token });
  expect(await again.closed).toBe(CLOSE.unauthorized);
  expect(again.messages).toEqual([]);
});

test('a token that has expired does nothing, over the connection that it opened and over a new one', async () => {
  const raw = await consoles.raw(app, amira.token);
  clock.jump(11);
  raw.send({ type: 'close', requestId: 'too-late-by-now', sessionId: held });
  expect(await raw.closed).toBe(CLOSE.unauthorized);
  const again = await consoles.raw(app);
  again.send({ type: 'auth', token: amira.token });
  expect(await again.closed).toBe(CLOSE.unauthorized);
  expect([...raw.of('ack'), ...again.messages]).toEqual([]);
  expect(await consoles.session(app, held)).toMatchObject({ open: true });
});
