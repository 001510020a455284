/**
 * A console that was asleep, or that reads slowly, shows the journal afterwards. Nothing is missing
 * and nothing is there twice, and meanwhile the gateway keeps a bounded part of it in memory.
 */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Clock } from '#machines/clock.ts';
import { FrameSocket } from '#src/gateway/frame-socket.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { type Line, startLine } from '#test/faults/line.ts';
import { type ComposedApp, compose } from '../compose/app.ts';
import { type Console, Consoles, PATIENCE, type Served, socketUrl } from './consoles.ts';

/** Of real time. By the laptop's clock, the server is silent for an hour. */
const AT_ONCE_MS = 10_000;
/** The server's. It goes on while the laptop's jumps. */
const clock: Clock = {
  now: () => Math.round(performance.timeOrigin + performance.now()),
  after(ms, callback) {
    const timer = setTimeout(callback, ms).unref();
    return () => clearTimeout(timer);
  },
};

const consoles = new Consoles();
let composed: ComposedApp;
let app: Served;
let line: Line;

beforeEach(async () => {
  composed = await compose({}, { store: createMemoryStore(), clock });
  app = { url: composed.url, apiToken: composed.apiToken.secret.reveal() };
  line = await startLine(composed.port);
});
afterEach(async () => {
  vi.restoreAllMocks();
  consoles.close();
  await line.close();
  await composed.stop();
});

function note(sessionId: string, text: string): Promise<Response> {
  return consoles.api(app, 'POST', `/api/sessions/${sessionId}/events`, { type: 'note', text });
}

function openings({ messages }: Console): number {
  return messages.filter(({ type }) => type === 'ready').length;
}

test('a laptop that slept for an hour connects again as it wakes up, over a connection that nobody ended', async () => {
  const amira = await consoles.join(app, 'Amira');
  const console = consoles.open(app, amira.token, socketUrl({ url: `http://127.0.0.1:${line.port}` }));
  const { visitor, sessionId } = await consoles.customer(app, '/agent');
  await console.client.send({ type: 'watch', sessionId });
  await console.client.send({ type: 'claim', sessionId });
  await console.client.send({ type: 'subscribe', topic: 'inbox', filter: { open: true } });
  console.client.look(sessionId, false);
  line.set({ kind: 'half-open', swallows: 'everything' });
  for (const text of ['one', 'two', 'three']) await visitor.write(text);
  // Written in the train, without a connection that anything comes back over.
  const sent = console.client.send({ type: 'note', sessionId, text: 'calls back' });
  line.set({ kind: 'well' });
  const wokeUp = performance.now();
  const now = Date.now();
  vi.spyOn(Date, 'now').mockImplementation(() => now + 3_600_000 + (performance.now() - wokeUp));
  await sent;
  expect(performance.now() - wokeUp).toBeLessThan(AT_ONCE_MS);
  expect(openings(console)).toBe(2);
  await consoles.expectSame(app, console, sessionId);
  expect((await consoles.journal(app, sessionId)).filter(({ kind }) => kind === 'note')).toHaveLength(1);
  // Colleagues see again which session the agent views.
  await expect
    .poll(() => console.of('presence').at(-1), PATIENCE)
    .toMatchObject({ sessionId, viewing: true, viewer: console.of('ready').at(-1)?.viewer });
});

test('a client that was offline sends more than the gateway takes at once, and all of it is done once', async () => {
  const amira = await consoles.join(app, 'Amira');
  const console = consoles.open(app, amira.token, socketUrl({ url: `http://127.0.0.1:${line.port}` }));
  const { sessionId } = await consoles.customer(app, '/agent');
  await console.client.send({ type: 'watch', sessionId });
  line.set({ kind: 'cut' });
  const sent = Array.from({ length: 150 }, (_, index) => console.client.send({ type: 'note', sessionId, text: `note ${index}` }));
  line.set({ kind: 'well' });
  await Promise.all(sent);
  const notes = (await consoles.journal(app, sessionId)).flatMap(({ kind, text }) => (kind === 'note' ? [text] : []));
  expect(notes).toEqual(sent.map((_, index) => `note ${index}`));
});

test('a reader that has stopped reading costs bounded memory, and gets all of the transcript once it reads again', async () => {
  const amira = await consoles.join(app, 'Amira');
  const { sessionId } = await consoles.customer(app, '/agent');
  const raw = await consoles.raw(app, amira.token);
  raw.send({ type: 'watch', requestId: 'watches-it', sessionId });
  await raw.until(() => raw.of('transcript').length > 0);
  raw.socket.pause();
  const write = vi.spyOn(FrameSocket.prototype, 'write');
  const long = 'x'.repeat(30_000);
  let most = 0;
  // The system's own buffers take the first megabytes.
  for (let count = 0; count < 300; count += 1) {
    await note(sessionId, `${count} ${long}`);
    for (const socket of new Set(write.mock.contexts)) if (socket instanceof FrameSocket) most = Math.max(most, socket.bufferedAmount);
  }
  expect(most).toBeGreaterThan(262_144);
  expect(most).toBeLessThan(1_000_000);
  raw.socket.resume();
  await consoles.expectSame(app, raw, sessionId, { interval: 200 });
  expect(raw.of('transcript').length).toBeGreaterThan(1);
});
