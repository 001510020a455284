/**
 * Messages that answer a certain one, from an agent's console to the visitor's page and back, in
 * Chromium.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { violations } from '#test/accessibility.ts';
import { launchBrowser, openChat, write } from '#test/browser.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { join, type Opening, seenSeq, shownSeqs } from './console-page.ts';
import { PATIENCE, type RunningApp, runApp } from './running-app.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());

let app: RunningApp;
let opening: Opening;
let pages: Page[];
beforeEach(async () => {
  const { connectionString } = await createTestDatabase();
  app = await runApp({ DATABASE_URL: connectionString }, { policy: { debounceMs: 0 } });
  opening = { browser, faults: [], url: app.url };
  pages = [];
});
afterEach(async () => {
  for (const page of pages) await page.context().close();
  await app.stop();
  expect(opening.faults).toEqual([]);
});

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, colorScheme: 'dark' } as const;
const FIRST = 'أين المكتب؟';
const SECOND = 'ومتى تفتحون؟';

const kept = (page: Page): Page => {
  pages.push(page);
  return page;
};

/** A visitor's page in Arabic, with two questions that wait for a person. */
async function visiting(): Promise<Page> {
  const page = kept(
    await openChat(browser, `${app.url}/chat`, { locale: 'ar-EG' }, { faults: opening.faults, timeoutMs: PATIENCE.timeout }),
  );
  await write(page, '/agent');
  await write(page, FIRST);
  await write(page, SECOND);
  return page;
}

/** The agent's page, with the session that waits. */
async function answering(page: Page, claim: string): Promise<Page> {
  await page.locator('.card').click();
  await page.getByText(SECOND).last().waitFor();
  await page.getByRole('button', { name: claim }).first().click();
  await composer(page).waitFor();
  return page;
}

const composer = (page: Page) => page.locator('#composer-field');
const answered = (page: Page) => page.locator('.answered .quote');
const isFocused = (one: Element): boolean => one === document.activeElement;

/** Sends what is in the composer, after what is in view has been seen. */
async function send(page: Page): Promise<void> {
  const last = Math.max(...(await shownSeqs(page)));
  await expect.poll(() => seenSeq(page), PATIENCE).toBeGreaterThanOrEqual(last);
  await composer(page).press('Enter');
}

/** Of the composer's field, as a screen reader says it. */
function description(page: Page): Promise<string> {
  return composer(page).evaluate((field) =>
    (field.getAttribute('aria-describedby') ?? '')
      .split(' ')
      .map((id) => document.getElementById(id)?.textContent ?? '')
      .join(' '),
  );
}

it('an agent answers a message, drops that and does it again, and the visitor answers the answer', async () => {
  const visitor = await visiting();
  const link = await app.inviteFirstAdmin();
  const agent = await answering(kept(await join(opening, link?.path ?? '', 'Amira')), 'Claim');
  const message = (text: string) =>
    agent.locator('.message:not([data-author="note"])').filter({ has: agent.locator('.bubble', { hasText: text }) });
  const reply = (text: string) => message(text).getByRole('button', { name: 'Reply to this message' });

  // By keyboard. Escape drops it, and the focus stays in the field.
  await reply(FIRST).focus();
  await agent.keyboard.press('Enter');
  await answered(agent).getByText(FIRST).waitFor();
  await expect.poll(() => composer(agent).evaluate(isFocused), PATIENCE).toBe(true);
  expect(await description(agent)).toContain(`Replying toCustomer ${FIRST}`);
  expect(await violations(agent)).toEqual([]);
  await agent.keyboard.press('Escape');
  await answered(agent).waitFor({ state: 'detached' });
  expect(await composer(agent).evaluate(isFocused)).toBe(true);
  expect(await description(agent)).not.toContain(FIRST);
  await reply(SECOND).click();
  await answered(agent).getByText(SECOND).waitFor();
  await agent.getByRole('button', { name: 'Reply to no particular message' }).click();
  await answered(agent).waitFor({ state: 'detached' });

  // It is a part of the draft.
  await reply(FIRST).click();
  await composer(agent).fill('في **البرج**');
  await agent.reload();
  await answered(agent).getByText(FIRST).waitFor();
  await send(agent);
  await answered(agent).waitFor({ state: 'detached' });
  const ours = message('في البرج');
  await ours.locator('.quote').getByText(FIRST).waitFor();
  await visitor.locator('.row[data-author="agent"] .quote').getByText(FIRST).waitFor();
  expect(await violations(agent)).toEqual([]);
  expect(await violations(visitor)).toEqual([]);

  // A press on the quote leads to what was answered.
  await ours.locator('.quote').click();
  await expect.poll(() => message(FIRST).evaluate(isFocused), PATIENCE).toBe(true);
  await visitor.locator('.row[data-author="agent"] .quote').click();
  const asked = visitor.locator('.row[data-author="customer"]').filter({ hasText: FIRST }).first();
  expect(await asked.evaluate(isFocused)).toBe(true);

  // The visitor answers it, after Escape and again.
  const back = visitor.locator('.row[data-author="agent"]').getByRole('button', { name: 'الرد على هذه الرسالة' });
  await back.click();
  await visitor.locator('.answered').getByText('في البرج').waitFor();
  expect(await violations(visitor)).toEqual([]);
  await visitor.keyboard.press('Escape');
  await visitor.locator('.answered').waitFor({ state: 'detached' });
  await back.click();
  await visitor.locator('textarea').fill('شكرًا');
  await visitor.keyboard.press('Enter');
  await visitor.locator('.row[data-author="customer"] .quote').getByText('في البرج').waitFor();
  await visitor.locator('.answered').waitFor({ state: 'detached' });
  await message('شكرًا').locator('.quote').getByText('في البرج').waitFor();
  await visitor.reload();
  await visitor.locator('.row[data-author="customer"] .quote').getByText('في البرج').waitFor();

  // An agent answers a message of ours too.
  await reply('في البرج').click();
  await answered(agent).getByText('في البرج').waitFor();
  await composer(agent).fill('الطابق الثالث');
  await send(agent);
  await visitor.locator('.row[data-author="agent"]').filter({ hasText: 'الطابق الثالث' }).locator('.quote').getByText('في البرج').waitFor();
});

it('an agent with a phone in Arabic answers a message, in the dark', async () => {
  const visitor = await visiting();
  const link = await app.inviteFirstAdmin();
  // The form to join is in English, as `join` reads it.
  const agent = kept(await join(opening, link?.path ?? '', 'Amira', PHONE));
  await agent.goto(`${app.url}/console?lang=ar`);
  await answering(agent, 'تولّي');
  const asked = agent.locator('.message[data-author="customer"]').filter({ hasText: FIRST });
  await asked.getByRole('button', { name: 'الرد على هذه الرسالة' }).tap();
  await answered(agent).getByText(FIRST).waitFor();
  expect(await violations(agent)).toEqual([]);
  expect(await agent.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  await composer(agent).fill('في البرج');
  await send(agent);
  await agent.locator('.message[data-author="agent"] .quote').getByText(FIRST).first().waitFor();
  await visitor.locator('.row[data-author="agent"] .quote').getByText(FIRST).waitFor();
  expect(await violations(agent)).toEqual([]);
});
