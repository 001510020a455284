/**
 * Every string that leaves the program is well-formed, whatever came in or is stored (invariant 1
 * of machines/text.ts). One property for each edge. test/assistants/stock-analyst/report has the
 * PDF's, and test/contracts/store-commit.ts the stores'.
 */

import express from 'express';
import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import type { Actors, EffectContext } from '#actors/contract/api.ts';
import type { Effect } from '#actors/contract/effect.ts';
import type { RunEvent } from '#agent-service/events.ts';
import { type RunResult, run } from '#agent-service/loop.ts';
import type { Provider, ProviderEvent, ProviderRequest } from '#agent-service/provider.ts';
import { defineTool } from '#agent-service/tools.ts';
import { EventStream } from '#channels/event-stream.ts';
import type { ChannelAdapter, OutboundMessage } from '#channels/port.ts';
import { render } from '#channels/telegram/render.ts';
import type { Json } from '#machines/definition.ts';
import { contentOf } from '#machines/file-content.ts';
import { CARD_KINDS, type Card, cardSchema } from '#machines/session/cards.ts';
import { isVisible, wellFormed } from '#machines/text.ts';
import { messageEffects } from '#src/delivery/message-effects.ts';
import { listen } from '#src/http/server.ts';
import { createIntake } from '#src/intake/intake.ts';
import { defineOperation, runOperation } from '#src/operations/operation.ts';
import { createLog } from '#src/telemetry/log.ts';
import { literal, texts } from '#storage/postgres/arrays.ts';
import { newAddress, newId } from '#test/contracts/store-fixtures.ts';
import { FakeMessagesApi, says } from '#test/fakes/messages-api.ts';
import { start } from './agent-service/run-fixtures.ts';
import { closedAfterEach, sessionIds, sessionRow } from './src/http/fixture.ts';
import { testContext } from './src/operations/test-context.ts';
import { isWhole, torn, tornJson, tornLine } from './torn-text.ts';

const json = z.custom<Json>();

describe('what comes in', () => {
  it('from a channel', async () => {
    const deliver = vi.fn<Actors['deliver']>();
    const unused = vi.fn();
    const actors = { deliver, mark: unused, report: unused, undeliverable: unused, move: unused, publishTyping: unused };
    const parts = { actors, latestAt: unused, isKept: unused, ratings: { find: () => undefined } };
    const intake = createIntake({ ...parts, assistantOf: () => 'companion' });
    const address = newAddress();
    await fc.assert(
      fc.asyncProperty(torn, torn, async (text, name) => {
        deliver
          .mockReset()
          .mockResolvedValue({ sessionId: newId(), address, version: 1, duplicate: false, state: 'ACTIVE', handler: 'bot' });
        const media = [{ kind: 'document', fileName: name }] as const;
        await intake({ type: 'message', id: 'm', address, at: 1, text, media, customer: { name } });
        await intake({ type: 'command', id: 'c', address, at: 1, name: 'help', args: text, customer: { name } });
        await intake({ type: 'edit', id: 'm', address, at: 1, text });
        expect(deliver.mock.calls).toHaveLength(3);
        const seen = isVisible(text) ? wellFormed(text) : '';
        expect(deliver.mock.calls.map(([, event]) => event)).toMatchObject([
          { text: seen, media: [{ fileName: wellFormed(name) }], customer: { name: wellFormed(name) } },
          { args: seen },
          { text: seen },
        ]);
        for (const call of deliver.mock.calls) expect(isWhole(call)).toBe(true);
      }),
    );
  });

  it('from a caller of an operation', async () => {
    const echo = defineOperation({
      name: 'text.echo',
      scope: 'sessions:read',
      effect: 'read',
      summary: 'Answers with its input.',
      input: z.strictObject({ given: z.json() }),
      output: z.strictObject({ given: z.json() }),
      run: async (_context, { given }) => ({ given }),
    });
    const { context } = testContext();
    await fc.assert(
      fc.asyncProperty(tornJson, async (given) => {
        expect(isWhole(await runOperation(echo, context, () => ({ given })))).toBe(true);
      }),
    );
  });
});

/** A model whose answers the test defines, and the requests that it received. */
class ScriptedModel implements Provider {
  readonly name = 'scripted';
  readonly defaultModel = 'scripted-1';
  readonly requests: ProviderRequest[] = [];
  readonly #answers: (readonly ProviderEvent[])[];

  constructor(...answers: readonly (readonly ProviderEvent[])[]) {
    this.#answers = [...answers];
  }

  async *stream(request: ProviderRequest): AsyncGenerator<ProviderEvent> {
    this.requests.push(request);
    yield* this.#answers.shift() ?? [];
  }
}

const stop = (reason: 'end' | 'tool_use'): ProviderEvent => ({ type: 'stop', reason, model: 'scripted-1' });

async function answered(provider: Provider, said: string, result: unknown): Promise<{ result: RunResult; events: RunEvent[] }> {
  const events: RunEvent[] = [];
  const tool = defineTool({ name: 'look', description: 'Looks.', input: z.looseObject({}), run: async () => json.parse(result) });
  const spec = {
    sessionId: 's',
    runId: 'r',
    workflow: 'test',
    session: null,
    system: [{ text: said, cached: false }],
    messages: [{ role: 'user' as const, text: said }],
    maxTokens: 100,
    maxTurns: 3,
    tools: [tool],
  };
  return { result: await run({ provider }, spec, new AbortController().signal, (event) => void events.push(event)), events };
}

describe('between a session and its model', () => {
  it('requests, calls of tools and their results', async () => {
    await fc.assert(
      fc.asyncProperty(torn, tornJson, fc.dictionary(torn, tornJson, { maxKeys: 3 }), async (said, result, input) => {
        const call: ProviderEvent = { type: 'tool_use', id: 'tu_1', name: 'look', input };
        const model = new ScriptedModel(
          [{ type: 'text', text: said }, call, stop('tool_use')],
          [{ type: 'text', text: `. ${said}` }, stop('end')],
        );
        const { result: outcome, events } = await answered(model, said, result);
        expect(model.requests).toHaveLength(2);
        expect(isWhole([model.requests, events, outcome])).toBe(true);
      }),
    );
  });

  it('an answer in pieces, which may cut a pair and yet loses no character', async () => {
    const piece = fc.record({ type: fc.constantFrom('text' as const, 'thinking' as const), text: torn });
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 6 }), async (pieces) => {
        const units = pieces.flatMap(({ type, text }) => text.split('').map((unit) => ({ type, text: unit })));
        const { events } = await answered(new ScriptedModel([...units, { type: 'text', text: '.' }, stop('end')]), 'hi', null);
        expect(isWhole(events)).toBe(true);
        for (const [type, of] of [['chunk', 'text'] as const, ['thinking', 'thinking'] as const]) {
          const told = events.map((event) => (event.type === type ? event.text : '')).join('');
          // Runs of one kind, since a pair is not put together across other events.
          const meant = runsOf([...pieces, { type: 'text' as const, text: '.' }], of)
            .map(wellFormed)
            .join('');
          expect(told).toBe(meant);
        }
      }),
    );
  });

  it('a stored conversation with half of an emoji is answered by a provider that would refuse it', async () => {
    const api = await FakeMessagesApi.start();
    try {
      api.script(says(['Good \ud83d', '\ude00 day \ud83d']));
      const { result, events } = start(api, { messages: [{ role: 'user', text: 'So far \ud83d\0' }] });
      expect(await result).toMatchObject({ text: 'Good 😀 day \ufffd' });
      expect(api.requests.map(({ body }) => body.messages)).toEqual([[{ role: 'user', content: 'So far \ufffd\ufffd' }]]);
      const chunks = events.flatMap((event) => (event.type === 'chunk' ? [[event.offset, event.text]] : []));
      expect(chunks).toEqual([
        [0, 'Good '],
        [5, '😀 day '],
        [12, '\ufffd'],
      ]);
    } finally {
      await api.close();
    }
  });

  it('an answer of nothing visible is no answer', async () => {
    const empty = new ScriptedModel([{ type: 'text', text: '\u200b\u2800' }, { type: 'text', text: '\ufe0f' }, stop('end')]);
    await expect(answered(empty, 'hi', null)).rejects.toMatchObject({ code: 'no_text', retryable: true });
  });
});

function runsOf(pieces: readonly { readonly type: string; readonly text: string }[], type: string): string[] {
  const runs: string[] = [];
  let last = '';
  for (const piece of pieces.filter(({ text }) => text !== '')) {
    if (piece.type === type) runs.push((last === type ? (runs.pop() ?? '') : '') + piece.text);
    last = piece.type;
  }
  return runs;
}

describe('what goes out', () => {
  const bytes = Uint8Array.of(1);
  const context: EffectContext = {
    sessionId: newId(),
    address: newAddress(),
    key: 'k',
    seq: 1,
    attempt: 1,
    signal: new AbortController().signal,
    progress: null,
    saveProgress: async () => {},
  };

  /** Effects that send to a channel, and what it was given. */
  function sending(cards: readonly Card['kind'][]): { readonly sent: OutboundMessage[]; readonly effects: readonly Effect[] } {
    const sent: OutboundMessage[] = [];
    const send: ChannelAdapter['send'] = async (_address, message) => ('reaction' in message ? 'reaction' : String(sent.push(message)));
    const channel = { capabilities: { streaming: 'none', media: ['document'], cards }, send };
    const effects = messageEffects({
      channelOf: () => z.custom<ChannelAdapter>().parse(channel),
      files: { get: async (id) => ({ id, sessionId: newId(), name: 'a.pdf', mimeType: 'application/pdf', ...contentOf(bytes), at: 1 }) },
      notifier: { notify: async () => {} },
      windowOf: async () => undefined,
    });
    return { sent, effects };
  }

  it('to a channel', async () => {
    const { sent, effects } = sending([]);
    const [message, file] = effects;
    await fc.assert(
      fc.asyncProperty(torn, async (text) => {
        sent.length = 0;
        await message?.run({ text: `.${text}`, author: 'assistant', draft: null }, context);
        const reference = { id: `${newId()}.1`, name: 'a.pdf', mimeType: 'application/pdf', size: 1, caption: text };
        await file?.run({ file: reference, author: 'assistant', otherwise: '.' }, context);
        expect(sent).toMatchObject([{ text: wellFormed(`.${text}`) }, { text: wellFormed(text), file: { name: 'a.pdf' } }]);
      }),
    );
  });

  it.each([
    ['as such', CARD_KINDS],
    ['as words', []],
  ])('to a channel that shows cards %s', async (_, kinds) => {
    const { sent, effects } = sending(kinds);
    await fc.assert(
      fc.asyncProperty(tornLine, tornLine, tornJson, async (text, line, more) => {
        const cards: readonly Card[] = [
          { kind: 'location', latitude: 30, longitude: 31, name: line, street: line },
          { kind: 'contact', name: line, phone: '19123', organization: line },
          { kind: 'link', label: line, url: 'https://example.com/' },
          cardSchema.parse({ kind: 'whatsapp', interactive: { type: 'flow', body: { text: line }, more } }),
        ];
        sent.length = 0;
        for (const card of cards) await effects[0]?.run({ text, author: 'assistant', draft: null, card }, context);
        expect(sent.map(({ card }) => card?.kind)).toEqual(cards.map(({ kind }) => (kinds.length === 0 ? undefined : kind)));
        expect(isWhole(sent)).toBe(true);
      }),
    );
  });

  it('to Telegram, where a part of nothing visible would be refused', () => {
    const file = { mimeType: 'application/pdf', ...contentOf(Uint8Array.of(1)) };
    fc.assert(
      fc.property(torn, torn, (text, label) => {
        const rendered = [
          render(text),
          render(text, { buttons: [{ id: label, label }] }),
          render(text, { file: { ...file, name: label } }),
        ];
        for (const parts of rendered) {
          const files = parts.map(({ attachment }) => (attachment?.method === 'sendDocument' ? attachment.document.name : ''));
          expect(isWhole(parts.map(({ attachment: _, ...part }) => part))).toBe(true);
          expect(isWhole(files)).toBe(true);
          expect(parts.every((part) => part.attachment !== undefined || isVisible(part.text))).toBe(true);
        }
      }),
    );
  });

  it('to the log', () => {
    fc.assert(
      fc.property(torn, tornJson, (text, facts) => {
        const lines: string[] = [];
        for (const readable of [true, false])
          createLog({ level: 'info', readable, destination: { write: (line) => void lines.push(line) } }).info({ facts, text }, text);
        expect(isWhole(lines)).toBe(true);
        expect(isWhole(JSON.parse(lines[1] ?? ''))).toBe(true);
      }),
    );
  });

  it('to PostgreSQL, in both formats of a text', () => {
    const utf8 = new TextDecoder('utf-8', { fatal: true });
    fc.assert(
      fc.property(torn, (text) => {
        // Behind the header of 20 bytes and the length of the only element.
        expect(utf8.decode(texts([text]).subarray(24))).toBe(wellFormed(text));
        expect(isWhole(utf8.decode(Buffer.from(literal([text]))))).toBe(true);
      }),
    );
  });
});

describe('what HTTP answers', () => {
  const startApp = closedAfterEach();

  it('with the sessions that a store holds', async () => {
    const snapshot = { context: { '\ud83d': ['a\0', '\ude00'] } };
    const app = await startApp({ rows: [sessionRow(0, { snapshot })] });
    const response = await app.request(`/api/sessions/${sessionIds[0]}`);
    const body: unknown = await response.json();
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(body).toMatchObject({ snapshot: { context: { '\ufffd': ['a\ufffd', '\ufffd'] } } });
    const problem: unknown = await (await app.request('/api/sessions/x%00')).json();
    expect(problem).toMatchObject({ code: 'not_found' });
    expect(isWhole(problem)).toBe(true);
  });

  it('with the events of a stream', async () => {
    const events = fc.sample(tornJson, 20);
    const app = express();
    app.get('/', async (request, response) => {
      const options = { heartbeatMs: 60_000, stallMs: 1_000, retryMs: 1, onError: () => {} };
      await new EventStream(request, response, options).run(
        (async function* () {
          for (const event of events) yield `data: ${JSON.stringify(event)}\n\n`;
        })(),
      );
    });
    const server = await listen(app, { host: '127.0.0.1', port: 0 });
    try {
      const text = await (await fetch(`http://127.0.0.1:${server.port}/`, { headers: { connection: 'close' } })).text();
      const data = [...text.matchAll(/^data: (.*)$/gm)].map(([, line = '']): unknown => JSON.parse(line));
      expect(data).toHaveLength(events.length);
      expect(isWhole(data)).toBe(true);
    } finally {
      await server.close(1_000);
    }
  });
});
