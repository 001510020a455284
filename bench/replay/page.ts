/**
 * `npm run bench:life` opens a session of 20,000 entries on the page of its life in Chromium, and
 * measures the frames while a person scrolls the timeline, holds an arrow key and moves the slider.
 * The app runs in this process, with its sessions in memory.
 */
import { availableParallelism, loadavg } from 'node:os';
import type { Page } from 'playwright-core';
import { parseAddress } from '#machines/ids.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { launchBrowser } from '#test/browser.ts';
import { join } from '#test/end-to-end/console-page.ts';
import { compose } from '#test/src/compose/app.ts';
import { percentile } from '../load.ts';
import { observe, observed } from '../observed-page.ts';
import { longSandbox, SESSION_ID } from './long-conversation.ts';

const ENTRIES = 20_000;
const TIMEOUT_MS = 120_000;
/** Presses of a held key, 33 milliseconds apart, and moves of the pointer. */
const PRESSES = 60;

const kept = createMemoryStore();
const { journal, row } = longSandbox(ENTRIES);
const session = { ...row, id: SESSION_ID, address: parseAddress('web:default:long') };
const turn = { session, expectedVersion: 0, journal, work: [], settled: [], deliveries: [], lineage: [] };
await kept.store.commit([turn], 'bench', 0);
const app = await compose({}, { store: kept });
const browser = await launchBrowser();
const faults: string[] = [];
try {
  const invited = await app.inviteFirstAdmin();
  const page = await join({ browser, faults, url: app.url }, invited?.path ?? '', 'Ann', { viewport: { width: 1_400, height: 1_000 } });
  page.setDefaultTimeout(TIMEOUT_MS);
  await page.addInitScript(observe);
  await page.goto('about:blank');
  const began = performance.now();
  await page.goto(`${app.url}/machines?lang=en#session=${SESSION_ID}`);
  const slider = page.getByRole('slider', { name: 'Step 1' });
  await slider.waitFor();
  console.log(`${journal.length} entries, ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}.`);
  console.log(`The timeline is there after ${Math.round(performance.now() - began)} ms.`);
  await settled(page);
  console.log(`The last moment is there after ${Math.round(performance.now() - began)} ms.`);
  await page.getByRole('region', { name: 'Machine 1' }).locator('svg').first().waitFor();

  await measured(page, 'nothing', async () => page.waitForTimeout(3_000));
  await measured(page, 'scroll the timeline', async () => {
    const box = await page.locator('.life-track').boundingBox();
    await page.mouse.move((box?.x ?? 0) + 200, (box?.y ?? 0) + 100);
    for (let n = 0; n < PRESSES; n += 1) {
      await page.mouse.wheel(n % 50 < 25 ? -900 : 700, 0);
      await page.waitForTimeout(20);
    }
  });
  await slider.focus();
  await measured(page, 'hold an arrow key', async () => {
    for (let n = 0; n < PRESSES; n += 1) {
      await slider.press('ArrowLeft');
      await page.waitForTimeout(33);
    }
    await settled(page);
  });
  await measured(page, 'move the slider', async () => {
    const box = await slider.boundingBox();
    if (box === null) throw new Error('there is no slider');
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width - 4, y);
    await page.mouse.down();
    for (let n = 0; n < PRESSES; n += 1) {
      await page.mouse.move(box.x + 4 + (box.width - 8) * Math.abs(1 - (2 * n) / PRESSES), y);
      await page.waitForTimeout(20);
    }
    await page.mouse.up();
    await settled(page);
  });
  if (faults.length > 0) console.log(`Faults of the page: ${faults.join(' ')}`);
} finally {
  await browser.close();
  await app.stop();
}

/** Until the page shows the moment of its step. */
async function settled(page: Page): Promise<void> {
  await page.locator('article.life[aria-busy="false"]').waitFor();
}

async function measured(page: Page, what: string, act: () => Promise<void>): Promise<void> {
  const cut = async () => observed.parse(await page.evaluate(() => Reflect.get(globalThis, 'observed')));
  const before = await cut();
  const began = performance.now();
  await act();
  const ms = performance.now() - began;
  const after = await cut();
  const frames = after.frames.slice(before.frames.length);
  const longTasks = after.longTasks.slice(before.longTasks.length);
  const inputs = after.painted.slice(before.painted.length);
  const ms0 = (value: number): string => value.toFixed(0);
  console.log(
    `${what.padEnd(20)} ${ms0(ms)} ms, ${frames.length} frames, p50 ${ms0(percentile(frames, 50))} ms, p95 ${ms0(percentile(frames, 95))} ms, ` +
      `longest ${ms0(Math.max(...frames))} ms. Long tasks: ${longTasks.length}, longest ${ms0(Math.max(0, ...longTasks))} ms.` +
      (inputs.length === 0 ? '' : ` Key to picture p50 ${ms0(percentile(inputs, 50))} ms, p95 ${ms0(percentile(inputs, 95))} ms.`),
  );
}
