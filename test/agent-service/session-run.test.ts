/**
 * Run of a session as XState runs it, with a real actor, the real SDK, and a server that speaks the
 * provider's wire format.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createActor, fromPromise, toPromise } from 'xstate';
import * as z from 'zod';
import type { InvocationContext } from '#actors/contract/api.ts';
import type { LiveEvent } from '#actors/contract/live-events.ts';
import { createAnthropicProvider } from '#agent-service/anthropic/adapter.ts';
import { createOfflineProvider } from '#agent-service/offline/adapter.ts';
import type { AnswerParams } from '#agent-service/prompt.ts';
import type { Provider } from '#agent-service/provider.ts';
import type { AgentService, InProcessAgentService } from '#agent-service/service.ts';
import { type SessionRunOutcome, type SessionRunParts, type SessionRunRequest, sessionRun } from '#agent-service/session-run.ts';
import { defineTool } from '#agent-service/tools.ts';
import type { Draft, DraftOptions } from '#channels/port.ts';
import type { Json } from '#machines/definition.ts';
import { StatechatError, Unavailable } from '#machines/errors.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { FakeMessagesApi, fails, type Reply, says } from '#test/fakes/messages-api.ts';
import { genericService, invocation } from './generic-service.ts';

let api: FakeMessagesApi;
beforeEach(async () => {
  api = await FakeMessagesApi.start();
});
afterEach(async () => {
  await api.close();
});

const input: AnswerParams = { assistant: 'companion', customer: { name: 'Sara' }, messages: [{ role: 'customer', text: 'hello', at: 1 }] };

/** Host's side of a run, with what it published and saved. */
class Host {
  readonly live: LiveEvent[] = [];
  readonly saved: Json[] = [];
  readonly context: InvocationContext;

  constructor(attempt = 1, progress: Json = null, runId = 'run-1') {
    this.context = invocation({
      runId,
      attempt,
      progress,
      saveProgress: async (value) => void this.saved.push(value),
      publish: (event) => void this.live.push(event),
    });
  }

  /** What a watcher's screen shows, by the offsets. Fails on a gap. */
  get shown(): string {
    let text = '';
    for (const event of this.live) {
      if (event.type !== 'delta') continue;
      expect(event.offset === 0 || event.offset === text.length).toBe(true);
      text = text.slice(0, event.offset) + event.text;
    }
    return text;
  }

  get phases(): string[] {
    return this.live.flatMap((event) => (event.type === 'run' ? [event.phase] : event.type === 'delta' ? ['delta'] : []));
  }
}

/** A draft of a channel that edits one message, whose id is `m-1`. */
class ChannelDraft implements Draft {
  readonly updates: string[] = [];
  readonly options: DraftOptions;
  closed = 0;

  constructor(options: DraftOptions) {
    this.options = options;
  }

  update(text: string): void {
    this.updates.push(text);
    if (this.updates.length === 1) this.options.onShown?.(this.options.resume ?? 'm-1');
  }

  async close(): Promise<string | null> {
    this.closed += 1;
    return this.updates.length > 0 ? (this.options.resume ?? 'm-1') : null;
  }
}

type Given = Partial<SessionRunParts> & { readonly provider?: Provider };

const open: InProcessAgentService[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((service) => service.close()));
});

function serviceOf(provider: Provider): InProcessAgentService {
  const service = genericService(provider);
  open.push(service);
  return service;
}

type Asked = AnswerParams & { readonly tools?: readonly string[] };

function start(host: Host, { provider, ...parts }: Given = {}, given: Asked = input, more: Partial<SessionRunRequest> = {}) {
  const model = provider ?? createAnthropicProvider({ apiKey: 'test-key', baseUrl: api.url, maxRetries: 0, model: 'claude-test' });
  const service = parts.service ?? serviceOf(model);
  const params = { ...given, instructions: 'You are kind.' };
  const logic = fromPromise<SessionRunOutcome, AnswerParams>((args) =>
    sessionRun({ contextOf: () => host.context, files: createMemoryStore().files, now: () => 1, ...parts, service }, args, {
      workflow: 'conversation',
      params: asJson(params),
      session: null,
      ...more,
    }),
  );
  const actor = createActor(logic, { input: given });
  actor.subscribe({ error: () => undefined });
  return actor.start();
}

const asJson = (value: unknown): Json => JSON.parse(JSON.stringify(value));
const answerOf = (host: Host, given: Given = {}, asked?: Asked, more?: Partial<SessionRunRequest>) =>
  toPromise(start(host, given, asked, more));

describe('an answer', () => {
  it('is the text of the model, with what it cost, shown live while it is written', async () => {
    api.script((writer) =>
      writer
        .start({ input_tokens: 12, cache_read_input_tokens: 900 })
        .thinking('Hm', 'm.')
        .text('Hello', ' Sara', '!\n')
        .end('end_turn', { output_tokens: 7 }),
    );
    const host = new Host();
    expect(await answerOf(host)).toEqual({
      text: 'Hello Sara!',
      draft: null,
      files: [],
      cards: [],
      usage: { tokensIn: 912, tokensOut: 7, cacheHits: 1, toolCalls: 0, costMicros: 0 },
      tokenRatio: expect.closeTo(912 / 220, 0),
      model: 'claude-test',
    });
    expect(host.phases).toEqual(['started', 'thinking', 'writing', 'delta', 'delta', 'delta', 'ended']);
    expect(host.live).toContainEqual({ type: 'delta', runId: 'run-1', offset: 5, text: ' Sara' });
    expect(host.shown.trimEnd()).toBe('Hello Sara!');
  });

  it('that broke off behind a pause goes on live behind what was written before the pause', async () => {
    const goesOn = Promise.withResolvers<void>();
    api.script(
      (writer) => writer.start().text('Let me search. ').serverToolUse('srv_1', 'web_search', '{"query":"AAPL"}').end('pause_turn'),
      (writer) => writer.start().text('The pri').stopShort(),
      async (writer) => {
        writer.start().text('The price', ' is 4.');
        await goesOn.promise;
        writer.end('end_turn');
      },
    );
    const host = new Host();
    const drafts: ChannelDraft[] = [];
    const outcome = answerOf(host, { openDraft: (_address, options) => drafts[drafts.push(new ChannelDraft(options)) - 1] });
    await vi.waitFor(() => expect(host.shown).toBe('Let me search. The price is 4.'));
    expect(drafts[0]?.updates.at(-1)).toBe('Let me search. The price is 4.');
    goesOn.resolve();
    expect(await outcome).toMatchObject({ text: 'Let me search. The price is 4.' });
  });

  it('asks with the prompt of the assistant, the data of the customer and the conversation in turns', async () => {
    const messages = [
      { role: 'customer' as const, text: 'hi', at: 1 },
      { role: 'customer' as const, text: 'are you there?', at: 2 },
    ];
    await answerOf(new Host(), {}, { ...input, messages });
    const body = api.requests[0]?.body;
    expect(body).toMatchObject({ model: 'claude-test', messages: [{ role: 'user', content: 'hi\n\nare you there?' }] });
    expect(JSON.stringify(body?.system)).toContain('You are kind.');
    expect(JSON.stringify(body?.system)).toContain('Sara');
    expect(JSON.stringify(body)).not.toContain('test-key');
  });

  it('comes from the offline model the same way', async () => {
    const host = new Host();
    const output = await answerOf(host, { provider: createOfflineProvider({ delayMs: 0 }) });
    expect(output).toMatchObject({ model: 'offline-1' });
    expect(output).not.toHaveProperty('tokenRatio');
    expect(output.text).toContain('I am the offline model');
    expect(output.text).not.toContain('ANTHROPIC_API_KEY');
    expect(host.shown).toBe(output.text);
  });

  it('that the model had to break off says so by an ellipsis', async () => {
    api.script(says(['So this is'], { stop: 'max_tokens' }));
    const host = new Host();
    expect(await answerOf(host)).toMatchObject({ text: 'So this is…' });
    expect(host.shown).toBe('So this is…');
  });

  it('longer than a session takes is cut off', async () => {
    const host = new Host();
    api.script(says(['long '.repeat(7_000)]));
    const { text } = await answerOf(host);
    expect(text).toHaveLength(32_768);
    expect(text.endsWith('…')).toBe(true);
    expect(host.shown).toBe(text);
  });
});

describe('a draft', () => {
  it('grows with the text, is saved as soon as it is shown, and is closed before the answer is given', async () => {
    const host = new Host();
    api.script(async (writer) => {
      writer.start().text('Hel');
      // A process that died here would have left the id behind.
      await vi.waitFor(() => expect(host.saved).toEqual([{ draft: 'm-1' }]));
      writer.text('lo').end();
    });
    const drafts: ChannelDraft[] = [];
    const openDraft: SessionRunParts['openDraft'] = (_address, options) => drafts[drafts.push(new ChannelDraft(options)) - 1];
    expect(await answerOf(host, { openDraft })).toMatchObject({ text: 'Hello', draft: 'm-1' });
    expect(drafts).toHaveLength(1);
    expect(drafts[0]).toMatchObject({ updates: ['Hel', 'Hello'], closed: 1 });
    expect(host.saved).toEqual([{ draft: 'm-1' }]);
  });

  it('of an interrupted attempt is gone on with, and the text begins anew', async () => {
    const half: Reply = (writer) => writer.start().text('Half').error('overloaded_error', 'Overloaded');
    api.script(half, half, says(['Whole']));
    const drafts: ChannelDraft[] = [];
    const openDraft: SessionRunParts['openDraft'] = (_address, options) => drafts[drafts.push(new ChannelDraft(options)) - 1];
    const first = new Host();
    await expect(answerOf(first, { openDraft })).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    expect(first.phases.at(-1)).toBe('ended');
    expect(drafts[0]?.closed).toBe(1);

    const second = new Host(2, first.saved.at(-1) ?? null);
    expect(await answerOf(second, { openDraft })).toMatchObject({ text: 'Whole', draft: 'm-1' });
    expect(drafts[1]?.options.resume).toBe('m-1');
    expect(second.phases).toEqual(['restarted', 'writing', 'delta', 'ended']);
    expect(second.live).toContainEqual({ type: 'delta', runId: 'run-1', offset: 0, text: 'Whole' });
  });
});

describe('a run that is stopped', () => {
  it('aborts the request and says nothing more, but that it ended', async () => {
    const more = api.scriptHalves('Half', ' and the rest');
    const host = new Host();
    const drafts: ChannelDraft[] = [];
    const actor = start(host, { openDraft: (_address, options) => drafts[drafts.push(new ChannelDraft(options)) - 1] });
    await vi.waitFor(() => expect(host.shown).toBe('Half'));
    actor.stop();
    expect(await api.requests[0]?.closed).toEqual({ aborted: true });
    more();
    await vi.waitFor(() => expect(host.phases.at(-1)).toBe('ended'));
    expect(host.shown).toBe('Half');
    expect(drafts[0]).toMatchObject({ updates: ['Half'], closed: 1 });
    expect(drafts[0]?.options.signal.aborted).toBe(true);
    expect(actor.getSnapshot().status).not.toBe('error');
  });

  it('is silent at once, even when its provider goes on', async () => {
    let more = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      more = resolve;
    });
    const deaf: Provider = {
      name: 'deaf',
      defaultModel: 'deaf-1',
      async *stream() {
        yield { type: 'text', text: 'Half' };
        await gate;
        yield { type: 'text', text: ' and the rest' };
        yield { type: 'stop', reason: 'end', model: 'deaf-1' };
      },
    };
    const host = new Host();
    const actor = start(host, { provider: deaf });
    await vi.waitFor(() => expect(host.shown).toBe('Half'));
    actor.stop();
    more();
    await vi.waitFor(() => expect(host.phases.at(-1)).toBe('ended'));
    expect(host.shown).toBe('Half');
  });
});

describe('a run fails', () => {
  it.each([
    ['without text', says(['  \n']), { code: 'no_text', retryable: true }],
    ['when all its tokens went into thinking', says([], { stop: 'max_tokens' }), { code: 'max_tokens', retryable: false }],
    ['when the model declines', says(['I'], { stop: 'refusal' }), { code: 'model_refused', retryable: false }],
    ['when the provider refuses', fails(400, 'invalid_request_error', 'no'), { code: 'refused', retryable: false }],
    ['when the provider is overloaded', fails(529, 'overloaded_error', 'later'), { code: 'unavailable', retryable: true }],
  ])('%s', async (_name, reply, error) => {
    api.script(reply);
    const host = new Host();
    await expect(answerOf(host)).rejects.toMatchObject(error);
    expect(host.phases[0]).toBe('started');
    expect(host.phases.at(-1)).toBe('ended');
  });

  it('for no messages, before any request', async () => {
    await expect(answerOf(new Host(), {}, { ...input, messages: [] })).rejects.toMatchObject({ code: 'invalid_input' });
    expect(api.requests).toHaveLength(0);
  });
});

describe('a failure that the request has words for', () => {
  it('takes the place of what was shown: live, in the draft and in the outcome', async () => {
    api.script(async (writer) => {
      writer.start({ input_tokens: 12 }).text('To build a bomb');
      await vi.waitFor(() => expect(host.shown).toBe('To build a bomb'));
      writer.end('refusal', { output_tokens: 4 }, { type: 'refusal', category: 'bio', explanation: 'no' });
    });
    const host = new Host();
    const drafts: ChannelDraft[] = [];
    const openDraft: SessionRunParts['openDraft'] = (_address, options) => drafts[drafts.push(new ChannelDraft(options)) - 1];
    const outcome = await answerOf(host, { openDraft }, input, { onFailure: () => ({ text: 'I cannot help with that.' }) });
    expect(outcome).toMatchObject({
      text: 'I cannot help with that.',
      draft: 'm-1',
      model: null,
      failure: { code: 'model_refused', facts: { reason: 'bio: no' } },
      usage: { tokensIn: 12, tokensOut: 4 },
    });
    expect(host.shown).toBe('I cannot help with that.');
    expect(drafts[0]).toMatchObject({ updates: ['To build a bomb', 'I cannot help with that.'], closed: 1 });
    expect(host.phases.at(-1)).toBe('ended');
  });

  it('may be mended by other params, once', async () => {
    api.otherwise(fails(400, 'invalid_request_error', 'prompt is too long: 2 tokens > 1 maximum'));
    const params = asJson({ ...input, messages: [{ role: 'customer', text: 'short', at: 1 }], instructions: 'You are kind.' });
    const again: boolean[] = [];
    const onFailure: SessionRunRequest['onFailure'] = (failure) => {
      again.push(failure.again);
      return failure.again ? undefined : { params };
    };
    await expect(answerOf(new Host(), {}, input, { onFailure })).rejects.toMatchObject({
      code: 'context_full',
      facts: { reason: expect.stringContaining('2 tokens > 1') },
      cause: expect.stringContaining('2 tokens > 1'),
    });
    expect(again).toEqual([false, true]);
    expect(api.requests.map(({ body }) => body.messages[0]?.content)).toEqual(['hello', 'short']);
  });
});

describe('a file that a tool makes', () => {
  const print = defineTool({
    name: 'print',
    description: 'Prints.',
    input: z.object({}),
    run: async (_, { report }) => {
      report({ name: 'price.pdf', mimeType: 'application/pdf', bytes: Buffer.from('%PDF') });
      return 'printed';
    },
  });
  const asked = { ...input, tools: ['print'] };

  it('is kept before the outcome names it, though the store is away for a moment', async () => {
    api.script((writer) => writer.start().toolUse('tu_1', 'print', '{}').end('tool_use'), says(['Here it is.']));
    const put = vi.fn<SessionRunParts['files']['put']>().mockRejectedValueOnce(new Unavailable('The store is away.'));
    const service = genericService(createAnthropicProvider({ apiKey: 'test-key', baseUrl: api.url, maxRetries: 0 }), [print]);
    open.push(service);
    const host = new Host();
    const { sessionId } = host.context;
    const id = expect.stringMatching(new RegExp(`^${sessionId}\\.7\\.1\\.[0-9a-f]{16}$`));
    const outcome = await answerOf(new Host(1, null, `${sessionId}.7`), { service, files: { put } }, asked);
    expect(outcome).toMatchObject({ text: 'Here it is.', files: [{ id, name: 'price.pdf', mimeType: 'application/pdf', size: 4 }] });
    expect(put.mock.calls.map(([file]) => file)).toEqual(
      Array.from({ length: 2 }, () => ({
        id,
        sessionId,
        name: 'price.pdf',
        mimeType: 'application/pdf',
        bytes: Buffer.from('%PDF'),
        at: 1,
      })),
    );
  });

  it('that cannot be kept fails the run', async () => {
    api.script((writer) => writer.start().toolUse('tu_1', 'print', '{}').end('tool_use'), says(['Here it is.']));
    const service = genericService(createAnthropicProvider({ apiKey: 'test-key', baseUrl: api.url, maxRetries: 0 }), [print]);
    open.push(service);
    const put = () => Promise.reject(new StatechatError('not_found', 'There is no session to keep it for.', { expose: true }));
    await expect(answerOf(new Host(), { service, files: { put } }, asked)).rejects.toMatchObject({
      code: 'not_kept',
      message: expect.stringContaining('no session'),
    });
  });
});

describe('cards and reactions of tools', () => {
  const PLACE = { kind: 'location' as const, latitude: 30.03, longitude: 31.47, name: 'New Cairo' };
  const show = defineTool({
    name: 'show',
    description: 'Shows.',
    input: z.object({ emoji: z.string() }),
    run: async ({ emoji }, context) => {
      context.show({ card: { ...PLACE, name: `New Cairo ${emoji}` } });
      context.react(emoji);
      return 'shown';
    },
  });
  const asked = { ...input, tools: ['show'] };
  const shows =
    (emoji: string): Reply =>
    (writer) =>
      writer.start().toolUse('tu_1', 'show', JSON.stringify({ emoji })).end('tool_use');
  function showing(): InProcessAgentService {
    const service = genericService(createAnthropicProvider({ apiKey: 'test-key', baseUrl: api.url, maxRetries: 0 }), [show]);
    open.push(service);
    return service;
  }

  it('are in the outcome, in their order, with the last reaction', async () => {
    api.script(shows('👀'), shows('👍'), says(['There.']));
    const outcome = await answerOf(new Host(), { service: showing() }, asked);
    expect(outcome).toMatchObject({ text: 'There.', reaction: '👍' });
    expect(outcome.cards).toEqual(['👀', '👍'].map((emoji) => ({ text: '', card: { ...PLACE, name: `New Cairo ${emoji}` } })));
  });

  it('are there for the process that takes the run over', async () => {
    const service = showing();
    const more: AgentService = {
      outlives: true,
      start: (r) => service.start(r),
      stop: (id) => service.stop(id),
      stream: (of, o) => service.stream(of, o),
    };
    api.script(shows('👍'));
    const rest = api.scriptHalves('Half', ' and whole.');
    const first = new Host();
    Object.assign(first.context, { released: () => true });
    const actor = start(first, { service: more }, asked);
    await vi.waitFor(() => expect(first.shown).toBe('Half'));
    actor.stop();
    await vi.waitFor(() => expect(first.phases.at(-1)).toBe('ended'));
    rest();
    const outcome = await answerOf(new Host(2), { service: more }, asked);
    expect(outcome).toMatchObject({ text: 'Half and whole.', cards: [{ card: { kind: 'location' } }], reaction: '👍' });
    expect(api.requests).toHaveLength(2);
  });

  it('of a run that failed are not shown, nor those before it was made once more', async () => {
    api.script(shows('👀'), says(['I'], { stop: 'refusal' }));
    const declined = await answerOf(new Host(), { service: showing() }, asked, { onFailure: () => ({ text: 'I cannot.' }) });
    expect(declined).toMatchObject({ text: 'I cannot.', cards: [] });
    expect(declined).not.toHaveProperty('reaction');

    api.script(shows('👀'), fails(400, 'invalid_request_error', 'prompt is too long: 2 tokens > 1 maximum'), says(['Short.']));
    const params = asJson({ ...input, messages: [{ role: 'customer', text: 'short', at: 1 }], instructions: 'You are kind.' });
    const again = await answerOf(new Host(1, null, 'run-2'), { service: showing() }, asked, { onFailure: () => ({ params }) });
    expect(again).toMatchObject({ text: 'Short.', cards: [] });
    expect(again).not.toHaveProperty('reaction');
  });
});

describe('an attempt after a crash', () => {
  it('finds what the service made meanwhile, and asks nobody again', async () => {
    const service = serviceOf(createAnthropicProvider({ apiKey: 'test-key', baseUrl: api.url, maxRetries: 0 }));
    api.script(says(['Made once.']));
    await answerOf(new Host(), { service });
    const second = new Host(2);
    expect(await answerOf(second, { service })).toMatchObject({ text: 'Made once.' });
    expect(second.shown).toBe('Made once.');
    expect(api.requests).toHaveLength(1);
  });

  it('begins anew where the run was stopped because this process gave it back', async () => {
    const service = serviceOf(createAnthropicProvider({ apiKey: 'test-key', baseUrl: api.url, maxRetries: 0 }));
    api.script(
      (writer) => {
        writer.start().text('Half');
        return new Promise(() => undefined);
      },
      says(['Whole.']),
    );
    const first = new Host();
    Object.assign(first.context, { released: () => true });
    const actor = start(first, { service });
    await vi.waitFor(() => expect(first.shown).toBe('Half'));
    actor.stop();
    await api.requests[0]?.closed;
    expect(await answerOf(new Host(2), { service })).toMatchObject({ text: 'Whole.' });
  });
});

it('that another process goes on with is not stopped at a service that outlives this one', async () => {
  const service = serviceOf(createAnthropicProvider({ apiKey: 'test-key', baseUrl: api.url, maxRetries: 0 }));
  const stopped = vi.spyOn(service, 'stop');
  const remote: AgentService = {
    outlives: true,
    start: (r) => service.start(r),
    stop: (id) => service.stop(id),
    stream: (of, o) => service.stream(of, o),
  };
  const more = api.scriptHalves('Half', ' and whole.');
  const first = new Host();
  Object.assign(first.context, { released: () => true });
  const actor = start(first, { service: remote });
  await vi.waitFor(() => expect(first.shown).toBe('Half'));
  actor.stop();
  await vi.waitFor(() => expect(first.phases.at(-1)).toBe('ended'));
  more();
  expect(await answerOf(new Host(2), { service: remote })).toMatchObject({ text: 'Half and whole.' });
  expect(stopped).not.toHaveBeenCalled();
  expect(api.requests).toHaveLength(1);
});

describe('a service that died', () => {
  /** Service that forgets a run when its stream is requested, a given number of times. */
  function forgetful(times: number): AgentService {
    const service = serviceOf(createOfflineProvider({ delayMs: 0 }));
    let left = times;
    return {
      outlives: false,
      start: (request) => service.start(request),
      stop: (runId) => service.stop(runId),
      stream: (of, options) => {
        left -= 1;
        if (left >= 0) throw new StatechatError('not_found', 'No such run is known here.');
        return service.stream(of, options);
      },
    };
  }

  it('is asked for the run again', async () => {
    const host = new Host();
    expect((await answerOf(host, { service: forgetful(3) })).text).not.toBe('');
    expect(host.phases.slice(0, 4)).toEqual(['started', 'restarted', 'restarted', 'restarted']);
  });

  it('again and again fails the run', async () => {
    await expect(answerOf(new Host(), { service: forgetful(100) })).rejects.toMatchObject({ code: 'not_found' });
  });
});
