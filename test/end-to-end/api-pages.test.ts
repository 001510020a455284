/** The page of the API and the console's page of API tokens, in Chromium. */
import { mkdirSync } from 'node:fs';
import { join as pathOf } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { launchBrowser } from '#test/browser.ts';
import { join, type Opening, openConsole, violations } from './console-page.ts';
import { API_TOKEN, type RunningApp, runApp } from './running-app.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

/** `LOOK_AT=folder` keeps a picture of each page. */
const LOOK_AT = process.env['LOOK_AT'];
const VIEWS: readonly (readonly [string, BrowserContextOptions])[] = [
  ['light', { colorScheme: 'light', viewport: { width: 1_280, height: 900 } }],
  ['dark', { colorScheme: 'dark', viewport: { width: 1_280, height: 900 } }],
  ['phone', { colorScheme: 'light', viewport: { width: 390, height: 844 } }],
];

let browser: Browser;
let app: RunningApp;
let opening: Opening;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());
beforeEach(async () => {
  app = await runApp({ SESSION_STORAGE_TYPE: 'memory' });
  opening = { browser, faults: [], url: app.url };
});
afterEach(async () => {
  await app.stop();
  expect(opening.faults.filter((fault) => !fault.includes('status of 4'))).toEqual([]);
});

async function picture(page: Page, name: string): Promise<void> {
  if (LOOK_AT === undefined) return;
  mkdirSync(LOOK_AT, { recursive: true });
  await page.screenshot({ path: pathOf(LOOK_AT, `${name}.png`) });
}

it.each(VIEWS)('shows every operation and tries one, in %s', async (name, options) => {
  const page = await openConsole(opening, '/api/docs', options);
  await page.getByRole('heading', { name: 'sessions', exact: true }).waitFor();
  await page.getByLabel('Find an operation').fill('tokens create');
  const summary = page.locator('summary', { hasText: '/api/tokens' });
  await summary.click();
  expect(await page.getByLabel('Body').inputValue()).toContain('Monthly report');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByRole('status').getByText('401 Unauthorized', { exact: true }).waitFor();
  await page.getByLabel('Bearer token').fill(API_TOKEN);
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByRole('status').getByText('201 Created', { exact: true }).waitFor();
  expect(await page.locator('pre').textContent()).toMatch(/"token": "sct_/);
  expect(await violations(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
  await picture(page, `api-${name}`);
  await page.getByLabel('Find an operation').fill('nothing of the kind');
  await page.getByText('No operation fits.').waitFor();
  await page.context().close();
});

it('makes, rotates and revokes a token in the console', async () => {
  const link = await app.inviteFirstAdmin();
  const page = await join(opening, link?.path ?? '', 'Amira');
  await page.goto(`${app.url}/console#view=tokens`);
  await page.getByText('There is only the first token').waitFor();
  await page.getByRole('button', { name: 'Create token' }).click();
  await page.getByText('The token needs a name.').waitFor();
  await page.getByLabel('Name').fill('Monthly report');
  await page.getByRole('button', { name: 'Create token' }).click();
  await page.getByText('Choose at least one.').waitFor();
  await page.getByLabel('sessions:read').check();
  await page.getByLabel('Requests a minute').fill('60');
  await page.getByRole('button', { name: 'Create token' }).click();
  const shown = page.getByLabel(/Token .*Monthly report/);
  const first = await shown.inputValue();
  const list = (token: string) => fetch(`${app.url}/api/sessions`, { headers: { authorization: `Bearer ${token}` } });
  expect((await list(first)).status).toBe(200);
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: /New secret for/ }).click();
  await expect.poll(() => shown.inputValue()).not.toBe(first);
  const second = await shown.inputValue();
  expect([(await list(first)).status, (await list(second)).status]).toEqual([200, 200]);
  for (const [name, options] of VIEWS) {
    await page.emulateMedia({ colorScheme: options.colorScheme ?? null });
    if (options.viewport) await page.setViewportSize(options.viewport);
    expect(await violations(page)).toEqual([]);
    await picture(page, `tokens-${name}`);
  }
  await page.goto(`${app.url}/console?lang=ar#view=tokens`);
  await page.getByRole('button', { name: 'إنشاء الرمز' }).waitFor();
  expect(await violations(page)).toEqual([]);
  await picture(page, 'tokens-arabic');
  await page.getByRole('button', { name: /إلغاء/ }).click();
  await page.getByRole('button', { name: /اضغط مرة أخرى/ }).click();
  await page.getByText('لا يوجد رمز غير الأول').waitFor();
  expect((await list(second)).status).toBe(401);
  await page.context().close();
});
