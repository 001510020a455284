/**
 * Agent service in process, beyond its contract. Bounded memory, gates and hooks of a run, its end
 * (A1, A3).
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAnthropicProvider } from '#agent-service/anthropic/adapter.ts';
import { InProcessAgentService, type ServiceOptions } from '#agent-service/service.ts';
import { Workflows } from '#agent-service/workflows.ts';
import { ask, read, request, types } from '#test/contracts/agent-service-requests.ts';
import { FakeMessagesApi, fails, says } from '#test/fakes/messages-api.ts';

let api: FakeMessagesApi;
let open: InProcessAgentService[];
let now: number;
beforeEach(async () => {
  api = await FakeMessagesApi.start();
  open = [];
  now = 1_700_000_000_000;
});
afterEach(async () => {
  await Promise.all(open.map((service) => service.close()));
  await api.close();
});

function service(options: Partial<ServiceOptions> = {}): InProcessAgentService {
  const provider = createAnthropicProvider({ apiKey: 'test-key', baseUrl: api.url, maxRetries: 0 });
  const made = new InProcessAgentService({ provider, workflows: new Workflows([ask]), now: () => now, ...options });
  open.push(made);
  return made;
}
/** Writes the first piece, and the rest on command. */
function halted() {
  const gate = Promise.withResolvers<void>();
  api.script(async (writer) => {
    writer.start().text('Half');
    await gate.promise;
    writer.text(' and half').end();
  });
  return gate.resolve;
}

describe('a run', () => {
  it('that fails ends with an error, and is told of', async () => {
    api.script(fails(529, 'overloaded_error', 'later'));
    const onError = vi.fn();
    const agent = service({ onError });
    const { runId } = await agent.start(request);
    expect((await read(agent, { runId })).at(-1)).toMatchObject({ event: { type: 'error', code: 'unavailable', retryable: true } });
    expect(onError).toHaveBeenCalledOnce();
  });

  it('that is stopped by the reader of its last piece ends all the same', async () => {
    api.script(says(['All.']));
    const agent = service();
    const { runId } = await agent.start(request);
    const seen: string[] = [];
    for await (const item of agent.stream({ runId })) {
      if ('gap' in item) continue;
      seen.push(item.event.type);
      if (item.event.type === 'usage') await agent.stop(runId);
    }
    expect(['complete', 'error']).toContain(seen.at(-1));
  });

  it('whose end is no longer kept is not known', async () => {
    const agent = service({ maxEvents: 6 });
    const first = await agent.start({ ...request, runId: 'mine' });
    await read(agent, first);
    await read(agent, await agent.start(request));
    expect(types(await read(agent, first))).toEqual(['gap', 'usage', 'complete']);
    await read(agent, await agent.start(request));
    expect(() => agent.stream({ runId: 'mine' })).toThrow(expect.objectContaining({ code: 'not_found' }));
    await read(agent, await agent.start({ ...request, runId: 'mine' }));
    expect(api.requests).toHaveLength(4);
  });

  it('has the gate and the hooks that are its own', async () => {
    const asked: unknown[] = [];
    const agent = service({
      partsOf: (run) => ({
        gate: {
          beforeCall: async (estimate) => ({ refusal: { code: 'budget_spent', message: `${run.sessionId} ${estimate.turn}` } }),
          afterCall: async () => 0,
        },
        hooks: [{ name: 'spy', onMessage: ({ type }, { session }) => asked.push([type, session]) }],
      }),
    });
    const events = await read(agent, await agent.start({ ...request, session: { customer: 'Sara' } }));
    expect(events.at(-1)).toMatchObject({ event: { type: 'error', code: 'budget_spent', message: 's-1 1', retryable: false } });
    expect(asked).toEqual([['connected', { customer: 'Sara' }]]);
    expect(api.requests).toHaveLength(0);
  });

  it('is refused when as many as may be are under way, and taken when one has ended', async () => {
    const go = halted();
    const agent = service({ maxRuns: 1 });
    const { runId } = await agent.start(request);
    await expect(agent.start(request)).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    go();
    await read(agent, { runId });
    await vi.waitFor(() => agent.start(request));
  });
});

describe('a stream', () => {
  it('of a slow reader costs nothing: it is told of a gap, and the run did not wait', async () => {
    const go = Promise.withResolvers<void>();
    api.script(async (writer) => {
      writer.start().text('0');
      await go.promise;
      for (let index = 0; index < 3_000; index++) writer.text(`${index} `);
      writer.end();
    });
    const agent = service({ maxEvents: 100 });
    const { runId } = await agent.start(request);
    const slow = agent.stream({ runId })[Symbol.asyncIterator]();
    expect((await slow.next()).value).toMatchObject({ event: { type: 'connected' } });
    go.resolve();
    await vi.waitFor(async () => expect((await read(agent, { runId })).at(-1)).toMatchObject({ event: { type: 'complete' } }));
    expect((await slow.next()).value).toMatchObject({ gap: true });
    const rest: unknown[] = [];
    for (let step = await slow.next(); !step.done; step = await slow.next()) rest.push(step.value);
    expect(rest).toHaveLength(100);
  });

  it('is bounded in bytes too, and keeps the newest whatever its size', async () => {
    api.script(says(['x'.repeat(5_000), 'y'.repeat(5_000)]));
    const agent = service({ maxBytes: 6_000 });
    const { runId } = await agent.start(request);
    expect(types(await read(agent, { runId })).at(-1)).toBe('complete');
    expect(types(await read(agent, { runId }))).toEqual(['gap', 'complete']);
  });
});

describe('what is kept', () => {
  it('is forgotten after a while, when nobody reads it', async () => {
    const agent = service({ keepMs: 1_000 });
    const { runId } = await agent.start(request);
    await read(agent, { runId });
    const reader = agent.stream({ sessionId: 's-1' })[Symbol.asyncIterator]();
    await reader.next();
    now += 1_000;
    await read(agent, await agent.start({ ...request, sessionId: 's-2' }));
    expect(types(await read(agent, { runId }))).toHaveLength(4);
    await reader.return?.();
    now += 1_000;
    await read(agent, await agent.start({ ...request, sessionId: 's-3' }));
    expect(() => agent.stream({ runId })).toThrow('No run');
  });

  it('is of so many sessions and no more, the oldest going first', async () => {
    const agent = service({ maxKept: 2 });
    const runs: string[] = [];
    for (const sessionId of ['a', 'b', 'c']) {
      const started = await agent.start({ ...request, sessionId });
      await read(agent, started);
      runs.push(started.runId);
    }
    await vi.waitFor(() => expect(() => agent.stream({ runId: runs[0] ?? '' })).toThrow('No run'));
    expect(types(await read(agent, { runId: runs[1] ?? '' }))).toContain('complete');
  });
});

describe('a stream without a place to begin at', () => {
  it('is that of a run from its beginning, and of a session from the oldest that is kept; what is dropped is a gap', async () => {
    const agent = service({ maxEvents: 6 });
    const first = await agent.start(request);
    expect(first.after).toBe(now * 1_000);
    await read(agent, { runId: first.runId });
    expect(types(await read(agent, { sessionId: 's-1' }, { count: 4 }))).toEqual(['connected', 'chunk', 'usage', 'complete']);
    const second = await agent.start(request);
    await read(agent, { runId: second.runId });
    expect(types(await read(agent, { runId: second.runId }))).toEqual(['connected', 'chunk', 'usage', 'complete']);
    expect(types(await read(agent, { runId: first.runId }))).toEqual(['gap', 'usage', 'complete']);
    expect(types(await read(agent, { sessionId: 's-1' }, { count: 3 }))).toEqual(['gap', 'usage', 'complete']);
  });

  it('of a run is that of a session that it belongs to, or of none', async () => {
    const agent = service();
    const { runId } = await agent.start(request);
    expect(() => agent.stream({ sessionId: 'other', runId })).toThrow(expect.objectContaining({ code: 'not_found' }));
  });
});

describe('a run that nobody reads', () => {
  it('is stopped after a while, and not while somebody does', async () => {
    halted();
    const agent = service({ unreadMs: 40 });
    const { runId } = await agent.start(request);
    const reader = agent.stream({ sessionId: 's-1' })[Symbol.asyncIterator]();
    await reader.next();
    await reader.next();
    await expect(Promise.race([api.requests[0]?.closed, new Promise((resolve) => setTimeout(resolve, 120, 'goes on'))])).resolves.toBe(
      'goes on',
    );
    await reader.return?.();
    expect(await api.requests[0]?.closed).toEqual({ aborted: true });
    expect((await read(agent, { runId })).at(-1)).toMatchObject({ event: { type: 'error', code: 'stopped', stopped: 'unheard' } });
    // Stopped by the service itself. A caller that still wants it starts it again.
    const again = await agent.start({ ...request, runId });
    expect(types(await read(agent, { runId }, again)).at(-1)).toBe('complete');
  });

  it('is stopped if nobody ever did', async () => {
    halted();
    const agent = service({ unreadMs: 20 });
    const { runId } = await agent.start(request);
    await vi.waitFor(() => expect(agent.running).toBe(0));
    expect((await read(agent, { runId })).at(-1)).toMatchObject({ event: { code: 'stopped', stopped: 'unheard' } });
  });
});

it('closing lets runs end for a while, begins none, and ends streams', async () => {
  const go = halted();
  const agent = service();
  const { runId } = await agent.start(request);
  await read(agent, { runId }, { count: 2 });
  const closed = agent.close(5_000);
  await expect(agent.start({ ...request, sessionId: 's-2' })).rejects.toMatchObject({ code: 'unavailable' });
  // A reader that comes back for a run under way finds it.
  expect(await agent.start({ ...request, runId })).toMatchObject({ runId });
  const reading = read(agent, { runId });
  go();
  await closed;
  expect(types(await reading).at(-1)).toBe('complete');
});

it('closing stops runs and ends streams', async () => {
  halted();
  const agent = service();
  const { runId } = await agent.start(request);
  const session = read(agent, { sessionId: 's-1' });
  await read(agent, { runId }, { count: 2 });
  await agent.close();
  const items = await session;
  expect(types(items)).toEqual(['connected', 'chunk', 'error']);
  expect(items.at(-1)).toMatchObject({ event: { stopped: 'closing' } });
  expect(await api.requests[0]?.closed).toEqual({ aborted: true });
  await expect(agent.start(request)).rejects.toMatchObject({ code: 'unavailable' });
});
