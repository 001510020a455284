/** The console as agents use it in Chromium, with what a test reads of its page. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { openPage } from '#test/browser.ts';
import { PATIENCE, type RunningApp } from './running-app.ts';

export const PASSWORD = 'correct horse battery';

export interface Opening {
  readonly browser: Browser;
  readonly faults: string[];
  /** Where the program is reached, which may be a line to it. */
  readonly url: string;
}

/**
 * Opens the path in a context of its own, tall enough that nothing has to scroll. Replies go out at
 * once, without the time in which they can be taken back.
 */
export async function openConsole({ browser, faults, url }: Opening, path: string, options: BrowserContextOptions = {}): Promise<Page> {
  const viewport = { width: 1_400, height: 2_400 };
  const preferences = { name: 'statechat.console.preferences', value: JSON.stringify({ undoSeconds: 0 }) };
  const storageState = { cookies: [], origins: [{ origin: new URL(url).origin, localStorage: [preferences] }] };
  return openPage(browser, url + path, { viewport, storageState, ...options }, { faults, timeoutMs: PATIENCE.timeout });
}

/** Joins by the link in the page's form. Resolves once the inbox is there. */
export async function join(opening: Opening, path: string, name: string, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await openConsole(opening, path, options);
  await page.getByLabel('Your name').fill(name);
  await page.getByLabel('Login').fill(name.toLowerCase());
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Join', exact: true }).click();
  await page.getByRole('tab', { name: /Waiting/ }).waitFor();
  return page;
}

/** Path of an invitation that the API token makes. */
export async function invitation({ api }: RunningApp): Promise<string> {
  const { body } = await api.post('/api/invitations', { role: 'agent' });
  return String(Reflect.get(Object(body), 'path'));
}

/** Sequence numbers of the messages, notes and ratings that the transcript shows. */
export function shownSeqs(page: Page): Promise<number[]> {
  return page.locator('[data-seq]').evaluateAll((elements) => elements.map((element) => Number(element.getAttribute('data-seq'))));
}

/** The last entry that the page takes for seen. */
export async function seenSeq(page: Page): Promise<number> {
  return Number(await page.locator('.transcript-scroller').getAttribute('data-seen'));
}

/** Those in the journal. */
export async function storedSeqs({ api }: RunningApp, sessionId: string): Promise<number[]> {
  return (await api.history(sessionId))
    .filter(({ kind }) => kind.endsWith('.message') || kind === 'note' || kind === 'rating')
    .map(({ seq }) => seq);
}

/** A key press on an Arabic layout, on which the key's letter is another one. */
export function pressArabic(page: Page, code: string, key: string): Promise<void> {
  return page.evaluate(
    ([pressed, letter]) => void document.body.dispatchEvent(new KeyboardEvent('keydown', { code: pressed, key: letter, bubbles: true })),
    [code, key] as const,
  );
}
