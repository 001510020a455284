/**
 * `npm run dev` while a machine is edited (V4). The page of machines draws what was saved, and
 * shows what the host refuses at its place.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as pathOf } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { violations } from '#test/accessibility.ts';
import { launchBrowser } from '#test/browser.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { assistantFolder } from '#test/src/assistants/assistant-folder.ts';
import { startProcess } from './app-process.ts';
import { join, type Opening } from './console-page.ts';
import { freePort } from './free-port.ts';
import { API_TOKEN } from './running-app.ts';

/** A start takes seconds on a busy machine. */
const PATIENT = { timeout: 60_000 };

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** An assistant with a machine of its own, whose states are these. */
const kiosk = (states: string) => `import { defineAssistant } from 'statechat/assistant';
import { createMachine } from 'xstate';
const machine = createMachine({ id: 'kiosk', initial: 'جاهز', states: ${states} });
export default defineAssistant({ name: 'kiosk', prompt: 'You sell tickets.', machine: () => [{ id: 'kiosk', version: 1, machine }] });
`;

it('draws a machine anew when it is saved, shows what is refused at its place, and goes on', async () => {
  const { connectionString } = await createTestDatabase();
  const folder = assistantFolder({ 'kiosk.ts': kiosk(`{ جاهز: { on: { 'customer.message': 'مشغول' } }, مشغول: {} }`) });
  cleanups.push(() => folder.remove());
  const dataDir = await mkdtemp(pathOf(tmpdir(), 'statechat-dev-'));
  cleanups.push(() => rm(dataDir, { recursive: true, force: true, maxRetries: 20 }));
  const port = await freePort();
  const dev = startProcess(['src/cli/dev.ts'], {
    PORT: String(port),
    DATABASE_URL: connectionString,
    STATECHAT_DATA_DIR: dataDir,
    STATECHAT_API_TOKEN: API_TOKEN,
    STATECHAT_ASSISTANTS_DIR: folder.path,
  });
  cleanups.push(() => dev.end('SIGTERM'));
  const [, link = ''] = await dev.printed(/http:\/\/\S+(\/console#\S+)/);
  await dev.printed(/No ANTHROPIC_API_KEY/);
  const browser = await launchBrowser();
  cleanups.push(() => browser.close());
  // While the program starts again, the browser reports that nothing answers.
  const opening: Opening = { browser, faults: [], url: `http://localhost:${port}` };
  const page = await join(opening, link, 'Amira', { viewport: { width: 1_300, height: 900 } });
  page.setDefaultTimeout(PATIENT.timeout);
  await page.goto(`${opening.url}/machines#machine=kiosk%401`);
  await page.locator('[data-box="مشغول"]').waitFor();

  folder.write('kiosk.ts', kiosk(`{ جاهز: { on: { 'customer.message': 'مشغول' } }, مشغول: { on: { DONE: 'مدفوع' } }, مدفوع: {} }`));
  await page.locator('[data-box="مدفوع"]').waitFor();

  folder.write(
    'kiosk.ts',
    kiosk(
      `{ جاهز: { on: { 'customer.message': 'مشغول' } }, مشغول: { entry: 'beep', on: { DONE: { target: 'مدفوع', guard: 'isPaid' } } }, مدفوع: {} }`,
    ),
  );
  await page.getByRole('heading', { name: 'Statechat cannot start' }).waitFor();
  const problemsIn = async (id: string) => (await page.locator(`.light [data-box="${id}"] text`).allTextContents()).join(' ');
  expect(await problemsIn('مشغول')).toMatch(/⚠ does "beep", for which no effect is registered.*⚠ names the guard "isPaid"/s);
  expect(await problemsIn('جاهز')).not.toContain('⚠');
  expect(await page.getByText(/machine kiosk@1 of assistant "kiosk" can't be hosted/).isVisible()).toBe(true);
  expect(await violations(page)).toEqual([]);

  folder.write('kiosk.ts', `${kiosk('{ جاهز: {} }')}oops(`);
  await page.getByText(/kiosk\.ts: it could not be read/).waitFor();

  folder.write('kiosk.ts', kiosk(`{ جاهز: { on: { 'customer.message': 'مغلق' } }, مغلق: { type: 'final' } }`));
  await page.locator('.picture-frame [data-box="مغلق"]').waitFor();
  expect(page.url()).toContain('#machine=kiosk%401');
});
