/**
 * The gateway over a real socket, with the whole program behind it. Actors and sessions in memory
 * are real, agents sign in, and the client is the console's.
 */
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { ConsoleClient } from '#console/client/client.ts';
import { CLOSE, type ServerMessage } from '#console/client/protocol.ts';
import { CommandError } from '#console/client/request.ts';
import { parseSessionId } from '#machines/ids.ts';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { Visitor } from '#test/end-to-end/visitor.ts';
import { type Line, startLine } from '#test/faults/line.ts';
import { type ComposedApp, compose } from '../compose/app.ts';
import { copySession } from './copied-sessions.ts';

const PASSWORD = 'correct horse battery';
const PATIENCE = { interval: 10 };

let app: ComposedApp;
let store: StoreLifecycle;
const clients: ConsoleClient[] = [];
const sockets: WebSocket[] = [];
const lines: Line[] = [];

beforeEach(async () => {
  store = createMemoryStore();
  app = await compose({}, { store });
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.stop();
  for (const socket of sockets.splice(0)) socket.terminate();
  for (const line of lines.splice(0)) await line.close();
  await app.stop();
});

const wsUrl = (port = app.port): string => `ws://127.0.0.1:${port}/console/ws`;
const admin = (): string => app.apiToken.secret.reveal();

function api(method: string, path: string, body?: object, token = admin()): Promise<Response> {
  return fetch(`${app.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

interface Agent {
  readonly id: string;
  readonly token: string;
}

async function join(name: string, role = 'agent'): Promise<Agent> {
  const { token } = await (await api('POST', '/api/invitations', { role })).json();
  const accept = { token, login: name.toLowerCase(), name, password: PASSWORD };
  const { agent, accessToken } = await (await api('POST', '/console/auth/accept', accept)).json();
  return { id: agent.id, token: accessToken };
}

interface Console {
  readonly client: ConsoleClient;
  readonly messages: ServerMessage[];
  of<T extends ServerMessage['type']>(type: T): Extract<ServerMessage, { readonly type: T }>[];
}

function open(token: string, port = app.port): Console {
  const client = new ConsoleClient({ url: wsUrl(port), retryMs: 20, token: async () => ({ token }) });
  const messages: ServerMessage[] = [];
  client.listen((message) => void messages.push(message));
  clients.push(client);
  client.start();
  return {
    client,
    messages,
    of: <T extends ServerMessage['type']>(type: T) =>
      messages.filter((message): message is Extract<ServerMessage, { readonly type: T }> => message.type === type),
  };
}

/** A visitor with an open session. */
async function customer(text = 'Hello'): Promise<{ readonly visitor: Visitor; readonly sessionId: string }> {
  const visitor = await Visitor.arrive(app.url, {});
  const { sessionId } = await visitor.write(text);
  return { visitor, sessionId };
}

/** The journal as it is stored, against what a console was shown. */
async function expectWhole(console: Console, sessionId: string): Promise<void> {
  const { body } = { body: await (await api('GET', `/api/sessions/${sessionId}/history?limit=1000`)).json() };
  const stored = body.entries.map(({ seq }: { seq: number }) => seq);
  await expect.poll(() => shownSeqs(console, sessionId), PATIENCE).toEqual(stored);
}

/** Seqs in the order in which they came, from the first transcript on. */
function shownSeqs({ messages }: Console, sessionId: string): number[] {
  return messages.flatMap((message) => {
    if (message.type === 'transcript' && message.session.id === sessionId) return message.entries.map(({ seq }) => seq);
    return message.type === 'entry' && message.sessionId === sessionId ? [message.entry.seq] : [];
  });
}

async function raw(): Promise<{ readonly socket: WebSocket; readonly received: ServerMessage[]; readonly closed: Promise<number> }> {
  const socket = new WebSocket(wsUrl());
  sockets.push(socket);
  const received: ServerMessage[] = [];
  socket.on('message', (data) => received.push(JSON.parse(String(data))));
  const closed = once(socket, 'close').then(([code]) => Number(code));
  await once(socket, 'open');
  return { socket, received, closed };
}

describe('a console', () => {
  test('sees a session that begins, an escalation, and what is said, in order and once', async () => {
    const amira = await join('Amira');
    const console = open(amira.token);
    const { topic } = await console.client.send({ type: 'subscribe', topic: 'inbox', filter: { open: true } });
    const { visitor, sessionId } = await customer('Hello, I am Lea');
    await expect
      .poll(() => console.of('changes')[0], PATIENCE)
      .toMatchObject({
        topic,
        sessions: [{ id: sessionId, state: expect.any(String), preview: { unanswered: expect.any(Number) } }],
      });
    await console.client.send({ type: 'watch', sessionId });
    await visitor.write('/agent');
    await expect.poll(() => console.of('attention').map(({ sessionId: id }) => id), PATIENCE).toContain(sessionId);
    await visitor.write('Is anybody there?');
    await expectWhole(console, sessionId);
  });

  test('answers, notes and releases, as the agent that signed in', async () => {
    const amira = await join('Amira');
    const console = open(amira.token);
    const { visitor, sessionId } = await customer('/agent');
    await console.client.send({ type: 'watch', sessionId });
    await console.client.send({ type: 'claim', sessionId });
    const seen = shownSeqs(console, sessionId).at(-1) ?? 0;
    const { version } = await console.client.send({ type: 'send', sessionId, text: 'Good morning, this is Amira.', seen });
    expect(version).toBeGreaterThan(seen);
    await console.client.send({ type: 'note', sessionId, text: 'wants a flat' });
    await console.client.send({ type: 'release', sessionId });
    await expectWhole(console, sessionId);
    const { entries } = await (await api('GET', `/api/sessions/${sessionId}/history`)).json();
    const said = entries.find(({ kind }: { kind: string }) => kind === 'agent.message');
    expect(said).toMatchObject({ author: 'Amira', text: 'Good morning, this is Amira.' });
    expect((await store.auditTrail.audit({ agent: amira.id, effect: 'write' }, 10)).items.map(({ operation }) => operation)).toContain(
      'sessions.send_event',
    );
    expect(visitor).toBeDefined();
  });

  test('sends a card with a text, and reacts to what the customer wrote', async () => {
    const amira = await join('Amira');
    const console = open(amira.token);
    const { visitor, sessionId } = await customer('/agent');
    const { version: seen } = await visitor.write('Where is it?', 'where');
    await console.client.send({ type: 'claim', sessionId });
    const card = { kind: 'location', latitude: 30.0444, longitude: 31.2357, name: 'Tower A' };
    await console.client.send({ type: 'send', sessionId, text: 'Here', card, seen });
    const wrong = console.client.send({ type: 'send', sessionId, text: 'Here', card: { ...card, latitude: 91 }, seen });
    await expect(wrong).rejects.toMatchObject({ code: 'invalid_input', message: expect.stringContaining('latitude') });
    for (const emoji of ['👍', null]) await console.client.send({ type: 'react', sessionId, id: 'where', emoji });
    const { entries } = await (await api('GET', `/api/sessions/${sessionId}/history`)).json();
    const sent = entries.filter(({ kind }: { kind: string }) => kind === 'agent.message' || kind === 'agent.reaction');
    expect(sent).toMatchObject([
      { kind: 'agent.message', author: 'Amira', text: expect.stringContaining('Tower A'), payload: { params: { text: 'Here', card } } },
      { kind: 'agent.reaction', author: 'Amira', text: '👍', payload: { params: { messageId: 'where' } } },
      { kind: 'agent.reaction', author: 'Amira', text: null },
    ]);
    expect(await (await api('GET', `/api/sessions/${sessionId}`)).json()).toMatchObject({ reactions: true, replies: true });
  });

  test('answers a certain message, at once and later, and the customer answers it', async () => {
    const amira = await join('Amira');
    const console = open(amira.token);
    const { visitor, sessionId } = await customer('/agent');
    const { version: seen } = await visitor.write('Where is it?', 'where');
    await console.client.send({ type: 'claim', sessionId });
    await console.client.send({ type: 'send', sessionId, text: 'Here', replyTo: 'where', seen });
    await console.client.send({ type: 'schedule', sessionId, id: 'in-a-moment', text: 'And there', replyTo: 'where', seen, inMs: 0 });
    const wrong = console.client.send({ type: 'send', sessionId, text: 'Here', replyTo: '', seen });
    await expect(wrong).rejects.toMatchObject({ code: 'invalid_input', message: expect.stringContaining('replyTo') });
    const entries = async (kind: string) => {
      const read = await (await api('GET', `/api/sessions/${sessionId}/history`)).json();
      return read.entries.filter((one: { kind: string }) => one.kind === kind);
    };
    await expect
      .poll(() => entries('agent.message'))
      .toMatchObject([
        { text: 'Here', payload: { params: { replyTo: 'where' } } },
        { text: 'And there', payload: { params: { replyTo: 'where' } } },
      ]);
    const [first] = await entries('agent.message');
    await visitor.write('Thank you', 'thanks', { replyTo: first.delivery.ref });
    expect((await entries('customer.message')).at(-1)?.payload.stimulus.event).toMatchObject({
      replyTo: first.delivery.ref,
      quoted: { author: 'agent', text: 'Here' },
    });
  });

  test('that claims what a colleague holds is told who', async () => {
    const [amira, omar] = [await join('Amira'), await join('Omar')];
    const [first, second] = [open(amira.token), open(omar.token)];
    const { sessionId } = await customer('/agent');
    const outcomes = await Promise.allSettled([
      first.client.send({ type: 'claim', sessionId }),
      second.client.send({ type: 'claim', sessionId }),
    ]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const winner = outcomes[0]?.status === 'fulfilled' ? 'Amira' : 'Omar';
    const [lost] = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(lost).toBeInstanceOf(CommandError);
    expect(lost).toMatchObject({ code: 'held', holder: winner });
  });

  test('is given its answer back if the customer wrote what its writer has not seen', async () => {
    const amira = await join('Amira');
    const console = open(amira.token);
    const { visitor, sessionId } = await customer('/agent');
    await console.client.send({ type: 'watch', sessionId });
    await console.client.send({ type: 'claim', sessionId });
    const seen = (await console.client.send({ type: 'note', sessionId, text: 'begins' })).version ?? 0;
    await visitor.write('One more thing: it has to be ground floor.');
    const answer = { type: 'send', sessionId, text: 'The third floor then.', seen } as const;
    const refused = await console.client.send(answer).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'unseen', seq: seen + 1 });
    const { version } = await (await api('GET', `/api/sessions/${sessionId}`)).json();
    await console.client.send({ ...answer, text: 'Ground floor then.', seen: version });
    const { entries } = await (await api('GET', `/api/sessions/${sessionId}/history`)).json();
    expect(entries.filter(({ kind }: { kind: string }) => kind === 'agent.message').map(({ text }: { text: string }) => text)).toEqual([
      'Ground floor then.',
    ]);
  });

  test('sees who else looks at a session, and that they have left', async () => {
    const [amira, omar] = [await join('Amira'), await join('Omar')];
    const [first, second] = [open(amira.token), open(omar.token)];
    const { sessionId } = await customer('/agent');
    await first.client.send({ type: 'subscribe', topic: 'inbox', filter: { open: true } });
    await second.client.send({ type: 'watch', sessionId });
    second.client.look(sessionId, true);
    await expect
      .poll(() => first.of('presence').at(-1), PATIENCE)
      .toMatchObject({ sessionId, agent: { id: omar.id, name: 'Omar' }, viewing: true, typing: true });
    await first.client.send({ type: 'watch', sessionId });
    expect(first.of('transcript').at(-1)?.presence).toMatchObject([{ agent: { name: 'Omar' } }]);
    second.client.stop();
    await expect.poll(() => first.of('presence').at(-1)?.viewing, PATIENCE).toBe(false);
  });
});

describe('a connection that is lost', () => {
  test('misses nothing and repeats nothing, and does a command once', async () => {
    const amira = await join('Amira');
    const line = await startLine(app.port);
    lines.push(line);
    const console = open(amira.token, line.port);
    const { visitor, sessionId } = await customer('/agent');
    await console.client.send({ type: 'watch', sessionId });
    await console.client.send({ type: 'claim', sessionId });
    for (let round = 0; round < 5; round += 1) {
      const lost = new Promise<void>((resolve) => {
        const stop = console.client.onStatus((status) => {
          if (status !== 'offline') return;
          stop();
          resolve();
        });
      });
      // In odd rounds the note is under way when the line is cut.
      const early = round % 2 === 0 ? undefined : console.client.send({ type: 'note', sessionId, text: `note ${round}` });
      line.set({ kind: 'cut' });
      await lost;
      await visitor.write(`While nobody looked, ${round}`);
      line.set({ kind: 'well' });
      await (early ?? console.client.send({ type: 'note', sessionId, text: `note ${round}` }));
    }
    await expectWhole(console, sessionId);
    const { entries } = await (await api('GET', `/api/sessions/${sessionId}/history?limit=1000`)).json();
    const notes = entries.filter(({ kind }: { kind: string }) => kind === 'note').map(({ text }: { text: string }) => text);
    expect(notes).toEqual([0, 1, 2, 3, 4].map((round) => `note ${round}`));
  });

  test('ends when its sign-in is ended, and is refused from then on', async () => {
    const amira = await join('Amira');
    const { socket, received, closed } = await raw();
    socket.send(JSON.stringify({ type: 'auth', token: amira.token }));
    await expect.poll(() => received.map(({ type }) => type), PATIENCE).toContain('ready');
    await api('DELETE', `/api/sign-ins?agentId=${amira.id}`);
    expect(await closed).toBe(CLOSE.unauthorized);
  });
});

describe('what does not belong', () => {
  test.each([
    ['a command', { type: 'claim', requestId: 'request-1', sessionId: 'x' }],
    ['rubbish', {}],
    ['a wrong token', { type: 'auth', token: 'not-the-token' }],
  ])('%s without a token ends the connection', async (_, message) => {
    const { socket, received, closed } = await raw();
    socket.send(JSON.stringify(message));
    expect(await closed).toBe(CLOSE.unauthorized);
    expect(received).toEqual([]);
  });

  test('a page of another site cannot connect', async () => {
    const socket = new WebSocket(wsUrl(), { origin: 'https://evil.example' });
    sockets.push(socket);
    const [error] = await once(socket, 'error');
    expect(String(error)).toContain('403');
  });

  test('rubbish is answered and changes nothing', async () => {
    const amira = await join('Amira');
    const { sessionId } = await customer('/agent');
    const before = await (await api('GET', `/api/sessions/${sessionId}`)).json();
    const { socket, received } = await raw();
    socket.send(JSON.stringify({ type: 'auth', token: amira.token }));
    const rubbish = [
      'not json',
      '[]',
      'null',
      '{"type":"claim"}',
      '{"type":"unknown","requestId":"request-1"}',
      JSON.stringify({ type: 'claim', requestId: 'request-2', sessionId: 'no-session' }),
      JSON.stringify({ type: 'claim', requestId: 'request-3', sessionId, extra: true }),
      JSON.stringify({ type: 'send', requestId: 'request-4', sessionId, text: 'x', seen: -1 }),
      JSON.stringify({ type: 'send', requestId: 'request-5', sessionId, text: '\u200b', seen: 1 }),
      JSON.stringify({ type: 'history', requestId: 'request-6', sessionId, before: 5, limit: 5_000 }),
    ];
    for (const one of rubbish) socket.send(one);
    await expect.poll(() => received.filter(({ type }) => type === 'error').length, PATIENCE).toBe(rubbish.length);
    const codes = received.flatMap((message) => (message.type === 'error' ? [message.code] : []));
    expect(new Set(codes)).toEqual(new Set(['invalid_input', 'not_found']));
    expect(await (await api('GET', `/api/sessions/${sessionId}`)).json()).toEqual(before);
  });

  test('what is too long ends the connection, and too many messages do', async () => {
    const { socket, closed } = await raw();
    socket.send('x'.repeat(300_000));
    expect(await closed).toBe(1009);
    const flood = await raw();
    flood.socket.send(JSON.stringify({ type: 'auth', token: admin() }));
    for (let index = 0; index < 200; index += 1) flood.socket.send('{}');
    expect(await flood.closed).toBe(CLOSE.tooMany);
  });
});

describe('a list that is longer than a page', () => {
  test('comes to its end page by page, each session once', async () => {
    const { sessionId } = await customer('/agent');
    await copySession(store.store, parseSessionId(sessionId), 1_200);
    const { token } = await join('Amira');
    const console = open(token);
    const { topic = '' } = await console.client.send({ type: 'subscribe', topic: 'inbox', filter: { state: 'WAITING_AGENT' } });
    await expect.poll(() => console.of('inbox').length, PATIENCE).toBe(1);
    for (let next = console.of('inbox')[0]?.next; typeof next === 'string'; next = console.of('inbox').at(-1)?.next)
      await console.client.send({ type: 'more', topic, after: next });
    const pages = console.of('inbox');
    expect(pages.map(({ sessions }) => sessions.length)).toEqual([500, 500, 201]);
    expect(pages.map(({ after }) => after)).toEqual([null, pages[0]?.next, pages[1]?.next]);
    expect(new Set(pages.flatMap(({ sessions }) => sessions.map(({ id }) => id)))).toHaveLength(1_201);
  });

  test('is not found if the console does not follow it, and has no cursors of others', async () => {
    const { token } = await join('Amira');
    const { client } = open(token);
    const { topic = '' } = await client.send({ type: 'subscribe', topic: 'inbox', filter: { open: true } });
    const more = (of: string, after: string) => client.send({ type: 'more', topic: of, after });
    await expect(more('inbox:other', crypto.randomUUID())).rejects.toMatchObject({ code: 'not_found' });
    await expect(more(topic, 'not a cursor')).rejects.toMatchObject({ code: 'invalid_input' });
  });
});
