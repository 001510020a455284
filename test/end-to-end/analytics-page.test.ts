/** The page of analytics in Chromium, empty, with a few conversations, and with a year of them. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { violations } from '#test/accessibility.ts';
import { launchBrowser } from '#test/browser.ts';
import { aYear } from '../fixtures/analytics-year.ts';
import { join, type Opening } from './console-page.ts';
import { type RunningApp, runApp } from './running-app.ts';

let browser: Browser;
let app: RunningApp;
let opening: Opening;
let page: Page;
const store = createMemoryStore();
beforeAll(async () => {
  browser = await launchBrowser();
  app = await runApp({ SESSION_STORAGE_TYPE: 'memory' }, { store, policy: { debounceMs: 0 } });
  opening = { browser, faults: [], url: app.url };
  page = await join(opening, (await app.inviteFirstAdmin())?.path ?? '', 'Amira', { viewport: DESKTOP });
});
afterAll(async () => {
  await browser?.close();
  await app?.stop();
  expect(opening?.faults).toEqual([]);
});

const DESKTOP = { width: 1_300, height: 900 };
const PHONE = { width: 390, height: 844 };

/** In both languages, light and dark, on a desktop and on a phone. The last one is in English. */
async function expectReadable(range: string): Promise<void> {
  const views = [
    ['ar', 'نظرة عامة', 'dark', PHONE],
    ['ar', 'نظرة عامة', 'light', DESKTOP],
    ['en', 'Overview', 'light', PHONE],
    ['en', 'Overview', 'dark', DESKTOP],
  ] as const;
  for (const [language, heading, colorScheme, viewport] of views) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(viewport);
    await page.goto(`${app.url}/console/analytics?lang=${language}#range=${range}`);
    await page.getByRole('heading', { name: heading }).waitFor();
    expect([language, colorScheme, await violations(page)]).toEqual([language, colorScheme, []]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(DESKTOP);
}

const tile = (name: string) => page.getByRole('button', { name: new RegExp(`^${name}`) });

it('says that there is nothing yet', async () => {
  await page.goto(`${app.url}/console/analytics`);
  await page.getByText('There are no conversations in this range.').waitFor();
  expect(await tile('Conversations').textContent()).toContain('0');
  expect(await violations(page)).toEqual([]);
  await expectReadable('28');
});

it('shows what just happened, and leads to the conversations behind it', async () => {
  for (const text of ['Good morning', '/agent']) await (await app.visitor()).write(text);
  await expect
    .poll(async () => {
      await page.reload();
      return (await tile('Conversations').textContent()) ?? '';
    })
    .toMatch(/^Conversations2/);
  await page.getByRole('link', { name: 'The customer asked' }).click();
  await page.getByRole('heading', { name: 'Conversations: The customer asked' }).waitFor();
  const link = page.getByRole('link', { name: 'Open', exact: true });
  await link.waitFor();
  expect(await link.getAttribute('href')).toMatch(/^\/console#session=[0-9a-f-]{36}$/);
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Close' }).click();
  await expectReadable('28');
});

it('shows a year, by keyboard too, and saves it', async () => {
  await aYear(store.rollups, Date.now());
  await page.goto(`${app.url}/console/analytics#range=90`);
  await page.reload();
  await tile('Duration').click();
  const chart = page.getByRole('group', { name: /^Duration over time/ });
  await chart.focus();
  await page.keyboard.press('ArrowRight');
  await page
    .getByText(/median .* nine of ten within/)
    .first()
    .waitFor();
  await page.getByText('As a table').click();
  expect(await page.getByRole('table', { name: 'Duration' }).getByRole('row').count()).toBeGreaterThan(12);
  await page.getByRole('combobox', { name: 'Time zone' }).selectOption('Australia/Adelaide');
  await page.waitForURL(/zone=Australia%2FAdelaide/);
  await page.getByRole('combobox', { name: 'Channel' }).selectOption('telegram');
  await page.waitForURL(/channel=telegram/);
  expect(await page.getByRole('link', { name: 'maha' }).getAttribute('href')).toMatch(/channel=telegram.*agent=maha/);
  await page.getByRole('combobox', { name: 'Agent' }).selectOption({ index: 1 });
  await expect.poll(() => tile('Conversations').isDisabled()).toBe(true);
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as CSV' }).click();
  expect((await saved).suggestedFilename()).toMatch(/^analytics-.*\.csv$/);
  expect(await violations(page)).toEqual([]);
});

it('is readable with a year of conversations', async () => {
  await expectReadable('28');
});
