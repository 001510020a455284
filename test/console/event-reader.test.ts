/** Page's own EventSource. Resuming, reconnecting, giving up. The clock is manual. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ConnectionState, EventReader } from '../../console/chat/event-reader.ts';

interface Request {
  readonly headers: Headers;
  readonly signal: AbortSignal;
  answer(response: Response): void;
}

const readers: EventReader[] = [];
afterEach(() => {
  for (const reader of readers.splice(0)) reader.stop();
});

function setup() {
  const requests: Request[] = [];
  const timers: { run: () => void; ms: number }[] = [];
  const connections: ConnectionState[] = [];
  const received: string[] = [];
  let lastId: string | undefined;
  const reader = new EventReader({
    url: 'http://chat.test/events',
    fetch: (_url, init) => {
      const { promise, resolve, reject } = Promise.withResolvers<Response>();
      const signal = init?.signal ?? new AbortController().signal;
      signal.addEventListener('abort', () => reject(new Error('aborted')));
      requests.push({ headers: new Headers(init?.headers), signal, answer: resolve });
      return promise;
    },
    token: () => 'token',
    lastId: () => lastId,
    onOpen: () => undefined,
    onEvent: (data) => {
      received.push(data);
      lastId = data;
    },
    onConnection: (connection) => connections.push(connection),
    setTimer: (run, ms) => {
      const timer = { run, ms };
      timers.push(timer);
      return () => {
        if (timers.includes(timer)) timers.splice(timers.indexOf(timer), 1);
      };
    },
    random: () => 0,
  });
  readers.push(reader);
  const fire = (ms: number): void => {
    const index = timers.findIndex((timer) => timer.ms === ms);
    if (index < 0) throw new Error(`no timer of ${ms} ms, but ${timers.map((timer) => timer.ms).join(', ')}`);
    timers.splice(index, 1)[0]?.run();
  };
  return { reader, requests, timers, connections, received, fire };
}

/** A stream that the test writes to. */
function stream(): { readonly response: Response; write(text: string): void; end(): void } {
  const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
  const writer = writable.getWriter();
  return {
    response: new Response(readable),
    write: (text) => void writer.write(new TextEncoder().encode(text)).catch(() => undefined),
    end: () => void writer.close().catch(() => undefined),
  };
}

describe('the stream reader', () => {
  it('resumes behind what was applied, as soon as the server said', async () => {
    const { reader, requests, connections, received, fire } = setup();
    reader.wake();
    const first = stream();
    expect(requests[0]?.headers.get('authorization')).toBe('Bearer token');
    expect(requests[0]?.headers.has('last-event-id')).toBe(false);
    requests[0]?.answer(first.response);
    first.write('retry: 2500\n\nid: s.1\ndata: one\n\nid: s.2\ndata: t');
    await vi.waitFor(() => expect(received).toEqual(['one']));
    first.end();
    await vi.waitFor(() => expect(connections).toEqual(['connecting', 'open', 'waiting']));
    fire(2_500);
    expect(requests[1]?.headers.get('last-event-id')).toBe('one');
  });

  it('comes back ever more slowly while nobody answers, and at once when woken', async () => {
    const { reader, requests, connections, timers, fire } = setup();
    reader.wake();
    for (const wait of [1_000, 2_000, 4_000]) {
      requests.at(-1)?.answer(new Response('', { status: 502 }));
      await vi.waitFor(() => expect(timers.map(({ ms }) => ms)).toEqual([wait]));
      fire(wait);
    }
    requests.at(-1)?.answer(new Response('', { status: 502 }));
    await vi.waitFor(() => expect(connections.at(-1)).toBe('waiting'));
    const before = requests.length;
    reader.wake();
    reader.wake();
    expect(requests.length).toBe(before + 1);
  });

  it('takes silence for death, and hears nothing more of the dead one', async () => {
    const { reader, requests, connections, received, fire } = setup();
    reader.wake();
    const first = stream();
    requests[0]?.answer(first.response);
    first.write('data: one\n\n');
    await vi.waitFor(() => expect(received).toEqual(['one']));
    fire(40_000);
    expect([connections.at(-1), requests[0]?.signal.aborted]).toEqual(['waiting', true]);
    fire(1_000);
    const second = stream();
    requests[1]?.answer(second.response);
    first.write('data: late\n\n');
    second.write('data: two\n\n');
    await vi.waitFor(() => expect(received).toEqual(['one', 'two']));
  });

  it('counts heartbeats as life', async () => {
    const { reader, requests, timers, connections } = setup();
    reader.wake();
    const first = stream();
    requests[0]?.answer(first.response);
    await vi.waitFor(() => expect(connections.at(-1)).toBe('open'));
    const watch = timers.find(({ ms }) => ms === 40_000);
    first.write(': still here\n\n');
    await vi.waitFor(() => expect(timers.includes(watch ?? { run: () => undefined, ms: 0 })).toBe(false));
    expect(timers.map(({ ms }) => ms)).toEqual([40_000]);
  });

  it('stops asking when it is not who it says', async () => {
    const { reader, requests, connections, timers } = setup();
    reader.wake();
    requests[0]?.answer(new Response('', { status: 401 }));
    await vi.waitFor(() => expect(connections.at(-1)).toBe('refused'));
    reader.wake();
    expect([requests.length, timers]).toEqual([1, []]);
  });
});
