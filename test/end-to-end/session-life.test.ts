/**
 * A conversation is taken back to before a wrong turn, in Chromium. It is forked there, another
 * event is sent, the difference is seen, and the sandbox is saved as a test that runs by itself.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { launchBrowser } from '#test/browser.ts';
import { type ComposedApp, compose } from '#test/src/compose/app.ts';
import { Api } from './api.ts';
import { join, openConsole, violations } from './console-page.ts';
import { Visitor } from './visitor.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const PATIENCE = { timeout: 30_000 };
const PROGRAM = fileURLToPath(new URL('../..', import.meta.url));

let browser: Browser;
let app: ComposedApp;
let api: Api;
let page: Page;
let sessionId = '';
/** The entry after which everything went wrong. */
let before = 0;
const faults: string[] = [];

beforeAll(async () => {
  browser = await launchBrowser();
  app = await compose({}, {});
  api = new Api(app.url, 'of-these-tests-alone');
  const visitor = await Visitor.arrive(app.url, {});
  await visitor.listen();
  await visitor.write('Good morning');
  await vi.waitFor(() => expect(visitor.messages.at(-1)).toContain('You said: Good morning'), PATIENCE);
  sessionId = (await api.sessionsAt(visitor.address))[0]?.id ?? '';
  before = (await api.session(sessionId)).version;
  await visitor.write('I want to talk to a human');
  await vi.waitFor(async () => expect((await api.session(sessionId)).state).toBe('WAITING_AGENT'), PATIENCE);
  visitor.leave();
  const { body } = await api.post('/api/invitations', { role: 'supervisor' });
  page = await join({ browser, faults, url: app.url }, String(Reflect.get(Object(body), 'path')), 'Zoe');
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') process.stderr.write(`${await page?.locator('main').textContent()}\n`);
});
afterAll(async () => {
  await browser?.close();
  await app?.stop();
  expect(faults).toEqual([]);
});

it('takes a conversation back, tries another way, and saves that as a test which passes', async () => {
  await page.goto(`${app.url}/machines?lang=en#session=${sessionId}`);
  await page.getByRole('heading', { name: 'A session’s life' }).waitFor();
  const chart = page.getByRole('region', { name: 'Machine 1' });
  const lit = () =>
    chart
      .locator('[data-box][data-lit="true"]')
      .evaluateAll((boxes) => [...new Set(boxes.map((box) => box.getAttribute('data-box')?.split('.').at(-1)))]);
  await expect.poll(lit, PATIENCE).toContain('WAITING_AGENT');

  // Keys alone: back to the first step, then to the one before the wrong turn.
  const slider = page.getByRole('slider', { name: 'Step' });
  await slider.focus();
  await slider.press('Home');
  await expect.poll(() => page.url(), PATIENCE).toContain('seq=1');
  await expect.poll(() => slider.getAttribute('aria-valuetext'), PATIENCE).toMatch(/^Step 1 of \d+: opened$/);
  await page.goto(`${app.url}/machines?lang=en#session=${sessionId}&seq=${before}`);
  await expect.poll(lit, PATIENCE).toContain('ACTIVE');
  expect(await lit()).not.toContain('WAITING_AGENT');

  await page.getByRole('button', { name: 'Try from here' }).click();
  await page.getByRole('heading', { name: 'Sandbox', exact: true }).waitFor();
  await page.getByLabel('Event to send').selectOption('customer.message');
  await page.getByLabel(/^text/).fill('What can you do?');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  const changes = page.getByRole('region', { name: 'Changes of the context' });
  await expect.poll(() => changes.textContent(), PATIENCE).toContain('What can you do?');
  await page.getByLabel('Seconds').fill('2');
  await page.getByRole('button', { name: 'Let time go by' }).click();
  await page.getByRole('button', { name: 'Run with the offline model' }).click();
  // The answer would have been sent, and the session did not hear of any of it.
  await expect.poll(() => page.locator('.life-list').first().textContent(), PATIENCE).toContain('message.send');
  expect((await api.history(sessionId)).map(({ text }) => text)).not.toContain('What can you do?');
  expect(await violations(page)).toEqual([]);

  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as a test' }).click();
  const saved = await download;
  const folder = await mkdtemp(joinPath(tmpdir(), 'statechat-saved-'));
  try {
    await mkdir(joinPath(folder, 'node_modules'));
    await symlink(PROGRAM, joinPath(folder, 'node_modules/statechat'));
    await writeFile(joinPath(folder, 'package.json'), '{"type":"module"}');
    const file = joinPath(folder, saved.suggestedFilename());
    await saved.saveAs(file);
    // Within the runner of another test, Node's own would only report to it.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const run = promisify(execFile)(process.execPath, ['--test', file], { cwd: folder, env });
    expect((await run).stdout).toMatch(/pass 1\b/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it('shows a shared step to somebody without an account, without personal data', async () => {
  await page.goto(`${app.url}/machines?lang=en#session=${sessionId}&seq=${before}`);
  await page.getByRole('button', { name: 'Share this step' }).click();
  const link = (await page.locator('output.life-link').textContent()) ?? '';
  const path = link.slice(app.url.length).replace('/machines', '/machines?lang=ar');
  const visitor = await openConsole({ browser, faults, url: app.url }, path);
  await visitor.getByRole('heading', { name: 'حياة الجلسة' }).waitFor();
  await expect.poll(() => visitor.locator('.life-quiet').first().textContent(), PATIENCE).toContain('[hidden]');
  await expect.poll(() => visitor.locator('.life-part').count(), PATIENCE).toBeGreaterThan(1);
  expect(await visitor.locator('main').textContent()).not.toContain('Good morning');
  expect(await violations(visitor)).toEqual([]);
});

it('has no fault that axe finds, light, dark, on a phone and beside another session', async () => {
  for (const options of [{ colorScheme: 'dark' as const }, { viewport: { width: 390, height: 800 } }]) {
    await page.emulateMedia({ colorScheme: options.colorScheme ?? 'light' });
    await page.setViewportSize(options.viewport ?? { width: 1_400, height: 1_200 });
    await page.goto(`${app.url}/machines?lang=en#session=${sessionId}&seq=${before}&other=${sessionId}`);
    await page.getByRole('heading', { name: 'Differences of the contexts' }).waitFor();
    expect(await violations(page)).toEqual([]);
  }
});
