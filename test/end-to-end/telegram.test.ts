/**
 * The main job over Telegram's protocol, by polling and by webhook. The whole app runs against a
 * Bot API server.
 */

import { afterEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { createOfflineProvider } from '#agent-service/offline/adapter.ts';
import { telegramPlugin } from '#channels/telegram/plugin.ts';
import type { ComposeOptions } from '#src/compose-options.ts';
import { type BotApi, startBotApi } from '#test/fakes/bot-api.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { fastClock } from './fast-clock.ts';
import { freePort } from './free-port.ts';
import { JumpingClock } from './jumping-clock.ts';
import { DictatedModel } from './models.ts';
import { PATIENCE, type RunningApp, runApp } from './running-app.ts';

const { connectionString } = await createTestDatabase();
const SECRET = 'a-secret_of-the-webhook';
const SPEED = 20;

let app: RunningApp;
let telegram: BotApi;
/** Of all apps, because one that has jumped leaves times behind in the database. */
const time = new JumpingClock();
/** Each test has its own chat, because they share a database. */
let chat = 4_000;
afterEach(async () => {
  await app?.stop();
  await telegram?.close();
});

async function open(mode: 'polling' | 'webhook', options: ComposeOptions): Promise<void> {
  const clock = fastClock(Date.now(), SPEED);
  telegram = await startBotApi({ limits: true, now: clock.now });
  chat += 1;
  const port = await freePort();
  app = await runApp(
    {
      PORT: String(port),
      DATABASE_URL: connectionString,
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_API_ROOT: telegram.url,
      TELEGRAM_MODE: mode,
      ...(mode === 'webhook' ? { TELEGRAM_WEBHOOK_SECRET: SECRET, STATECHAT_PUBLIC_URL: `http://127.0.0.1:${port}` } : {}),
    },
    { channels: [telegramPlugin({ clock, pollSeconds: 2 })], policy: { debounceMs: 100 }, clock: time, ...options },
  );
}

const keyboard = z.object({ inline_keyboard: z.array(z.array(z.object({ text: z.string(), callback_data: z.string() }))) });
const say = (text: string) => telegram.say(chat, text, { from: { language_code: 'en' } });
const shown = (): string[] => telegram.transcript(chat).map(({ from, text }) => `${from}: ${text}`);
const expectShown = (texts: readonly unknown[]) => expect.poll(shown, PATIENCE).toEqual(texts);
const address = (): string => `telegram:${telegram.id}:${chat}`;

async function sessionId(): Promise<string> {
  return vi.waitFor(async () => {
    const [newest] = await app.api.sessionsAt(address());
    if (!newest) throw new Error('nobody has written yet');
    return newest.id;
  }, PATIENCE);
}

describe.each(['polling', 'webhook'] as const)('the main job over Telegram by %s (SPEC C2, C8)', (mode) => {
  it('answers a double text once, streams by edits into one message, stops, is taken over, given back, closed and opened again', async () => {
    const model = new DictatedModel();
    await open(mode, { provider: model, policy: { debounceMs: 60_000 } });
    /** Lets the debounce pass once all of it is in, however long that takes. */
    const ask = async (...texts: readonly string[]): Promise<void> => {
      for (const text of texts) say(text);
      const said = async () => (await app.api.said(await sessionId())).map(({ text }) => text);
      await expect.poll(async () => (await said()).slice(-texts.length), PATIENCE).toEqual(texts);
      time.jump(1);
    };
    const writing = (index: number) =>
      vi.waitFor(() => {
        const found = model.writings[index];
        if (!found) throw new Error(`the model was not asked ${index + 1} times`);
        return found;
      }, PATIENCE);

    await ask('hi', 'are you there?');
    const first = await writing(0);
    expect(first.request.messages.at(-1)).toMatchObject({ text: 'hi\n\nare you there?' });
    first.write('Here');
    await expectShown(['customer: hi', 'customer: are you there?', 'bot: Here …']);
    first.write(' I **am**.');
    first.end();
    await expectShown(['customer: hi', 'customer: are you there?', 'bot: Here I am.']);
    expect(telegram.transcript(chat).at(-1)?.entities).toEqual([{ type: 'bold', offset: 7, length: 2 }]);
    expect(telegram.callsOf('sendMessage')).toHaveLength(1);

    await ask('A long story, please');
    const story = await writing(1);
    story.write('Once upon a time');
    await expect.poll(() => shown().at(-1), PATIENCE).toBe('bot: Once upon a time …');
    say('/stop');
    await expect.poll(() => story.aborted, PATIENCE).toBe(true);
    story.write(' there was a queen');
    story.end();
    await expect.poll(() => shown().at(-1), PATIENCE).toBe('bot: Stopped.');

    await ask('A person!');
    const silenced = await writing(2);
    silenced.write('Let me');
    await expect.poll(() => shown().at(-1), PATIENCE).toBe('bot: Let me …');
    const id = await sessionId();
    const nadia = { id: 'nadia', name: 'Nadia' };
    await app.api.tell(id, { type: 'agent.claim', agent: nadia });
    await expect.poll(() => silenced.aborted, PATIENCE).toBe(true);
    silenced.write(' explain our policy');
    silenced.end();
    await app.api.tell(id, { type: 'agent.message', agent: nadia, text: 'Nadia here.' });
    await expect.poll(() => shown().at(-1), PATIENCE).toBe('bot: Nadia here.');
    await app.api.tell(id, { type: 'agent.release', agent: nadia });
    await app.api.tell(id, { type: 'close', by: 'nadia' });

    // The customer rates by a button, twice, and by a text, and stays in the closed conversation.
    await expect.poll(() => shown().at(-1), PATIENCE).toBe('bot: This conversation is closed. How was our help? Choose from 1 to 5.');
    const question = telegram.transcript(chat).at(-1);
    const scores = keyboard.parse(telegram.callsOf('sendMessage').at(-1)?.payload.reply_markup).inline_keyboard.flat();
    expect(scores.map(({ text }) => text)).toEqual(['5 – Very good', '4 – Good', '3 – Fair', '2 – Poor', '1 – Very poor']);
    telegram.press(chat, question?.id ?? 0, scores[1]?.callback_data ?? '');
    telegram.press(chat, question?.id ?? 0, scores[1]?.callback_data ?? '');
    const thanks = 'bot: Thank you for your rating. You can add a comment: write /comment and your words.';
    await expect.poll(() => shown().at(-1), PATIENCE).toBe(thanks);
    say('5/5');
    await expect.poll(() => shown().slice(-3), PATIENCE).toEqual([thanks, 'customer: 5/5', thanks]);
    const rated = await app.api.get(`/api/sessions/${id}/rating`);
    expect(rated.body).toMatchObject({ rating: { score: 5, comment: null, agent: nadia } });
    expect((await app.api.history(id)).filter(({ kind }) => kind === 'rating').map(({ text }) => text)).toEqual([
      '4 – Good',
      '4 – Good',
      '5/5',
    ]);

    await ask('One more thing');
    const last = await writing(3);
    last.write('Yes?');
    last.end();
    await expect.poll(() => shown().at(-1), PATIENCE).toBe('bot: Yes?');
    const [next, before] = await app.api.sessionsAt(address());
    expect(next).toMatchObject({ previousId: before?.id, open: true });
    expect(before).toMatchObject({ id, state: 'CLOSED' });
    expect(shown().join('\n')).not.toMatch(/queen|policy/);
    // Every text of ours that Telegram shows is final, or was shown when its answer was stopped.
    const closing = [question?.text, ...[thanks, thanks].map((line) => line.slice('bot: '.length))];
    expect(telegram.shown(chat)).toEqual(['Here I am.', 'Once upon a time …', 'Stopped.', 'Let me …', 'Nadia here.', ...closing, 'Yes?']);
    expect(telegram.calls.filter(({ status }) => status === 429)).toEqual([]);
  });

  it('shows nothing of an answer before what was said earlier has arrived (G4, C7)', async () => {
    const model = new DictatedModel();
    await open(mode, { provider: model });
    // Telegram fails just before the first answer is sent. The app retries, and the customer keeps
    // writing meanwhile.
    say('one');
    await expect.poll(() => model.writings.length, PATIENCE).toBe(1);
    telegram.fail('sendMessage', { status: 502 }, { times: 4 });
    model.writings[0]?.write('First.');
    model.writings[0]?.end();
    await expect.poll(async () => (await app.api.said(await sessionId())).length, PATIENCE).toBe(2);
    say('two');
    await expect.poll(() => model.writings.length, PATIENCE).toBe(2);
    model.writings[1]?.write('Second');
    await expectShown(['customer: one', 'customer: two', 'bot: First.', 'bot: Second …']);
    model.writings[1]?.write(' and last.');
    model.writings[1]?.end();
    await expectShown(['customer: one', 'customer: two', 'bot: First.', 'bot: Second and last.']);
  });

  it('splits what is longer than one message, whole and in order, as a human writes it (C1)', async () => {
    await open(mode, { provider: (plans) => createOfflineProvider({ delayMs: 2, plans }) });
    say('hello');
    await expect.poll(() => shown().length, PATIENCE).toBe(2);
    const text = Array.from({ length: 400 }, (_, index) => `Point ${index} of the letter.`).join(' ');
    await app.api.tell(await sessionId(), { type: 'agent.message', text, agent: { id: 'a1', name: 'Sara' } });
    await expect.poll(() => shown().at(-1), PATIENCE).toContain('Point 399 of the letter.');
    const parts = shown()
      .slice(2)
      .map((line) => line.replace(/^bot: /, ''));
    expect(parts).toHaveLength(Math.ceil(text.length / 4_096));
    expect(parts.join(' ')).toBe(text);
    const said = (await app.api.said(await sessionId())).filter(({ kind }) => kind === 'agent.message');
    expect(said.map((entry) => [entry.text, entry.delivery?.status])).toEqual([[text, 'sent']]);
  });

  it('takes Arabic and answers in Arabic', async () => {
    await open(mode, { provider: (plans) => createOfflineProvider({ delayMs: 2, plans }) });
    telegram.say(chat, 'اسمي سارة');
    await expect.poll(() => shown().at(-1), PATIENCE).toMatch(/^bot: تشرفت بمعرفتك يا سارة[\s\S]*أنا النموذج غير المتصل[\s\S]*هنا\.$/);
    telegram.say(chat, 'ما اسمي؟');
    await expect.poll(() => shown().at(-1), PATIENCE).toBe('bot: اسمك سارة.');
    telegram.say(chat, '/agent');
    await expect.poll(() => shown(), PATIENCE).toContain('bot: سأحوّلك إلى أحد الزملاء، وسيرى كل ما تكتبه هنا. ‎/assistant يعيدك إليّ.');
    const all = (await app.api.said(await sessionId())).map(({ kind, text }) => `${kind}: ${text}`);
    // Sessions of other tests may wait too, and then the customer reads the place in line.
    const said = all.filter((line) => !line.startsWith('system.message: ترتيبك'));
    expect(said[0]).toBe('customer.message: اسمي سارة');
    expect(said.slice(-3)).toEqual([
      'assistant.message: اسمك سارة.',
      'customer.message: /agent',
      expect.stringContaining('system.message: سأحوّلك'),
    ]);
  });

  it('in a group: an anonymous administrator is answered, an edit finds its message, a caption brings a human, and what is ignored can be seen', async () => {
    const model = new DictatedModel();
    await open(mode, { provider: model });
    const group = -chat;
    telegram.chats.open(group);
    const head = { date: 1_795_000_000, chat: { id: group, type: 'supergroup', title: 'Buyers' } };
    const anonymous = { id: 1_087_968_824, is_bot: true, first_name: 'Group', username: 'GroupAnonymousBot' };
    const write = (content: object) =>
      telegram.push({ message: { ...head, message_id: 70, from: anonymous, sender_chat: head.chat, ...content } });
    const inGroup = () => telegram.transcript(group).map(({ text }) => text);

    write({ text: 'We open at tan' });
    await expect.poll(() => model.writings.length, PATIENCE).toBe(1);
    model.writings[0]?.write('Noted.');
    model.writings[0]?.end();
    await expect.poll(inGroup, PATIENCE).toEqual(['Noted.']);
    telegram.push({
      edited_message: {
        ...head,
        message_id: 70,
        from: anonymous,
        sender_chat: head.chat,
        text: 'We open at ten',
        edit_date: 1_795_000_060,
      },
    });
    write({ message_id: 71, text: 'When do we open?' });
    await expect.poll(() => model.writings.length, PATIENCE).toBe(2);
    const asked = JSON.stringify(model.writings[1]?.request.messages);
    expect(asked).toContain('We open at ten');
    expect(asked).not.toContain('We open at tan');
    model.writings[1]?.end();

    write({ message_id: 72, new_chat_members: [] });
    write({ message_id: 73, photo: [{ file_id: 'p' }], caption: '@Acme_Bot ／Agent please look at this' });
    const at = `telegram:${telegram.id}:${group}`;
    await expect.poll(async () => (await app.api.sessionsAt(at))[0]?.state, PATIENCE).toBe('WAITING_AGENT');
    const [session] = await app.api.sessionsAt(at);
    expect((await app.api.said(session?.id ?? '')).map(({ text }) => text)).toContain('/agent please look at this');
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    expect(metrics).toContain('statechat_ignored_total{channel="telegram",kind="message.new_chat_members"} 1');
    expect(app.log.filter((line) => line.includes('message.new_chat_members'))).toHaveLength(1);
  });
});
