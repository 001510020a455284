/**
 * The console in Chromium with a buyer on WhatsApp. It shows what the property concierge knows of
 * the customer, and sends a template to a conversation that is closed. No model is used.
 */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { violations } from '#test/accessibility.ts';
import { launchBrowser } from '#test/browser.ts';
import { type GraphApi, startGraphApi } from '#test/fakes/graph-api.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { invitation, join, type Opening } from './console-page.ts';
import { PATIENCE, type RunningApp, runApp } from './running-app.ts';
import { whatsAppSettings } from './whatsapp-settings.ts';

const BUYER = { phone: '201000000009', userId: 'EG.2000009', name: 'Mona' };

let browser: Browser;
let graph: GraphApi;
let app: RunningApp;
let opening: Opening;
const pages: Page[] = [];

beforeAll(async () => {
  browser = await launchBrowser();
  const { connectionString } = await createTestDatabase();
  graph = await startGraphApi({ limits: true, windows: true, statuses: ['sent', 'delivered', 'read'] });
  const components = [{ type: 'BODY', text: 'Hello {{1}}, shall we go on?' }];
  graph.templates = [{ name: 'go_on', language: 'en_US', status: 'APPROVED', category: 'MARKETING', components }];
  app = await runApp(
    {
      STATECHAT_ASSISTANTS: 'whatsapp=property-concierge',
      DATABASE_URL: connectionString,
      ...(await whatsAppSettings(graph)),
    },
    { policy: { debounceMs: 0 } },
  );
  opening = { browser, faults: [], url: app.url };
});
afterEach(async () => {
  for (const page of pages.splice(0)) await page.context().close();
  expect(opening.faults.splice(0)).toEqual([]);
});
afterAll(async () => {
  await app?.stop();
  await graph?.close();
  await browser?.close();
});

let count = 0;
function say(body: string): void {
  graph.messages.heard(BUYER.phone);
  graph.messages.heard(BUYER.userId);
  const timestamp = String(Math.floor(Date.now() / 1_000));
  graph.webhooks.deliver(graph.webhooks.message(BUYER, { id: `wamid.in${++count}`, timestamp, type: 'text', text: { body } }));
}

const shown = (): string => graph.shown(BUYER.userId).join('\n');
const sessions = () => app.api.sessionsAt(`whatsapp:${graph.phoneNumberId}:${BUYER.userId}`);

async function agent(name: string, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await join(opening, await invitation(app), name, options);
  pages.push(page);
  return page;
}

const factOf = (page: Page, label: string) =>
  page
    .locator('.panel .fact')
    .filter({ has: page.locator('dt').getByText(label, { exact: true }) })
    .locator('.fact-value > span');

test('what is known of a buyer is read as people write it, in English and Arabic, and changed as it is', async () => {
  say('Hello, I want to buy a villa or a twin house in New Cairo with 3 bedrooms');
  say('budget between 2.5 and 3.5 million EGP');
  await expect.poll(async () => (await sessions()).length, PATIENCE).toBe(1);
  const page = await agent('Amira');
  await page.getByRole('tab', { name: /^Open/ }).click();
  await page.locator('.card').click();
  await factOf(page, 'Budget').waitFor();
  expect(await factOf(page, 'Budget').textContent()).toBe('2.5–3.5 million\u00a0EGP');
  expect(await factOf(page, 'Bedrooms').textContent()).toBe('3');
  expect(await factOf(page, 'Types').textContent()).toMatch(/^villa, ?twin house$/);
  expect(await violations(page)).toEqual([]);

  // The two ends are changed one by one, as numbers.
  await page.getByRole('button', { name: 'Change Budget', exact: true }).click();
  await page.getByRole('button', { name: 'Change Budget, at most' }).click();
  const field = page.getByLabel('Budget, at most', { exact: true });
  expect(await field.inputValue()).toBe('3500000');
  await field.fill('4500000');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect.poll(() => factOf(page, 'Budget, at most').textContent(), PATIENCE).toBe('4.5 million\u00a0EGP');

  const storageState = await page.context().storageState();
  const context = await browser.newContext({ locale: 'ar-EG', viewport: { width: 1_400, height: 2_400 }, storageState });
  const arabic = await context.newPage();
  pages.push(arabic);
  await arabic.goto(page.url());
  await expect.poll(() => factOf(arabic, 'الميزانية').textContent(), PATIENCE).toBe('٢٫٥–٤٫٥ مليون\u00a0جنيه مصري');
  expect(await factOf(arabic, 'الأنواع').textContent()).toMatch(/^فيلا.+توين هاوس$/);
  expect(await arabic.locator('html').getAttribute('dir')).toBe('rtl');
  expect(await violations(arabic)).toEqual([]);
});

test('a template to a closed conversation waits until what came meanwhile was read', async () => {
  const [open] = await sessions();
  if (open === undefined) throw new Error('there is no conversation');
  const page = await agent('Bashir');
  await page.getByRole('tab', { name: /^Open/ }).click();
  await page.locator('.card').click();
  await page.keyboard.press('c');
  await page.getByRole('button', { name: 'Close…' }).click();
  await page.getByRole('button', { name: 'Close it' }).click();
  await page.getByText('This conversation is closed.').waitFor();
  await page.getByRole('button', { name: 'Send a template…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('go_on · en_US').click();
  await dialog.getByLabel('Value of {{1}}').fill('Mona');
  await dialog.getByText('Hello Mona, shall we go on?').waitFor();
  expect(await violations(page)).toEqual([]);

  // The customer comes first. The page shows it, and the template waits.
  say('I am here again');
  await expect.poll(async () => (await sessions()).length, PATIENCE).toBe(2);
  await dialog.getByRole('button', { name: 'Send', exact: true }).click();
  await dialog.getByRole('alert').getByText('Not sent').waitFor();
  await page.locator('[data-author="customer"]').getByText('I am here again').waitFor();
  expect(shown()).not.toContain('[go_on]');
  await dialog.getByRole('button', { name: 'Send again' }).click();
  await dialog.waitFor({ state: 'detached' });
  await expect.poll(shown, PATIENCE).toContain('[go_on] Mona');
  const all = await sessions();
  expect(all.filter(({ id }) => id !== open.id)).toMatchObject([{ previousId: open.id, handler: 'human', open: true }]);
});
