/** The machines' page in Chromium, beside a program with a few conversations. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import elk from 'elkjs/lib/elk.bundled.js';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { diagramOf } from '#machines/drawing/diagram.ts';
import { placeDiagram } from '#machines/drawing/layout.ts';
import { svgOf } from '#machines/drawing/svg.ts';
import { svgText } from '#machines/drawing/svg-node.ts';
import { THEMES } from '#machines/drawing/themes.ts';
import { graphOf } from '#machines/graph.ts';
import { violations } from '#test/accessibility.ts';
import { launchBrowser } from '#test/browser.ts';
import { TWENTY } from '../machines/drawing/twenty.ts';
import { join, type Opening } from './console-page.ts';
import { type RunningApp, runApp } from './running-app.ts';

let browser: Browser;
let app: RunningApp;
let opening: Opening;
let page: Page;
beforeAll(async () => {
  browser = await launchBrowser();
  const family = TWENTY['children in place'] ?? expect.unreachable();
  const bindings = [{ name: 'family', definitions: [{ id: 'family', version: 1, machine: family }], input: () => ({}) }];
  app = await runApp({ SESSION_STORAGE_TYPE: 'memory' }, { policy: { debounceMs: 0 }, bindings });
  opening = { browser, faults: [], url: app.url };
  for (const text of ['Good morning', '/agent']) {
    const visitor = await app.visitor();
    await visitor.write(text);
  }
  page = await join(opening, (await app.inviteFirstAdmin())?.path ?? '', 'Amira', { viewport: { width: 1_300, height: 900 } });
});
afterAll(async () => {
  await browser?.close();
  await app?.stop();
  expect(opening?.faults).toEqual([]);
});

const box = (id: string) => page.locator(`[data-box="open.lifecycle.${id}"]`).first();

it('draws the machine with the conversations in each state, and leads to them', async () => {
  await page.goto(`${app.url}/machines#machine=session%403`);
  await box('ACTIVE').waitFor();
  expect(await page.getByRole('button', { name: 'ACTIVE 1', exact: true }).isVisible()).toBe(true);
  expect(await box('WAITING_AGENT').locator('text').last().textContent()).toBe('1');
  await box('WAITING_AGENT').click();
  const link = page.getByRole('link', { name: /^web:/ });
  await link.waitFor();
  expect(await link.getAttribute('href')).toMatch(/^\/console#session=/);
  expect(await violations(page)).toEqual([]);
});

it('follows a conversation to another state by itself', async () => {
  const visitor = await app.visitor();
  await visitor.write('/agent');
  await expect.poll(() => box('WAITING_AGENT').locator('text').last().textContent()).toBe('2');
});

it('zooms, moves and finds by keys alone', async () => {
  const picture = page.locator('.picture-frame');
  const view = () => picture.locator('svg').getAttribute('viewBox');
  const fit = await view();
  await picture.focus();
  for (const key of ['+', 'ArrowRight']) {
    const before = await view();
    await page.keyboard.press(key);
    await expect.poll(view).not.toBe(before);
  }
  await page.keyboard.press('0');
  await expect.poll(view).toBe(fit);
  await page.getByRole('searchbox').fill('debounce');
  await page.getByText('1 of 1.').waitFor();
  expect(await page.locator('.picture-found').count()).toBe(1);
  await page.getByRole('searchbox').fill('nothing like it');
  await page.getByText('Nothing found').waitFor();
  await page.getByRole('searchbox').fill('');
});

it('tells the same as the picture in its outline', async () => {
  await page.getByLabel('Detail').selectOption('normal');
  await page.getByText('Outline').click();
  const outline = await page
    .locator('.outline')
    .allInnerTexts()
    .then((texts) => texts.join());
  const names = await page.locator('[data-box] > text:first-of-type').allTextContents();
  for (const name of names) expect(outline).toContain(name);
  const titles = page.locator('.picture-frame [data-edge] > title');
  // Once it is drawn anew.
  await expect.poll(() => titles.count()).toBeGreaterThan(200);
  const rows = await titles.allTextContents();
  for (const row of rows) expect(outline).toContain(row.split(' — ')[0]);
});

it('compares two versions, and tries the migration of the older one', async () => {
  await page.getByLabel('Detail').selectOption('overview');
  await page.getByLabel('Compare with').selectOption('session@1');
  await page.getByRole('heading', { name: 'What changed' }).waitFor();
  await expect.poll(() => page.locator('.picture-frame').count()).toBe(2);
  expect(await page.locator('.changes li').filter({ hasText: 'open.memory.summarising' }).count()).toBeGreaterThan(0);
  await page.getByRole('button', { name: /^session version 1/ }).click();
  await page.getByRole('button', { name: 'Try it', exact: true }).click();
  await page.getByRole('region', { name: 'Migration' }).getByText('No open conversation has this version.').waitFor();
});

it('saves the picture as SVG, PNG and Mermaid', async () => {
  const saved = async (name: string): Promise<string> => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name, exact: true }).click()]);
    return download.suggestedFilename();
  };
  await page.locator('.picture-frame').waitFor();
  expect([await saved('SVG'), await saved('PNG'), await saved('Mermaid')]).toEqual(['session@1.svg', 'session@1.png', 'session@1.mmd']);
});

it('goes back and forth, and leads to a version, a detail and a state by its address', async () => {
  await page.goto(`${app.url}/machines#machine=session%402`);
  await page
    .getByRole('button', { name: /^session version 2/ })
    .and(page.locator('[aria-current="page"]'))
    .waitFor();
  await page.getByLabel('Detail').selectOption('full');
  await expect.poll(() => page.url()).toContain('detail=full');
  await page.getByRole('button', { name: /^session version 3/ }).click();
  await page.getByRole('button', { name: /^WAITING_AGENT/ }).click();
  await page.getByRole('heading', { name: 'Conversations in WAITING_AGENT' }).waitFor();
  const address = page.url();
  await page.goBack();
  await page.goBack();
  await page.locator('[aria-current="page"]', { hasText: 'version 2' }).waitFor();
  expect(await page.getByLabel('Detail').inputValue()).toBe('full');
  await page.goto('about:blank');
  await page.goto(address);
  await page.getByRole('heading', { name: 'Conversations in WAITING_AGENT' }).waitFor();
  await page.goto(`${app.url}/machines#machine=nothing%409`);
  await page.getByText('There is no machine nothing@9. Choose one of the list.').waitFor();
});

it('is used by keys alone, also where machines open in a machine', async () => {
  await page.goto(`${app.url}/machines#machine=family%401`);
  await page.locator('[data-box="one▸first/a"]').waitFor();
  const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
  const reach = async (name: RegExp): Promise<void> => {
    for (let presses = 0; presses < 60 && !name.test(await focused()); presses++) await page.keyboard.press('Tab');
    expect(await focused()).toMatch(name);
  };
  await page.locator('body').focus();
  await reach(/^invoke first \(child\)$/);
  await page.keyboard.press('Enter');
  await expect.poll(() => page.locator('[data-box="one▸first/a"]').count()).toBe(0);
  await page.keyboard.press('Enter');
  await page.locator('[data-box="one▸first/a"]').waitFor();
  await reach(/^Outline$/);
  await page.keyboard.press('Enter');
  await page.getByText('first: child', { exact: true }).last().waitFor();
  await page.reload();
  await page.locator('[data-box="one▸first/a"]').waitFor();
  await reach(/^session version 3/);
  await page.keyboard.press('Enter');
  await reach(/^WAITING_AGENT/);
  await page.keyboard.press('Enter');
  await reach(/^web:/);
  expect(await page.evaluate(() => document.activeElement?.getAttribute('href'))).toMatch(/^\/console#session=/);
});

it('says that the program does not answer, and follows when it does', async () => {
  await page.route('**/api/machines', (route) => route.abort());
  await page.getByText('The program does not answer.').waitFor();
  await page.unroute('**/api/machines');
  await page.getByText('The program does not answer.').waitFor({ state: 'detached' });
});

it('begins a sandbox of a machine that needs input with a form for it', async () => {
  await page.goto(`${app.url}/machines#machine=analysis-session%401`);
  const begin = page.getByRole('button', { name: 'Try it in a sandbox' });
  await begin.click();
  await page.getByLabel(/^kind/).selectOption('crypto');
  await page.getByLabel(/^ttlHours/).fill('200');
  await begin.click();
  await page
    .getByLabel(/^ttlHours/)
    .and(page.locator('[aria-invalid="true"]'))
    .waitFor();
  await page.getByLabel(/^ttlHours/).fill('2');
  await begin.click();
  await page.locator('.life-state', { hasText: 'ACTIVE' }).waitFor();
});

it('draws no text wider than its place, for every hard machine', async () => {
  const { default: Elk } = elk;
  const texts = await Promise.all(
    Object.values(TWENTY).map(async (machine) => {
      const diagram = diagramOf(graphOf({ id: machine.id, version: 1, machine }), { detail: 'full' });
      return svgText(svgOf(await placeDiagram(diagram, (input) => new Elk().layout(input)), { theme: THEMES.light, title: machine.id }));
    }),
  );
  const server = createServer((_, response) => response.setHeader('Content-Type', 'text/html; charset=utf-8').end(texts.join('\n')));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const plain = await browser.newPage();
  try {
    await plain.goto(`http://127.0.0.1:${port}/`);
    const wide = await plain.evaluate(() =>
      [...document.querySelectorAll('g')].flatMap((group) => {
        // The text of a box with others in it is drawn apart from its frame.
        const named = group.classList.contains('picture-text') ? group.closest('svg')?.querySelectorAll('.picture-box') : undefined;
        const owner =
          named === undefined ? group : [...named].find((one) => one.getAttribute('data-box') === group.getAttribute('data-box'));
        const frame = owner?.querySelector(':scope > rect')?.getBoundingClientRect();
        if (frame === undefined) return [];
        return [...group.querySelectorAll(':scope > text')].flatMap((text) => {
          const { left, right } = text.getBoundingClientRect();
          return left < frame.left - 0.5 || right > frame.right + 0.5 ? [`${text.lastChild?.textContent}: ${right - frame.right}`] : [];
        });
      }),
    );
    expect(wide).toEqual([]);
    expect(await plain.locator('script, img').count()).toBe(0);
  } finally {
    await plain.close();
    server.close();
  }
});
