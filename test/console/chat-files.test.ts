/** Files in the chat page, in Chromium over the real web channel (SPEC C1, C5). */
import { readFile } from 'node:fs/promises';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, it, vi } from 'vitest';
import type { Address } from '#machines/ids.ts';
import { write } from '#test/browser.ts';
import { chatPage, violations } from './chat-page.ts';

const chat = chatPage();

const ID = '0198c0de-0000-7000-8000-000000000001.7.1';
const BYTES = Uint8Array.from({ length: 182_340 }, (_, i) => i % 256);
const NAME = 'AAPL – equity report.pdf';

/** A page on which a file of this name is among the messages. */
async function withFile(options: BrowserContextOptions = {}, name = NAME): Promise<{ page: Page; at: Address }> {
  const page = await chat.open(options);
  await write(page, 'AAPL');
  const at = await chat.address();
  chat.server.backend.kept.set(`${at} ${ID}`, { name, mimeType: 'application/pdf', bytes: BYTES });
  chat.server.backend.say(at, { author: 'assistant', text: '**Apple** is worth what it costs.' });
  chat.server.backend.say(at, { author: 'assistant', text: name, file: { id: ID, name, mimeType: 'application/pdf', size: BYTES.length } });
  await page.locator('.file').waitFor();
  return { page, at };
}

describe('a file', () => {
  it('stands as a card with its name and size, and is saved byte for byte under its name', async () => {
    const { page } = await withFile();
    expect(await page.locator('.file-name').textContent()).toBe(NAME);
    expect(await page.locator('.file-size').textContent()).toBe('180 kB');
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: `Download ${NAME}` }).click();
    const download = await saving;
    expect(download.suggestedFilename()).toBe(NAME);
    expect(Buffer.compare(await readFile(await download.path()), BYTES)).toBe(0);
    await page.reload();
    await page.locator('.file').waitFor();
  });

  it('is saved by keyboard, twice if one likes, and the focus stays', async () => {
    const { page } = await withFile();
    const button = page.getByRole('button', { name: `Download ${NAME}` });
    await button.focus();
    for (let i = 0; i < 2; i += 1) {
      const saving = page.waitForEvent('download');
      await page.keyboard.press('Enter');
      await saving;
      await vi.waitFor(async () => expect(await button.evaluate((element) => element === document.activeElement)).toBe(true));
    }
  });

  it('that is gone is said to be gone; one that cannot be fetched now is fetched by another try', async () => {
    const { page, at } = await withFile();
    chat.server.backend.kept.delete(`${at} ${ID}`);
    await page.getByRole('button', { name: 'Download' }).click();
    await page.getByRole('alert').getByText('no longer there').waitFor();
    chat.server.backend.kept.set(`${at} ${ID}`, { name: NAME, mimeType: 'application/pdf', bytes: BYTES });
    await page.route('**/files/*', (route) => route.abort());
    await page.getByRole('button', { name: 'Download' }).click();
    await page.getByRole('alert').getByText('Try again in a moment').waitFor();
    await page.unroute('**/files/*');
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download' }).click();
    await saving;
    await page.getByRole('alert').waitFor({ state: 'detached' });
  });

  it('is asked for once while it comes', async () => {
    const { page } = await withFile();
    const come = Promise.withResolvers<void>();
    let asked = 0;
    await page.route('**/files/*', async (route) => {
      asked += 1;
      await come.promise;
      await route.continue();
    });
    const button = page.locator('.file-save');
    await button.click();
    await page.getByRole('button', { name: 'Downloading' }).waitFor();
    // Repeated clicks of an impatient visitor.
    await button.click({ force: true });
    const saving = page.waitForEvent('download');
    come.resolve();
    await saving;
    expect(asked).toBe(1);
  });

  it.each([
    ['light', {}, NAME],
    [
      'dark, Arabic, on a phone',
      { locale: 'ar-EG', colorScheme: 'dark', viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true },
      'تقرير شركة AAPL.pdf',
    ],
    [
      'a long name on a phone',
      { viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true },
      `${'a-very-long-name-'.repeat(8)}.pdf`,
    ],
  ] as const)('finds nothing in the way, and fits: %s', async (label, options, name) => {
    const { page } = await withFile(options, name);
    expect(await violations(page)).toEqual([]);
    const [card, button] = [await page.locator('.file').boundingBox(), await page.locator('.file-save').boundingBox()];
    const { width = 0 } = page.viewportSize() ?? {};
    expect((card?.x ?? -1) >= 0 && (card?.x ?? 0) + (card?.width ?? 0) <= width).toBe(true);
    expect(Math.min(button?.width ?? 0, button?.height ?? 0)).toBeGreaterThanOrEqual(44);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    if (label.includes('Arabic')) {
      // The button is at the end of the line, which is left.
      expect((button?.x ?? 0) < (card?.x ?? 0) + (card?.width ?? 0) / 2).toBe(true);
      await page.locator('.file-save').click();
      expect(await page.getByRole('button', { name: 'تنزيل' }).count()).toBe(1);
    }
  });
});
