/** The agent service in process: runs by name, streams that can be resumed, bounded memory (A1, A3). */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { createAnthropicProvider } from '#actors/agent/anthropic/adapter.ts';
import type { Gap, NumberedEvent } from '#actors/agent/event-ring.ts';
import { InProcessAgentService, type ServiceOptions, type StreamOf, type StreamOptions } from '#actors/agent/service.ts';
import { defineWorkflow, Workflows } from '#actors/agent/workflows.ts';
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

const ask = defineWorkflow({
  name: 'ask',
  params: z.object({ question: z.string() }),
  prompt: ({ question }) => ({ system: [], messages: [{ role: 'user', text: question }] }),
});

function service(options: Partial<ServiceOptions> = {}): InProcessAgentService {
  const provider = createAnthropicProvider({ apiKey: 'test-key', baseUrl: api.url, maxRetries: 0 });
  const made = new InProcessAgentService({ provider, workflows: new Workflows([ask]), now: () => now, ...options });
  open.push(made);
  return made;
}
const request = { sessionId: 's-1', workflowType: 'ask', params: { question: 'Why?' } };

async function read(
  from: InProcessAgentService,
  of: StreamOf,
  options: StreamOptions & { readonly count?: number } = {},
): Promise<(NumberedEvent | Gap)[]> {
  const { count = Number.POSITIVE_INFINITY, ...rest } = options;
  const events: (NumberedEvent | Gap)[] = [];
  for await (const event of from.stream(of, rest)) {
    events.push(event);
    if (events.length >= count) break;
  }
  return events;
}
const types = (events: readonly (NumberedEvent | Gap)[]) => events.map((event) => ('gap' in event ? 'gap' : event.event.type));

/** Writes the first piece, and the rest when it is told. */
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
  it('is started by name and streamed to its end', async () => {
    api.script(says(['Because', '.']));
    const agent = service();
    const { sessionId, runId } = await agent.start(request);
    expect(sessionId).toBe('s-1');
    const events = await read(agent, { runId });
    expect(types(events)).toEqual(['connected', 'chunk', 'chunk', 'usage', 'complete']);
    expect(events.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5].map((index) => now * 1_000 + index));
    expect(events[4]).toMatchObject({ runId, event: { text: 'Because.' } });
  });

  it('is watched while it goes on', async () => {
    const go = halted();
    const agent = service();
    const { runId } = await agent.start(request);
    const seen: string[] = [];
    for await (const item of agent.stream({ runId })) {
      seen.push('gap' in item ? 'gap' : item.event.type);
      // The rest is written only because the first piece was read.
      if (seen.at(-1) === 'chunk') go();
    }
    expect(seen).toEqual(['connected', 'chunk', 'chunk', 'usage', 'complete']);
  });

  it('that fails ends with an error, and is told of', async () => {
    api.script(fails(529, 'overloaded_error', 'later'));
    const trouble = vi.fn();
    const agent = service({ trouble });
    const { runId } = await agent.start(request);
    expect((await read(agent, { runId })).at(-1)).toMatchObject({ event: { type: 'error', code: 'unavailable', retryable: true } });
    expect(trouble).toHaveBeenCalledOnce();
  });

  it('that is stopped aborts its request, and says nothing after that but that it was stopped', async () => {
    halted();
    const agent = service();
    const { runId } = await agent.start(request);
    await read(agent, { runId }, { count: 2 });
    await agent.stop(runId);
    expect(types(await read(agent, { runId }))).toEqual(['connected', 'chunk', 'error']);
    expect(await api.requests[0]?.closed).toEqual({ aborted: true });
    await agent.stop(runId);
    await agent.stop('nobody');
  });

  it('is begun once by its name, while it is under way and when it has completed', async () => {
    const agent = service();
    await read(agent, await agent.start(request));
    const started = await agent.start({ ...request, runId: 'mine' });
    expect(await agent.start({ ...request, runId: 'mine' })).toEqual(started);
    await expect(agent.start({ ...request, sessionId: 'other', runId: 'mine' })).rejects.toMatchObject({ code: 'invalid_input' });
    const events = await read(agent, { runId: 'mine' }, started);
    expect(types(events)).toEqual(['connected', 'chunk', 'usage', 'complete']);
    expect(events[0]?.id).toBe(started.after + 1);
    expect(await agent.start({ ...request, runId: 'mine' })).toEqual(started);
    expect(await read(agent, { runId: 'mine' })).toEqual(events);
    expect(api.requests).toHaveLength(2);
  });

  it('that ended with an error is begun anew, and its stream is that of its new beginning', async () => {
    api.script(fails(529, 'overloaded_error', 'later'), says(['Now.']));
    const agent = service();
    const first = await agent.start({ ...request, runId: 'mine' });
    const failed = await read(agent, first, first);
    const second = await agent.start({ ...request, runId: 'mine' });
    expect(second.after).toBe(failed.at(-1)?.id);
    const events = await read(agent, second, second);
    expect(types(events)).toEqual(['connected', 'chunk', 'usage', 'complete']);
    expect(await read(agent, { runId: 'mine' })).toEqual(events);
    // Who was reading when it failed is told that it failed.
    expect(await read(agent, { runId: 'mine' }, first)).toEqual(failed);
  });

  it('that was stopped is begun anew, behind the last word of what was stopped', async () => {
    halted();
    const agent = service();
    const first = await agent.start({ ...request, runId: 'mine' });
    await read(agent, first, { count: 2 });
    await agent.stop('mine');
    const second = await agent.start({ ...request, runId: 'mine' });
    expect(types(await read(agent, first, first))).toEqual(['connected', 'chunk', 'error']);
    expect(types(await read(agent, second, second))).toEqual(['connected', 'chunk', 'usage', 'complete']);
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

  it.each([
    ['an unknown workflow', { workflowType: 'fly' }, 'invalid_input'],
    ['wrong params', { params: {} }, 'invalid_input'],
    ['no session', { sessionId: '' }, 'invalid_input'],
  ])('is not started for %s', async (_name, wrong, code) => {
    await expect(service().start({ ...request, ...wrong })).rejects.toMatchObject({ code });
    expect(api.requests).toHaveLength(0);
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

  it('that nobody knows has no stream', () => {
    expect(() => service().stream({ runId: 'gone' })).toThrow(expect.objectContaining({ code: 'not_found' }));
  });
});

describe('a stream', () => {
  it('of a session has all its runs, and waits for the next', async () => {
    const agent = service();
    const all = read(agent, { sessionId: 's-1' }, { count: 8 });
    const first = await agent.start(request);
    await read(agent, first);
    const second = await agent.start(request);
    const events = await all;
    expect(types(events)).toEqual(['connected', 'chunk', 'usage', 'complete', 'connected', 'chunk', 'usage', 'complete']);
    expect(events.map((event) => ('gap' in event ? '' : event.runId))).toEqual([
      ...Array(4).fill(first.runId),
      ...Array(4).fill(second.runId),
    ]);
  });

  it('goes on behind what was read', async () => {
    api.script(says(['a', 'b', 'c']));
    const agent = service();
    const { runId } = await agent.start(request);
    const all = await read(agent, { runId });
    for (const [index, { id }] of all.slice(0, -1).entries()) {
      expect(await read(agent, { runId }, { after: id })).toEqual(all.slice(index + 1));
    }
    expect(await read(agent, { runId }, { after: all.at(-1)?.id ?? 0 })).toEqual([]);
  });

  it('says so when what it should go on from is gone: dropped, of an earlier process, or of another', async () => {
    api.script(says(Array.from({ length: 20 }, (_, index) => `${index} `)));
    const agent = service({ maxEvents: 5 });
    const { runId } = await agent.start(request);
    await vi.waitFor(async () => expect((await read(agent, { runId })).at(-1)).toMatchObject({ event: { type: 'complete' } }));
    for (const after of [undefined, now * 1_000 + 2, 17, now * 2_000]) {
      const events = await read(agent, { runId }, after === undefined ? {} : { after });
      expect(types(events)).toEqual(['gap', 'chunk', 'chunk', 'chunk', 'usage', 'complete']);
      expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => (events[0]?.id ?? 0) + index));
    }
  });

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

  it('ends with its reader', async () => {
    const agent = service();
    const controller = new AbortController();
    const reading = read(agent, { sessionId: 's-9' }, { signal: controller.signal });
    await Promise.resolve();
    controller.abort();
    expect(await reading).toEqual([]);
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

it('closing stops runs and ends streams', async () => {
  halted();
  const agent = service();
  const { runId } = await agent.start(request);
  const session = read(agent, { sessionId: 's-1' });
  await read(agent, { runId }, { count: 2 });
  await agent.close();
  expect(types(await session)).toEqual(['connected', 'chunk', 'error']);
  expect(await api.requests[0]?.closed).toEqual({ aborted: true });
  await expect(agent.start(request)).rejects.toMatchObject({ code: 'unavailable' });
});
