/** The stock analyst with a model (A4) that fails, or whose tools do. */
import { afterAll, describe, expect, it } from 'vitest';
import { fails, type Reply, says } from '#test/fakes/messages-api.ts';
import { sees, startAnalyst, TEXT } from './analyst-with-model.ts';
import { call } from './model-replies.ts';

const { model, market, openChat, expectAllTaken } = await startAnalyst();
afterAll(expectAllTaken);

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
    // Not scripted, because the client retries a dead call by itself.
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
