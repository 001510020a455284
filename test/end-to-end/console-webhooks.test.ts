/** The page of webhooks in Chromium, over the whole program and a real receiver. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { violations } from '#test/accessibility.ts';
import { launchBrowser } from '#test/browser.ts';
import { type Receiver, startReceiver, verify } from '#test/src/webhooks/receiver.ts';
import { join } from './console-page.ts';
import { PATIENCE, type RunningApp, runApp } from './running-app.ts';
import { Visitor } from './visitor.ts';

let browser: Browser;
let app: RunningApp;
let receiver: Receiver;
const faults: string[] = [];
beforeAll(async () => {
  browser = await launchBrowser();
  receiver = await startReceiver();
  app = await runApp({ SESSION_STORAGE_TYPE: 'memory', STATECHAT_WEBHOOKS_ALLOW_PRIVATE: 'true' });
});
afterAll(async () => {
  await browser?.close();
  await app?.stop();
  await receiver?.close();
});

it('adds an endpoint by keyboard, shows its secret once, and sends, tests, replays and disables', async () => {
  const link = await app.inviteFirstAdmin();
  const page = await join({ browser, faults, url: app.url }, link?.path ?? '', 'Amira');
  await page.goto(`${app.url}/console#view=webhooks`);
  await page.getByText('No program receives anything yet').waitFor();
  expect(await violations(page)).toEqual([]);

  await page.getByLabel('URL').focus();
  await page.keyboard.press('Enter');
  await page.getByText('Enter the URL that receives the requests.').waitFor();
  await page.getByLabel('URL').fill('ftp://example.com');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('it does not begin with https://').waitFor();
  await page.getByLabel('URL').fill(receiver.url);
  await page.keyboard.press('Tab');
  await page.keyboard.type('CRM');
  await page.keyboard.press('Enter');
  const secret = await page.getByLabel('Secret', { exact: true }).inputValue();
  expect(secret).toMatch(/^whsec_/);
  const card = page.getByRole('listitem', { name: 'CRM' });
  await card.waitFor();

  const visitor = await Visitor.arrive(app.url, {});
  await visitor.write('Good morning');
  await vi.waitFor(() => expect(receiver.taken.map(({ body }) => body.type)).toContain('message.sent'), PATIENCE);
  const received = receiver.taken.filter(({ body }) => body.data.session !== undefined);
  for (const one of received) verify(secret, one);
  expect(received.map(({ body }) => body.type)).toEqual(['session.opened', 'message.received', 'message.sent']);
  visitor.leave();

  await card.getByRole('button', { name: 'Send a test' }).press('Enter');
  await card.getByText(/It answered 200 after/).waitFor();
  await card.getByText('Deliveries', { exact: true }).press('Enter');
  const table = card.getByRole('table');
  await table.getByText('A customer writes').waitFor();
  expect(await table.getByRole('row').count()).toBe(5);
  const before = receiver.taken.length;
  await table.getByRole('button', { name: /Send .*A customer writes.* again/ }).press('Enter');
  await vi.waitFor(() => expect(receiver.taken.length).toBe(before + 1), PATIENCE);
  expect(await violations(page)).toEqual([]);

  receiver.reply = () => ({ status: 500, body: 'Something broke <b>here</b>' });
  await card.getByRole('button', { name: 'Send a test' }).click();
  await card.getByRole('alert').getByText('answered 500').waitFor();
  receiver.reply = () => ({ status: 410 });
  await (await Visitor.arrive(app.url, {})).write('Hello');
  await card.getByText('gone for good').waitFor();
  expect(await violations(page)).toEqual([]);
  receiver.reply = () => ({ status: 200 });
  await card.getByRole('button', { name: 'Enable, and send what was missed' }).press('Enter');
  await card.getByText('On', { exact: true }).waitFor();
  await vi.waitFor(() => expect(receiver.taken.at(-1)?.body.type).toBe('message.sent'), PATIENCE);

  await card.getByRole('button', { name: 'New secret' }).click();
  const next = await card.getByLabel('Secret', { exact: true }).inputValue();
  await card.getByRole('button', { name: 'Send a test' }).click();
  await vi.waitFor(() => expect(receiver.taken.at(-1)?.body.type).toBe('webhook.ping'), PATIENCE);
  const last = receiver.taken.at(-1);
  if (last === undefined) throw new Error('nothing came');
  verify(secret, last);
  verify(next, last);

  await card.getByRole('button', { name: 'Remove' }).click();
  await card.getByRole('button', { name: 'Remove it with its log' }).click();
  await page.getByText('No program receives anything yet').waitFor();
  expect(faults).toEqual([]);
  await page.context().close();
});

it.each([
  ['light', { viewport: { width: 1_280, height: 1_900 }, colorScheme: 'light', locale: 'en-GB' }],
  ['dark', { colorScheme: 'dark', locale: 'en-GB' }],
  ['phone', { viewport: { width: 390, height: 2_000 }, locale: 'en-GB' }],
  ['Arabic', { locale: 'ar-EG' }],
  ['Arabic on a phone', { viewport: { width: 390, height: 2_000 }, locale: 'ar-EG', colorScheme: 'dark' }],
] as const)('is readable in %s with many endpoints and deliveries', async (name, options) => {
  receiver.reply = ({ body }) => ({ status: body.type === 'webhook.ping' ? 503 : 200, body: 'x'.repeat(600) });
  const { body } = await app.api.get('/api/webhooks');
  const known: { id: string }[] = Reflect.get(Object(body), 'endpoints');
  for (let n = known.length; n < 12; n += 1) {
    const wishes = {
      url: `${receiver.url}/${'a-long-path/'.repeat(8)}${n}`,
      description: n % 2 === 0 ? `Program ${n}` : '',
      events: ['message.received'],
    };
    const created = await app.api.post('/api/webhooks', wishes);
    const id = String(Reflect.get(Object(Reflect.get(Object(created.body), 'endpoint')), 'id'));
    if (n === 0) for (let ping = 0; ping < 40; ping += 1) await app.api.post(`/api/webhooks/${id}/ping`, {});
  }
  const { body: invited } = await app.api.post('/api/invitations', { role: 'admin' });
  const opening = { browser, faults, url: app.url };
  const page = await join(opening, String(Reflect.get(Object(invited), 'path')), `Viewer${name.replaceAll(' ', '')}`, { locale: 'en-GB' });
  const { cookies, origins } = await page.context().storageState();
  await page.context().close();
  const context = await browser.newContext({ ...options, storageState: { cookies, origins } });
  const shown = await context.newPage();
  await shown.goto(`${app.url}/console#view=webhooks`);
  const card = shown.getByRole('listitem', { name: 'Program 0' });
  await card.locator('details').last().locator('summary').click();
  await card.getByRole('table').waitFor();
  await card.getByText(name.startsWith('Arabic') ? 'تعديل' : 'Change', { exact: true }).click();
  expect(await violations(shown)).toEqual([]);
  const overflow = await shown.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow).toBe(0);
  const folder = process.env['WEBHOOK_SHOTS'];
  if (folder !== undefined) await shown.screenshot({ path: `${folder}/${name.replaceAll(' ', '-')}.png`, fullPage: true });
  await context.close();
});
