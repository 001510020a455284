/**
 * The assistants of the guide as a reader has them, as files in a folder, used over the program's
 * own endpoints (A10, S1).
 */

import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { telegramPlugin } from '#channels/telegram/plugin.ts';
import { startBotApi } from '#test/fakes/bot-api.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { type AssistantFolder, assistantFolder, fileOfGuide } from '#test/src/assistants/assistant-folder.ts';
import { startProcess } from './app-process.ts';
import { fastClock } from './fast-clock.ts';
import { DictatedModel, type Writing } from './models.ts';
import { API_TOKEN, PATIENCE, type RunningApp, runApp } from './running-app.ts';

const { connectionString } = await createTestDatabase();
let folder: AssistantFolder;
let app: RunningApp | undefined;
beforeAll(() => {
  folder = assistantFolder({ 'cafe.ts': fileOfGuide('cafe.ts'), 'feedback.ts': fileOfGuide('feedback.ts') });
});
afterEach(async () => {
  await app?.stop();
  app = undefined;
});
afterAll(() => folder.remove());

async function start(options: Parameters<typeof runApp>[1] = {}, settings: Readonly<Record<string, string>> = {}): Promise<RunningApp> {
  await app?.stop();
  app = await runApp(
    { DATABASE_URL: connectionString, STATECHAT_ASSISTANTS_DIR: folder.path, STATECHAT_ASSISTANTS: 'web=cafe', ...settings },
    { policy: { debounceMs: 0 }, ...options },
  );
  return app;
}

const approvals = z.object({ approvals: z.array(z.object({ id: z.string(), tool: z.string(), shown: z.json() })) });

describe('the café of the guide', () => {
  it('answers on the web, books once a human allows it, and says what it has in the customer’s language', async () => {
    const { api, visitor: arrive } = await start();
    const visitor = await arrive();
    await visitor.listen();
    const { sessionId } = await visitor.write('Hello');
    await expect.poll(() => visitor.messages.at(-1), PATIENCE).toMatch(/^assistant: Hello! .*offline model/s);
    expect(await api.session(sessionId)).toMatchObject({ assistant: 'cafe' });
    await visitor.write('/book 4 19:30');
    const waiting = await vi.waitFor(async () => {
      const [call] = approvals.parse((await api.get('/api/approvals')).body).approvals;
      if (call === undefined) throw new Error('nothing waits yet');
      return call;
    }, PATIENCE);
    expect(waiting).toMatchObject({ tool: 'book_table', shown: { table: 'garden', people: 4, time: '19:30' } });
    await visitor.write('/status');
    await expect.poll(() => visitor.messages.at(-1), PATIENCE).toBe('system: Your booking (4 19:30) waits for a colleague.');
    expect((await api.post(`/api/approvals/${waiting.id}`, { decision: 'approve' })).status).toBe(200);
    await expect.poll(() => visitor.messages.at(-1), PATIENCE).toContain('booked: garden, 4 people, 19:30');

    const arabic = await arrive({ locale: 'ar' });
    await arabic.listen();
    await arabic.write('/start');
    await expect.poll(() => arabic.messages.at(-1), PATIENCE).toContain('أهلًا بك في مقهى الياسمين');
    await arabic.write('/book غدا');
    await expect.poll(() => arabic.messages.at(-1), PATIENCE).toContain('اكتب عدد الأشخاص ثم الساعة');
  });
});

it('the café answers on Telegram once the setting names it there', async () => {
  const telegram = await startBotApi();
  try {
    await start(
      { channels: [telegramPlugin({ clock: fastClock(Date.now(), 20), pollSeconds: 2 })] },
      { STATECHAT_ASSISTANTS: 'telegram=cafe', TELEGRAM_BOT_TOKEN: telegram.token, TELEGRAM_API_ROOT: telegram.url },
    );
    telegram.say(4_711, '/start', { from: { language_code: 'ar' } });
    await expect.poll(() => telegram.shown(4_711).at(-1), PATIENCE).toContain('مقهى الياسمين');
  } finally {
    await app?.stop();
    app = undefined;
    await telegram.close();
  }
});

describe('a machine of one’s own (S1)', () => {
  async function writing(model: DictatedModel): Promise<Writing> {
    return vi.waitFor(() => {
      const [found] = model.writings;
      if (!found) throw new Error('nobody writes yet');
      return found;
    }, PATIENCE);
  }

  it('goes from state to state, has its assistant answer, and goes on after a restart in the middle of that', async () => {
    const before = new DictatedModel();
    const first = await start({ provider: before });
    const visitor = await first.visitor({ assistant: 'feedback' });
    const { sessionId } = await visitor.write('Hi');
    const said = async ({ api }: RunningApp) => (await api.said(sessionId)).map(({ kind, text }) => `${kind}: ${text}`);
    await expect.poll(async () => (await said(first)).at(-1), PATIENCE).toBe('assistant.message: How many stars do you give us, 1 to 5?');
    await visitor.write('2');
    await expect.poll(async () => (await said(first)).at(-1), PATIENCE).toBe('assistant.message: 2 of 5, thank you. Why?');
    await visitor.write('The coffee was cold.');
    const { system, messages } = (await writing(before)).request;
    expect(JSON.stringify(system)).toContain('A customer of Café Yasmin writes why they liked it or not.');
    expect(JSON.stringify(messages)).toContain('The coffee was cold.');
    expect(await first.api.session(sessionId)).toMatchObject({
      assistant: 'feedback',
      state: 'thanking',
      machine: { id: 'feedback', version: 1 },
    });

    const after = new DictatedModel();
    const second = await start({ provider: after });
    const answer = await writing(after);
    answer.write('Cold coffee is no fun: thank you for telling us.');
    answer.end();
    await expect
      .poll(async () => (await said(second)).at(-1), PATIENCE)
      .toBe('assistant.message: Cold coffee is no fun: thank you for telling us.');
    expect(await said(second)).toHaveLength(6);
    expect(await second.api.session(sessionId)).toMatchObject({ state: 'thanked', open: true });
  });
});

describe('the other commands', () => {
  it('know the folder too: migrate --dry-run reads its sessions, doctor names its assistants', async () => {
    const { visitor: arrive } = await start({ provider: new DictatedModel() });
    await (await arrive({ assistant: 'feedback' })).write('Hi');
    const settings = { DATABASE_URL: connectionString, STATECHAT_API_TOKEN: API_TOKEN, STATECHAT_ASSISTANTS_DIR: folder.path, PORT: '0' };
    const dryRun = startProcess(['src/main.ts', 'migrate', '--dry-run'], settings);
    expect(await dryRun.exited).toBe(0);
    expect(dryRun.lines.join('\n')).toMatch(/feedback@1: \d+ stay as they are/);
    const without = startProcess(['src/main.ts', 'migrate', '--dry-run'], { ...settings, STATECHAT_ASSISTANTS_DIR: `${folder.path}/none` });
    expect(await without.exited).toBe(1);
    const doctor = startProcess(['src/main.ts', 'doctor'], settings);
    await doctor.exited;
    expect(doctor.lines.join('\n')).toMatch(/✔ Assistants: .*companion, .*cafe, feedback$/m);
  });
});
