/**
 * Contract of every `AgentService`, wherever its runs are made (SPEC A1, A3), with the real SDK
 * against a local server that speaks the Messages API's wire format.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAnthropicProvider } from '#agent-service/anthropic/adapter.ts';
import type { RunEvent } from '#agent-service/events.ts';
import type { AgentService, ServiceOptions } from '#agent-service/service.ts';
import { Workflows } from '#agent-service/workflows.ts';
import { ask, PDF, PLACE, read, report, request, types } from '#test/contracts/agent-service-requests.ts';
import { FakeMessagesApi, fails, says } from '#test/fakes/messages-api.ts';

export interface ServiceHarness {
  readonly service: AgentService;
  close(): Promise<void>;
}

export function agentServiceContract(name: string, open: (options: ServiceOptions) => Promise<ServiceHarness>): void {
  let api: FakeMessagesApi;
  let opened: ServiceHarness[];
  beforeEach(async () => {
    api = await FakeMessagesApi.start();
    opened = [];
  });
  afterEach(async () => {
    await Promise.all(opened.map((harness) => harness.close()));
    await api.close();
  });

  async function service(options: Partial<ServiceOptions> = {}): Promise<AgentService> {
    const provider = createAnthropicProvider({ apiKey: 'test-key', baseUrl: api.url, maxRetries: 0 });
    const harness = await open({ provider, workflows: new Workflows([ask, report]), ...options });
    opened.push(harness);
    return harness.service;
  }

  /** Writes the first piece, and the rest on command. */
  function halted() {
    return api.scriptHalves('Half', ' and half');
  }

  describe(`an agent service, ${name}`, () => {
    it('tells a run by its name, from its beginning to its end', async () => {
      api.script(says(['Because', '.']));
      const agent = await service();
      const { sessionId, runId, after } = await agent.start(request);
      expect(sessionId).toBe('s-1');
      const items = await read(agent, { runId });
      expect(types(items)).toEqual(['connected', 'chunk', 'chunk', 'usage', 'complete']);
      expect(items.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5].map((index) => after + index));
      expect(items[4]).toMatchObject({ runId, event: { text: 'Because.' } });
      expect(await read(agent, { runId }, { after })).toEqual(items);
    });

    it('tells it while it goes on', async () => {
      const go = halted();
      const agent = await service();
      const { runId } = await agent.start(request);
      const seen: string[] = [];
      for await (const item of agent.stream({ runId })) {
        seen.push('gap' in item ? 'gap' : item.event.type);
        // The rest is written only because the first piece was read.
        if (seen.at(-1) === 'chunk') go();
      }
      expect(seen).toEqual(['connected', 'chunk', 'chunk', 'usage', 'complete']);
    });

    it('tells every kind of event word for word, files, cards and structured output too', async () => {
      api.script(
        (writer) =>
          writer.start().thinking('Hm: a\n\nid: 9\r\ndata: {}\u2028', '😀').toolUse('tu_1', 'draw', '{"symbol":"AAPL"}').end('tool_use'),
        says(['{"rating":', '"buy"}']),
      );
      const said: RunEvent[] = [];
      const agent = await service({
        partsOf: ({ session }) => {
          expect(session).toEqual({ customer: 'Säра' });
          return { hooks: [{ name: 'spy', onMessage: (event) => said.push(event) }] };
        },
      });
      const { runId, after } = await agent.start({ ...request, workflowType: 'report', params: {}, session: { customer: 'Säра' } });
      const items = await read(agent, { runId }, { after });
      const events = items.flatMap((item) => ('gap' in item ? [] : [item.event]));
      expect([...new Set(types(items))]).toEqual([
        'connected',
        'compacted',
        'thinking',
        'usage',
        'tool',
        'report',
        'card',
        'reaction',
        'tool_result',
        'chunk',
        'complete',
      ]);
      // Not toEqual, whose output would exceed a megabyte.
      expect(JSON.stringify(events) === JSON.stringify(said)).toBe(true);
      expect(events.at(-1)).toMatchObject({ output: { rating: 'buy' } });
      expect(events).toContainEqual({ type: 'card', text: 'Мы здесь\nنحن هنا', card: PLACE });
      expect(events).toContainEqual({ type: 'reaction', emoji: '❤️' });
      const file = events.find((event) => event.type === 'report');
      expect(Buffer.from(file?.base64 ?? '', 'base64').equals(PDF)).toBe(true);
    });

    it('ends the stream of a run that fails with an error', async () => {
      api.script(fails(529, 'overloaded_error', 'later'));
      const agent = await service();
      const { runId } = await agent.start(request);
      expect((await read(agent, { runId })).at(-1)).toMatchObject({ event: { type: 'error', code: 'unavailable', retryable: true } });
    });

    it('stops a run: its request is aborted, and nothing is said but that it was stopped', async () => {
      halted();
      const agent = await service();
      const { runId } = await agent.start(request);
      await read(agent, { runId }, { count: 2 });
      await agent.stop(runId);
      const items = await read(agent, { runId });
      expect(types(items)).toEqual(['connected', 'chunk', 'error']);
      // Why, and the cost of the request that was cut short.
      expect(items.at(-1)).toMatchObject({
        event: { code: 'stopped', stopped: 'asked', usage: { inputTokens: expect.any(Number) }, costMicros: 0 },
      });
      expect(await api.requests[0]?.closed).toEqual({ aborted: true });
      await agent.stop(runId);
      await agent.stop('nobody');
    });

    it('begins a run once by its name: who was killed and starts it again finds it under way, and has all of it', async () => {
      const go = halted();
      const agent = await service();
      const first = await agent.start({ ...request, runId: 'session/7 mine?' });
      await read(agent, first, { after: first.after, count: 2 });
      const second = await agent.start({ ...request, runId: 'session/7 mine?' });
      expect(second).toEqual(first);
      go();
      const items = await read(agent, { runId: second.runId }, { after: second.after });
      expect(types(items)).toEqual(['connected', 'chunk', 'chunk', 'usage', 'complete']);
      expect(api.requests).toHaveLength(1);
    });

    it('begins no run again that has completed', async () => {
      const agent = await service();
      const first = await agent.start({ ...request, runId: 'mine' });
      const items = await read(agent, { runId: 'mine' }, first);
      expect(await agent.start({ ...request, runId: 'mine' })).toEqual(first);
      expect(await read(agent, { runId: 'mine' }, first)).toEqual(items);
      await expect(agent.start({ ...request, sessionId: 'other', runId: 'mine' })).rejects.toMatchObject({ code: 'invalid_input' });
      expect(api.requests).toHaveLength(1);
    });

    it('begins no run again that somebody stopped: whoever asks by its name hears so', async () => {
      halted();
      const agent = await service();
      const first = await agent.start({ ...request, runId: 'mine' });
      await read(agent, { runId: 'mine' }, { count: 2 });
      await agent.stop('mine');
      const second = await agent.start({ ...request, runId: 'mine' });
      expect(second).toEqual(first);
      expect((await read(agent, { runId: 'mine' }, second)).at(-1)).toMatchObject({ event: { code: 'stopped', stopped: 'asked' } });
      expect(api.requests).toHaveLength(1);
    });

    it('begins a run anew that failed, with events of its own', async () => {
      api.script(fails(529, 'overloaded_error', 'later'));
      const agent = await service();
      const first = await agent.start({ ...request, runId: 'mine' });
      const failed = await read(agent, { runId: 'mine' }, first);
      const second = await agent.start({ ...request, runId: 'mine' });
      expect(second.after).toBe(failed.at(-1)?.id);
      expect(types(await read(agent, { runId: 'mine' }, second))).toEqual(['connected', 'chunk', 'usage', 'complete']);
    });

    it.each([
      ['an unknown workflow', { workflowType: 'fly' }, /There are: ask, report/],
      ['wrong params', { params: {} }, /question/],
      ['no session', { sessionId: '' }, /./],
    ])('does not start a run for %s, and says why', async (_name, wrong, message) => {
      const agent = await service();
      const started = agent.start({ ...request, ...wrong });
      await expect(started).rejects.toMatchObject({ name: 'InvalidInput', code: 'invalid_input', message: expect.stringMatching(message) });
      expect(api.requests).toHaveLength(0);
    });

    it('refuses a run when as many as may be are under way', async () => {
      halted();
      const agent = await service({ maxRuns: 1 });
      await agent.start(request);
      await expect(agent.start(request)).rejects.toMatchObject({ name: 'Unavailable', code: 'unavailable', retryable: true });
    });

    it('has no stream of a run that nobody knows', async () => {
      const agent = await service();
      await expect(async () => read(agent, { runId: 'gone' })).rejects.toMatchObject({ name: 'StatechatError', code: 'not_found' });
    });

    it('tells all runs of a session, and waits for the next', async () => {
      const agent = await service();
      const all = read(agent, { sessionId: 's-1' }, { count: 8 });
      const first = await agent.start(request);
      await read(agent, { runId: first.runId });
      const second = await agent.start(request);
      const items = await all;
      const one = ['connected', 'chunk', 'usage', 'complete'];
      expect(types(items)).toEqual([...one, ...one]);
      const runs = items.map((item) => ('gap' in item ? '' : item.runId));
      expect(runs).toEqual([...one.map(() => first.runId), ...one.map(() => second.runId)]);
    });

    it('goes on behind what was read', async () => {
      api.script(says(['a', 'b', 'c']));
      const agent = await service();
      const { runId } = await agent.start(request);
      const all = await read(agent, { runId });
      for (const [index, { id }] of all.slice(0, -1).entries()) {
        expect(await read(agent, { runId }, { after: id })).toEqual(all.slice(index + 1));
      }
      expect(await read(agent, { runId }, { after: all.at(-1)?.id ?? 0 })).toEqual([]);
    });

    it('says so when what it should go on from is gone, or was never its own', async () => {
      api.script(says(Array.from({ length: 20 }, (_, index) => `${index} `)));
      const agent = await service({ maxEvents: 5 });
      const { runId, after } = await agent.start(request);
      await vi.waitFor(async () => expect((await read(agent, { runId })).at(-1)).toMatchObject({ event: { type: 'complete' } }));
      for (const behind of [after, 17, after * 2]) {
        const items = await read(agent, { runId }, { after: behind });
        expect(types(items)).toEqual(['gap', 'chunk', 'chunk', 'chunk', 'usage', 'complete']);
        expect(items.map(({ id }) => id)).toEqual(items.map((_, index) => (items[0]?.id ?? 0) + index));
      }
    });

    it('lets go of a reader who leaves, and of the run only when it is stopped', async () => {
      const go = halted();
      const agent = await service();
      const { runId } = await agent.start(request);
      const controller = new AbortController();
      const reading = read(agent, { sessionId: 's-1' }, { signal: controller.signal });
      await read(agent, { runId }, { count: 2 });
      controller.abort();
      expect(types(await reading)).toEqual(expect.not.arrayContaining(['complete']));
      expect(await read(agent, { runId }, { signal: AbortSignal.abort() })).toEqual([]);
      go();
      expect(types(await read(agent, { runId })).at(-1)).toBe('complete');
    });

    it('tells a long text of small pieces whole and once', async () => {
      const pieces = Array.from({ length: 1_500 }, (_, index) => `${index}é `);
      api.script(says(pieces));
      const agent = await service();
      const { runId, after } = await agent.start(request);
      let text = '';
      for await (const item of agent.stream({ runId }, { after })) {
        if ('gap' in item) throw new Error('a gap');
        if (item.event.type !== 'chunk') continue;
        expect(item.event.offset).toBe(text.length);
        text += item.event.text;
      }
      expect(text).toBe(pieces.join(''));
    });
  });
}
