/** System's Chromium, for tests that use the pages as people do. */
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { PATIENCE_MS } from './patience.ts';

const USUAL = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** `CHROMIUM_PATH`, or where it usually is. */
function chromiumPath(asked: string | undefined = process.env.CHROMIUM_PATH): string {
  const found = (asked === undefined || asked === '' ? USUAL : [asked]).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new Error(
    'No Chromium found: run `apt-get install -y chromium fonts-noto-core` (or set CHROMIUM_PATH to one) and start the tests again.',
  );
}

/** Headless, without connections of its own. Close it when done. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(),
    headless: true,
    timeout: PATIENCE_MS,
    args: [
      // Containers run as root, where the sandbox cannot start.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--disable-quic',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export interface Watched {
  /** Gets each script that threw, and whatever the Content-Security-Policy had to stop. */
  readonly faults: string[];
  /** How long the page may take for anything, in milliseconds. */
  readonly timeoutMs: number;
}

/** Chat page at the url, ready for input, in a context of its own, which the caller closes. */
export async function openChat(browser: Browser, url: string, options: BrowserContextOptions, watched: Watched): Promise<Page> {
  const page = await openPage(browser, url, options, watched);
  await page.getByRole('textbox').waitFor();
  return page;
}

/** Any page at the url, in a context of its own, which the caller closes. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions, watched: Watched): Promise<Page> {
  const { faults, timeoutMs } = watched;
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1000, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(timeoutMs);
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) faults.push(message.text());
  });
  await page.goto(url);
  return page;
}

export async function write(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox').fill(text);
  await page.getByRole('textbox').press('Enter');
}

/** Messages that the page shows, oldest first. */
export function shown(page: Page): Promise<string[]> {
  return page.locator('.row .bubble > :is(.plain, .markdown)').allInnerTexts();
}
