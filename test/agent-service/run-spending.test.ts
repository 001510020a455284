/** Usage of runs that a session counts (S5), whatever becomes of them. Each start counts once. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createActor, fromPromise, toPromise } from 'xstate';
import * as z from 'zod';
import { createAnthropicProvider } from '#agent-service/anthropic/adapter.ts';
import type { Spent } from '#agent-service/run-spending.ts';
import type { AgentService, InProcessAgentService } from '#agent-service/service.ts';
import { type SessionRunOutcome, sessionRun } from '#agent-service/session-run.ts';
import { defineTool } from '#agent-service/tools.ts';
import type { Json } from '#machines/definition.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { FakeMessagesApi, fails, type Reply, says } from '#test/fakes/messages-api.ts';
import { genericService, invocation } from './generic-service.ts';

let api: FakeMessagesApi;
const services: InProcessAgentService[] = [];
beforeEach(async () => {
  api = await FakeMessagesApi.start();
});
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()));
  await api.close();
});

const look = defineTool({ name: 'look', description: 'Looks.', input: z.object({}), run: async () => 'seen' });

function serviceOf(): InProcessAgentService {
  const service = genericService(createAnthropicProvider({ apiKey: 'test-key', baseUrl: api.url, maxRetries: 0 }), [look]);
  services.push(service);
  return service;
}

/**
 * Session's side of a run, with what was saved with the work, and what it counts, each name once.
 */
class Session {
  readonly told = new Map<string, Spent['usage']>();
  readonly heard: string[] = [];
  progress: Json = null;

  run(service: AgentService, { attempt = 1, released = false } = {}) {
    const context = invocation({
      attempt,
      progress: this.progress,
      saveProgress: async (progress) => {
        this.progress = progress;
      },
      released: () => released,
    });
    const spent = async (_session: string, { id, usage }: Spent): Promise<void> => {
      this.heard.push(id);
      if (!this.told.has(id)) this.told.set(id, usage);
    };
    const parts = { contextOf: () => context, files: createMemoryStore().files, now: () => 1, service, spent };
    const params = {
      assistant: 'companion',
      customer: {},
      messages: [{ role: 'customer', text: 'hello', at: 1 }],
      tools: ['look'],
      instructions: 'Kind.',
    };
    const logic = fromPromise<SessionRunOutcome>((args) => sessionRun(parts, args, { workflow: 'conversation', params, session: null }));
    const actor = createActor(logic);
    actor.subscribe({ error: () => undefined });
    return actor.start();
  }

  get total() {
    return [...this.told.values()].reduce(
      (sum, usage) => ({ in: sum.in + usage.tokensIn, out: sum.out + usage.tokensOut, tools: sum.tools + usage.toolCalls }),
      {
        in: 0,
        out: 0,
        tools: 0,
      },
    );
  }
}

const looks: Reply = (writer) => writer.start({ input_tokens: 100 }).toolUse('tu_1', 'look', '{}').end('tool_use', { output_tokens: 10 });
const halts: Reply = (writer) => {
  writer.start({ input_tokens: 200 }).text('Half');
  return new Promise(() => undefined);
};

describe('of a run that', () => {
  it('completes, the outcome says it all, and nothing else does', async () => {
    api.script(looks, says(['Seen.'], { start: { input_tokens: 50 }, end: { output_tokens: 5 } }));
    const session = new Session();
    const { usage, calls } = await toPromise(session.run(serviceOf()));
    expect(usage).toMatchObject({ tokensIn: 150, tokensOut: 15, toolCalls: 1 });
    // The journal keeps the calls, too.
    expect(calls).toEqual([{ tool: 'look', input: {}, result: 'seen', ok: true, ms: expect.any(Number) }]);
    expect(session.heard).toEqual([]);
  });

  it('fails, what it came to until then is told once, before it fails', async () => {
    api.script(looks, fails(400, 'invalid_request_error', 'no'));
    const session = new Session();
    await expect(toPromise(session.run(serviceOf()))).rejects.toMatchObject({ code: 'refused' });
    expect(session.total).toEqual({ in: 100, out: 10, tools: 1 });
    expect(session.heard).toHaveLength(1);
  });

  it('fails before anything was spent, nothing is told', async () => {
    api.script(fails(400, 'invalid_request_error', 'no'));
    const session = new Session();
    await expect(toPromise(session.run(serviceOf()))).rejects.toMatchObject({ code: 'refused' });
    expect(session.heard).toEqual([]);
  });

  it('is stopped, the request that was cut short is counted too', async () => {
    api.script(looks, halts);
    const session = new Session();
    const actor = session.run(serviceOf());
    await vi.waitFor(() => expect(api.requests).toHaveLength(2));
    // Its first words have arrived, so its input is paid for.
    await vi.waitFor(() => expect(session.progress).not.toBeNull());
    await new Promise<void>((resolve) => setImmediate(resolve));
    actor.stop();
    await vi.waitFor(() => expect(session.total).toMatchObject({ tools: 1, in: expect.any(Number) }));
    expect(session.total.in).toBeGreaterThanOrEqual(100);
    expect(session.heard).toHaveLength(1);
  });

  it('somebody else stops at the service, it is told, and not asked for again', async () => {
    api.script(looks, halts);
    const session = new Session();
    const service = serviceOf();
    const failed = expect(toPromise(session.run(service))).rejects.toMatchObject({ code: 'stopped', facts: { stopped: 'asked' } });
    await vi.waitFor(() => expect(api.requests).toHaveLength(2));
    await service.stop('run-1');
    await failed;
    expect(api.requests).toHaveLength(2);
    expect(session.total).toMatchObject({ tools: 1 });
    // Nor by an attempt after a crash.
    await expect(toPromise(session.run(service, { attempt: 2 }))).rejects.toMatchObject({ code: 'stopped' });
    expect(api.requests).toHaveLength(2);
    expect(session.told.size).toBe(1);
  });

  it('the service stopped for its own reasons, it is asked for again, and both beginnings are counted', async () => {
    api.script(looks, halts, says(['Whole.'], { start: { input_tokens: 7 }, end: { output_tokens: 3 } }));
    const session = new Session();
    const service = serviceOf();
    const made = toPromise(session.run(service));
    await vi.waitFor(() => expect(api.requests).toHaveLength(2));
    await service.stop('run-1', 'unheard');
    expect(await made).toMatchObject({ text: 'Whole.', usage: { tokensIn: 7, tokensOut: 3, toolCalls: 0 } });
    expect(session.total).toMatchObject({ tools: 1 });
    expect(session.total.in).toBeGreaterThanOrEqual(100);
  });
});

describe('of a run that is taken over after a crash', () => {
  it('with its service, what was saved of the first beginning is told once, and the second one by its outcome', async () => {
    api.script(looks, halts);
    const session = new Session();
    const dead = serviceOf();
    session.run(dead);
    await vi.waitFor(() => expect(api.requests).toHaveLength(2));
    // A crash reports nothing. Only what was saved is left.
    const { progress } = session;
    expect(session.heard).toEqual([]);

    api.script(looks, fails(529, 'overloaded_error', 'later'));
    const second = new Session();
    second.progress = progress;
    await expect(toPromise(second.run(serviceOf(), { attempt: 2 }))).rejects.toMatchObject({ code: 'unavailable' });
    expect(second.total).toEqual({ in: 200, out: 20, tools: 2 });
    expect(second.told.size).toBe(2);
  });

  it('while the service lives on, its beginning is read again and counted once', async () => {
    api.script(looks, says(['Seen.'], { start: { input_tokens: 50 }, end: { output_tokens: 5 } }));
    const session = new Session();
    const service = serviceOf();
    await toPromise(session.run(service));
    expect(session.progress).toMatchObject({ spent: { usage: { tokensIn: 100, toolCalls: 1 } } });
    const { usage } = await toPromise(session.run(service, { attempt: 2 }));
    expect(usage).toMatchObject({ tokensIn: 150, tokensOut: 15, toolCalls: 1 });
    expect(session.heard).toEqual([]);
    expect(api.requests).toHaveLength(2);
  });
});
