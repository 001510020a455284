/**
 * A conversation is taken back to before a wrong turn, in Chromium. It is forked there, another
 * event is sent, the difference is seen, and the sandbox is saved as a test that runs by itself.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import type { SessionRow } from '#storage/port.ts';
import { violations } from '#test/accessibility.ts';
import { launchBrowser } from '#test/browser.ts';
import { type ComposedApp, compose } from '#test/src/compose/app.ts';
import { Api } from './api.ts';
import { join, openConsole } from './console-page.ts';
import { Visitor } from './visitor.ts';

const PROGRAM = fileURLToPath(new URL('../..', import.meta.url));
const DESKTOP = { width: 1_400, height: 1_200 };

let browser: Browser;
let app: ComposedApp;
let api: Api;
let page: Page;
let sessionId = '';
/** The entry after which everything went wrong. */
let before = 0;
const faults: string[] = [];
const lifecycle = createMemoryStore();

beforeAll(async () => {
  browser = await launchBrowser();
  app = await compose({}, { store: lifecycle });
  api = new Api(app.url, 'of-these-tests-alone');
  const visitor = await Visitor.arrive(app.url, {});
  await visitor.listen();
  await visitor.write('Good morning');
  await vi.waitFor(() => expect(visitor.messages.at(-1)).toContain('You said: Good morning'));
  sessionId = (await api.sessionsAt(visitor.address))[0]?.id ?? '';
  before = (await api.session(sessionId)).version;
  await visitor.write('I want to talk to a human');
  await vi.waitFor(async () => expect((await api.session(sessionId)).state).toBe('WAITING_AGENT'));
  visitor.leave();
  page = await joined('Zoe');
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') process.stderr.write(`${await page?.locator('main').textContent()}\n`);
});
afterAll(async () => {
  await browser?.close();
  await app?.stop();
  expect(faults).toEqual([]);
});

async function joined(name: string): Promise<Page> {
  const { body } = await api.post('/api/invitations', { role: 'supervisor' });
  return join({ browser, faults, url: app.url }, String(Reflect.get(Object(body), 'path')), name);
}

/** Reads the page anew, because a change of the hash alone loads nothing. */
async function show(path: string, on: Page = page): Promise<void> {
  await on.goto('about:blank');
  await on.goto(`${app.url}/machines${path}`);
}

const lit = (): Promise<unknown[]> =>
  page
    .getByRole('region', { name: 'Machine 1' })
    .locator('[data-box][data-lit="true"]')
    .evaluateAll((boxes) => [...new Set(boxes.map((box) => box.getAttribute('data-box')?.split('.').at(-1)))]);
const slider = () => page.getByRole('slider', { name: 'Step 1' });
const valueText = (): Promise<string | null> => slider().getAttribute('aria-valuetext');

interface Ran {
  readonly code: unknown;
  readonly out: string;
}

/** Node's runner, on a file of a project that has the program as its package. */
function nodeTest(file: string, cwd: string): Promise<Ran> {
  // Within the runner of another test, Node's own would only report to it.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return new Promise((resolve) => {
    execFile(process.execPath, ['--test', file], { cwd, env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, out: stdout + stderr }),
    );
  });
}

it('takes a conversation back, tries another way, and saves that as a test which passes, and fails when changed', async () => {
  await show(`?lang=en#session=${sessionId}`);
  await page.getByRole('heading', { name: 'A session’s life' }).waitFor();
  await expect.poll(lit).toContain('WAITING_AGENT');

  // By keys alone, back to the first step and forward to the one before the wrong turn.
  await slider().focus();
  await slider().press('Home');
  await expect.poll(() => page.url()).toContain('seq=1');
  await expect.poll(valueText).toMatch(/^Step 1 of \d+: opened$/);
  for (let seq = 1; seq < before; seq += 1) await slider().press('ArrowRight');
  await expect.poll(valueText).toMatch(new RegExp(`^Step ${before} of `));
  await expect.poll(lit).toContain('ACTIVE');
  expect(await lit()).not.toContain('WAITING_AGENT');
  await expect.poll(() => page.url()).toContain(`seq=${before}`);

  await page.getByRole('button', { name: 'Try from here' }).press('Enter');
  await page.getByRole('heading', { name: 'Sandbox', exact: true }).waitFor();
  await page.getByLabel('Event to send').selectOption('customer.message');
  await page.getByLabel(/^text/).fill('What can you do?');
  await page.getByRole('button', { name: 'Send', exact: true }).press('Enter');
  const changes = page.getByRole('region', { name: 'Changes of the context' });
  await expect.poll(() => changes.textContent()).toContain('What can you do?');
  await page.getByLabel('Seconds').fill('2');
  await page.getByRole('button', { name: 'Advance time' }).press('Enter');
  await page.getByRole('button', { name: 'Run with the offline model' }).press('Enter');
  // The answer would have been sent, and the session did not hear of any of it.
  await expect.poll(() => page.getByRole('list', { name: 'Effects' }).textContent()).toContain('message.send');
  expect((await api.history(sessionId)).map(({ text }) => text)).not.toContain('What can you do?');

  // The difference between what happened and what would have happened.
  const difference = page.getByRole('region', { name: 'Compared with the session as it is now' });
  await expect.poll(() => difference.textContent()).toContain('open.lifecycle.WAITING_AGENT');
  const told = await difference.textContent();
  for (const part of ['open.lifecycle.ACTIVE.bot', 'I want to talk to a human', 'What can you do?']) expect(told).toContain(part);
  expect(await violations(page)).toEqual([]);

  await page.getByLabel('Name of the test').fill('the bot says what it can do');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as a test' }).press('Enter');
  const saved = await download;
  await page.getByText(`node --test ${saved.suggestedFilename()}`, { exact: true }).waitFor();
  const folder = await mkdtemp(joinPath(tmpdir(), 'statechat-saved-'));
  try {
    await mkdir(joinPath(folder, 'node_modules'));
    await symlink(PROGRAM, joinPath(folder, 'node_modules/statechat'));
    await writeFile(joinPath(folder, 'package.json'), '{"type":"module"}');
    const file = joinPath(folder, saved.suggestedFilename());
    await saved.saveAs(file);
    const passed = await nodeTest(file, folder);
    expect([passed.code, passed.out]).toEqual([0, expect.stringMatching(/the bot says what it can do[\s\S]*pass 1\b/)]);

    // Another expectation is red, so the test does see where the steps lead.
    const text = await readFile(file, 'utf8');
    const from = text.indexOf('assert.deepEqual(value');
    expect(text.slice(from)).toContain('"ACTIVE"');
    await writeFile(file, text.slice(0, from) + text.slice(from).replace('"ACTIVE"', '"WAITING_AGENT"'));
    const failed = await nodeTest(file, folder);
    expect([failed.code, failed.out]).toEqual([1, expect.stringMatching(/fail 1\b[\s\S]*WAITING_AGENT/)]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it('opens a run to its prompt, its tokens, its cost and its tools', async () => {
  const outcome = (await api.history(sessionId)).find(({ kind, seq }) => kind === 'run' && seq <= before)?.seq ?? 0;
  await show(`?lang=en#session=${sessionId}&seq=${outcome}`);
  await expect.poll(valueText).toMatch(new RegExp(`^Step ${outcome} of \\d+: run$`));
  const run = page.locator('.life-run').first();
  await run.locator('summary').first().press('Enter');
  await expect.poll(() => run.textContent()).toMatch(/\d+ tokens in, \d+ out.*cost.*took/);
  const text = await run.textContent();
  expect(text).toContain('It called no tool.');
  // The prompt of the step that started it.
  expect(await run.locator('.life-prompt').textContent()).toContain('Good morning');
  await page
    .getByText(/^Instance [\w-]+$/)
    .or(page.getByText(/Instance [\w-]{12}/))
    .first()
    .waitFor();
  await run.getByRole('button', { name: /^Go to step \d+$/ }).press('Enter');
  await expect.poll(valueText).not.toMatch(new RegExp(`^Step ${outcome} of `));
});

it('is shared as a link for a step, without personal data, until it is taken back', async () => {
  await show(`?lang=en#session=${sessionId}&seq=${before}`);
  await page.getByRole('button', { name: 'Share this step' }).click();
  const link = (await page.locator('output.life-link').textContent()) ?? '';
  const path = link.slice(app.url.length).replace('/machines', '/machines?lang=ar');
  const visitor = await openConsole({ browser, faults, url: app.url }, path);
  await visitor.getByRole('heading', { name: 'حياة الجلسة' }).waitFor();
  await expect.poll(() => visitor.locator('.life-about').textContent()).toContain('[hidden]');
  await expect.poll(() => visitor.locator('.life-part').count()).toBeGreaterThan(2);
  expect(await visitor.locator('main').textContent()).not.toContain('Good morning');
  expect(await violations(visitor)).toEqual([]);

  await page.getByRole('button', { name: 'Revoke the link' }).click();
  await page.getByText('The link is revoked').waitFor();
  await visitor.reload();
  await visitor.getByRole('alert').getByText('انتهى هذا الرابط').waitFor();
});

it('answers none of its paths without a token, and none to a link of another session', async () => {
  const made = Object((await api.post(`/api/sessions/${sessionId}/share-links`, {})).body);
  const other = sessionId.replace(/^./, (first) => (first === '0' ? '1' : '0'));
  const forked = Object((await api.post(`/api/sessions/${sessionId}/fork`, { seq: before })).body);
  const paths = [
    ...['replay', 'replay?seq=2', 'timeline', 'machine'].map((what) => `/api/sessions/${sessionId}/${what}`),
    ...['', '/test'].map((what) => `/api/sandboxes/${forked.id}${what}`),
    ...['/api/machines', '/api/machines/session/graph', '/api/machines/session.svg', '/api/machines/session.mmd', '/api/share-links'],
  ];
  for (const path of paths) {
    for (const headers of [{}, { authorization: 'Bearer nobody' }, { authorization: 'Bearer share.nothing.at-all' }]) {
      const response = await fetch(app.url + path, { headers });
      expect([path, response.status, (await response.text()).includes('Good morning')]).toEqual([path, 401, false]);
    }
  }
  const shared = { headers: { authorization: `Bearer ${made.token}` } };
  const statusOf = async (path: string): Promise<number> => (await fetch(app.url + path, shared)).status;
  expect(await statusOf(`/api/sessions/${sessionId}/timeline`)).toBe(200);
  expect(await statusOf(`/api/sessions/${other}/timeline`)).toBe(404);
  expect(await statusOf(`/api/sandboxes/${forked.id}`)).toBe(403);
  expect(await statusOf('/api/share-links')).toBe(403);
});

it('has no fault that axe finds, light, dark, on a phone, in Arabic, beside another session and in a sandbox', async () => {
  const { body } = await api.post(`/api/sessions/${sessionId}/fork`, { seq: before });
  const sandbox = String(Object(body).id);
  await api.post(`/api/sandboxes/${sandbox}/steps`, {
    version: 1,
    steps: [
      { do: 'send', event: { type: 'customer.message', id: 'm1', text: 'hi' } },
      { do: 'advance', ms: 2_000 },
    ],
  });
  const looks = [
    { colorScheme: 'dark', viewport: DESKTOP, lang: 'en' },
    { colorScheme: 'light', viewport: { width: 390, height: 800 }, lang: 'en' },
    { colorScheme: 'light', viewport: DESKTOP, lang: 'ar' },
  ] as const;
  for (const { colorScheme, viewport, lang } of looks) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(viewport);
    await show(`?lang=${lang}#session=${sessionId}&seq=${before}&other=${sessionId}`);
    await page.getByRole('heading', { name: lang === 'en' ? 'Differences of the contexts' : 'الفروق بين السياقين' }).waitFor();
    expect([lang, await violations(page)]).toEqual([lang, []]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    await show(`?lang=${lang}#sandbox=${sandbox}`);
    await page
      .getByRole('heading', { name: lang === 'en' ? 'Compared with the session as it is now' : 'بجانب الجلسة كما هي الآن' })
      .waitFor();
    expect([lang, await violations(page)]).toEqual([lang, []]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(DESKTOP);
});

it('begins a sandbox on the page of a machine, where guards and failures are chosen', async () => {
  await show('?lang=en#machine=session%403');
  await page.getByRole('button', { name: 'Try it in a sandbox' }).click();
  await page.getByRole('heading', { name: 'Sandbox', exact: true }).waitFor();
  await page
    .getByText('Nothing was played yet')
    .or(page.getByRole('list', { name: 'Journal' }))
    .first()
    .waitFor();
  await page.getByLabel('Event to send').selectOption('escalate');
  // What the form requires is required by the browser, and by the schema.
  await page.getByLabel(/^reason/).fill('');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  expect(await page.getByLabel(/^reason/).evaluate((field) => field.matches(':invalid'))).toBe(true);
  await page.getByLabel(/^reason/).fill('it is asked for');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.locator('.life-state', { hasText: 'WAITING_AGENT' }).waitFor();
  const effects = page.getByRole('list', { name: 'Effects' });
  await effects
    .getByRole('button', { name: /^Let it fail/ })
    .first()
    .click();
  await expect.poll(() => page.getByRole('list', { name: 'Journal' }).textContent()).toContain('effect');
  await page.getByText('Guards', { exact: true }).click();
  const guard = page.locator('.life-guard select').first();
  await guard.selectOption('true');
  await page.getByText('Guards (1)').waitFor();
  await page.getByRole('button', { name: 'End it now' }).click();
  await page.getByRole('button', { name: 'Try it in a sandbox' }).waitFor();
});

it('is one sandbox for two people, each of whom sees what the other plays', async () => {
  const { body } = await api.post(`/api/sessions/${sessionId}/fork`, { seq: before });
  const hash = `?lang=en#sandbox=${String(Object(body).id)}`;
  const omar = await joined('Omar');
  await show(hash);
  await show(hash, omar);
  const send = async (on: Page, text: string): Promise<void> => {
    await on.getByLabel(/^text/).fill(text);
    await on.getByRole('button', { name: 'Send', exact: true }).click();
  };
  const journal = (on: Page): Promise<string | null> => on.getByRole('list', { name: 'Journal' }).textContent();
  await page.getByLabel('Event to send').waitFor();
  await omar.getByLabel('Event to send').waitFor();
  // Neither sees the other's step before it plays its own.
  await omar.route('**/api/sandboxes/*', (route) => (route.request().method() === 'GET' ? route.abort() : route.continue()));
  await send(page, 'from Zoe');
  await expect.poll(() => journal(page)).toContain('from Zoe');
  await send(omar, 'from Omar');
  await omar.getByRole('alert').waitFor();
  expect(await omar.getByLabel(/^text/).inputValue()).toBe('from Omar');
  await omar.unroute('**/api/sandboxes/*');
  await expect.poll(() => journal(omar)).toContain('from Zoe');
  await omar.getByRole('button', { name: 'Send', exact: true }).click();
  await expect.poll(() => journal(omar)).toContain('from Omar');
  // The other page shows it by itself.
  await page.getByText('Somebody else played a step.').waitFor();
  expect(await journal(page)).toContain('from Omar');
  await omar.close();
});

it('says what to do where there is nothing to show', async () => {
  await show('?lang=en#session=01890a5d-ac96-774b-bcce-b302099a8001');
  await page.getByRole('alert').getByText('There is no such session').waitFor();
  await show(`?lang=en#session=${sessionId}&seq=99999`);
  await page.getByRole('alert').getByText('no such step').waitFor();
  await show('?lang=en#sandbox=nothing');
  await page.getByRole('alert').getByText('There is no such sandbox').waitFor();
  expect(await violations(page)).toEqual([]);
});

it('shows the entries of a session whose machine is not registered any more', async () => {
  const row = await lifecycle.store.load({ id: sessionId as SessionRow['id'] });
  if (row === undefined) throw new Error('the session is gone');
  const id = '01890a5d-ac96-774b-bcce-b302099a8077' as SessionRow['id'];
  const gone = { id: 'no-more', version: 7 };
  const session = {
    ...row,
    id,
    address: 'web:default:no-more' as SessionRow['address'],
    machineId: gone.id,
    machineVersion: gone.version,
    version: 2,
  };
  const entry = { sessionId: id, at: 1_790_000_000_000, author: null, eventId: null, delivery: null };
  const journal = [
    { ...entry, seq: 1, kind: 'opened', text: null, payload: { machine: gone, firstSerial: 1 } },
    { ...entry, seq: 2, kind: 'customer.message', text: 'an old message', payload: {} },
  ];
  const turn = { session, expectedVersion: 0, journal, work: [], settled: [], deliveries: [], lineage: [] };
  expect(await lifecycle.store.commit([turn], 'test', 0)).toEqual([{ ok: true }]);
  await show(`?lang=en#session=${id}`);
  await page.getByRole('alert').getByText('not registered here any more').waitFor();
  await page.getByText('so there is no picture of it').waitFor();
  await page.getByRole('button', { name: /an old message/ }).waitFor();
  expect(await violations(page)).toEqual([]);
  expect(await page.getByRole('button', { name: 'Try from here' }).isDisabled()).toBe(true);
});
