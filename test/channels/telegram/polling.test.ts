import { describe, expect, it } from 'vitest';
import type { IgnoredEvent } from '#channels/inbound.ts';
import { InvalidInput, Unavailable } from '#machines/errors.ts';
import { checkText } from '../check-text.ts';
import { CHAT, eventually, GROUP, Host, startAdapter } from './started-adapter.ts';

const texts = (count: number): string[] => Array.from({ length: count }, (_, i) => `m${i}`);

describe('Telegram by long polling (C2, C6)', () => {
  it('hands chats over in parallel and each in order, and acknowledges a batch only when all of it is durable', async () => {
    const { api, adapter } = await startAdapter();
    const durable = Promise.withResolvers<void>();
    const host = new Host((event) => ('address' in event && event.address.endsWith(`:${CHAT}`) ? durable.promise : Promise.resolve()));
    for (const text of texts(5)) api.say(CHAT, text);
    for (const text of ['another', 'chat']) api.say(GROUP, text);
    await adapter.start(host.intake);
    await eventually(() => expect(host.texts).toEqual(['m0', 'another', 'chat']));
    expect(api.updates.pending()).toHaveLength(7);
    durable.resolve();
    await eventually(() => expect(api.updates.pending()).toEqual([]));
    expect(host.texts).toEqual(['m0', 'another', 'chat', ...texts(5).slice(1)]);
  });

  it('hands a reaction over in the order of its chat, since Telegram was asked for reactions', async () => {
    const { api, adapter } = await startAdapter();
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const stored = new Map([
      ['first', first.promise],
      ['second', second.promise],
    ]);
    const host = new Host((event) => ('text' in event ? stored.get(event.text) : undefined) ?? Promise.resolve());
    await adapter.start(host.intake);
    await eventually(() => expect(api.callsOf('getUpdates')).not.toEqual([]));
    api.say(GROUP, 'first');
    await eventually(() => expect(host.texts).toEqual(['first']));
    // The next two are one batch.
    api.say(CHAT, 'second');
    api.react(CHAT, 1, [], ['👍']);
    first.resolve();
    await eventually(() => expect(host.texts).toEqual(['first', 'second']));
    second.resolve();
    await eventually(() => expect(host.events).toHaveLength(3));
    expect(host.events.at(-1)).toMatchObject({ type: 'reaction', messageId: `tg:${CHAT}:1`, emoji: '👍' });
  });

  it('passes what Telegram gives twice on under one id', async () => {
    const { api, adapter } = await startAdapter();
    const host = new Host();
    const id = api.say(CHAT, 'twice', { copies: 2 });
    api.say(CHAT, 'after');
    await adapter.start(host.intake);
    await eventually(() => expect(host.texts).toContain('after'));
    expect(host.ids).toEqual([`tg:${id}`, `tg:${id}`, `tg:${id + 1}`]);
    await eventually(() => expect(api.updates.pending()).toEqual([]));
  });

  it('parks what is malformed and what the host refuses for good, once, and goes on', async () => {
    const { api, adapter, rejected } = await startAdapter();
    const host = new Host(async (event) => {
      if ('text' in event && event.text === 'poison') throw new InvalidInput('the host cannot take this');
    });
    api.push({ message: { text: 7 } });
    api.say(CHAT, 'poison');
    api.say(CHAT, 'fine');
    await adapter.start(host.intake);
    await eventually(() => expect(api.updates.pending()).toEqual([]));
    expect(host.texts).toEqual(['poison', 'fine']);
    expect(rejected.map(({ reason }) => reason.code)).toEqual(['invalid_input', 'invalid_input']);
    expect(rejected[0]?.content).toMatchObject({ message: { text: 7 } });
    expect(rejected[1]?.reason.message).toBe('the host cannot take this');
  });

  it('hands over what changes no session with its kind and reason, and keeps what a person sent to be acted on', async () => {
    const ignored: IgnoredEvent[] = [];
    const { api, adapter, rejected } = await startAdapter({ adapter: { ignored: (event) => void ignored.push(event) } });
    const host = new Host();
    const from = { id: CHAT, is_bot: false, first_name: 'Mona' };
    const head = { message_id: 1, date: 1_700_000_000, chat: { id: CHAT, type: 'private' }, from };
    const joined = api.push({ message: { ...head, new_chat_members: [] } });
    const voted = api.push({ poll_answer: { poll_id: '1', user: from, option_ids: [0] } });
    const paid = api.push({ message: { ...head, successful_payment: { currency: 'EUR', total_amount: 100 } } });
    api.say(CHAT, 'fine');
    await adapter.start(host.intake);
    await eventually(() => expect(api.updates.pending()).toEqual([]));
    expect(host.texts).toEqual(['fine']);
    expect(ignored).toEqual([
      { kind: 'message.new_chat_members', reason: expect.stringMatching(/chat/), providerId: String(joined) },
      { kind: 'update.poll_answer', reason: expect.stringMatching(/poll/), providerId: String(voted) },
    ]);
    expect(rejected).toMatchObject([
      { providerId: String(paid), reason: { code: 'not_supported' }, content: { message: { successful_payment: { total_amount: 100 } } } },
    ]);
  });

  it('acknowledges what is malformed only once it is kept, and goes on with what is not meanwhile', async () => {
    let away = true;
    const kept: string[] = [];
    const { api, adapter } = await startAdapter({
      adapter: {
        deadLetter: async ({ providerId }) => {
          if (away) throw new Unavailable('the store is away');
          kept.push(providerId);
        },
      },
    });
    const host = new Host();
    const bad = api.push({ message: { text: 7 } });
    api.say(CHAT, 'fine');
    await adapter.start(host.intake);
    await eventually(() => expect(api.callsOf('getUpdates').length).toBeGreaterThan(2));
    expect(host.texts).toEqual(['fine']);
    expect(api.updates.pending()).toHaveLength(2);
    away = false;
    await eventually(() => expect(api.updates.pending()).toEqual([]));
    expect(kept).toEqual([String(bad)]);
    expect(host.texts).toEqual(['fine']);
  });

  it('stops soon though Telegram hangs on hearing of the last batch', async () => {
    const { api, adapter } = await startAdapter({ adapter: { timeoutMs: 600_000 } });
    const durable = Promise.withResolvers<void>();
    const host = new Host(() => durable.promise);
    api.say(CHAT, 'last');
    await adapter.start(host.intake);
    await eventually(() => expect(host.texts).toEqual(['last']));
    api.fail('getUpdates', 'hang', { times: 5 });
    const stopped = adapter.stop();
    durable.resolve();
    await stopped;
    expect(api.updates.pending()).toHaveLength(1);
  });

  it('parks what always meets a defect, after some tries', async () => {
    const { api, adapter, rejected } = await startAdapter();
    const host = new Host(async (event) => {
      if ('text' in event && event.text === 'poison') throw new TypeError('undefined is not a function');
    });
    api.say(CHAT, 'poison');
    await adapter.start(host.intake);
    await eventually(() => expect(rejected).toHaveLength(1));
    expect(host.texts).toEqual(Array(5).fill('poison'));
    api.say(CHAT, 'fine');
    await eventually(() => expect(host.texts).toContain('fine'));
  });

  it('keeps the offset and the order while the store is away, and hands nothing over again that was taken', async () => {
    const { api, adapter, clock } = await startAdapter();
    let refusals = 3;
    const host = new Host(async (event) => {
      if ('text' in event && event.text === 'm1' && refusals-- > 0) throw new Unavailable('the store is away');
    });
    for (const text of texts(3)) api.say(CHAT, text);
    api.say(GROUP, 'another chat');
    const begun = clock.now();
    await adapter.start(host.intake);
    await eventually(() => expect(api.updates.pending()).toEqual([]));
    expect(host.texts).toEqual(['m0', 'another chat', 'm1', 'm1', 'm1', 'm1', 'm2']);
    // 375 + 750 + 1,500. Each pause is twice the one before, less a quarter of jitter.
    expect(clock.now() - begun).toBeGreaterThanOrEqual(2_625);
  });

  it('gives another instance what a crash left unacknowledged', async () => {
    const { api, adapter, another } = await startAdapter();
    const never = Promise.withResolvers<void>();
    const crashed = new Host((event) => ('text' in event && event.text === 'm3' ? never.promise : Promise.resolve()));
    for (const text of texts(5)) api.say(CHAT, text);
    await adapter.start(crashed.intake);
    await eventually(() => expect(crashed.texts).toHaveLength(4));
    const host = new Host();
    await (await another()).start(host.intake);
    await eventually(() => expect(host.texts).toEqual(texts(5)));
    expect(host.ids.slice(0, 4)).toEqual(crashed.ids);
    never.reject(new Unavailable('gone'));
  });

  it('takes updates whose numbers began anew after a quiet week', async () => {
    const { api, adapter } = await startAdapter();
    const host = new Host();
    await adapter.start(host.intake);
    api.say(CHAT, 'before', { updateId: 900_000 });
    await eventually(() => expect(api.callsOf('getUpdates').at(-1)?.payload['offset']).toBe(900_001));
    api.say(CHAT, 'after', { updateId: 17 });
    await eventually(() => expect(host.texts).toEqual(['before', 'after']));
    await eventually(() => expect(api.callsOf('getUpdates').at(-1)?.payload['offset']).toBe(18));
  });

  it('outlasts cut connections, server errors and rubbish, waiting longer each time', async () => {
    const { api, adapter, log } = await startAdapter();
    const host = new Host();
    api.fail('getUpdates', 'cut', { times: 2 });
    api.fail('getUpdates', { status: 502, description: 'Bad Gateway' });
    api.fail('getUpdates', 'garbage');
    api.fail('getUpdates', { status: 429, retryAfter: 20 });
    api.say(CHAT, 'hello');
    await adapter.start(host.intake);
    await eventually(() => expect(host.texts).toEqual(['hello']));
    const polls = api.callsOf('getUpdates').map(({ at }) => at);
    const pauses = polls.slice(1, 6).map((time, i) => time - (polls[i] ?? 0));
    expect(pauses).toEqual([375, 750, 1_500, 3_000, 20_000]);
    expect(JSON.stringify(log)).not.toContain(api.token);
  });

  it('says what to do when another program polls, and goes on when it has gone', async () => {
    const { api, adapter, log } = await startAdapter();
    const host = new Host();
    api.fail('getUpdates', { status: 409, description: 'Conflict: terminated by other getUpdates request' });
    api.say(CHAT, 'hello');
    await adapter.start(host.intake);
    await eventually(() => expect(host.texts).toEqual(['hello']));
    expect(log.find(({ level }) => level === 'error')?.message).toMatch(
      /another program takes this bot's updates .* stop the other poller/,
    );
  });

  it('does not start with a token that Telegram does not know, and does not show it', async () => {
    const { adapter } = await startAdapter({ adapter: { token: '666:wrong-token' } });
    const error: unknown = await adapter.start(new Host().intake).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'telegram_unauthorized', retryable: false });
    expect(String(error)).toMatch(/@BotFather/);
    expect(JSON.stringify([String(error), error])).not.toContain('wrong-token');
    expect(await checkText(adapter)).toMatch(/@BotFather/);
  });

  it('starts while Telegram is away, and begins when it is back', async () => {
    const { api, adapter } = await startAdapter();
    api.fail('getMe', 'cut', { times: 3 });
    api.say(CHAT, 'hello');
    const host = new Host();
    await adapter.start(host.intake);
    expect(host.texts).toEqual([]);
    await eventually(() => expect(host.texts).toEqual(['hello']));
  });

  it('ends a long poll at once when it stops, and leaves nothing unacknowledged that was taken', async () => {
    const { api, adapter } = await startAdapter({ adapter: { pollSeconds: 50 } });
    const durable = Promise.withResolvers<void>();
    const host = new Host(() => durable.promise);
    await adapter.start(host.intake);
    await eventually(() => expect(api.callsOf('getUpdates')).toHaveLength(1));
    api.say(CHAT, 'last');
    await eventually(() => expect(host.texts).toEqual(['last']));
    const stopped = adapter.stop();
    durable.resolve();
    await stopped;
    expect(api.updates.pending()).toEqual([]);
    await adapter.start(host.intake);
    await eventually(() => expect(api.callsOf('getUpdates').at(-1)?.payload['timeout']).toBe(50));
    await adapter.stop();
  });

  it('answers buttons, so that they stop spinning', async () => {
    const { api, adapter } = await startAdapter();
    const host = new Host();
    await adapter.start(host.intake);
    api.press(CHAT, 7, 'analyze AAPL');
    await eventually(() => expect(host.events).toHaveLength(1));
    expect(host.events[0]).toMatchObject({ type: 'command', name: 'analyze', args: 'AAPL' });
    await eventually(() =>
      expect(api.callsOf('answerCallbackQuery').map(({ payload }) => payload['callback_query_id'])).toEqual(['press-7']),
    );
  });

  it('takes a forgotten webhook away, keeping what waits', async () => {
    const { api, adapter } = await startAdapter({ api: { webhookRetryMs: 5 } });
    api.updates.setWebhook({ url: 'http://127.0.0.1:9/nobody' });
    expect(await checkText(adapter)).toMatch(/webhook is set/);
    await adapter.start(new Host().intake);
    expect(await checkText(adapter)).toBeNull();
    expect(api.callsOf('deleteWebhook')[0]?.payload['drop_pending_updates']).toBe(false);
  });
});
