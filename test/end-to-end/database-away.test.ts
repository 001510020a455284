/**
 * The running app while its PostgreSQL goes away and comes back (O, D4, G1, G2, G7, R4), and what
 * operators see of it.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { webPlugin } from '#channels/web/plugin.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#storage/embedded/start.ts';
import { ask } from './api.ts';
import { freePort } from './free-port.ts';
import { echoModel } from './models.ts';
import { PATIENCE, type RunningApp, runApp } from './running-app.ts';
import type { Visitor } from './visitor.ts';

let dataDir: string;
let port: number;
let server: EmbeddedPostgres;
let app: RunningApp;
const startServer = async (): Promise<void> => {
  server = await startEmbeddedPostgres({ dataDir, port, log: () => {} });
};
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'statechat-away-'));
  port = await freePort();
  await startServer();
  app = await runApp(
    { DATABASE_URL: server.connectionString },
    {
      provider: echoModel(),
      policy: { debounceMs: 20 },
      runtime: { patienceMs: 400 },
      channels: [webPlugin({ limits: { messagesPerMinute: 100_000 } })],
    },
  );
});
afterAll(async () => {
  await app?.stop();
  await server?.stop();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 20 });
});

const readiness = () => ask(`${app.url}/readyz`);

describe('health and metrics (R4)', () => {
  it('are there, and count turns and events', async () => {
    expect(await ask(`${app.url}/healthz`)).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await readiness()).toMatchObject({ status: 200, body: { status: 'ready', checks: { database: null, server: null } } });
    const before = await metrics();
    const visitor = await app.visitor();
    await visitor.write('one', 'a');
    await visitor.write('one', 'a');
    await expect
      .poll(async () => (await metrics()).get('statechat_effect_seconds_count{type="message.send",outcome="done"}'), PATIENCE)
      .toBeGreaterThan(0);
    const after = await metrics();
    const grown = (name: string): number => (after.get(name) ?? 0) - (before.get(name) ?? 0);
    expect(grown('statechat_events_total{outcome="applied"}')).toBe(1);
    expect(grown('statechat_events_total{outcome="duplicate"}')).toBe(1);
    // The message, the debounce, the answer.
    expect(grown('statechat_turn_seconds_count')).toBeGreaterThanOrEqual(3);
    expect([...after.keys()].filter((name) => /web:default|v_[\w-]{10}/.test(name))).toEqual([]);
  });
});

describe('PostgreSQL away (D4, G7)', () => {
  it('is said by /readyz and by 503, costs nothing that was acknowledged, and mends itself', async () => {
    const visitor = await app.visitor();
    const { sessionId } = await visitor.write('before', 'b1');
    await expect.poll(async () => (await app.api.said(sessionId)).at(-1)?.text, PATIENCE).toBe('You said: before');
    await visitor.listen();

    await server.stop();
    await expect.poll(async () => (await readiness()).status, PATIENCE).toBe(503);
    expect((await readiness()).body).toMatchObject({ status: 'not ready', checks: { server: null, database: expect.any(String) } });
    expect((await ask(`${app.url}/healthz`)).status).toBe(200);
    expect(await visitor.post('messages', { id: 'b2', text: 'during' })).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(await app.api.tell(sessionId, { type: 'note', text: 'x' })).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect((await app.api.get(`/api/sessions/${sessionId}`)).status).toBe(503);

    await startServer();
    await expect.poll(async () => (await readiness()).status, PATIENCE).toBe(200);
    expect(await visitor.write('during', 'b2')).toMatchObject({ sessionId });
    await expect
      .poll(async () => (await app.api.said(sessionId)).map(({ text }) => text), PATIENCE)
      .toEqual(['before', 'You said: before', 'during', 'You said: during']);
    visitor.leave();
    await visitor.listen();
    await expect
      .poll(() => visitor.messages, PATIENCE)
      .toEqual(['customer: before', 'assistant: You said: before', 'customer: during', 'assistant: You said: during']);
  });

  it('restarted twice under load: every message ends up in its journal exactly once and in order, and is answered (G1–G3)', async () => {
    const visitors = await Promise.all(Array.from({ length: 6 }, () => app.visitor()));
    const outcomes: number[] = [];
    const refusals = (): number => outcomes.filter((status) => status === 503).length;
    const over = new AbortController();
    const load = Promise.all(visitors.map((visitor) => keepWriting(visitor, outcomes, over.signal)));
    for (let restart = 0; restart < 2; restart++) {
      const [reached, refused] = [outcomes.length + 20, refusals()];
      await expect.poll(() => outcomes.length, PATIENCE).toBeGreaterThan(reached);
      await server.stop();
      await expect.poll(refusals, PATIENCE).toBeGreaterThan(refused + 3);
      await startServer();
      await expect.poll(() => outcomes.at(-1), PATIENCE).toBe(200);
    }
    over.abort();
    for (const [i, written] of (await load).entries()) {
      const [session, ...others] = await app.api.sessionsAt(visitors[i]?.address ?? '');
      expect(others).toEqual([]);
      await vi.waitFor(async () => {
        const said = await app.api.said(session?.id ?? '');
        const heard = said.filter(({ kind }) => kind === 'customer.message').map(({ text }) => text);
        expect(heard).toEqual(written);
        const answers = said.filter(({ kind }) => kind === 'assistant.message');
        expect(answers.flatMap(({ text }) => text?.match(/text \d+/g) ?? [])).toEqual(written);
        expect(answers.filter(({ delivery }) => delivery?.status !== 'sent')).toEqual([]);
      }, PATIENCE);
    }
  });
});

/**
 * Sends messages as a page does. It sends one after the other, and retries each under its id until
 * it is accepted. Resolves to their texts.
 */
async function keepWriting(visitor: Visitor, outcomes: number[], over: AbortSignal): Promise<readonly string[]> {
  const written: string[] = [];
  while (!over.aborted) {
    const text = `text ${written.length}`;
    for (let status = 0; status !== 200; ) {
      ({ status } = await visitor.post('messages', { id: text.replace(' ', '-'), text }));
      outcomes.push(status);
      if (status !== 200 && status !== 503) throw new Error(`an answer of ${status}`);
    }
    written.push(text);
  }
  return written;
}

async function metrics(): Promise<ReadonlyMap<string, number>> {
  const { text } = await ask(`${app.url}/metrics`);
  return new Map(
    text
      .split('\n')
      .flatMap((line) =>
        line.startsWith('#') || line === '' ? [] : [[line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]],
      ),
  );
}
