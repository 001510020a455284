/**
 * A visitor of the stock analyst in Chromium (A7, C5, C8, C9, S3, S4). The whole app runs with the
 * real SDK before a server that speaks the Messages API, and a source of market data beside it. All
 * tests share one app and one page. Gates hold an answer where the test inspects the page.
 */
import { readFile } from 'node:fs/promises';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { launchBrowser, openChat, write as writeIn } from '#test/browser.ts';
import { fakeFinancialModelingPrep } from '#test/fakes/financial-modeling-prep.ts';
import type { JsonProvider } from '#test/fakes/json-provider.ts';
import { FakeMessagesApi, says } from '#test/fakes/messages-api.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import type { Session } from './api.ts';
import { JumpingClock } from './jumping-clock.ts';
import { call, held, REPORT } from './model-replies.ts';
import { PATIENCE, type RunningApp, runApp } from './running-app.ts';

const { connectionString } = await createTestDatabase();
const clock = new JumpingClock();
/** Ends by a jump of the clock, however long a browser takes to type. */
const DEBOUNCE_MS = 60_000;
let model: FakeMessagesApi;
let market: JsonProvider;
/** A share whose data do not come until `marketOpens`. */
const HELD = 'GOOGL';
const marketAsked = Promise.withResolvers<void>();
const marketOpens = Promise.withResolvers<void>();
let app: RunningApp;
let browser: Browser;
let page: Page;
const faults: string[] = [];
beforeAll(async () => {
  model = await FakeMessagesApi.start();
  market = await fakeFinancialModelingPrep('market-key', async ({ query }) => {
    if (query.get('symbol') !== HELD) return;
    marketAsked.resolve();
    await marketOpens.promise;
  });
  app = await runApp(
    {
      DATABASE_URL: connectionString,
      ANTHROPIC_API_KEY: 'test-key',
      ANTHROPIC_BASE_URL: model.url,
      FMP_API_KEY: 'market-key',
      FMP_BASE_URL: market.url,
    },
    { policy: { debounceMs: DEBOUNCE_MS }, clock },
  );
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await app?.stop();
  await model?.close();
  await market?.close();
  // A script that threw, or what the Content-Security-Policy had to stop.
  expect(faults).toEqual([]);
});

/** A new visitor. */
async function visit(options: BrowserContextOptions): Promise<void> {
  page = await openChat(browser, `${app.url}/chat?assistant=stock-analyst`, options, { faults, timeoutMs: PATIENCE.timeout });
}
beforeEach(async ({ task }) => {
  if (!task.name.includes('Arabic')) await visit({ locale: 'en-GB' });
  return () => page.context().close();
});

const write = (text: string) => writeIn(page, text);

/** Writes the texts and, once all of them are in, lets the debounce pass. */
async function ask(...texts: readonly string[]): Promise<void> {
  for (const text of texts) await write(text);
  const said = async () => (await app.api.said((await session()).id)).map(({ text }) => text);
  await expect.poll(async () => (await said()).slice(-texts.length), PATIENCE).toEqual(texts);
  clock.jump(DEBOUNCE_MS / 60_000);
}

/** Messages on the page, oldest first. */
const shown = (): Promise<string[]> => page.locator('.row:not([data-draft]) .bubble > :is(.plain, .markdown)').allInnerTexts();
const last = async (): Promise<string> => (await shown()).at(-1) ?? '';
const sees = (text: RegExp) => expect.poll(last, PATIENCE).toMatch(text);
const draft = () => page.locator('[data-draft="live"] .markdown');

async function session(): Promise<Session> {
  const [newest] = await app.api.sessions('?limit=1');
  if (newest === undefined) throw new Error('nobody has written yet');
  return newest;
}

async function request(number: number) {
  return vi.waitFor(() => {
    const found = model.requests[number - 1];
    if (found === undefined) throw new Error(`the model was not asked ${number} times`);
    return found;
  }, PATIENCE);
}

it('first visit, an analysis as it is written, its report, a question, another share, expiry', async () => {
  await write('/start');
  await sees(/^Hello! I analyse shares/);

  const thinking = held(
    (writer) => writer.start().thinking('Hm'),
    (writer) => writer.toolUse('toolu_1', 'fetch_company_data', '{"symbol":"AAPL"}').end('tool_use'),
  );
  const writing = held(
    (writer) => writer.start().text('## Executive summary\n\n**Apple** earns'),
    (writer) => writer.text(' more than it spends.').end(),
  );
  model.script(thinking.reply, call('calculate_dcf', { symbol: 'AAPL' }), call('create_report', REPORT), writing.reply);
  await write('AAPL');
  await page.getByText('is writing').waitFor();
  await write('/status');
  await sees(/^The analysis of AAPL is under way\./);
  thinking.release();
  await expect.poll(() => draft().textContent(), PATIENCE).toMatch(/^Executive summary\s*Apple earns$/);
  writing.release();
  const save = page.getByRole('button', { name: /^Download AAPL-.*\.pdf$/ });
  await save.waitFor();
  await sees(/^Executive summary\s+Apple earns more than it spends\.$/);
  const saving = page.waitForEvent('download');
  await save.click();
  expect((await readFile(await (await saving).path())).subarray(0, 5).toString()).toBe('%PDF-');

  await write('/status');
  await sees(/^The analysis of AAPL is complete\./);
  await write('MSFT');
  await sees(/^An analysis is open already\. Shall I start a new one for MSFT\?/);
  model.script(says(['Supply ', 'is the risk.']));
  await ask('What is the risk?');
  await sees(/^Supply is the risk\.$/);
  await write('MSFT');
  await sees(/Shall I start a new one for MSFT\?/);
  model.script(says(['**Microsoft** is next.']));
  await write('yes');
  await sees(/^Microsoft is next\.$/);
  clock.jump(61);
  await expect.poll(async () => (await session()).state, PATIENCE).toBe('IDLE');
  await write('/status');
  await sees(/^No analysis is open\./);
});

it.each([
  ['while it thinks', 'thinking'],
  ['while it writes', 'text'],
] as const)('is stopped %s, and nothing arrives afterwards', async (_name, kind) => {
  const number = model.requests.length + 1;
  const running = held(
    (writer) => writer.start()[kind]('It rises'),
    (writer) => writer.text(' for ever.').end(),
  );
  model.script(running.reply, says(['Here I am.']));
  await write('NVDA');
  const { closed } = await request(number);
  if (kind === 'text') await draft().getByText('It rises').waitFor();
  if (kind === 'text') await page.getByRole('button', { name: 'Stop the answer' }).click();
  else await write('/stop');
  expect(await closed).toEqual({ aborted: true });
  running.release();
  await sees(/^Stopped\.$/);
  await ask('Are you there?');
  await sees(/^Here I am\.$/);
  expect((await shown()).filter((text) => text !== '/stop')).toEqual(['NVDA', 'Stopped.', 'Are you there?', 'Here I am.']);
  expect(await page.locator('[data-draft]').count()).toBe(0);
});

it('is stopped in a tool, and nothing arrives afterwards', async () => {
  model.script(call('fetch_company_data', { symbol: HELD }), says(['Here I am.']));
  const number = model.requests.length + 1;
  await write(HELD);
  await marketAsked.promise;
  await write('/stop');
  await sees(/^Stopped\.$/);
  marketOpens.resolve();
  await ask('Are you there?');
  await sees(/^Here I am\.$/);
  expect((await shown()).filter((text) => text !== '/stop')).toEqual([HELD, 'Stopped.', 'Are you there?', 'Here I am.']);
  // Two requests, the first one and the answer. The tool's result was sent to no model.
  expect(model.requests).toHaveLength(number + 1);
});

it('three messages at once get one answer', async () => {
  model.script(says(['To all three of you.']));
  const number = model.requests.length + 1;
  const messages = ['Hello', 'Are you there?', 'What is a share?'];
  await ask(...messages);
  await sees(/^To all three of you\.$/);
  expect(await shown()).toEqual([...messages, 'To all three of you.']);
  expect(model.requests).toHaveLength(number);
  expect(JSON.stringify((await request(number)).body.messages)).toContain('Hello\\n\\nAre you there?\\n\\nWhat is a share?');
});

it('a human takes over in mid-analysis: its text stops in that turn', async () => {
  const number = model.requests.length + 1;
  const running = held((writer) => writer.start().text('Buy it, it will'));
  model.script(running.reply);
  await write('KO');
  const { closed } = await request(number);
  await draft().getByText('Buy it, it will').waitFor();
  const { id } = await session();
  await app.api.tell(id, { type: 'agent.claim', agent: { id: 'nadia', name: 'Nadia' } });
  expect(await closed).toEqual({ aborted: true });
  running.release();
  await page.locator('[data-draft]').waitFor({ state: 'detached' });
  await app.api.tell(id, { type: 'agent.message', agent: { id: 'nadia', name: 'Nadia' }, text: 'Nobody knows that.' });
  await sees(/^Nobody knows that\.$/);
  expect(await shown()).toEqual(['KO', 'Nobody knows that.']);
});

it('a text that breaks off is begun anew, and one that breaks off again is an apology', async () => {
  const broken = held(
    (writer) => writer.start().text('Half of'),
    (writer) => writer.stopShort(),
  );
  model.script(broken.reply);
  model.otherwise(says(['Whole.']));
  await write('/sentiment AAPL');
  await draft().getByText('Half of').waitFor();
  broken.release();
  await sees(/^Whole\.$/);
  expect(await shown()).toEqual(['/sentiment AAPL', 'Whole.']);
  model.otherwise((writer) => writer.start().text('Half').stopShort());
  await ask('Why?');
  await sees(/^Sorry, something went wrong/);
  expect(await page.locator('[data-draft]').count()).toBe(0);
});

it('is served in Arabic, on a telephone', async () => {
  await visit({ locale: 'ar-EG', viewport: { width: 390, height: 844 }, isMobile: true });
  expect(await page.locator('html').getAttribute('dir')).toBe('rtl');
  await write('/start');
  await sees(/^مرحبًا! أحلل الأسهم/);
  model.script(says(['## الملخص\n\n**أبل** تربح.']));
  await write('AAPL');
  await sees(/^الملخص\s+أبل تربح\.$/);
  await write('MSFT');
  await sees(/هل أبدأ تحليلًا جديدًا لـ\s*.*MSFT/);
  await write('/status');
  await sees(/اكتمل تحليل/);
});
