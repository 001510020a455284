/**
 * The stock analyst with a model (A3, A4, S4, S7) that answers well. Gates hold an answer where the
 * test inspects the chat.
 */
import { describe, expect, it, vi } from 'vitest';
import { says } from '#test/fakes/messages-api.ts';
import { requestOf, sees, startAnalyst, TEXT } from './analyst-with-model.ts';
import { call, held, REPORT } from './model-replies.ts';
import { PATIENCE } from './running-app.ts';
import type { TelegramChat } from './telegram-chat.ts';

const { model, market, app, openChat, expectAllTaken } = await startAnalyst();
const request = (number: number) => requestOf(model, number);

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
  /**
   * Nothing that the provider still writes reaches the chat. The next message there is a later
   * answer.
   */
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

it('whatever was shown was markup that Telegram takes, within its limits', expectAllTaken);
