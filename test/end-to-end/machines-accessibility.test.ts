/**
 * No page of the visualizer breaks a rule of accessibility, or is wider than its screen. On a
 * desktop and on a phone, in English and in Arabic, each light and dark. Everything that folds is
 * unfolded.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { colourViolations, violations } from '#test/accessibility.ts';
import { launchBrowser } from '#test/browser.ts';
import { TWENTY } from '../machines/drawing/twenty.ts';
import { join, openConsole, PASSWORD } from './console-page.ts';
import { type RunningApp, runApp } from './running-app.ts';

let browser: Browser;
let app: RunningApp;
/** Of a page, the hash and how many pictures it has. */
let pages: Readonly<Record<string, { readonly hash: string; readonly pictures: number }>>;
const faults: string[] = [];

beforeAll(async () => {
  browser = await launchBrowser();
  const [one, two] = [TWENTY['children in place'] ?? expect.unreachable(), TWENTY.parallel ?? expect.unreachable()];
  const definitions = [
    { id: 'family', version: 1, machine: one },
    { id: 'family', version: 2, machine: two },
  ];
  app = await runApp(
    { SESSION_STORAGE_TYPE: 'memory' },
    { policy: { debounceMs: 0 }, bindings: [{ name: 'family', definitions, input: () => ({}) }] },
  );
  const ids = await Promise.all(['/agent', 'مرحبا'].map(sessionWith));
  const { body } = await app.api.post('/api/machines/session/sandbox', {});
  const { path } = (await app.inviteFirstAdmin()) ?? expect.unreachable();
  await (await join({ browser, faults, url: app.url }, path, 'Amira')).context().close();
  pages = {
    'the list, a machine and the conversations of a state': { hash: 'machine=session%403&state=WAITING_AGENT', pictures: 1 },
    'a machine that needs input': { hash: 'machine=analysis-session%401', pictures: 1 },
    'two versions side by side': { hash: 'machine=family%401&with=family%402', pictures: 2 },
    "a session's life": { hash: `session=${ids[0]}`, pictures: 1 },
    'two sessions': { hash: `session=${ids[0]}&other=${ids[1]}`, pictures: 2 },
    'a sandbox': { hash: `sandbox=${String(Object(body).id)}`, pictures: 1 },
    'a session that is not there': { hash: 'session=01890a5d-ac96-774b-bcce-b302099a8001', pictures: 0 },
  };
});
afterAll(async () => {
  await browser?.close();
  await app?.stop();
  expect(faults).toEqual([]);
});

async function sessionWith(text: string): Promise<string> {
  const visitor = await app.visitor();
  await visitor.write(text);
  return (await app.api.sessionsAt(visitor.address))[0]?.id ?? '';
}

/**
 * The outline of the session machine has thousands of lines, which are like those of a small one.
 */
async function unfold(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const details of document.querySelectorAll('details')) details.open = details.querySelectorAll('li').length < 500;
  });
  for (const button of await page.locator('form button[aria-expanded="false"]').all()) await button.click();
}

describe.each([
  ['a desktop', { viewport: { width: 1_300, height: 900 } }],
  ['a phone', { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }],
] as const)('on %s', (_, screen) => {
  it.each(['en', 'ar'])('every page in %s', async (lang) => {
    const page = await openConsole({ browser, faults, url: app.url }, `/machines?lang=${lang}`, { ...screen, colorScheme: 'light' });
    const found: string[] = [];
    async function check(name: string): Promise<void> {
      const [wide, shown] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      if ((wide ?? 0) > (shown ?? 0)) found.push(`${name}: ${wide} pixels wide`);
      found.push(...(await violations(page)).map((violation) => `${name}: ${violation}`));
      await page.emulateMedia({ colorScheme: 'dark' });
      found.push(...(await colourViolations(page)).map((violation) => `${name} in the dark: ${violation}`));
      await page.emulateMedia({ colorScheme: 'light' });
    }

    await check('the sign-in');
    await page.locator('input[autocomplete="username"]').fill('amira');
    await page.locator('input[autocomplete="current-password"]').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.locator('.machines-list').waitFor();
    for (const [at, [name, { hash, pictures }]] of Object.entries(pages).entries()) {
      // The query differs, so that the page is loaded anew, as by a person who opens the link.
      await page.goto(`${app.url}/machines?lang=${lang}&page=${at}#${hash}`);
      await page
        .locator(pictures === 0 ? '[role="alert"]' : '.picture-frame svg')
        .nth(Math.max(0, pictures - 1))
        .waitFor();
      await unfold(page);
      await check(name);
    }
    expect(found).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.dir)).toBe(lang === 'ar' ? 'rtl' : 'ltr');
    await page.context().close();
  });
});
