/** Bounds of the gateway, at a running app over real sockets. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { CLOSE } from '#console/client/protocol.ts';
import { ConnectionLimits, MOST_OF_AGENT, MOST_WITHOUT_TOKEN_OF_NETWORK, MOST_WRONG_TOKENS } from '#src/gateway/connection-limits.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { type ComposedApp, compose } from '../compose/app.ts';
import { Consoles, type Served } from './consoles.ts';

const PATIENCE = { interval: 10 };
const consoles = new Consoles();
let composed: ComposedApp;
let app: Served;

beforeAll(async () => {
  composed = await compose({}, { store: createMemoryStore() });
  app = { url: composed.url, apiToken: composed.apiToken.secret.reveal() };
});
afterEach(() => consoles.close());
afterAll(() => composed.stop());

/** Sends a request as text. Its peer keeps its half of the connection open. */
async function request(path: string, headers: string) {
  const socket = connect({ port: composed.port, host: '127.0.0.1', allowHalfOpen: true });
  let answer = '';
  socket.on('data', (data) => {
    answer += String(data);
  });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}\r\n\r\n`);
  return { socket, answer: () => answer };
}

test('a request that offers another upgrade is answered without one', async () => {
  const headers = `Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nAuthorization: Bearer ${app.apiToken}`;
  for (const path of ['/api/sessions', '/healthz']) {
    const { socket, answer } = await request(path, headers);
    await expect.poll(answer, PATIENCE).toContain('HTTP/1.1 200');
    socket.destroy();
  }
});

test('an upgrade that is refused is over, also if its peer keeps its half open', async () => {
  const headers = 'Connection: Upgrade\r\nUpgrade: websocket\r\nOrigin: https://evil.example\r\nSec-WebSocket-Version: 13';
  const { socket, answer } = await request('/console/ws', headers);
  await expect.poll(answer, PATIENCE).toContain('HTTP/1.1 403');
  const failed = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
  // A peer that writes to a socket that was destroyed gets a reset.
  const writing = setInterval(() => socket.write('x'), 50);
  await failed;
  clearInterval(writing);
});

test('a network that sends wrong tokens has to wait', async () => {
  const codes: number[] = [];
  for (let attempt = 0; attempt <= MOST_WRONG_TOKENS; attempt += 1) {
    const raw = await consoles.raw({ ...app, url: app.url.replace('localhost', '127.0.0.1') });
    raw.send({ type: 'auth', token: `wrong-${attempt}` });
    codes.push(await raw.closed);
  }
  expect(new Set(codes.slice(0, -1))).toEqual(new Set([CLOSE.unauthorized]));
  expect(codes.at(-1)).toBe(CLOSE.tooMany);
});

test('connections of one agent, and those without a token, have bounds of their own', () => {
  const limits = new ConnectionLimits(() => 0);
  const places = Array.from({ length: MOST_OF_AGENT + 1 }, () => limits.take('office'));
  expect(places.map((place) => place.admit('amira'))).toEqual([...places.slice(1).map(() => true), false]);
  places[0]?.leave();
  expect(places.at(-1)?.admit('amira')).toBe(true);
  const open = Array.from({ length: MOST_WITHOUT_TOKEN_OF_NETWORK }, () => limits.take('attacker'));
  expect([limits.hasRoom('attacker'), limits.hasRoom('office')]).toEqual([false, true]);
  open[0]?.leave();
  expect(limits.hasRoom('attacker')).toBe(true);
});
