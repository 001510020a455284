/**
 * Addresses that move, over Telegram's protocol. A group becomes a supergroup, and a bot is
 * renamed. The whole app runs on PostgreSQL.
 */
import { tmpdir } from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { telegramPlugin } from '#channels/telegram/plugin.ts';
import { type BotApi, startBotApi } from '#test/fakes/bot-api.ts';
import { AppProcess } from '#test/faults/app-process.ts';
import { administer } from '#test/postgres-databases.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { freePort } from './free-port.ts';
import { DictatedModel, type Writing } from './models.ts';
import { API_TOKEN, PATIENCE, type RunningApp, runApp } from './running-app.ts';
import { storedSessions } from './stored-sessions.ts';

const { connectionString } = await createTestDatabase();
const SECRET = 'a-secret_of-the-webhook';
const NADIA = { id: 'nadia', name: 'Nadia' };

const apps: RunningApp[] = [];
const processes: AppProcess[] = [];
let telegram: BotApi;
/** Each test has its own pair, because they share a database. */
let group = -5_000;
let supergroup = -1_005_000;
afterEach(async () => {
  for (const process of processes.splice(0)) process.kill();
  await Promise.all(apps.splice(0).map((app) => app.stop()));
  await telegram?.close();
});

async function settingsFor(mode: 'polling' | 'webhook'): Promise<Record<string, string>> {
  const port = await freePort();
  return {
    PORT: String(port),
    DATABASE_URL: connectionString,
    TELEGRAM_BOT_TOKEN: telegram.token,
    TELEGRAM_API_ROOT: telegram.url,
    TELEGRAM_MODE: mode,
    ...(mode === 'webhook' ? { TELEGRAM_WEBHOOK_SECRET: SECRET, STATECHAT_PUBLIC_URL: `http://127.0.0.1:${port}` } : {}),
  };
}

async function start(mode: 'polling' | 'webhook', model = new DictatedModel()): Promise<RunningApp & { readonly model: DictatedModel }> {
  const options = { provider: model, policy: { debounceMs: 20 }, channels: [telegramPlugin({ pollSeconds: 1 })] };
  const app = await runApp(await settingsFor(mode), options);
  apps.push(app);
  return { ...app, model };
}

async function open(): Promise<void> {
  telegram = await startBotApi({ webhookRetryMs: 20 });
  group -= 1;
  supergroup -= 1;
  telegram.chats.open(group);
}

const at = (chat: number): string => `telegram:${telegram.id}:${chat}`;
const say = (chat: number, text: string) => telegram.say(chat, text, { from: { id: 77, language_code: 'en' } });
const shown = (chat: number): string[] => telegram.transcript(chat).flatMap(({ from, text }) => (from === 'bot' ? [text] : []));

/** Sends an update to one instance, again until it is taken, as Telegram does. */
async function post(app: Pick<RunningApp, 'url'>, update: object): Promise<void> {
  await vi.waitFor(async () => {
    const response = await fetch(`${app.url}/channels/telegram/webhook`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': SECRET, connection: 'close' },
      body: JSON.stringify(update),
    });
    await response.arrayBuffer();
    expect(response.status).toBe(200);
  }, PATIENCE);
}

let updateId = 50_000;
const written = (chat: number, text: string) => ({
  update_id: ++updateId,
  message: {
    message_id: updateId,
    date: Math.floor(Date.now() / 1_000),
    chat: { id: chat, type: 'supergroup' },
    from: { id: 77, is_bot: false, first_name: 'Mona' },
    text,
  },
});
const upgraded = () => ({
  update_id: ++updateId,
  message: { message_id: 1, date: 1_795_000_000, chat: { id: supergroup, type: 'supergroup' }, migrate_from_chat_id: group },
});

/** Requests about this message. Sessions of earlier tests may still be summarised meanwhile. */
const requestsWith = (model: DictatedModel, text: string): readonly Writing[] =>
  model.writings.filter(({ request }) => JSON.stringify(request.messages).includes(text));

/** The answer to this message. */
const writingOf = (model: DictatedModel, text: string): Promise<Writing> =>
  vi.waitFor(() => {
    const found = requestsWith(model, text).find(({ request }) => request.workflow === 'conversation');
    if (!found) throw new Error(`the model was not asked "${text}"`);
    return found;
  }, PATIENCE);

async function sessionAt(app: RunningApp, chat: number) {
  return vi.waitFor(async () => {
    const [newest] = await app.api.sessionsAt(at(chat));
    if (newest === undefined) throw new Error('nobody has written yet');
    return newest;
  }, PATIENCE);
}

const textsOf = async (app: RunningApp, id: string): Promise<(string | null)[]> =>
  (await app.api.history(id)).filter(({ kind }) => kind === 'customer.message').map(({ text }) => text);

describe.each(['polling', 'webhook'] as const)('a group becomes a supergroup, by %s', (mode) => {
  it('while a human holds it: they go on in the new chat, the bot is silent, history and holder are the same', async () => {
    await open();
    const app = await start(mode);
    say(group, 'A person, please');
    await writingOf(app.model, 'A person, please');
    const { id } = await sessionAt(app, group);
    await app.api.tell(id, { type: 'agent.claim', agent: NADIA });
    await app.api.tell(id, { type: 'agent.message', agent: NADIA, text: 'Nadia here.' });
    await expect.poll(() => shown(group), PATIENCE).toEqual(['Nadia here.']);

    telegram.upgrade(group, supergroup);
    say(supergroup, 'Thank you, Nadia');
    await expect.poll(async () => (await app.api.history(id)).some(({ text }) => text === 'Thank you, Nadia'), PATIENCE).toBe(true);
    await app.api.tell(id, { type: 'agent.message', agent: NADIA, text: 'You are welcome.' });
    await expect.poll(() => shown(supergroup), PATIENCE).toEqual(['You are welcome.']);
    expect(shown(group)).toEqual(['Nadia here.']);
    expect(requestsWith(app.model, 'Thank you, Nadia')).toEqual([]);
    for (const chat of [group, supergroup]) {
      const sessions = await app.api.sessionsAt(at(chat));
      expect(sessions).toMatchObject([{ id, address: at(supergroup), handler: 'human', open: true }]);
    }
    expect((await app.api.history(id)).filter(({ kind }) => kind === 'moved')).toHaveLength(1);
    expect(await textsOf(app, id)).toEqual(['A person, please', 'Thank you, Nadia']);
  });

  it('while the bot answers: the answer is finished in the new chat, in a message of its own, once', async () => {
    await open();
    const app = await start(mode);
    say(group, 'Tell me a story');
    const writing = await writingOf(app.model, 'Tell me a story');
    writing.write('Once upon a time');
    await expect.poll(() => shown(group), PATIENCE).toEqual(['Once upon a time …']);
    // The bot has written in the new chat before, so its message there has the id of the draft in
    // the old one.
    telegram.upgrade(group, supergroup);
    const { id } = await sessionAt(app, group);
    await expect.poll(async () => (await app.api.history(id)).some(({ kind }) => kind === 'moved'), PATIENCE).toBe(true);
    const before = telegram.chats.send({ chat_id: supergroup, text: 'Welcome to the new group' });
    expect(before).toMatchObject({ message_id: expect.any(Number) });
    writing.write(' there was a queen');
    writing.end();
    await expect.poll(() => shown(supergroup), PATIENCE).toEqual(['Welcome to the new group', 'Once upon a time there was a queen']);
    expect(shown(group)).toEqual(['Once upon a time …']);
    expect(await app.api.sessionsAt(at(group))).toHaveLength(1);
    await expect.poll(async () => (await app.api.history(id)).at(-1)?.delivery?.status ?? 'sent', PATIENCE).toBe('sent');
  });

  it('and Telegram says so only when something is sent: the message arrives, and the session moves', async () => {
    await open();
    const app = await start(mode);
    say(group, 'A person, please');
    await writingOf(app.model, 'A person, please');
    const { id } = await sessionAt(app, group);
    await app.api.tell(id, { type: 'agent.claim', agent: NADIA });
    telegram.upgrade(group, supergroup, { silent: true });
    await app.api.tell(id, { type: 'agent.message', agent: NADIA, text: 'Nadia here.' });
    await expect.poll(() => shown(supergroup), PATIENCE).toEqual(['Nadia here.']);
    await expect.poll(async () => (await app.api.session(id)).address, PATIENCE).toBe(at(supergroup));
  });
});

describe('two instances receive for both chats', () => {
  it('while the group moves: one conversation, one holder, nothing lost or doubled', async () => {
    await open();
    const instances = [await start('webhook'), await start('webhook')] as const;
    await post(instances[0], written(group, 'A person, please'));
    await writingOf(instances[0].model, 'A person, please');
    const { id } = await sessionAt(instances[0], group);
    await instances[1].api.tell(id, { type: 'agent.claim', agent: NADIA });
    const texts = Array.from({ length: 24 }, (_, index) => `${index}`);
    const updates = texts.map((text, index) => written(index % 2 ? supergroup : group, text));
    const move = upgraded();
    await Promise.all([
      ...updates.map((update, index) => post(instances[index % 3 === 0 ? 1 : 0], update)),
      post(instances[0], move),
      post(instances[1], move),
    ]);
    // Telegram sends everything again, to the other instance.
    await Promise.all([...updates, move].map((update, index) => post(instances[index % 3 === 0 ? 0 : 1], update)));

    const sessions = await instances[0].api.sessionsAt(at(group));
    expect(sessions.filter(({ open: isOpen }) => isOpen)).toMatchObject([{ id, address: at(supergroup), handler: 'human' }]);
    expect((await textsOf(instances[0], id)).toSorted()).toEqual(['A person, please', ...texts].toSorted());
    for (const { id: other } of sessions.filter((session) => session.id !== id))
      expect((await instances[0].api.history(other)).some(({ kind }) => kind === 'superseded')).toBe(true);
    await instances[0].api.tell(id, { type: 'agent.message', agent: NADIA, text: 'I am here' });
    telegram.chats.open(supergroup);
    await expect.poll(() => shown(supergroup).at(-1), PATIENCE).toBe('I am here');
  });
});

describe('an instance is killed in the middle of a move', () => {
  it.each([
    { point: 'before commit', occurrence: 1 },
    { point: 'after commit', occurrence: 1 },
    { point: 'before commit', occurrence: 2 },
    { point: 'after commit', occurrence: 2 },
    { point: 'before ack', occurrence: 2 },
  ] as const)('$point $occurrence: Telegram sends it again, and the end is the same', async (crash) => {
    await open();
    const app = await start('webhook');
    await post(app, written(group, 'A person, please'));
    await writingOf(app.model, 'A person, please');
    const { id } = await sessionAt(app, group);
    await app.api.tell(id, { type: 'agent.claim', agent: NADIA });
    await vi.waitFor(async () => expect((await app.api.session(id)).handler).toBe('human'), PATIENCE);
    const early = [written(supergroup, 'one'), written(supergroup, 'two')];
    for (const update of early) await post(app, update);
    await vi.waitFor(async () => expect((await app.api.sessionsAt(at(supergroup)))[0]?.state).toBe('ACTIVE'), PATIENCE);

    const dying = new AppProcess('dying', tmpdir(), 0);
    processes.push(dying);
    const environment: Record<string, string> = { ...(await settingsFor('webhook')), STATECHAT_API_TOKEN: API_TOKEN, LOG_LEVEL: 'warn' };
    dying.start({ name: 'dying', recorder: 'http://127.0.0.1:1/', leaseMs: 2_000, environment, crash: { ...crash } });
    expect(await dying.ready, dying.log).toBe(true);
    const move = upgraded();
    await fetch(`http://127.0.0.1:${environment['PORT']}/channels/telegram/webhook`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': SECRET },
      body: JSON.stringify(move),
    }).catch(() => undefined);
    expect((await dying.ended).cause).toBe(crash.point);

    const late = written(supergroup, 'three');
    await post(app, late);
    await post(app, move);
    for (const update of [...early, late, move]) await post(app, update);
    const sessions = await app.api.sessionsAt(at(group));
    expect(sessions.filter(({ open: isOpen }) => isOpen)).toMatchObject([{ id, address: at(supergroup), handler: 'human' }]);
    expect(await textsOf(app, id)).toEqual(['A person, please', 'one', 'two', 'three']);
    expect((await app.api.history(id)).filter(({ kind }) => kind === 'moved')).toHaveLength(1);
  });
});

describe('a bot that is renamed between two starts', () => {
  it.each([
    { before: 'acme_bot', after: 'acme_bot' },
    { before: 'acme_bot', after: 'acme_support_bot' },
  ])('goes on where it was, also when 0.1.0 kept it under $before and it is $after now', async ({ before, after }) => {
    await open();
    const chat = Math.abs(group);
    telegram.chats.open(chat);
    const first = await start('polling');
    say(chat, 'A person, please');
    await writingOf(first.model, 'A person, please');
    const { id } = await sessionAt(first, chat);
    await first.api.tell(id, { type: 'agent.claim', agent: NADIA });
    await vi.waitFor(async () => expect((await first.api.session(id)).handler).toBe('human'), PATIENCE);
    await Promise.all(apps.splice(0).map((app) => app.stop()));
    // As 0.1.0 left it.
    const id10 = at(chat);
    const id01 = `telegram:${before}:${chat}`;
    await administer(
      connectionString,
      `update sessions set address = '${id01}', snapshot = replace(snapshot::text, '${id10}', '${id01}')::json where address = '${id10}'`,
      `update outbox set lane = '${id01}', payload = replace(payload::text, '${id10}', '${id01}')::json where lane = '${id10}'`,
      // Only the first start after 0.1.0 decides which names are the bot's own.
      `delete from settings where name like '%.adopted'`,
    );
    telegram.username = after;

    const second = await start('polling');
    say(chat, 'Nadia?');
    await expect.poll(async () => (await second.api.session(id)).address, PATIENCE).toBe(id10);
    await expect.poll(async () => textsOf(second, id), PATIENCE).toEqual(['A person, please', 'Nadia?']);
    await second.api.tell(id, { type: 'agent.message', agent: NADIA, text: 'I am here' });
    await expect.poll(() => shown(chat).at(-1), PATIENCE).toBe('I am here');
    expect(requestsWith(second.model, 'Nadia?')).toEqual([]);
    expect(await second.api.sessionsAt(id01)).toMatchObject([{ id, handler: 'human', address: id10 }]);

    // From now on a new name changes nothing.
    await Promise.all(apps.splice(0).map((app) => app.stop()));
    telegram.username = 'yet_another_bot';
    const third = await start('polling');
    say(chat, 'And now?');
    await expect.poll(async () => textsOf(third, id), PATIENCE).toEqual(['A person, please', 'Nadia?', 'And now?']);
    expect((await storedSessions(connectionString)).filter(({ address }) => address.endsWith(`:${chat}`))).toHaveLength(1);
    expect(requestsWith(third.model, 'And now?')).toEqual([]);
  });
});
