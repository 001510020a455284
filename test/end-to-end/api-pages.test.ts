/** The page of the API and the console's page of API tokens, in Chromium. */
import { mkdirSync } from 'node:fs';
import { join as pathOf } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { violations } from '#test/accessibility.ts';
import { launchBrowser } from '#test/browser.ts';
import { join, type Opening, openConsole } from './console-page.ts';
import { JumpingClock } from './jumping-clock.ts';
import { API_TOKEN, PATIENCE, type RunningApp, runApp } from './running-app.ts';

/** `LOOK_AT=folder` keeps a picture of each page. */
const LOOK_AT = process.env['LOOK_AT'];
const VIEWS: readonly (readonly [string, BrowserContextOptions])[] = [
  ['light', { colorScheme: 'light', viewport: { width: 1_280, height: 900 } }],
  ['dark', { colorScheme: 'dark', viewport: { width: 1_280, height: 900 } }],
  ['phone', { colorScheme: 'light', viewport: { width: 390, height: 844 } }],
];

let browser: Browser;
let app: RunningApp;
let clock: JumpingClock;
let opening: Opening;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());
beforeEach(async () => {
  clock = new JumpingClock();
  app = await runApp({ SESSION_STORAGE_TYPE: 'memory' }, { clock });
  opening = { browser, faults: [], url: app.url };
});
afterEach(async () => {
  await app.stop();
  expect(opening.faults.filter((fault) => !fault.includes('status of 4'))).toEqual([]);
});

async function picture(page: Page, name: string): Promise<void> {
  if (LOOK_AT === undefined) return;
  mkdirSync(LOOK_AT, { recursive: true });
  await page.screenshot({ path: pathOf(LOOK_AT, `${name}.png`), fullPage: true });
}

it.each(VIEWS)('shows every operation and tries one, in %s', async (name, options) => {
  const page = await openConsole(opening, '/api/docs', options);
  await page.getByRole('heading', { name: 'sessions', exact: true }).waitFor();
  await page.getByLabel('Find an operation').fill('tokens create');
  const summary = page.locator('summary', { hasText: '/api/tokens' });
  await summary.click();
  expect(await page.getByLabel('Body').inputValue()).toContain('Monthly report');
  await page.getByText('Fields of the body').click();
  await page.getByText('For people. It may be used more than once.').waitFor();
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByRole('status').getByText('401 Unauthorized', { exact: true }).waitFor();
  await page.getByLabel('Bearer token').fill(API_TOKEN);
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByRole('status').getByText('201 Created', { exact: true }).waitFor();
  expect(await page.locator('pre').textContent()).toMatch(/"token": "sct_/);
  expect(await violations(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
  await picture(page, `api-${name}`);
  await page.getByLabel('Find an operation').fill('sessions export');
  await page.locator('summary', { hasText: '/export' }).click();
  await page.getByLabel('format').selectOption('csv');
  expect(await violations(page)).toEqual([]);
  await page.getByLabel('Find an operation').fill('nothing of the kind');
  await page.getByText('No operation fits.').waitFor();
  await page.context().close();
});

it('asks nobody but the program for anything', async () => {
  const page = await openConsole(opening, '/api/docs', {});
  const asked: string[] = [];
  page.on('request', (request) => void asked.push(request.url()));
  await page.reload();
  await page.getByRole('heading', { name: 'sessions', exact: true }).waitFor();
  await page.getByLabel('Bearer token').fill(API_TOKEN);
  await page.getByLabel('Find an operation').fill('sessions list');
  await page.locator('summary', { hasText: '/api/sessions' }).first().click();
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByRole('status').getByText('200 OK', { exact: true }).waitFor();
  expect(asked.length).toBeGreaterThan(3);
  expect(asked.filter((url) => new URL(url).origin !== app.url)).toEqual([]);
  // The token is nowhere but in the field.
  expect(
    await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])),
  ).not.toContain(API_TOKEN);
  await page.context().close();
});

async function admin(name: string): Promise<Page> {
  const { body } = await app.api.post('/api/invitations', { role: 'admin' });
  const page = await join(opening, z.object({ path: z.string() }).parse(body).path, name);
  await page.goto(`${app.url}/console#view=tokens`);
  return page;
}

it('makes, copies, rotates and revokes a token in the console', async () => {
  const page = await admin('Amira');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByText('There is only the first token').waitFor();
  await page.getByRole('button', { name: 'Create token' }).click();
  await page.getByText('The token needs a name.').waitFor();
  await page.getByLabel('Name').fill('Monthly report');
  await page.getByRole('button', { name: 'Create token' }).click();
  await page.getByText('Choose at least one.').waitFor();
  await page.getByRole('button', { name: 'All read scopes' }).click();
  expect(await page.getByLabel('webhooks:read').isChecked()).toBe(true);
  expect(await page.getByLabel('sessions:write').isChecked()).toBe(false);
  await page.getByRole('button', { name: 'None' }).click();
  await page.getByLabel('sessions:read').check();
  await page.getByLabel('Requests a minute').fill('60');
  await page.getByRole('button', { name: 'Create token' }).click();
  const shown = page.getByLabel(/Token .*Monthly report/);
  const first = await shown.inputValue();
  await page.getByRole('button', { name: 'Copy the token' }).click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(first);
  const list = async (token: string) => (await fetch(`${app.url}/api/sessions`, { headers: { authorization: `Bearer ${token}` } })).status;
  expect(await list(first)).toBe(200);
  const card = page.getByRole('listitem', { name: 'Monthly report' });
  await card.getByText('Never').waitFor();
  await card.getByText('sessions:read', { exact: true }).waitFor();

  // A use is written once a minute.
  clock.jump(2);
  await vi.waitFor(async () => expect((await app.api.get('/api/tokens')).text).toMatch(/"lastUsedAt":\d/), PATIENCE);
  await page.reload();
  await card.getByText('Last used').waitFor();
  expect(await card.getByText('Never').count()).toBe(0);
  // The secret is gone with the page.
  expect(await page.content()).not.toContain(first);

  await card.getByRole('button', { name: /New secret for/ }).click();
  const second = await shown.inputValue();
  expect([second === first, await list(first), await list(second)]).toEqual([false, 200, 200]);
  await card.getByText('Previous secret until').waitFor();
  await card.getByRole('button', { name: /Revoke/ }).click();
  await card.getByRole('button', { name: /Press again/ }).click();
  await page.getByText('There is only the first token').waitFor();
  expect([await list(first), await list(second)]).toEqual([401, 401]);
  await page.context().close();
});

/** Tokens of every kind. The first ones were made two days ago, and have expired. */
async function manyTokens(count: number): Promise<void> {
  clock.jump(-2 * 24 * 60);
  const { grantable } = z.object({ grantable: z.array(z.string()) }).parse((await app.api.get('/api/tokens')).body);
  for (let n = 0; n < count; n += 1) {
    const name =
      n % 3 === 0 ? `التقرير الشهري رقم ${n}` : n % 3 === 1 ? `Export ${n}` : `A-program-whose-name-has-no-space-${'x'.repeat(50)}`;
    const scopes = n % 4 === 0 ? grantable : grantable.slice(n % 20, (n % 20) + 1 + (n % 9));
    await app.api.post('/api/tokens', {
      name,
      scopes,
      days: n < 2 ? 1 : n % 2 === 0 ? null : 90,
      requestsPerMinute: n % 2 === 0 ? 600 : null,
    });
    if (n === 1) clock.jump(2 * 24 * 60);
  }
}

it.each([
  ['empty', 0],
  ['small', 2],
  ['large', 12],
] as const)('the page of tokens is readable where it is %s', async (size, count) => {
  await manyTokens(count);
  const page = await admin('Amira');
  for (const [name, options] of VIEWS) {
    await page.emulateMedia({ colorScheme: options.colorScheme ?? null });
    if (options.viewport) await page.setViewportSize(options.viewport);
    for (const language of ['en', 'ar']) {
      await page.goto(`${app.url}/console?lang=${language}#view=tokens`);
      await page.getByRole('button', { name: language === 'ar' ? 'إنشاء الرمز' : 'Create token' }).waitFor();
      expect(await page.locator('.token-list .team-card').count()).toBe(count);
      expect(await page.locator('.token-list [data-state="failed"]').count()).toBe(Math.min(count, 2));
      if (count > 2) await page.locator('.token-list summary').first().click();
      expect([name, language, await violations(page)]).toEqual([name, language, []]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
      await picture(page, `tokens-${size}-${name}-${language}`);
    }
  }
  await page.context().close();
});
