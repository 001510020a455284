import { describe, expect, it } from 'vitest';
import { RateLimited, Refused } from '#channels/port.ts';
import { telegramAdapter } from '#channels/telegram/adapter.ts';
import { Unavailable } from '#machines/errors.ts';
import { parseAddress } from '#machines/ids.ts';
import { at, CHAT, GROUP, says, sending, startAdapter } from './started-adapter.ts';

const LONG = Array.from({ length: 1_500 }, (_, i) => `word${i}`).join(' ');
const sends = (calls: readonly { readonly at: number; readonly status: number }[]): number[] =>
  calls.filter(({ status }) => status === 200).map(({ at: time }) => time);

describe('sending to Telegram (C7)', () => {
  it('sends markup as entities, buttons as a keyboard, and into a topic of a group', async () => {
    const { api, adapter } = await startAdapter();
    await adapter.send(at(CHAT), says('Pick **one**', { buttons: [{ id: 'analyze AAPL', label: 'Apple' }] }), sending().context);
    expect(api.transcript(CHAT)[0]).toMatchObject({
      text: 'Pick one',
      entities: [{ type: 'bold', offset: 5, length: 3 }],
      keyboard: [[{ text: 'Apple', callback_data: 'analyze AAPL' }]],
    });
    await adapter.send(at(`${GROUP}/5`), says('to the topic'), sending().context);
    expect(api.transcript(GROUP)[0]).toMatchObject({ text: 'to the topic', topic: 5 });
  });

  it('keeps a second between the messages of a chat, and does not make chats wait for one another', async () => {
    const { api, adapter, clock } = await startAdapter({ api: { limits: true } });
    api.chats.open(7);
    const begun = clock.now();
    for (const text of ['a', 'b', 'c']) await adapter.send(at(CHAT), says(text), sending().context);
    expect(clock.now() - begun).toBe(2_200);
    await adapter.send(at(7), says('d'), sending().context);
    expect(clock.now() - begun).toBe(2_200);
    expect(api.callsOf('sendMessage').every(({ status }) => status === 200)).toBe(true);
  });

  it('keeps to 30 messages a second over all chats without one 429', async () => {
    const { api, adapter } = await startAdapter({ api: { limits: true } });
    const chats = Array.from({ length: 100 }, (_, i) => i + 1);
    for (const chat of chats) api.chats.open(chat);
    await Promise.all(chats.map((chat) => adapter.send(at(chat), says('news'), sending().context)));
    const times = sends(api.callsOf('sendMessage'));
    expect(times).toHaveLength(100);
    expect(api.callsOf('sendMessage')).toHaveLength(100);
    for (const time of times) expect(times.filter((other) => other >= time && other < time + 1_000).length).toBeLessThanOrEqual(30);
  });

  it('keeps to 20 messages a minute in a group, and gives a send that would wait too long back', async () => {
    const { api, adapter } = await startAdapter({ api: { limits: true } });
    for (let i = 0; i < 20; i++) await adapter.send(at(GROUP), says(`${i}`), sending().context);
    const error: unknown = await adapter.send(at(GROUP), says('one too many'), sending().context).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RateLimited);
    expect((error as RateLimited).retryAfterMs).toBeGreaterThan(30_000);
    expect(api.callsOf('sendMessage')).toHaveLength(20);
  });

  it('waits a short retry_after out, and leaves the chat alone meanwhile', async () => {
    const { api, adapter, clock } = await startAdapter();
    api.fail('sendMessage', { status: 429, retryAfter: 5 }, { chat: CHAT });
    const begun = clock.now();
    await Promise.all([
      adapter.send(at(CHAT), says('first'), sending().context),
      adapter.typing(at(CHAT)).then(() => adapter.typing(at(CHAT))),
    ]);
    expect(clock.now() - begun).toBeGreaterThanOrEqual(5_000);
    expect(api.shown(CHAT)).toEqual(['first']);
    expect(api.callsOf('sendMessage')).toHaveLength(2);
  });

  it('throws a long retry_after, and calls nothing for that chat until it is over', async () => {
    const { api, adapter, clock } = await startAdapter();
    api.fail('sendMessage', { status: 429, retryAfter: 3_600 });
    await expect(adapter.send(at(CHAT), says('later'), sending().context)).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfterMs: 3_600_000,
      retryable: true,
    });
    await expect(adapter.send(at(CHAT), says('later'), sending().context)).rejects.toBeInstanceOf(RateLimited);
    await adapter.typing(at(CHAT));
    expect(api.calls).toHaveLength(1);
    await adapter.send(at(GROUP), says('others can be written to'), sending().context);
    await clock.sleep(3_600_000);
    await adapter.send(at(CHAT), says('later'), sending().context);
    expect(api.shown(CHAT)).toEqual(['later']);
  });

  it('takes three chats on hold for a hold of the bot', async () => {
    const { api, adapter } = await startAdapter();
    for (const chat of [1, 2, 3, 4]) api.chats.open(chat);
    for (const chat of [1, 2, 3]) {
      api.fail('sendMessage', { status: 429, retryAfter: 600 });
      await expect(adapter.send(at(chat), says('x'), sending().context)).rejects.toBeInstanceOf(RateLimited);
    }
    await expect(adapter.send(at(4), says('x'), sending().context)).rejects.toBeInstanceOf(RateLimited);
    expect(api.callsOf('sendMessage')).toHaveLength(3);
  });

  it('continues a split message behind what was accepted', async () => {
    const { api, adapter } = await startAdapter();
    const first = sending();
    api.fail('sendMessage', 'cut', { chat: CHAT });
    await expect(adapter.send(at(CHAT), says(LONG), first.context)).rejects.toBeInstanceOf(Unavailable);
    const second = sending({
      attempt: 2,
      onSent: async (ref) => {
        if (second.sent.push(ref) === 2) api.fail('sendMessage', { status: 500 });
      },
    });
    await expect(adapter.send(at(CHAT), says(LONG), second.context)).rejects.toBeInstanceOf(Unavailable);
    expect(second.sent).toHaveLength(2);
    const third = sending({ attempt: 3, sent: second.sent });
    const ref = await adapter.send(at(CHAT), says(LONG), third.context);
    expect(api.shown(CHAT).join(' ')).toBe(LONG);
    expect(api.shown(CHAT)).toHaveLength(4);
    expect(await adapter.send(at(CHAT), says(LONG), sending({ attempt: 4, sent: [...second.sent, ...third.sent] }).context)).toBe(ref);
    expect(api.shown(CHAT)).toHaveLength(4);
  });

  it('sends the plain text when Telegram refuses its formatting', async () => {
    const { api, adapter } = await startAdapter();
    api.fail('sendMessage', { status: 400, description: "Bad Request: can't parse entities: unsupported" });
    await adapter.send(at(CHAT), says('Some **bold** words'), sending().context);
    expect(api.transcript(CHAT)[0]).toMatchObject({ text: 'Some bold words', entities: [] });
  });

  it('says no for good where Telegram does, and tells apart what may pass', async () => {
    const { api, adapter } = await startAdapter();
    const failure = (chat: number | string, text = 'x'): Promise<unknown> =>
      adapter.send(at(chat), says(text), sending().context).then(
        () => undefined,
        (error: unknown) => error,
      );
    api.chats.open(8).blocked = true;
    expect(await failure(8)).toMatchObject({ code: 'refused', retryable: false, message: expect.stringContaining('blocked by the user') });
    expect(await failure(999)).toMatchObject({ code: 'refused', message: expect.stringContaining('chat not found') });
    expect(await failure('nobody')).toBeInstanceOf(Refused);
    expect(await failure(CHAT, ' \n ')).toBeInstanceOf(Refused);
    for (const scripted of [{ status: 500 }, { status: 502 }, 'cut', 'garbage', { status: 401, description: 'Unauthorized' }] as const) {
      api.fail('sendMessage', scripted);
      expect(await failure(CHAT)).toMatchObject({ code: 'unavailable', retryable: true });
    }
    expect(api.shown(CHAT)).toEqual([]);
  });

  it('stops waiting for its turn when it is told to', async () => {
    const { adapter } = await startAdapter();
    const stop = new AbortController();
    await adapter.send(at(CHAT), says('a'), sending().context);
    const second = adapter.send(at(CHAT), says('b'), sending({ signal: stop.signal }).context);
    stop.abort();
    await expect(second).rejects.toBeInstanceOf(Unavailable);
  });

  it('follows a group that became a supergroup', async () => {
    const { api, adapter } = await startAdapter();
    api.chats.open(-55).movedTo = -1_009_999;
    api.chats.open(-1_009_999);
    await adapter.send(at(-55), says('one'), sending().context);
    await adapter.send(at(-55), says('two'), sending().context);
    expect(api.shown(-1_009_999)).toEqual(['one', 'two']);
    expect(api.callsOf('sendMessage').map(({ payload }) => payload['chat_id'])).toEqual([-55, -1_009_999, -1_009_999]);
  });

  it('works with a Bot API server below a path', async () => {
    const { api, clock } = await startAdapter();
    const below = telegramAdapter({
      token: api.token,
      apiRoot: `${api.url}/proxy`,
      mode: { type: 'polling' },
      deadLetter: async () => {},
      clock,
    });
    await below.send(parseAddress(`telegram:100:${CHAT}`), says('hello'), sending().context);
    expect(api.shown(CHAT)).toEqual(['hello']);
  });
});
