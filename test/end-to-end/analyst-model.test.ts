/**
 * The stock analyst with a model (A3, A4, S4, S7): the whole app, the real SDK before a server that speaks the Messages API, the
 * real client before a Bot API server, a provider of market data. Gates hold an answer where the test wants to look.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type BotApi, startBotApi } from '#test/fakes/bot-api.ts';
import { fakeFinancialModelingPrep } from '#test/fakes/financial-modeling-prep.ts';
import type { JsonProvider } from '#test/fakes/json-provider.ts';
import { FakeMessagesApi, fails, type Reply, says } from '#test/fakes/messages-api.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { fastClock } from './fast-clock.ts';
import { call, held, REPORT } from './model-replies.ts';
import { PATIENCE, type RunningApp, runApp } from './running-app.ts';
import { TelegramChat } from './telegram-chat.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const { connectionString } = await createTestDatabase();
const FMP_KEY = 'fmp-key';
let telegram: BotApi;
let model: FakeMessagesApi;
let market: JsonProvider;
let app: RunningApp;
let chats = 0;
beforeAll(async () => {
  const pace = fastClock(Date.now(), 40);
  [telegram, model, market] = await Promise.all([
    startBotApi({ limits: true, now: pace.now }),
    FakeMessagesApi.start(),
    fakeFinancialModelingPrep(FMP_KEY),
  ]);
  app = await runApp(
    {
      DATABASE_URL: connectionString,
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_API_ROOT: telegram.url,
      STATECHAT_ASSISTANTS: 'telegram=stock-analyst',
      ANTHROPIC_API_KEY: 'test-key',
      ANTHROPIC_BASE_URL: model.url,
      FMP_API_KEY: FMP_KEY,
      FMP_BASE_URL: market.url,
    },
    { policy: { debounceMs: 50 }, telegram: { clock: pace, pollSeconds: 2 } },
  );
});
afterAll(async () => {
  await app?.stop();
  await Promise.all([telegram?.close(), model?.close(), market?.close()]);
});

const openChat = (): TelegramChat => new TelegramChat(telegram, app, 8_000 + ++chats);
const sees = (chat: TelegramChat, last: RegExp) => vi.waitFor(() => expect(chat.last).toMatch(last), PATIENCE);

const TEXT = [
  '## Executive summary\n\n**App',
  'le** earns more ',
  'than it spends.\n\n',
  '- Cash\n- Supply',
  '\n\nThis is information, not advice.',
];

/** The request that is the `number`-th from now on. */
async function request(number: number) {
  return vi.waitFor(() => {
    const found = model.requests[number - 1];
    if (found === undefined) throw new Error(`the model was not asked ${number} times`);
    return found;
  }, PATIENCE);
}

it('makes an analysis with thinking and tools, which /status tells of, gives its report, and answers from it', async () => {
  const chat = openChat();
  const thinking = held(
    (writer) => writer.start().thinking('Which share', ' is it?'),
    (writer) => writer.toolUse('toolu_1', 'fetch_company_data', '{"symbol":', '"AAPL"}').end('tool_use'),
  );
  const writing = held(
    (writer) => writer.start().text(...TEXT.slice(0, 3)),
    (writer) => writer.text(...TEXT.slice(3)).end(),
  );
  model.script(thinking.reply, call('calculate_dcf', { symbol: 'AAPL' }), call('create_report', REPORT), writing.reply);
  chat.say('AAPL');
  await request(1);
  await vi.waitFor(() => expect(chat.typings).toBeGreaterThan(0), PATIENCE);
  chat.say('/status');
  await sees(chat, /^bot: The analysis of AAPL is under way\. \/stop stops it\.$/);
  thinking.release();
  await sees(chat, /^bot: Executive summary\n\nApple earns more than it spends\. …$/);
  writing.release();
  await sees(chat, /^bot: AAPL-.*\.pdf$/);
  expect(chat.shown.slice(-2)[0]).toBe(
    'bot: Executive summary\n\nApple earns more than it spends.\n\n• Cash\n• Supply\n\nThis is information, not advice.',
  );
  const asked = model.requests.at(-1)?.body.messages ?? [];
  expect(JSON.stringify(asked)).toContain('valuePerShare');

  model.script(says(['**Supply**', ' is its risk.']));
  chat.say('What is the risk?');
  await sees(chat, /^bot: Supply is its risk\.$/);
  expect(JSON.stringify(model.requests.at(-1)?.body.system)).toContain('earns more than it spends');
});

describe('/stop ends it for real: nothing arrives afterwards', () => {
  /** What the provider goes on to write is heard by nobody: a later answer is the next thing in the chat. */
  async function endsWith(chat: TelegramChat, before: readonly string[]): Promise<void> {
    await sees(chat, /^bot: Stopped\.$/);
    model.script(says(['Here I am.']));
    chat.say('Are you there?');
    await sees(chat, /^bot: Here I am\.$/);
    expect(chat.shown).toEqual([...before, 'customer: /stop', 'bot: Stopped.', 'customer: Are you there?', 'bot: Here I am.']);
    expect(chat.documents).toEqual([]);
    chat.say('/status');
    await sees(chat, /^bot: No analysis is open\./);
  }

  it('while it thinks', async () => {
    const chat = openChat();
    const thinking = held(
      (writer) => writer.start().thinking('Hm'),
      (writer) => writer.text('Too late.').end(),
    );
    model.script(thinking.reply);
    const number = model.requests.length + 1;
    chat.say('AAPL');
    const { closed } = await request(number);
    chat.say('/stop');
    expect(await closed).toEqual({ aborted: true });
    thinking.release();
    await endsWith(chat, ['customer: AAPL']);
  });

  it('while a tool works', async () => {
    const chat = openChat();
    market.says('hang');
    model.script(call('fetch_company_data', { symbol: 'ETEL' }));
    const asked = market.requests.length;
    chat.say('ETEL');
    await vi.waitFor(() => expect(market.requests.length).toBeGreaterThan(asked), PATIENCE);
    const number = model.requests.length;
    chat.say('/stop');
    await sees(chat, /^bot: Stopped\.$/);
    market.says(undefined);
    expect(model.requests).toHaveLength(number);
    await endsWith(chat, ['customer: ETEL']);
  });

  it('while it writes', async () => {
    const chat = openChat();
    const writing = held(
      (writer) => writer.start().text('## Executive summary\n\n**Micro'),
      (writer) => writer.text('soft** is too late.').end(),
    );
    model.script(writing.reply);
    const number = model.requests.length + 1;
    chat.say('MSFT');
    const { closed } = await request(number);
    await sees(chat, /^bot: Executive summary\n\nMicro …$/);
    chat.say('/stop');
    expect(await closed).toEqual({ aborted: true });
    writing.release();
    await endsWith(chat, ['customer: MSFT', 'bot: Executive summary\n\nMicro …']);
  });
});

it('a human who takes over silences it in that turn, an analysis as well as an answer', async () => {
  const chat = openChat();
  const nadia = { id: 'nadia', name: 'Nadia' };
  const analysis = held(
    (writer) => writer.start().text('Buy it, it will'),
    (writer) => writer.text(' rise.').end(),
  );
  model.script(analysis.reply);
  let number = model.requests.length + 1;
  chat.say('KO');
  const first = await request(number);
  await sees(chat, /^bot: Buy it, it will …$/);
  const { id } = await chat.session();
  expect((await app.api.tell(id, { type: 'agent.message', agent: nadia, text: 'Nadia here: nobody knows that.' })).body).toMatchObject({
    handler: 'human',
  });
  expect(await first.closed).toEqual({ aborted: true });
  analysis.release();
  await sees(chat, /^bot: Nadia here/);
  chat.say('Thank you');
  await app.api.tell(id, { type: 'agent.release', agent: nadia });

  const answer = held((writer) => writer.start().text('Let me'));
  model.script(answer.reply);
  number = model.requests.length + 1;
  chat.say('Is it dear?');
  const second = await request(number);
  // A colleague's words are no words of the model's.
  expect(JSON.stringify(second.body.messages)).toContain('nobody knows that');
  await sees(chat, /^bot: Let me …$/);
  await app.api.tell(id, { type: 'agent.claim', agent: nadia });
  expect(await second.closed).toEqual({ aborted: true });
  answer.release();
  await app.api.tell(id, { type: 'agent.message', agent: nadia, text: 'It is.' });
  await sees(chat, /^bot: It is\.$/);
  expect(chat.shown).toEqual([
    'customer: KO',
    'bot: Buy it, it will …',
    'bot: Nadia here: nobody knows that.',
    'customer: Thank you',
    'customer: Is it dear?',
    'bot: Let me …',
    'bot: It is.',
  ]);
  const said = (await app.api.said(id)).map(({ kind, text }) => `${kind}: ${text}`);
  expect(said.filter((line) => line.startsWith('assistant'))).toEqual([]);
});

it('messages that come while it answers are answered together, once it has', async () => {
  const chat = openChat();
  const first = held((writer) => writer.start().text('One.'));
  model.script(first.reply, says(['Both.']));
  const number = model.requests.length + 1;
  chat.say('one');
  await request(number);
  chat.say('two');
  chat.say('three');
  await expect.poll(async () => (await app.api.said((await chat.session()).id)).length, PATIENCE).toBe(3);
  first.release();
  await sees(chat, /^bot: Both\.$/);
  expect(model.requests).toHaveLength(number + 1);
  expect((await request(number + 1)).body.messages.at(-1)).toMatchObject({ content: [{ text: 'two\n\nthree' }] });
});

describe('when things go wrong, the customer gets a whole answer or a clear apology, and no text twice', () => {
  const WHOLE = /^bot: Executive summary\n\nApple earns more than it spends\.[\s\S]*not advice\.$/;

  it.each<[string, Reply]>([
    ['429', fails(429, 'rate_limit_error', 'later', 0.01)],
    ['500', fails(500, 'api_error', 'oops', 0.01)],
    ['529', fails(529, 'overloaded_error', 'later', 0.01)],
    [
      'a connection that is cut in mid-text',
      async (writer) => {
        writer.start().text(...TEXT.slice(0, 2));
        await new Promise((resolve) => setImmediate(resolve));
        writer.cut();
      },
    ],
    [
      'an error in mid-text',
      (writer) =>
        writer
          .start()
          .text(...TEXT.slice(0, 2))
          .error('overloaded_error', 'Overloaded'),
    ],
    [
      'an event that is no JSON',
      (writer) =>
        void writer
          .start()
          .text(TEXT[0] ?? '')
          .raw('event: content_block_delta\ndata: {"type":\n\n'),
    ],
    [
      'an answer that ends too early',
      (writer) =>
        writer
          .start()
          .text(TEXT[0] ?? '')
          .stopShort(),
    ],
  ])('%s, once', async (_name, failure) => {
    const chat = openChat();
    // Not scripted: what the client finds to be dead it asks for again by itself.
    model.otherwise(says(TEXT));
    model.script(failure);
    const number = model.requests.length;
    chat.say('/sentiment AAPL');
    await sees(chat, WHOLE);
    expect(chat.shown).toHaveLength(2);
    expect(model.requests.length).toBeGreaterThan(number + 1);
  });

  it('again and again: an apology, and the next try is a new one', async () => {
    const chat = openChat();
    const broken: Reply = (writer) =>
      writer
        .start()
        .text(...TEXT.slice(0, 2))
        .stopShort();
    model.otherwise(broken);
    chat.say('/sentiment AAPL');
    await sees(chat, /^bot: Sorry, the analysis failed\. Please try again in a moment, or \/agent brings a colleague\.$/);
    chat.say('hello');
    await sees(chat, /^bot: Sorry, something went wrong and I could not answer\. Please try again\.$/);
    model.otherwise(says(['ok']));
    model.script(says(TEXT));
    chat.say('/sentiment AAPL');
    await sees(chat, WHOLE);
  });

  it('a slow trickle through the middle of characters', async () => {
    const chat = openChat();
    model.script(async (writer) => {
      writer.start().text('');
      const delta = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'نعم، **الخطر** قائم.' } };
      for (const byte of Buffer.from(`event: content_block_delta\ndata: ${JSON.stringify(delta)}\n\n`)) {
        writer.raw(Uint8Array.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
      writer.end();
    });
    chat.say('هل من خطر؟');
    await sees(chat, /^bot: نعم، الخطر قائم\.$/);
  });

  it('tools that fail: the model hears why, and the customer gets what there is', async () => {
    const chat = openChat();
    market.says({ status: 500, body: 'secret trouble at db-7' });
    model.script(
      call('fetch_company_data', { symbol: 'KO' }),
      call('fetch_company_data', { symbol: '' }),
      call('no_such_tool', {}),
      says(['There is no data now.']),
    );
    chat.say('KO');
    await sees(chat, /^bot: There is no data now\.$/);
    market.says(undefined);
    const results = (model.requests.at(-1)?.body.messages ?? []).flatMap(({ content }) =>
      typeof content === 'string' ? [] : content.flatMap((block) => (block.type === 'tool_result' ? [block] : [])),
    );
    expect(results.map(({ is_error }) => is_error)).toEqual([true, true, true]);
    expect(JSON.stringify(results)).not.toMatch(/db-7|fmp-key/);
  });
});

it('whatever was shown was markup that Telegram takes, within its limits', () => {
  const shown = telegram.calls.filter(({ method }) => ['sendMessage', 'editMessageText', 'sendDocument'].includes(method));
  expect(shown.filter(({ status }) => status !== 200)).toEqual([]);
});
