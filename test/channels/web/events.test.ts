/** SPEC C5, DESIGN G10. The visitor's stream. */
import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { VisitorEvent } from '#channels/feed.ts';
import { type Address, parseAddress } from '#machines/ids.ts';
import { type WebHarness, webHarness } from './harness.ts';

let web: WebHarness;
let token: string;
let address: Address;
beforeEach(async () => {
  web = await webHarness();
  const visitor = await web.visitor();
  token = visitor.token;
  address = parseAddress(`web:default:${visitor.visitor}`);
});
afterEach(() => web[Symbol.asyncDispose]());

describe('the stream', () => {
  it('says what it is and cannot be cached or rewritten on the way', async () => {
    const { response } = await web.listen(token);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-cache, no-transform');
  });

  it('carries messages with their ids, and what passes without', async () => {
    const { id } = web.backend.say(address, { author: 'customer', text: 'Hi', clientId: 'c1' });
    const stream = await web.listen(token);
    const history = await stream.next();
    expect([history.event, history.id]).toEqual(['message', id]);
    expect(JSON.parse(history.data)).toMatchObject({ text: 'Hi', clientId: 'c1' });
    expect((await stream.next()).event).toBe('live');
    const line = 'two lines\n\nid: forged\r\n';
    web.backend.live(address, { type: 'delta', runId: 'r', offset: 0, text: line });
    const delta = await stream.next();
    expect([delta.event, delta.id]).toEqual(['delta', undefined]);
    expect(JSON.parse(delta.data)).toEqual({ type: 'delta', runId: 'r', offset: 0, text: line });
  });

  it('goes on behind Last-Event-ID, by header or by query', async () => {
    const ids = ['one', 'two', 'three'].map((text) => web.backend.say(address, { author: 'assistant', text }).id);
    const stream = await web.listen(token, { 'Last-Event-ID': ids[1] ?? '' });
    expect((await stream.next()).id).toBe(ids[2]);
    const response = await fetch(`${web.url}/events?after=${ids[0]}`, { headers: { Authorization: `Bearer ${token}` } });
    const chunks = response.body?.getReader();
    let text = '';
    while (!text.includes('two')) text += new TextDecoder().decode((await chunks?.read())?.value);
    expect(text).not.toContain('one');
    await chunks?.cancel();
  });

  it('is not opened for readers who left while they were let in (G10)', async () => {
    const left = Array.from({ length: 60 }, (_, index) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const call = request(`${web.url}/events`, { headers: { Authorization: `Bearer ${token}` } });
      call.on('error', () => {});
      call.on('close', resolve);
      call.end();
      call.on('socket', (socket) => socket.on('connect', () => setTimeout(() => call.destroy(), index % 6)));
      return promise;
    });
    await Promise.all(left);
    await vi.waitFor(() => expect(web.channel.streamCount()).toBe(0));
  });

  it('refuses an id that it never gave', async () => {
    const response = await web.call('GET', '/events', { token, headers: { 'Last-Event-ID': 'nonsense' } });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid_event_id' });
  });

  it("is the visitor's own", async () => {
    web.backend.say(address, { author: 'customer', text: 'a secret' });
    const other = await web.visitor();
    const stream = await web.listen(other.token);
    expect((await stream.next()).event).toBe('live');
    web.backend.say(parseAddress(`web:default:${other.visitor}`), { author: 'customer', text: 'mine' });
    expect(JSON.parse((await stream.next()).data)).toMatchObject({ text: 'mine' });
  });

  it('gives signs of life while nothing happens', async () => {
    await using lively = await webHarness({ heartbeatMs: 5 });
    const visitor = await lively.visitor();
    const stream = await lively.listen(visitor.token);
    expect((await stream.next()).event).toBe('live');
    const pending = stream.next().catch(() => undefined);
    await vi.waitFor(() => expect(stream.comments.length).toBeGreaterThan(2));
    stream.close();
    await pending;
  });

  it('lets go of a visitor who left', async () => {
    const stream = await web.listen(token);
    await vi.waitFor(() => expect(web.backend.conversation(address).live.size).toBe(1));
    stream.close();
    await vi.waitFor(() => expect([web.channel.streamCount(), web.backend.conversation(address).live.size]).toEqual([0, 0]));
  });

  it('ends the oldest when a visitor has too many, and tells it to be slow', async () => {
    await using crowded = await webHarness({ limits: { streamsPerVisitor: 2 } });
    const visitor = await crowded.visitor();
    const first = await crowded.listen(visitor.token);
    await crowded.listen(visitor.token);
    await crowded.listen(visitor.token);
    expect(await first.ended()).toBe(30_000);
    expect(crowded.channel.streamCount()).toBe(2);
  });

  it('turns readers away when the instance is full', async () => {
    await using full = await webHarness({ limits: { streams: 1 } });
    const [a, b] = [await full.visitor(), await full.visitor()];
    await full.listen(a.token);
    const response = await full.call('GET', '/events', { token: b.token });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2']);
  });

  it('tells pages to come back when the server stops, and takes nothing more', async () => {
    const stream = await web.listen(token);
    await web.channel.stop();
    const retry = await stream.ended();
    expect(retry).toBeGreaterThanOrEqual(1_000);
    expect(retry).toBeLessThan(3_000);
    expect((await web.call('GET', '/events', { token })).status).toBe(503);
    expect((await web.call('POST', '/messages', { token, body: { id: '1', text: 'Hi' } })).status).toBe(503);
  });

  it('ends when the feed fails, and reports it', async () => {
    const failure = new Error('the journal is away');
    await using broken = await webHarness({
      feed: async function* () {
        yield { type: 'typing', who: 'assistant', on: true } satisfies VisitorEvent;
        throw failure;
      },
    });
    const visitor = await broken.visitor();
    const stream = await broken.listen(visitor.token);
    expect(await stream.ended()).toBe(1_000);
    expect(broken.errors).toEqual([failure]);
  });
});

describe('a slow reader', () => {
  it('holds up its own feed, costs one socket buffer, and is cut off', async () => {
    let asked = 0;
    let over = false;
    await using flooded = await webHarness({
      stallMs: 50,
      feed: async function* () {
        try {
          for (;;) {
            asked += 1;
            yield { type: 'delta', runId: 'r', offset: 0, text: 'x'.repeat(64_000) } satisfies VisitorEvent;
          }
        } finally {
          over = true;
        }
      },
    });
    const visitor = await flooded.visitor();
    // Raw request whose body is never read. The kernel's buffers fill, then the server's.
    const call = request(`${flooded.url}/events`, { headers: { Authorization: `Bearer ${visitor.token}` } });
    const closed = new Promise<void>((resolve) => {
      call.on('response', (response) => {
        response.pause();
        response.on('close', resolve);
      });
      call.on('error', () => resolve());
    });
    call.end();
    await vi.waitFor(() => expect(over).toBe(true));
    const askedWhenCut = asked;
    // 64 KB each. The kernel buffers a few MB of one connection on both sides, far less than a
    // flood.
    expect(askedWhenCut).toBeLessThan(400);
    expect(flooded.channel.streamCount()).toBe(0);
    call.destroy();
    await closed;
    expect(asked).toBe(askedWhenCut);
  });
});
