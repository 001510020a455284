/**
 * A file reaches a customer (A3, A7, C1), from a run, through the store, over Telegram's protocol
 * and into a browser.
 */

import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { Browser, BrowserContext } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { telegramPlugin } from '#channels/telegram/plugin.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { launchBrowser, openChat, shown, write } from '#test/browser.ts';
import { type BotApi, startBotApi } from '#test/fakes/bot-api.ts';
import { AppProcess } from '#test/faults/app-process.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { image, voiceNote } from '#test/src/media/samples.ts';
import { reporter } from './assistants.ts';
import { fastClock } from './fast-clock.ts';
import { freePort } from './free-port.ts';
import { API_TOKEN, PATIENCE, type RunningApp, runApp } from './running-app.ts';

const { connectionString } = await createTestDatabase();
/** The run that makes a report puts it into the app's own database. */
const lifecycle = createPostgresStore({ connectionString });
/** Every value that a byte can have, and more than goes through in one piece. */
const BYTES = Uint8Array.from({ length: 400_000 }, (_, i) => (i * 31) % 256);
const CHAT = 77;
/** Each Bot API server counts its messages from 1, and the store knows those of the first chat. */
const OTHER_CHAT = 78;

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => Promise.all([browser?.close(), lifecycle.close()]));

let app: RunningApp;
let telegram: BotApi | undefined;
let context: BrowserContext | undefined;
let faults: string[] = [];
afterEach(async () => {
  await context?.close();
  await app?.stop();
  await telegram?.close();
  telegram = undefined;
  context = undefined;
  expect(faults).toEqual([]);
  faults = [];
});

async function open(settings: Readonly<Record<string, string>> = {}, clock?: ReturnType<typeof fastClock>): Promise<void> {
  app = await runApp(
    { DATABASE_URL: connectionString, STATECHAT_ASSISTANTS: 'telegram=reporter,web=reporter', ...settings },
    { bindings: [reporter(lifecycle.files, BYTES)], ...(clock ? { channels: [telegramPlugin({ clock, pollSeconds: 2 })] } : {}) },
  );
}

const fetched = async (path: string, token: string): Promise<{ status: number; bytes: Uint8Array }> => {
  const response = await fetch(`${app.url}${path}`, { headers: { authorization: `Bearer ${token}`, connection: 'close' } });
  return { status: response.status, bytes: new Uint8Array(await response.arrayBuffer()) };
};
const same = (one: Uint8Array | undefined, other: Uint8Array): boolean => one !== undefined && Buffer.compare(one, other) === 0;

it('over Telegram it comes below its text, once, although the first try failed; one that is gone is told to the humans and the customer', async () => {
  const clock = fastClock(Date.now(), 20);
  telegram = await startBotApi({ limits: true, now: clock.now });
  const api = telegram;
  await open({ TELEGRAM_BOT_TOKEN: api.token, TELEGRAM_API_ROOT: api.url }, clock);
  const shown = () => api.transcript(CHAT).map(({ from, text, document }) => `${from}: ${document?.name ?? text}`);
  api.fail('sendDocument', { status: 502 });
  const say = (text: string) => api.say(CHAT, text, { from: { language_code: 'en' } });
  say('AAPL');
  await expect.poll(shown, PATIENCE).toEqual(['customer: AAPL', 'bot: AAPL is worth what it costs.', 'bot: تقرير AAPL.pdf']);
  expect(same(api.documents(CHAT)[0]?.bytes, BYTES)).toBe(true);
  expect(api.callsOf('sendDocument').map(({ status }) => status)).toEqual([502, 200]);

  const [session] = await app.api.sessionsAt(`telegram:${api.id}:${CHAT}`);
  const id = session?.id ?? '';
  await expect.poll(async () => (await app.api.said(id)).at(-1)?.delivery?.status, PATIENCE).toBe('sent');
  const entry = (await app.api.said(id)).at(-1);
  const file = {
    id: expect.stringMatching(new RegExp(`^${id}\\.\\d+\\.1$`)),
    name: 'تقرير AAPL.pdf',
    mimeType: 'application/pdf',
    size: 400_000,
  };
  expect(entry).toMatchObject({
    kind: 'assistant.message',
    author: 'assistant',
    text: 'تقرير AAPL.pdf',
    payload: { effect: 'file.send', params: { file } },
    delivery: { ref: '3' },
  });
  const fileId = String(Object(Object(Object(entry?.payload).params).file).id);
  const got = await fetched(`/api/sessions/${id}/files/${fileId}`, API_TOKEN);
  expect([got.status, same(got.bytes, BYTES)]).toEqual([200, true]);

  say('/analyze LOST');
  await expect.poll(shown, PATIENCE).toContainEqual(expect.stringContaining('An analysis is still open'));
  say('yes');
  await expect.poll(shown, PATIENCE).toContain('bot: LOST is worth what it costs.');
  await expect
    .poll(async () => (await app.api.said(id)).findLast(({ text }) => text?.endsWith('.pdf'))?.delivery, PATIENCE)
    .toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('is not in the store any more'),
    });
  const notified = async () => (await app.api.history(id)).filter(({ payload }) => Object(payload).effect === 'agents.notify');
  await expect.poll(notified, PATIENCE).toHaveLength(1);
  expect(api.documents(CHAT)).toHaveLength(1);
  await expect.poll(shown, PATIENCE).toContainEqual(expect.stringContaining('a file for you could not be sent'));
});

it('an agent’s files reach Telegram after the text, in order, by what their bytes are', async () => {
  const clock = fastClock(Date.now(), 20);
  telegram = await startBotApi({ now: clock.now });
  const api = telegram;
  await open({ TELEGRAM_BOT_TOKEN: api.token, TELEGRAM_API_ROOT: api.url }, clock);
  api.say(OTHER_CHAT, '/agent', { from: { language_code: 'en' } });
  const address = `telegram:${api.id}:${OTHER_CHAT}`;
  await expect.poll(async () => (await app.api.sessionsAt(address))[0]?.state, PATIENCE).toBe('WAITING_AGENT');
  const id = (await app.api.sessionsAt(address))[0]?.id ?? '';
  const upload = async (name: string, bytes: Uint8Array): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(`${app.url}/api/sessions/${id}/files?name=${encodeURIComponent(name)}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${API_TOKEN}`, 'content-type': 'text/html', connection: 'close' },
      body: Buffer.from(bytes),
    });
    return { status: response.status, body: await response.json() };
  };
  const page = await upload('صفحة.html', Buffer.from('<script>alert(1)</script>'));
  expect(page).toMatchObject({ status: 201, body: { name: 'صفحة.html', mimeType: 'text/plain', size: 25 } });
  const other = await upload('bytes.bin', BYTES);
  expect(other).toMatchObject({ status: 201, body: { mimeType: 'application/octet-stream' } });
  expect(await upload('a.png', BYTES)).toMatchObject({ status: 422, body: { code: 'bad_file' } });
  expect(await upload('a.txt', new Uint8Array())).toMatchObject({ status: 422, body: { code: 'bad_file' } });
  expect(await upload('a.bin', new Uint8Array(5_000_001))).toMatchObject({ status: 413, body: { code: 'too_large' } });
  expect(await upload('a/b.bin', BYTES)).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  // What the customer sends is read from Telegram, by what its bytes are.
  const photo = await image('png', 900, 600);
  api.received.set('photo-1', photo);
  api.received.set('page-1', Buffer.from('<script>alert(1)</script>'));
  const document = (file_id: string) => ({ document: { file_id, file_name: `${file_id}.png`, mime_type: 'image/png' } });
  for (const [index, file_id] of ['photo-1', 'page-1', 'gone-1'].entries()) {
    const message = {
      message_id: 100,
      date: 1,
      chat: { id: OTHER_CHAT, type: 'private' },
      from: { id: OTHER_CHAT, is_bot: false, first_name: 'Mona' },
    };
    api.push({ message: { ...message, message_id: 200 + index, ...document(file_id) } });
  }
  const entriesOf = async () => (await app.api.history(id)).filter(({ payload }) => /(photo|page|gone)-1/.test(JSON.stringify(payload)));
  await expect.poll(async () => (await entriesOf()).length, PATIENCE).toBeGreaterThanOrEqual(3);
  // It is kept at once, whether anybody looks or not.
  const news = async () => (await app.api.history(id)).filter(({ kind }) => kind === 'media').map(({ text }) => text);
  await expect
    .poll(async () => (await news()).toSorted(), PATIENCE)
    .toEqual([`kept: image/png, ${photo.length} bytes`, 'kept: text/plain, 25 bytes', 'not kept: gone']);
  const stored = Object((await app.api.session(id)).snapshot).snapshot.context;
  const media: Record<string, unknown>[] = stored.messages.flatMap((message: { media?: object[] }) => message.media ?? []);
  const named = (fileName: string) => media.find((one) => one.fileName === fileName);
  expect(named('photo-1.png')).toMatchObject({ mimeType: 'image/png', width: 900, height: 600 });
  expect(named('page-1.png')).toMatchObject({ mimeType: 'text/plain', file: expect.any(String) });
  expect(named('gone-1.png')).toMatchObject({ lost: 'gone' });
  const thumbnail = await fetched(`/api/sessions/${id}/files/${named('photo-1.png')?.thumbnail}`, API_TOKEN);
  expect((await sharp(thumbnail.bytes).metadata()).width).toBe(512);
  expect(JSON.stringify(stored)).not.toContain(photo.toString('base64').slice(0, 40));
  // Telegram has nothing any more, and it is still there.
  api.received.clear();
  const read = async (file: string): Promise<readonly (string | number | null)[]> => {
    const seq = (await app.api.history(id)).find(({ payload }) => JSON.stringify(payload).includes(file))?.seq;
    const answer = await fetch(`${app.url}/api/sessions/${id}/received/${seq}/0`, {
      headers: { authorization: `Bearer ${API_TOKEN}`, connection: 'close' },
    });
    await answer.arrayBuffer();
    return [answer.status, answer.headers.get('content-type'), answer.headers.get('content-disposition')?.split(';')[0] ?? null];
  };
  expect(await read('photo-1')).toEqual([200, 'image/png', 'attachment']);
  expect(await read('page-1')).toEqual([200, 'text/plain; charset=utf-8', 'attachment']);
  expect((await read('gone-1'))[0]).toBe(404);
  const idOf = ({ body }: { readonly body: unknown }): string => String(Reflect.get(Object(body), 'id'));
  const files = [idOf(other), idOf(page)];
  await app.api.post(`/api/sessions/${id}/events`, { type: 'agent.message', agent: 'amira', text: 'Both:', files });
  const sent = () => api.transcript(OTHER_CHAT).map(({ from, text, document }) => `${from}: ${document?.name ?? text}`);
  await expect.poll(() => sent().slice(-3), PATIENCE).toEqual(['bot: Both:', 'bot: bytes.bin', 'bot: صفحة.html']);
  expect(same(api.documents(OTHER_CHAT)[0]?.bytes, BYTES)).toBe(true);
  const response = await fetch(`${app.url}/api/sessions/${id}/files/${idOf(page)}`, {
    headers: { authorization: `Bearer ${API_TOKEN}`, connection: 'close' },
  });
  expect(response.headers.get('content-disposition')).toMatch(/^attachment/);
  expect([response.headers.get('content-type'), response.headers.get('x-content-type-options')]).toEqual([
    'text/plain; charset=utf-8',
    'nosniff',
  ]);
  await response.arrayBuffer();
});

it('what a customer sent is kept after a restart, although the program was killed before it began to', async () => {
  telegram = await startBotApi({ webhookRetryMs: 20 });
  const api = telegram;
  const chat = 79;
  const voice = voiceNote(7);
  api.received.set('voice-1', voice);
  const port = await freePort();
  const secret = 'a-secret_of-the-webhook';
  const settings = { DATABASE_URL: connectionString, TELEGRAM_BOT_TOKEN: api.token, TELEGRAM_API_ROOT: api.url };
  const webhook = {
    PORT: String(port),
    TELEGRAM_MODE: 'webhook',
    TELEGRAM_WEBHOOK_SECRET: secret,
    STATECHAT_PUBLIC_URL: `http://127.0.0.1:${port}`,
  };
  const dying = new AppProcess('dying', tmpdir(), 0);
  try {
    const environment = { ...settings, ...webhook, STATECHAT_API_TOKEN: API_TOKEN };
    dying.start({
      name: 'dying',
      recorder: 'http://127.0.0.1:1/',
      leaseMs: 1_000,
      environment,
      crash: { point: 'before effect', occurrence: 1 },
    });
    expect(await dying.ready, dying.log).toBe(true);
    const from = { id: chat, is_bot: false, first_name: 'Mona', language_code: 'en' };
    const message = { message_id: 900, date: 1, chat: { id: chat, type: 'private' }, from, voice: { file_id: 'voice-1', duration: 7 } };
    await fetch(`http://127.0.0.1:${port}/channels/telegram/webhook`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': secret },
      body: JSON.stringify({ update_id: 9_001, message }),
    }).catch(() => undefined);
    expect((await dying.ended).cause).toBe('before effect');
  } finally {
    dying.kill();
  }
  await open({ ...settings, TELEGRAM_MODE: 'polling' });
  const id = (await app.api.sessionsAt(`telegram:${api.id}:${chat}`))[0]?.id ?? '';
  const news = async () => (await app.api.history(id)).filter(({ kind }) => kind === 'media');
  await expect.poll(async () => (await news()).map(({ text }) => text), PATIENCE).toEqual([`kept: audio/ogg, ${voice.length} bytes`]);
  const [kept] = await news();
  const { file, seconds } = Object(Object(Object(Object(kept).payload).stimulus).event);
  expect(seconds).toBe(7);
  expect(same((await fetched(`/api/sessions/${id}/files/${file}`, API_TOKEN)).bytes, voice)).toBe(true);
});

it('in the browser it is a card that saves the very bytes; nobody else gets them; it goes with its session', async () => {
  await open();
  const page = await openChat(browser, `${app.url}/chat`, {}, { faults, timeoutMs: PATIENCE.timeout });
  context = page.context();
  await write(page, 'AAPL');
  const button = page.getByRole('button', { name: 'Download تقرير AAPL.pdf' });
  await button.waitFor();
  expect(await shown(page)).toEqual(['AAPL', 'AAPL is worth what it costs.']);
  const saving = page.waitForEvent('download');
  await button.click();
  const download = await saving;
  expect(download.suggestedFilename()).toBe('تقرير AAPL.pdf');
  expect(same(await readFile(await download.path()), BYTES)).toBe(true);
  await page.reload();
  await button.waitFor();

  // An answer that is a file and nothing else.
  await write(page, 'and the figures?');
  await page.getByRole('button', { name: 'Download تقرير ANSWER.pdf' }).waitFor();

  const [session] = await app.api.sessions('?limit=1');
  const id = session?.id ?? '';
  const sent = (await app.api.said(id)).find(({ text }) => text === 'تقرير AAPL.pdf');
  const fileId = String(Object(Object(Object(sent?.payload).params).file).id);
  const path = `/channels/web/files/${fileId}`;
  const stranger = await app.visitor();
  await stranger.write('hi');
  expect(await fetched(path, stranger.token).then(({ status }) => status)).toBe(404);
  expect(await fetched(path, API_TOKEN).then(({ status }) => status)).toBe(401);

  expect((await app.api.tell(id, { type: 'close', by: 'nadia' })).body).toMatchObject({ state: 'CLOSED' });
  const again = page.waitForEvent('download');
  await button.click();
  await again;
  expect(await lifecycle.archive.deleteExpired(Date.now() + 60_000, 10)).toMatchObject({ sessions: 1 });
  await button.click();
  await page.getByRole('alert').getByText('no longer there').waitFor();
  expect(await fetched(`/api/sessions/${id}/files/${fileId}`, API_TOKEN).then(({ status }) => status)).toBe(404);
});

it('what a visitor attaches in the browser is kept, shown there, and read by an agent, byte for byte', async () => {
  await open();
  const page = await openChat(browser, `${app.url}/chat`, {}, { faults, timeoutMs: PATIENCE.timeout });
  context = page.context();
  const photo = await image('png', 300, 200);
  const files = page.locator('input[type=file]').first();
  await files.setInputFiles([
    { name: 'شقة.png', mimeType: 'image/png', buffer: photo },
    { name: 'voice.ogg', mimeType: 'audio/ogg', buffer: voiceNote(6) },
  ]);
  for (const name of ['شقة.png', 'voice.ogg']) await page.getByRole('button', { name: `Remove ${name}` }).waitFor();
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByRole('button', { name: 'Open شقة.png' }).locator('img').waitFor();
  await page.getByRole('button', { name: 'Play voice.ogg, 0:06' }).waitFor();
  const [session] = await app.api.sessions('?limit=1');
  const id = session?.id ?? '';
  const news = async () => (await app.api.history(id)).filter(({ kind }) => kind === 'media').map(({ text }) => text?.split(',')[0]);
  await expect.poll(async () => (await news()).toSorted(), PATIENCE).toEqual(['kept: audio/ogg', 'kept: image/png']);
  const sent = (await app.api.history(id)).find(({ payload }) => JSON.stringify(payload).includes('شقة.png'));
  expect(same((await fetched(`/api/sessions/${id}/received/${sent?.seq}/0`, API_TOKEN)).bytes, photo)).toBe(true);
});
