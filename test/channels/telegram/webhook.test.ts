import express from 'express';
import { describe, expect, it } from 'vitest';
import { secretMatches } from '#channels/telegram/verify.ts';
import { InvalidInput, Unavailable } from '#machines/errors.ts';
import { checkText } from '../check-text.ts';
import { CHAT, eventually, Host, SECRET, startAdapter } from './started-adapter.ts';

const update = { update_id: 7, message: { message_id: 1, date: 1_700_000_000, chat: { id: CHAT, type: 'private' }, text: 'hello' } };

describe('Telegram by webhook (C2, C6)', () => {
  it('tells Telegram where to post, with the secret, what it wants, and leaves that when it stops', async () => {
    const { api, adapter, webhookUrl } = await startAdapter({ mode: 'webhook' });
    await adapter.start(new Host().intake);
    expect(api.callsOf('setWebhook').map(({ payload }) => payload)).toEqual([
      { url: webhookUrl, secret_token: SECRET, allowed_updates: ['message', 'edited_message', 'callback_query', 'message_reaction'] },
    ]);
    expect(await checkText(adapter)).toBeNull();
    await adapter.stop();
    expect(api.updates.info()).toMatchObject({ url: webhookUrl });
    expect(api.callsOf('deleteWebhook')).toEqual([]);
  });

  it('answers 401 to whoever does not know the secret', async () => {
    const { api, adapter } = await startAdapter({ mode: 'webhook' });
    const host = new Host();
    await adapter.start(host.intake);
    for (const secret of [undefined, '', 'wrong', `${SECRET}x`, SECRET.slice(0, -1)]) expect(await post(api, update, secret)).toBe(401);
    expect(host.events).toEqual([]);
    expect(await post(api, update, SECRET)).toBe(200);
    expect(host.texts).toEqual(['hello']);
    expect(secretMatches([SECRET, SECRET], SECRET)).toBe(false);
  });

  it('answers 400 to what is no update, 413 to what is too much, 405 to what is no post, and changes nothing', async () => {
    const { api, adapter, webhookUrl } = await startAdapter({ mode: 'webhook' });
    const host = new Host();
    await adapter.start(host.intake);
    for (const body of [
      '',
      '{"update_id":',
      'null',
      '[]',
      '7',
      '{}',
      '{"update_id":"7"}',
      `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
    ])
      expect(await post(api, body, SECRET)).toBe(400);
    expect(await post(api, JSON.stringify({ ...update, filler: 'x'.repeat(1_100_000) }), SECRET)).toBe(413);
    expect((await fetch(webhookUrl)).status).toBe(405);
    expect(host.events).toEqual([]);
    expect(await post(api, update, SECRET)).toBe(200);
  });

  it('parks what no session can ever take, so that Telegram does not hold the chat up with it', async () => {
    const { api, adapter, rejected } = await startAdapter({ mode: 'webhook' });
    await adapter.start(new Host(() => Promise.reject(new InvalidInput('never'))).intake);
    expect(await post(api, { update_id: 8, message: { text: 7 } }, SECRET)).toBe(200);
    expect(await post(api, update, SECRET)).toBe(200);
    expect(rejected.map(({ reason }) => reason.code)).toEqual(['invalid_input', 'invalid_input']);
  });

  it('has Telegram send again what could not be stored as a dead letter, and the next good update works meanwhile', async () => {
    let away = true;
    const kept: string[] = [];
    const deadLetter = async ({ providerId }: { providerId: string }) => {
      if (away) throw new Unavailable('the store is away');
      kept.push(providerId);
    };
    const { api, adapter } = await startAdapter({ mode: 'webhook', adapter: { deadLetter } });
    await adapter.start(new Host().intake);
    const bad = { update_id: 8, message: { text: 7 } };
    expect(await post(api, bad, SECRET)).toBe(503);
    expect(await post(api, update, SECRET)).toBe(200);
    away = false;
    expect(await post(api, bad, SECRET)).toBe(200);
    expect(kept).toEqual(['8']);
  });

  it('has Telegram send again what is not durable, also before the start and after the stop', async () => {
    const { api, adapter, webhookUrl } = await startAdapter({ mode: 'webhook' });
    let away = true;
    const host = new Host(() => (away ? Promise.reject(new Unavailable('the store is away')) : Promise.resolve()));
    api.updates.setWebhook({ url: webhookUrl, secret_token: SECRET });
    expect(await post(api, update, SECRET)).toBe(503);
    await adapter.start(host.intake);
    expect(await post(api, update, SECRET)).toBe(503);
    away = false;
    expect(await post(api, update, SECRET)).toBe(200);
    expect(host.ids).toEqual(['tg:7', 'tg:7']);
    await adapter.stop();
    expect(await post(api, update, SECRET)).toBe(503);
  });

  it('keeps the order of a chat over refusals and repeats', async () => {
    const { api, adapter } = await startAdapter({ mode: 'webhook', api: { webhookRetryMs: 1 } });
    let n = 0;
    const host = new Host(() => (++n % 3 === 0 ? Promise.reject(new Unavailable('now and then')) : Promise.resolve()));
    await adapter.start(host.intake);
    const expected = Array.from({ length: 30 }, (_, i) => `m${i}`);
    for (const [i, text] of expected.entries()) api.say(CHAT, text, { copies: i % 4 === 0 ? 2 : 1 });
    await api.updates.delivered();
    expect([...new Set(host.texts)]).toEqual(expected);
  });

  it('works behind a body parser in Express', async () => {
    const { api, adapter } = await startAdapter({
      mode: 'webhook',
      wrap: (handler) => {
        const app = express();
        app.use(express.json());
        app.post('/channels/telegram/webhook', handler);
        return app;
      },
    });
    const host = new Host();
    await adapter.start(host.intake);
    expect(await post(api, update, SECRET)).toBe(200);
    expect(host.texts).toEqual(['hello']);
  });

  it('says how to mend a webhook that is not ours or not reachable', async () => {
    const { api, adapter, webhookUrl } = await startAdapter({ mode: 'webhook', api: { webhookRetryMs: 1 } });
    await adapter.start(new Host(() => Promise.reject(new Unavailable('away'))).intake);
    api.say(CHAT, 'hello');
    await eventually(async () => expect(await checkText(adapter)).toMatch(/cannot deliver .*503.*reachable from outside/));
    api.updates.setWebhook({ url: 'https://elsewhere.example/' });
    expect(await checkText(adapter)).toBe(
      `Telegram delivers to another address instead of ${webhookUrl}: restart Statechat, and see that no other deployment uses this bot.`,
    );
  });

  it('refuses to start with an address that Telegram does not take', async () => {
    const { adapter } = await startAdapter({
      mode: 'webhook',
      adapter: { mode: { type: 'webhook', url: 'ftp://example.com', secret: SECRET } },
    });
    await expect(adapter.start(new Host().intake)).rejects.toMatchObject({ code: 'refused' });
  });
});

async function post(
  api: { updates: { post(update: unknown, options: { secret?: string }): Promise<number> } },
  body: unknown,
  secret: string | undefined,
): Promise<number> {
  return await api.updates.post(body, secret === undefined ? { secret: '' } : { secret });
}
