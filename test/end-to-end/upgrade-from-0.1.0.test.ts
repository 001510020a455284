/**
 * A database of 0.1.0, left by a process that was killed with work of every kind under way, is
 * opened by this version.
 * The tests are steps of one story. Each compares every session by its state and by what its
 * journal has got since the step before.
 */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { replay } from '#actors/session/replay.ts';
import { telegramPlugin } from '#channels/telegram/plugin.ts';
import { programAssistants } from '#src/assistants/program-assistants.ts';
import { createReadingRegistry } from '#src/cli/reading-registry.ts';
import { readConfig } from '#src/config/config.ts';
import { type BotApi, startBotApi } from '#test/fakes/bot-api.ts';
import type { FakeMessagesApi } from '#test/fakes/messages-api.ts';
import { cashier, desk, ghost } from '#test/fixtures/0.1.0/machines.ts';
import { startModel } from '#test/fixtures/0.1.0/model.ts';
import { FACTS, restoreChats, restoreDatabase } from '#test/fixtures/0.1.0/restore.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { JumpingClock } from './jumping-clock.ts';
import { type RunningApp, runApp } from './running-app.ts';
import { rows, type StoredSession, storedSessions } from './stored-sessions.ts';
import { Visitor } from './visitor.ts';

const PATIENCE = { interval: 100 };

/** 0.1.0 wrote the bot's username into addresses. */
const TELEGRAM = new RegExp(`^telegram:(?:${FACTS.bot.username}|${FACTS.bot.id}):`);
/** Where what it kept is now. */
const TELEGRAM_NOW = `telegram:${FACTS.bot.id}:`;
const TELEGRAM_BEFORE = `telegram:${FACTS.bot.username}:`;
const NADIA = { id: 'nadia', name: 'Nadia' };

/**
 * State and handler of every session of the dump. The names are those of the visitors and chats in
 * the dump's README.
 */
const STATES: Readonly<Record<string, string>> = {
  'telegram 5001': 'CLOSED/none',
  'telegram 5001 #2': 'ACTIVE/bot',
  'telegram 5002': 'CLOSED/none',
  'telegram 5003': 'IDLE/bot',
  'telegram 5004': 'ACTIVE/human',
  'telegram 5005': 'WAITING_AGENT/none',
  'telegram 5006': 'ACTIVE/bot',
  'telegram 5007': 'ACTIVE/human',
  'telegram 5008': 'ACTIVE/human',
  'telegram 5009': 'ACTIVE/human',
  'telegram 5013': 'ACTIVE/bot',
  'telegram 5014': 'NEW/bot',
  'telegram 5015': 'CLOSED/none',
  'telegram 6001': 'ACTIVE/bot',
  'telegram 6002': 'ACTIVE/bot',
  'telegram -1001': 'CLOSED/none',
  'telegram -1001 #2': 'ACTIVE/bot',
  'telegram -1002/7': 'ACTIVE/bot',
  'web-refund': 'CLOSED/none',
  'web-refund #2': 'ACTIVE/bot',
  'web-expired': 'CLOSED/none',
  'web-idle': 'IDLE/bot',
  'web-idle-held': 'IDLE/human',
  'web-waiting-long': 'WAITING_AGENT/none',
  'web-memory': 'ACTIVE/bot',
  'web-arabic': 'ACTIVE/bot',
  'web-summarising': 'ACTIVE/bot',
  'web-transferred': 'WAITING_AGENT/none',
  'web-human': 'ACTIVE/human',
  'web-bot': 'ACTIVE/bot',
  'web-answering': 'ACTIVE/bot',
  'web-gathering': 'ACTIVE/bot',
  'cashier-closed': 'CLOSED/none',
  'cashier-paid': 'ACTIVE/bot',
  'cashier-waiting': 'ACTIVE/bot',
  'stock-idle': 'IDLE/bot',
  'stock-open': 'ACTIVE/bot',
  'stock-running': 'ACTIVE/bot',
  'stock-replacing': 'ACTIVE/bot',
  'stock-asked': 'ACTIVE/bot',
  'desk-told': 'told/bot',
  'desk-reminded': 'waiting/bot',
  'desk-looking': 'looking/bot',
  ghost: 'WAITING_AGENT/none',
};

const { connectionString } = await createTestDatabase({ empty: true });
const visitors: Visitor[] = [];
const refunds: string[] = [];
let clock: JumpingClock;
let model: FakeMessagesApi;
let telegram: BotApi;
let app: RunningApp;
let dump: readonly StoredSession[];

beforeAll(async () => {
  await restoreDatabase(connectionString);
  dump = await storedSessions(connectionString);
  model = await startModel();
  clock = new JumpingClock(FACTS.end + 1_000);
  telegram = await startBotApi({ now: clock.now, username: FACTS.bot.username, token: FACTS.bot.token });
  restoreChats(telegram);
});
afterAll(async () => {
  for (const visitor of visitors) visitor.leave();
  await app?.stop();
  await telegram?.close();
  await model?.close();
});

function visitor(name: string): Visitor {
  const { token = '', address = '' } = FACTS.visitors[name] ?? {};
  const made = Visitor.withToken(app.url, token, address);
  visitors.push(made);
  return made;
}

/** As the chat page does it, under the same id until it is acknowledged. */
function send(name: string, text: string): Promise<unknown> {
  const from = visitor(name);
  return vi.waitFor(() => from.write(text, text.replaceAll(/\W+/g, '-')), { interval: 2_000 });
}

const nameByAddress = new Map(Object.entries(FACTS.visitors).map(([name, { address }]) => [address, name]));
function nameOf({ address, ordinal }: Pick<StoredSession, 'address' | 'ordinal'>): string {
  const name = nameByAddress.get(address) ?? address.replace(TELEGRAM, 'telegram ');
  return ordinal === 1 ? name : `${name} #${ordinal}`;
}

async function stored(name: string): Promise<StoredSession> {
  const found = (await storedSessions(connectionString)).find((session) => nameOf(session) === name);
  if (found === undefined) throw new Error(`there is no session ${name}`);
  return found;
}

/** By session, the last entry that an earlier step has seen. */
let seen: ReadonlyMap<string, number> = new Map();
async function settle(): Promise<void> {
  seen = new Map((await storedSessions(connectionString)).map(({ id, entries }) => [id, entries.length]));
}

/**
 * What the journals have got since the last step, by session. Sessions with nothing new are left
 * out.
 */
async function news(): Promise<Readonly<Record<string, readonly string[]>>> {
  const sessions = await storedSessions(connectionString);
  const added = sessions.map((session) => [nameOf(session), session.entries.slice(seen.get(session.id) ?? 0).flatMap(lineOf)] as const);
  return Object.fromEntries(added.filter(([, lines]) => lines.length > 0));
}

function lineOf({ kind, author, text, payload, delivery }: StoredSession['entries'][number]): readonly string[] {
  const { id, due, from, to, effect, params, stimulus } = Object(payload);
  const { type } = Object(Object(stimulus).event);
  if (kind.endsWith('.message')) return [`${author}: ${text}${delivery === null ? '' : ` (${delivery})`}`];
  // Each session of Telegram's moves once, to the id of the bot, and each becomes session@3 once.
  if (kind === 'moved' || kind === 'migrated') return [];
  // An agent's event that leaves a trace of its own, such as a claim or a message.
  if (kind === 'transition' && from === undefined) return [type];
  if (kind === 'transition') return [`${from.state}/${from.handler} → ${to.state}/${to.handler}`];
  // Without `due` a timer's entry records that the session was woken and that nothing was due.
  if (kind === 'timer') return due === undefined ? [] : [`timer ${String(id).split('.')[2]}`];
  if (kind === 'effect') return [`${effect} ${params?.reason}`];
  if (kind !== 'run') return [kind];
  if (type === 'analysis.progress') return [];
  return [type === 'xstate.promise.resolve' ? 'run ended' : `${type}: ${text}`];
}

async function states(): Promise<Readonly<Record<string, string>>> {
  return Object.fromEntries((await storedSessions(connectionString)).map((session) => [nameOf(session), session.state]));
}

async function expectReplayed(): Promise<void> {
  const registry = createReadingRegistry({
    assistants: [...programAssistants(readConfig({}), Date.now), cashier(() => {})],
    bindings: [desk(async () => ''), ghost(1, 2)],
  });
  for (const session of await storedSessions(connectionString)) {
    // The host adds the lineage. It is in no journal.
    const { lineage: _added, ...snapshot } = session.snapshot;
    const entries = session.entries.map((entry) => ({ ...entry, delivery: null }));
    expect(JSON.parse(JSON.stringify(replay(registry, session, entries).snapshot)), nameOf(session)).toEqual(snapshot);
  }
}

/** The messages of a chat with their ids, from message `first` on. */
const chat = (id: number, first = 1): readonly string[] =>
  telegram
    .transcript(id)
    .filter((message) => message.id >= first)
    .map((message) => `${message.id} ${message.from}: ${message.document?.name ?? message.text}`);

async function fileAt(path: string, token = FACTS.apiToken): Promise<Buffer> {
  const response = await fetch(`${app.url}${path}`, { headers: { authorization: `Bearer ${token}`, connection: 'close' } });
  expect(response.status, path).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

const STORY = 'Once upon a time there was a queen, and she lived happily.';
const analysisOf = (symbol: string): string => `assistant: ## ${symbol}\n\nAll in all it is sound. (sent)`;
const SPENT = 'run.spent: spent 10 + 100 tokens, 1020 µ$';

it('has a session in every state, and each snapshot follows from its journal', async () => {
  expect(await states()).toEqual(STATES);
  await expectReplayed();
  await settle();
});

it('fires the timer that was due, and takes over runs, deliveries and drafts, each once', async () => {
  const [spentBefore] = await rows(connectionString, 'select sum(spent_tokens)::int as tokens from ledger_accounts');
  // Telegram sends an update again that 0.1.0 has taken.
  const [update] = (await stored('telegram 5003')).entries.flatMap(({ eventId }) => eventId ?? []);
  telegram.say(5003, 'See you later', { updateId: Number(update?.split(':').at(-1)) });
  app = await runApp(
    {
      DATABASE_URL: connectionString,
      STATECHAT_API_TOKEN: FACTS.apiToken,
      STATECHAT_ASSISTANTS: 'web=companion,telegram=companion',
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_API_ROOT: telegram.url,
      ANTHROPIC_API_KEY: 'test-key',
      ANTHROPIC_BASE_URL: model.url,
    },
    {
      clock,
      bindings: [desk(async () => 'it is packed'), ghost(2)],
      assistants: [cashier((order) => void refunds.push(order))],
      channels: [telegramPlugin({ pollSeconds: 2 })],
    },
  );
  const reader = visitor('web-answering');
  await reader.listen();
  await expect.poll(async () => (await news())['web-gathering']?.length, PATIENCE).toBe(3);
  clock.jump(15 / 60);
  await expect.poll(news, PATIENCE).toEqual({
    'web-gathering': ['timer debounce', 'run ended', 'assistant: You said: Quick question (sent)'],
    'web-answering': ['run ended', `assistant: ${STORY} (sent)`],
    'web-summarising': ['run ended'],
    'telegram 5006': ['run ended', `assistant: ${STORY} (sent)`],
    'telegram 6001': [SPENT, 'run ended', analysisOf('NVDA')],
    'stock-running': [SPENT, 'run ended', analysisOf('GOOGL')],
    'stock-replacing': [SPENT, 'run ended', analysisOf('GOOGL')],
    'cashier-waiting': ['run.spent: spent 10 + 1 tokens, 30 µ$'],
    'desk-looking': ['run ended', 'assistant: Order B-1: it is packed. (sent)', 'looking/bot → told/bot'],
  });
  expect(await states()).toEqual({ ...STATES, 'desk-looking': 'told/bot' });

  // The killed process held its leases until 12 seconds after the end. No instance took over
  // anything before.
  const leased = FACTS.end + 11_000;
  for (const name of ['web-answering', 'web-summarising', 'telegram 5006', 'telegram 6001', 'stock-running', 'desk-looking'])
    expect((await stored(name)).entries.findLast(({ kind }) => kind === 'run')?.at, name).toBeGreaterThan(leased);

  // Two messages in order. The rest of a text. An edit for a draft. A message for a closed session.
  // A file.
  const complete = {
    5006: [`4 bot: ${STORY}`],
    5007: ['3 bot: Your parcel is here.', '4 bot: It was behind the other one.'],
    5009: [expect.stringContaining('3 bot: Chapter 1.'), expect.stringContaining('4 bot: Chapter 19.')],
    5013: [`4 bot: ${STORY}`],
    5015: ['3 bot: Goodbye.'],
    6001: ['2 bot: NVDA\n\nAll in all it is sound.'],
    6002: ['4 bot: KO\n\nAll in all it is sound.', '5 bot: KO-2026-11-29.pdf'],
  };
  const since = (id: number): number => (id === 6001 ? 2 : id === 5006 || id === 5013 || id === 6002 ? 4 : 3);
  const chats = () => Object.fromEntries(Object.keys(complete).map((id) => [id, chat(Number(id), since(Number(id)))]));
  await expect.poll(chats, PATIENCE).toEqual(complete);
  expect(telegram.calls.filter(({ method, at }) => /^(send|edit)/.test(method) && at < leased)).toEqual([]);
  // Telegram's answer to 0.1.0 demanded a wait of another minute.
  expect(chat(5008, 3)).toEqual([]);

  await expect.poll(() => reader.messages, PATIENCE).toEqual(['customer: Tell me the story of dragons', `assistant: ${STORY}`]);
  const [spent] = await rows(connectionString, 'select sum(spent_tokens)::int as tokens from ledger_accounts');
  expect(Number(spent?.tokens)).toBeGreaterThan(Number(spentBefore?.tokens));
  await settle();
});

it('keeps under the id of the bot what 0.1.0 kept under its username, and finds it by either', async () => {
  const ofTelegram = async () => (await storedSessions(connectionString)).filter(({ address }) => address.startsWith('telegram:'));
  // The app moves them while it works.
  await expect.poll(async () => (await ofTelegram()).filter(({ address }) => !address.startsWith(TELEGRAM_NOW)).map(nameOf)).toEqual([]);
  const sessions = await ofTelegram();
  for (const session of sessions) {
    const wasOpen = !STATES[nameOf(session)]?.startsWith('CLOSED');
    expect(session.entries.filter(({ kind }) => kind === 'moved').length, nameOf(session)).toBe(wasOpen ? 1 : 0);
    if (wasOpen) expect(Object(session.snapshot.snapshot).context.address, nameOf(session)).toBe(session.address);
  }
  for (const address of [`${TELEGRAM_NOW}5001`, `${TELEGRAM_BEFORE}5001`]) {
    const answer = await fetch(`${app.url}/api/sessions?address=${address}`, { headers: { authorization: `Bearer ${FACTS.apiToken}` } });
    const { sessions: found } = (await answer.json()) as { sessions: readonly { address: string }[] };
    expect(found.map((session) => session.address)).toEqual([`${TELEGRAM_NOW}5001`, `${TELEGRAM_NOW}5001`]);
  }
  const username = FACTS.bot.username;
  // Sessions move first.
  await vi.waitFor(async () => {
    expect(await rows(connectionString, `select account from rejected where account = '${username}'`)).toEqual([]);
    for (const table of ['ledger_accounts', 'ledger_reservations'])
      expect(await rows(connectionString, `select account from ${table} where account like '%${username}%'`), table).toEqual([]);
    expect(await rows(connectionString, `select lane from outbox where lane like '%${username}%'`)).toEqual([]);
  }, PATIENCE);
});

it('answers a message that 0.1.0 has taken as a duplicate', async () => {
  expect(await visitor('web-answering').write('Tell me the story of dragons', 'd1')).toMatchObject({ duplicate: true });
  expect(await news()).toEqual({});
});

it('accepts an approval that 0.1.0 asked for, once, and none that was used', async () => {
  const decide = (id: unknown) => app.api.post(`/api/approvals/${id}`, { decision: 'approve', by: 'sue' });
  const approvals = await rows(connectionString, 'select id, state, shown from approvals order by asked_at');
  expect(approvals).toMatchObject([
    { state: 'used', shown: { order: 'A-5' } },
    { state: 'used', shown: { order: 'A-6' } },
    { state: 'open', shown: { order: 'A-7' } },
  ]);
  expect((await decide(approvals[2]?.id)).status).toBe(200);
  await expect.poll(news, PATIENCE).toEqual({
    'cashier-waiting': ['run ended', 'assistant: It is on its way. (sent)', 'assistant: refund-A-7.txt (sent)'],
  });
  expect(refunds).toEqual(['A-7']);
  for (const { id } of approvals) expect(await decide(id)).toMatchObject({ status: 409, body: { code: 'not_open', state: 'used' } });
  await settle();
});

it('goes on with customers and humans in every state', async () => {
  const say = (id: number, text: string, language = 'en') => telegram.say(id, text, { from: { language_code: language } });
  say(5001, 'And another');
  say(5002, 'I am back');
  say(5004, 'Are you there?');
  say(5005, 'Anybody?', 'ar');
  say(5006, 'And then?');
  say(5014, 'First words');
  telegram.push({
    message: {
      message_id: telegram.chats.heard(-1002, 'More of it'),
      date: Math.floor(clock.now() / 1_000),
      chat: { id: -1002, type: 'supergroup' },
      message_thread_id: 7,
      is_topic_message: true,
      from: { id: 31, first_name: 'Lina', language_code: 'en' },
      text: 'More of it',
    },
  });
  await Promise.all([
    send('web-expired', 'I come again'),
    send('web-idle', 'Here I am'),
    send('web-idle-held', 'Omar?'),
    send('web-memory', 'What is my name?'),
    send('stock-asked', 'yes'),
    send('desk-told', 'C-3'),
    send('ghost', 'Hello?'),
  ]);
  const [held, waiting] = [await stored('telegram 5004'), await stored('web-transferred')];
  await app.api.tell(held.id, { type: 'agent.message', agent: NADIA, text: 'I am.' });
  await app.api.tell(waiting.id, { type: 'agent.claim', agent: NADIA });
  await app.api.tell(waiting.id, { type: 'agent.message', agent: NADIA, text: 'I see your bill.' });

  const echo = (text: string) => ['timer debounce', 'run ended', `assistant: You said: ${text} (sent)`];
  await expect.poll(news, PATIENCE).toEqual({
    'telegram 5001 #2': ['customer: And another', ...echo('And another')],
    'telegram 5002 #2': ['opened', 'customer: I am back', 'NEW/bot → ACTIVE/bot', ...echo('I am back')],
    'telegram 5004': ['customer: Are you there?', 'agent.message', 'Nadia: I am. (sent)'],
    'telegram 5005': ['customer: Anybody?'],
    'telegram 5006': ['customer: And then?', ...echo('And then?')],
    'telegram 5014': ['customer: First words', 'NEW/bot → ACTIVE/bot', ...echo('First words')],
    'telegram -1002/7': ['customer: More of it', ...echo('More of it')],
    'web-expired #2': ['opened', 'customer: I come again', 'NEW/bot → ACTIVE/bot', ...echo('I come again')],
    'web-idle': ['customer: Here I am', 'IDLE/bot → ACTIVE/bot', ...echo('Here I am')],
    'web-idle-held': ['customer: Omar?', 'IDLE/human → ACTIVE/human'],
    'web-memory': ['customer: What is my name?', ...echo('What is my name?')],
    'web-transferred': ['agent.claim', 'WAITING_AGENT/none → ACTIVE/human', 'agent.message', 'Nadia: I see your bill. (sent)'],
    'stock-asked': ['customer: yes', 'run ended', analysisOf('ETEL')],
    'desk-told': [
      'customer: C-3',
      'told/bot → looking/bot',
      'run ended',
      'assistant: Order C-3: it is packed. (sent)',
      'looking/bot → told/bot',
    ],
    ghost: ['customer: Hello?'],
  });
  // What 0.1.0 remembered of a customer is in the prompt.
  const prompt = model.requests.find(({ body }) => JSON.stringify(body.messages.at(-1)).includes('What is my name?'));
  expect(JSON.stringify(prompt?.body)).toContain('Layla Mansour and is allergic to sesame');
  await settle();
});

it('fires each timer once, at its time', async () => {
  const [idle, expired] = ['ACTIVE/bot → IDLE/bot', 'IDLE/bot → CLOSED/none'];
  const all = (names: readonly string[], ...lines: readonly string[]) => Object.fromEntries(names.map((name) => [name, lines]));

  clock.jump(2);
  await expect.poll(() => chat(5008, 3), PATIENCE).toEqual(['3 bot: Too many requests for this one.']);
  expect(await news()).toEqual({});

  clock.jump(10);
  const notified = ['timer agentWait', 'agents.notify still_waiting'];
  const stillBusy =
    'system: All colleagues are still busy. You keep your place; please stay with us, or write /assistant to come back to me. (sent)';
  await expect.poll(news, PATIENCE).toEqual({
    ghost: [...notified, stillBusy],
    // Omar did not answer, and this version gives the session back.
    'web-idle-held': [
      'timer agentReturn',
      'system: Your colleague cannot answer right now. You are back in line and keep your place, and /assistant brings you back to me. (sent)',
      'agents.notify the agent did not answer in time',
      'ACTIVE/human → WAITING_AGENT/none',
      'wait.status',
      'system: You are number 4 in line. (sent)',
    ],
    'web-waiting-long': notified,
    'telegram 5005': [...notified, 'system: ما زال جميع الزملاء مشغولين. دورك محفوظ، نرجو الانتظار، أو اكتب ‎/assistant للعودة إليّ. (sent)'],
  });
  await settle();

  clock.jump(21);
  const waiting = ['ghost', 'web-waiting-long', 'telegram 5005'];
  const returned = ['web-idle-held'];
  const withBot = [
    ...['telegram 5001 #2', 'telegram 5002 #2', 'telegram 5006', 'telegram 5013', 'telegram 5014', 'telegram 6001', 'telegram 6002'],
    ...['telegram -1001 #2', 'telegram -1002/7', 'web-refund #2', 'web-expired #2', 'web-idle', 'web-memory', 'web-arabic'],
    ...['web-summarising', 'web-bot', 'web-answering', 'web-gathering', 'cashier-paid', 'cashier-waiting', 'stock-open'],
    ...['stock-running', 'stock-replacing', 'stock-asked'],
  ];
  const withHuman = ['telegram 5004', 'telegram 5007', 'telegram 5008', 'telegram 5009', 'web-human', 'web-transferred'];
  await expect.poll(news, PATIENCE).toEqual({
    ...all(waiting, ...notified),
    ...all(returned, ...notified, stillBusy, 'wait.status'),
    ...all(withBot, 'timer idle', idle),
    ...all(withHuman, 'timer idle', 'ACTIVE/human → IDLE/human'),
    'stock-idle': ['timer analysisExpiry'],
    ...all(['desk-told', 'desk-looking'], 'timer 1800000', 'assistant: Reminder 1: was that all? (sent)', 'told/bot → waiting/bot'),
  });
  await settle();

  clock.jump(30);
  await expect.poll(news, PATIENCE).toEqual({
    ...all(waiting, ...notified),
    ...all(returned, ...notified, 'wait.status'),
    ...all(['telegram 6001', 'telegram 6002', ...withBot.filter((name) => name.startsWith('stock'))], 'timer analysisExpiry'),
  });
  await settle();

  clock.jump(24 * 60);
  await expect.poll(news, PATIENCE).toEqual({
    ...all(waiting, ...notified),
    ...all(returned, ...notified, 'wait.status'),
    ...all([...withBot, 'stock-idle', 'telegram 5003'], 'timer expiry', expired),
    ...all(withHuman, 'timer expiry', 'IDLE/human → CLOSED/none'),
  });
  await settle();

  const fired = (await storedSessions(connectionString)).flatMap(({ entries }) => entries.filter(({ kind }) => kind === 'timer'));
  expect(fired.filter(({ at, payload }) => at < Object(payload).due)).toEqual([]);
});

it('has lost nothing: journals, files, holds, the search, dead letters, what was spent', async () => {
  const sessions = await storedSessions(connectionString);
  for (const session of dump) {
    const now = sessions.find(({ id }) => id === session.id);
    const marks = session.entries.map(({ delivery }) => (delivery === 'pending' ? 'sent' : delivery));
    expect(now?.entries.slice(0, session.entries.length), nameOf(session)).toEqual(
      session.entries.map((entry, index) => ({ ...entry, delivery: marks[index] })),
    );
  }
  await expectReplayed();
  expect(await rows(connectionString, 'select session_id, type from outbox')).toEqual([]);
  expect(await rows(connectionString, 'select * from ledger_accounts where held_tokens > 0 or held_money > 0')).toEqual([]);
  const [customer] = await rows(
    connectionString,
    `select spent_tokens::int as tokens from ledger_accounts where account like 'customer:telegram:%:5003/2026-11'`,
  );
  expect(customer).toEqual({ tokens: 12 });

  const files = await rows(connectionString, 'select session_id, id, name, bytes from files order by name');
  expect(files.map(({ name }) => name)).toEqual(['KO-2026-11-29.pdf', 'refund-A-5.txt', 'refund-A-6.txt', 'refund-A-7.txt']);
  for (const { session_id, id, bytes } of files) expect(await fileAt(`/api/sessions/${session_id}/files/${id}`)).toEqual(bytes);
  const { token } = visitor('cashier-closed');
  expect((await fileAt(`/channels/web/files/${files[1]?.id}`, token)).toString()).toBe('Order A-5 was refunded.\n');
  expect(telegram.documents(6002).map(({ bytes }) => Buffer.from(bytes))).toEqual([files[0]?.bytes]);

  const refund = await stored('web-refund');
  expect(await app.api.get(`/api/sessions/${refund.id}/hold`)).toMatchObject({ body: { held: true, history: [{ by: 'legal' }] } });
  expect((await app.api.get('/api/search?q=refund')).body).toMatchObject({
    matches: expect.arrayContaining([expect.objectContaining({ sessionId: refund.id })]),
  });
  expect((await app.api.get('/api/rejected')).body).toMatchObject({ rejected: [{ channel: 'telegram', providerId: '1005' }] });
  expect(app.log.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
});

it('shows every visitor the conversation, each message once and in order', async () => {
  const sessions = await storedSessions(connectionString);
  for (const [name, { address }] of Object.entries(FACTS.visitors)) {
    const page = visitor(name);
    await page.listen();
    const messages = (sessions.findLast((session) => session.address === address)?.entries ?? [])
      .filter(({ kind, text }) => kind.endsWith('.message') && text !== null)
      .map(({ kind, text }) => `${kind.split('.')[0]}: ${text}`);
    await expect.poll(() => page.messages, PATIENCE).toEqual(messages);
    page.leave();
  }
});

it('takes every customer on: by the token or the chat of then, in a session that follows the one before', async () => {
  const before = await storedSessions(connectionString);
  for (const id of Object.keys(FACTS.chats)) {
    if (id !== '-1002') telegram.say(Number(id), 'Once more', { from: { language_code: 'en' } });
  }
  await Promise.all(Object.keys(FACTS.visitors).map((name) => send(name, 'Once more')));
  const addresses = [...new Set(before.map(({ address }) => address))].filter((address) => !address.endsWith('-1002/7'));
  const latest = (sessions: readonly StoredSession[], address: string) => sessions.findLast((session) => session.address === address);
  const expected = addresses.map((address) => {
    const session = latest(before, address);
    return session?.open ? { address, id: session.id } : { address, follows: session?.id };
  });
  await expect
    .poll(async () => {
      const sessions = await storedSessions(connectionString);
      return addresses.map((address) => {
        const session = latest(sessions, address);
        const took = session?.open && session.entries.some(({ text }) => text === 'Once more');
        if (!took) return { address, took };
        return before.some(({ id }) => id === session.id) ? { address, id: session.id } : { address, follows: session.previousId };
      });
    }, PATIENCE)
    .toEqual(expected);
  // The cashier requests an approval first.
  const unanswered = async () =>
    (await storedSessions(connectionString))
      .filter(({ open, state, assistant }) => open && state.endsWith('/bot') && assistant !== 'cashier')
      .filter(({ entries }) => !entries.some(({ author, delivery }) => author === 'assistant' && delivery === 'sent'))
      .map(nameOf);
  await expect.poll(unanswered, PATIENCE).toEqual([]);
});
