/**
 * A conversation continues after errors in an assistant's own code and refusals of a channel (C6,
 * C7, G8).
 */

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { telegramPlugin } from '#channels/telegram/plugin.ts';
import { type BotApi, startBotApi } from '#test/fakes/bot-api.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { fragileAssistant } from './assistants.ts';
import { fastClock } from './fast-clock.ts';
import { echoModel } from './models.ts';
import { PATIENCE, type RunningApp, runApp } from './running-app.ts';

const { connectionString } = await createTestDatabase();
let telegram: BotApi;
let app: RunningApp;
beforeAll(async () => {
  const clock = fastClock(Date.now(), 25);
  telegram = await startBotApi({ now: clock.now });
  app = await runApp(
    { DATABASE_URL: connectionString, TELEGRAM_BOT_TOKEN: telegram.token, TELEGRAM_API_ROOT: telegram.url },
    {
      provider: echoModel(),
      policy: { debounceMs: 0 },
      bindings: [fragileAssistant()],
      channels: [telegramPlugin({ clock, pollSeconds: 2 })],
    },
  );
});
afterAll(async () => {
  await app?.stop();
  await telegram?.close();
});

describe('a message on which an assistant’s own code always throws (C6)', () => {
  it.each([
    ['guard', 'the guard is broken'],
    ['assign', 'the assign is broken'],
    ['params', 'the params are broken'],
    ['effect', 'does not take these params'],
  ])('is parked with its reason when it throws in its %s, and the conversation goes on', async (where, reason) => {
    const visitor = await app.visitor({ assistant: 'fragile' });
    const { sessionId } = await visitor.write('one');
    const before = Object((await app.api.get(`/api/sessions/${sessionId}`)).body).snapshot.snapshot;
    const poison = await visitor.write(`throw in the ${where}`, 'poison');
    expect(poison).toMatchObject({ sessionId, duplicate: false });
    expect(Object((await app.api.get(`/api/sessions/${sessionId}`)).body).snapshot.snapshot).toEqual(before);
    // The message was accepted. If it is sent again, it is not tried again.
    expect(await visitor.write(`throw in the ${where}`, 'poison')).toMatchObject({ duplicate: true });
    await visitor.write('two');
    await expect
      .poll(async () => (await app.api.said(sessionId)).map(({ text }) => text), PATIENCE)
      .toEqual(['one', 'one!', 'two', 'two!']);
    const parked = (await app.api.history(sessionId)).filter(({ kind }) => kind === 'parked');
    expect(parked).toMatchObject([
      { text: `throw in the ${where}`, eventId: 'poison', payload: { reason: expect.stringContaining(reason) } },
    ]);
    expect(app.log.join('\n')).not.toContain('request failed');
  });

  it('is heard as effect.failed when the action itself throws, after all attempts, and nothing is lost meanwhile', async () => {
    const visitor = await app.visitor({ assistant: 'fragile' });
    const { sessionId } = await visitor.write('throw in the action');
    await visitor.write('next');
    await expect
      .poll(async () => (await app.api.said(sessionId)).map(({ text }) => text), PATIENCE)
      .toEqual(['throw in the action', 'throw in the action!', 'next', 'next!', 'I could not do "careless".']);
    expect(await app.api.history(sessionId)).toContainEqual(
      expect.objectContaining({
        payload: expect.objectContaining({ failed: expect.objectContaining({ effect: 'careless', reason: 'the action is broken' }) }),
      }),
    );
  });
});

describe('a customer who can no longer be reached (C7)', () => {
  it('has their message marked failed, the session hears of it, the humans are told, and other chats go on', async () => {
    const [gone, here] = [7_001, 7_002];
    telegram.say(gone, 'Hello', { from: { language_code: 'en' } });
    telegram.chats.open(gone).blocked = true;
    telegram.say(here, 'Hello', { from: { language_code: 'en' } });
    await expect.poll(() => telegram.shown(here), PATIENCE).toEqual(['You said: Hello']);
    const id = await vi.waitFor(async () => {
      const [session] = await app.api.sessionsAt(`telegram:${telegram.id}:${gone}`);
      if (!session) throw new Error('there is no session yet');
      return session.id;
    }, PATIENCE);
    await expect
      .poll(async () => (await app.api.said(id)).at(-1)?.delivery, PATIENCE)
      .toMatchObject({ status: 'failed', reason: expect.stringContaining('blocked by the user') });
    await vi.waitFor(async () => {
      const history = await app.api.history(id);
      expect(history).toContainEqual(
        expect.objectContaining({
          kind: 'effect',
          payload: expect.objectContaining({ failed: expect.objectContaining({ effect: 'message.send' }) }),
        }),
      );
      expect(history).toContainEqual(
        expect.objectContaining({
          payload: expect.objectContaining({ effect: 'agents.notify', params: { reason: expect.stringContaining('undeliverable') } }),
        }),
      );
    }, PATIENCE);
    // They come back.
    telegram.chats.open(gone).blocked = false;
    telegram.say(gone, 'I am back', { from: { language_code: 'en' } });
    await expect.poll(() => telegram.shown(gone), PATIENCE).toEqual(['You said: I am back']);
  });
});
