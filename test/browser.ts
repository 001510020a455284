/** The system's Chromium, for tests that look at the pages as people do. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

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

/** Headless, and silent: it opens no connection of its own. Close it when done. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(),
    headless: true,
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
