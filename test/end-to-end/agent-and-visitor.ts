/**
 * An agent's console and the page of a visitor who writes Arabic, in Chromium, with a program of its
 * own for each test.
 */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { launchBrowser, openChat, write } from '#test/browser.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { join, type Opening, seenSeq, shownSeqs } from './console-page.ts';
import { PATIENCE, type RunningApp, runApp } from './running-app.ts';

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, colorScheme: 'dark' } as const;

export interface AgentAndVisitor {
  /** The visitor's page. The last of the messages waits for a person. */
  visitor(messages: readonly string[], options?: BrowserContextOptions): Promise<Page>;
  /** The page of the first admin, who has claimed the visitor's session once it shows the message. */
  agent(message: string): Promise<Page>;
  /** The same in Arabic, on a phone, in the dark. */
  agentOnPhone(message: string): Promise<Page>;
}

/** Call it at the top of the file. A test fails if a page had a fault. */
export function agentAndVisitor(): AgentAndVisitor {
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

  async function joined(options: BrowserContextOptions = {}): Promise<Page> {
    const link = await app.inviteFirstAdmin();
    const page = await join(opening, link?.path ?? '', 'Amira', options);
    pages.push(page);
    return page;
  }

  async function claimed(page: Page, message: string, claim: string): Promise<Page> {
    await page.locator('.card').click();
    await page.getByText(message).last().waitFor();
    await page.getByRole('button', { name: claim }).first().click();
    await composer(page).waitFor();
    return page;
  }

  return {
    async visitor(messages, options = {}) {
      const { faults, url } = opening;
      const page = await openChat(browser, `${url}/chat`, { locale: 'ar-EG', ...options }, { faults, timeoutMs: PATIENCE.timeout });
      pages.push(page);
      for (const message of ['/agent', ...messages]) await write(page, message);
      return page;
    },
    agent: async (message) => claimed(await joined(), message, 'Claim'),
    async agentOnPhone(message) {
      const page = await joined(PHONE);
      await page.goto(`${opening.url}/console?lang=ar`);
      return claimed(page, message, 'تولّي');
    },
  };
}

export const composer = (page: Page) => page.locator('#composer-field');

/** Sends what is in the composer, after what is in view has been seen. */
export async function send(page: Page): Promise<void> {
  const last = Math.max(...(await shownSeqs(page)));
  await expect.poll(() => seenSeq(page), PATIENCE).toBeGreaterThanOrEqual(last);
  await composer(page).press('Enter');
}
