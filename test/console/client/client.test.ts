/** The client over sockets that the test plays, with a clock that it moves. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ConsoleClient, type Token } from '#console/client/client.ts';
import { CLOSE, LIMITS } from '#console/client/protocol.ts';
import { CommandError, type Request } from '#console/client/request.ts';

class FakeSocket {
  static all: FakeSocket[] = [];
  readonly sent: { readonly type: string; readonly requestId: string; readonly [field: string]: unknown }[] = [];
  onopen: (() => void) | undefined;
  onmessage: ((event: { data: string }) => void) | undefined;
  onclose: ((event: { code: number }) => void) | undefined;
  isClosed = false;

  constructor() {
    FakeSocket.all.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.isClosed = true;
  }

  receive(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  ready(id = 'amira'): void {
    this.onopen?.();
    this.receive({ type: 'ready', protocol: 1, agent: { id, name: id }, role: 'agent', viewer: 'v', silenceMs: 40_000, at: 1 });
  }

  /** Answers the last command, or an earlier one. */
  answer(message: object, command = this.sent.at(-1)): void {
    this.receive({ requestId: command?.requestId, ...message });
  }

  types(): string[] {
    return this.sent.map(({ type }) => type);
  }
}

const TOKEN: Token = { token: 'token' };
const passing = { type: 'error', code: 'unavailable', message: 'later', retryAfterMs: 1_000 };
let client: ConsoleClient;

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.all = [];
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.spyOn(Math, 'random').mockReturnValue(1);
});
afterEach(() => {
  client.stop();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const settled = () => vi.advanceTimersByTimeAsync(0);
/** Sends a command whose answer the test does not await. */
const give = (request: Request): void => void client.send(request).catch(() => undefined);
const latest = (): FakeSocket => FakeSocket.all.at(-1) ?? expect.unreachable();

async function opened(token: () => Promise<Token | undefined> = async () => TOKEN): Promise<FakeSocket> {
  client = new ConsoleClient({ url: 'ws://test', token });
  client.start();
  await settled();
  latest().ready();
  return latest();
}

test('has one socket, however often it is woken while the token is awaited', async () => {
  const token = Promise.withResolvers<Token>();
  const getToken = vi.fn(() => token.promise);
  client = new ConsoleClient({ url: 'ws://test', token: getToken });
  client.start();
  client.wake();
  client.wake();
  client.start();
  token.resolve(TOKEN);
  await settled();
  expect([FakeSocket.all.length, getToken.mock.calls.length]).toEqual([1, 1]);
});

test('ignores a token that comes after it was stopped, and every event of an older socket', async () => {
  const first = await opened();
  first.onclose?.({ code: 1006 });
  await vi.advanceTimersByTimeAsync(500);
  expect(FakeSocket.all.length).toBe(2);
  first.ready();
  expect([client.status, first.types().includes('subscribe')]).toEqual(['connecting', false]);
  first.onclose?.({ code: 1006 });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(FakeSocket.all.length).toBe(2);
  const late = Promise.withResolvers<Token>();
  client.stop();
  client = new ConsoleClient({ url: 'ws://test', token: () => late.promise });
  client.start();
  client.stop();
  late.resolve(TOKEN);
  await settled();
  expect(FakeSocket.all.length).toBe(2);
});

test('follows again what failed in passing, and forgets what does not exist', async () => {
  const first = await opened();
  for (const sessionId of ['a', 'b']) {
    give({ type: 'watch', sessionId });
    first.answer({ type: 'ack', version: 1 });
  }
  first.onclose?.({ code: 1006 });
  await vi.advanceTimersByTimeAsync(500);
  const second = latest();
  second.ready();
  const [a, b] = second.sent.filter(({ type }) => type === 'watch');
  second.answer({ type: 'error', code: 'rate_limited', message: 'full' }, a);
  second.answer({ type: 'error', code: 'not_found', message: 'none' }, b);
  await vi.advanceTimersByTimeAsync(4_999);
  expect(second.types()).toEqual(['auth', 'watch', 'watch']);
  await vi.advanceTimersByTimeAsync(1);
  expect(second.sent.slice(3)).toMatchObject([{ type: 'watch', sessionId: 'a' }]);
});

test('keeps a subscription that fails in passing until it is answered', async () => {
  const socket = await opened();
  const subscription = client.send({ type: 'subscribe', topic: 'inbox', filter: { open: true } });
  socket.answer(passing);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(socket.types()).toEqual(['auth', 'subscribe', 'subscribe']);
  socket.answer({ type: 'ack', topic: 'inbox:1' });
  expect(await subscription).toMatchObject({ topic: 'inbox:1' });
});

test('does not watch later what was left meanwhile', async () => {
  const socket = await opened();
  const watch = client.send({ type: 'watch', sessionId: 'a' }).catch((error: unknown) => error);
  socket.answer(passing);
  give({ type: 'unwatch', sessionId: 'a' });
  await vi.advanceTimersByTimeAsync(5_000);
  expect([await watch, socket.types()]).toEqual([expect.any(Error), ['auth', 'watch', 'unwatch']]);
});

test('rejects a refused command, and tells whether it may succeed later', async () => {
  const socket = await opened();
  const claim = client.send({ type: 'claim', sessionId: 'a' });
  socket.answer(passing);
  await expect(claim).rejects.toThrow(CommandError);
  await expect(claim).rejects.toMatchObject({ code: 'unavailable', retryAfterMs: 1_000 });
});

test('rejects what waits when the agent is signed out, and sends none of it as another agent', async () => {
  let token: Token | undefined = TOKEN;
  const first = await opened(async () => token);
  const held = client.send({ type: 'note', sessionId: 'a', text: 'mine' }).catch((error: unknown) => error);
  token = undefined;
  first.onclose?.({ code: CLOSE.unauthorized });
  await vi.advanceTimersByTimeAsync(2_000);
  expect([client.status, await held]).toEqual(['signed out', expect.any(Error)]);
  const late = client.send({ type: 'note', sessionId: 'a', text: 'still mine' }).catch((error: unknown) => error);
  token = TOKEN;
  client.start();
  await settled();
  latest().ready('omar');
  expect([await late, latest().types()]).toEqual([expect.any(Error), ['auth']]);
});

test('stays within the limits after a long time offline', async () => {
  const first = await opened();
  first.onclose?.({ code: 1006 });
  for (let index = 0; index < 50; index += 1) give({ type: 'watch', sessionId: `s${index}` });
  for (let index = 0; index < 150; index += 1) give({ type: 'claim', sessionId: `s${index}` });
  await vi.advanceTimersByTimeAsync(500);
  const socket = latest();
  socket.ready();
  let answered = 1;
  for (let second = 0; second < 20; second += 1) {
    // A gateway that answers at once.
    while (answered < socket.sent.length) socket.answer({ type: 'ack', version: 1 }, socket.sent[answered++]);
    expect(socket.sent.length).toBeLessThanOrEqual(LIMITS.burst + second * LIMITS.perSecond);
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(socket.sent.length).toBe(201);
});

test('waits longer each time while no connection lasts, and longer after too many messages', async () => {
  await opened();
  for (const wait of [500, 1_000, 2_000]) {
    const before = FakeSocket.all.length;
    latest().onclose?.({ code: 1006 });
    await vi.advanceTimersByTimeAsync(wait - 1);
    expect(FakeSocket.all.length).toBe(before);
    await vi.advanceTimersByTimeAsync(1);
    expect(FakeSocket.all.length).toBe(before + 1);
    latest().ready();
  }
  await vi.advanceTimersByTimeAsync(5_000);
  const before = FakeSocket.all.length;
  latest().onclose?.({ code: CLOSE.tooMany });
  await vi.advanceTimersByTimeAsync(3_999);
  expect(FakeSocket.all.length).toBe(before);
  await vi.advanceTimersByTimeAsync(1);
  expect(FakeSocket.all.length).toBe(before + 1);
});

test('follows the same list once, whatever the order of the fields of its filter', async () => {
  const first = await opened();
  give({ type: 'subscribe', topic: 'inbox', filter: { open: true, queue: 'q' } });
  first.answer({ type: 'ack', topic: 'inbox:1' });
  give({ type: 'subscribe', topic: 'inbox', filter: { queue: 'q', open: true } });
  first.answer({ type: 'ack', topic: 'inbox:1' });
  first.onclose?.({ code: 1006 });
  await vi.advanceTimersByTimeAsync(500);
  latest().ready();
  expect(latest().types()).toEqual(['auth', 'subscribe']);
});

test('sends again what the agent views once the session is watched, and after its commands', async () => {
  const socket = await opened();
  give({ type: 'watch', sessionId: 'a' });
  client.look('a', true);
  expect(socket.types()).toEqual(['auth', 'watch', 'presence']);
  const session = {
    id: 'a',
    address: 'web:1',
    assistant: 'desk',
    version: 1,
    state: 'S',
    handler: 'bot',
    agentId: null,
    queue: null,
    waitingSince: null,
    tags: [],
    open: true,
    openedAt: 1,
    lastActivityAt: 1,
    preview: null,
  };
  socket.receive({ type: 'transcript', session, from: 1, entries: [], partial: null, presence: [] });
  expect(socket.sent.at(-1)).toMatchObject({ type: 'presence', sessionId: 'a', typing: true });
  expect(socket.sent.length).toBe(4);
});
