/** Files in the chat page, in Chromium over the real web channel (SPEC C1, C5). */

import { readFile } from 'node:fs/promises';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, it, vi } from 'vitest';
import { contentOf } from '#machines/file-content.ts';
import type { Address } from '#machines/ids.ts';
import { violations } from '#test/accessibility.ts';
import { write } from '#test/browser.ts';
import { image, voiceNote, wav } from '#test/src/media/samples.ts';
import { chatPage, expectShown } from './chat-page.ts';

const chat = chatPage();

const ID = '0198c0de-0000-7000-8000-000000000001.7.1';
const BYTES = Uint8Array.from({ length: 182_340 }, (_, i) => i % 256);
const NAME = 'AAPL – equity report.pdf';

/** A page on which a file of this name is among the messages. */
async function withFile(options: BrowserContextOptions = {}, name = NAME): Promise<{ page: Page; at: Address }> {
  const page = await chat.open(options);
  await write(page, 'AAPL');
  const at = await chat.address();
  chat.server.backend.kept.set(`${at} ${ID}`, { name, mimeType: 'application/pdf', ...contentOf(BYTES) });
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
    chat.server.backend.kept.set(`${at} ${ID}`, { name: NAME, mimeType: 'application/pdf', ...contentOf(BYTES) });
    await page.route('**/files/*', (route) => route.abort());
    await page.getByRole('button', { name: 'Download' }).click();
    await page.getByRole('alert').getByText('Try again in a moment').waitFor();
    await page.unroute('**/files/*');
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download' }).click();
    await saving;
    await page.getByRole('alert').waitFor({ state: 'detached' });
  });

  it('opens in a tab of its own if it is a PDF', async () => {
    const { page } = await withFile();
    const opening = page.waitForEvent('popup');
    await page.getByRole('button', { name: `Open ${NAME}` }).click();
    expect((await opening).url()).toMatch(/^blob:/);
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

/** A file as the browser's own choice gives it. */
const chosen = (name: string, mimeType: string, buffer: Buffer) => ({ name, mimeType, buffer });

/** The server has kept a file that the visitor sent. */
function kept(at: Address, index: number, mimeType: string, bytes: Uint8Array, more: object = {}) {
  const { backend } = chat.server;
  const { sessionId, messages } = backend.conversation(at);
  const clientId = messages.findLast(({ media }) => media !== undefined)?.clientId ?? '';
  const file = `${sessionId}.media-${index}`;
  backend.kept.set(`${at} ${file}`, { name: 'kept', mimeType, ...contentOf(bytes) });
  backend.live(at, { type: 'media', sessionId, clientId, index, file, mimeType, size: bytes.length, ...more });
}

const pick = async (page: Page, ...files: ReturnType<typeof chosen>[]): Promise<void> => {
  await page.locator('input[type=file]').first().setInputFiles(files);
};

/** A file is in. */
const attached = (page: Page, name: string): Promise<void> => page.getByRole('button', { name: `Remove ${name}` }).waitFor();

describe('files that a visitor sends', () => {
  it('are attached, sent with the text or alone, and shown once they are kept', async () => {
    const page = await chat.open();
    const photo = await image('png', 300, 200);
    await pick(page, chosen('beach.png', 'image/png', photo), chosen('note.txt', 'text/plain', Buffer.from('hello')));
    await page.getByRole('list', { name: 'Attached files' }).getByText('note.txt').waitFor();
    await page.getByText('Up to 10 files, each of at most 1 MB.').waitFor();
    await page.getByRole('button', { name: 'Remove note.txt' }).click();
    await page.getByRole('button', { name: 'Send' }).click();
    const at = await chat.address();
    expect(chat.server.backend.heard.at(-1)).toMatchObject({
      type: 'message',
      text: '',
      media: [{ kind: 'image', mimeType: 'image/png', fileName: 'beach.png', size: photo.length, ref: expect.stringContaining(at) }],
    });
    await page.getByText('Is being saved').waitFor();
    const thumbnail = `${chat.server.backend.conversation(at).sessionId}.thumbnail`;
    chat.server.backend.kept.set(`${at} ${thumbnail}`, { name: 't', mimeType: 'image/png', ...contentOf(photo) });
    kept(at, 0, 'image/png', photo, { thumbnail, width: 300, height: 200 });
    const shown = page.getByRole('button', { name: 'Open beach.png' });
    await shown.locator('img').waitFor();
    await shown.press('Enter');
    await page.getByRole('dialog').locator('img').waitFor();
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save beach.png' }).click();
    expect(Buffer.compare(await readFile(await (await saving).path()), photo)).toBe(0);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await violations(page)).toEqual([]);
  });

  it('play where they are recordings, by keyboard', async () => {
    const page = await chat.open();
    const sound = wav(1);
    await pick(page, chosen('hello.wav', 'audio/wav', sound));
    await attached(page, 'hello.wav');
    await write(page, 'Listen');
    const at = await chat.address();
    kept(at, 0, 'audio/wav', sound, { seconds: 1 });
    await page.getByRole('button', { name: 'Play hello.wav, 0:01' }).press('Enter');
    const audio = page.locator('audio');
    await audio.waitFor();
    await vi.waitFor(async () => expect(await audio.evaluate((element: HTMLAudioElement) => element.duration)).toBeCloseTo(1, 1), 8_000);
  });

  it('are said to be lost where they are', async () => {
    const page = await chat.open();
    await pick(page, chosen('a.txt', 'text/plain', Buffer.from('a')));
    await attached(page, 'a.txt');
    await write(page, 'Look');
    const at = await chat.address();
    const { sessionId, messages } = chat.server.backend.conversation(at);
    chat.server.backend.live(at, { type: 'media', sessionId, clientId: messages[0]?.clientId ?? '', index: 0, lost: 'gone' });
    await page.getByText('Not saved, because').waitFor();
  });

  it('are refused before they are sent if they are too large or empty, and by the server for what they are', async () => {
    const page = await chat.open();
    await pick(
      page,
      chosen('large.bin', 'application/octet-stream', Buffer.alloc(1_000_001)),
      chosen('empty.txt', 'text/plain', Buffer.alloc(0)),
      chosen('photo.png', 'image/png', Buffer.from('<script>alert(1)</script>')),
    );
    await page.getByRole('alert').getByText('It is larger than 1 MB.').waitFor();
    await page.getByRole('alert').getByText('It is empty.').waitFor();
    await page.getByRole('alert').getByText('its content is text/plain').waitFor();
    expect(chat.server.posts.filter((path) => path === '/channels/web/files')).toHaveLength(1);
    expect(await page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true);
    expect(await violations(page)).toEqual([]);
  });

  it('can be cancelled on their way and tried again where the network broke', async () => {
    const page = await chat.open();
    await page.route('**/channels/web/files?**', (route) => route.abort());
    await pick(page, chosen('a.txt', 'text/plain', Buffer.from('a')));
    await page.getByRole('alert').getByText('Try again in a moment').waitFor();
    await page.unroute('**/channels/web/files?**');
    await page.getByRole('button', { name: 'Try a.txt again' }).click();
    await page.getByRole('button', { name: 'Remove a.txt' }).waitFor();
    const come = Promise.withResolvers<void>();
    await page.route('**/channels/web/files?**', async (route) => {
      await come.promise;
      await route.continue().catch(() => undefined);
    });
    await pick(page, chosen('b.txt', 'text/plain', Buffer.from('b')));
    await page.getByRole('button', { name: 'Cancel b.txt' }).click();
    come.resolve();
    await write(page, 'With one file');
    await chat.address();
    expect(chat.server.backend.heard.at(-1)).toMatchObject({ media: [{ fileName: 'a.txt' }] });
  });

  const messages = () => chat.server.backend.heard.filter(({ type }) => type === 'message');
  const hint = (page: Page) => page.locator('#composer-hint').filter({ hasText: 'Sends when the files are in' });
  /** Uploads wait for `come`, and then succeed or fail. */
  async function slowly(page: Page): Promise<(outcome?: 'fails') => void> {
    const come = Promise.withResolvers<'fails' | undefined>();
    await page.route('**/channels/web/files?**', async (route) => {
      const outcome = await come.promise;
      await (outcome === 'fails' ? route.abort() : route.continue()).catch(() => undefined);
    });
    return (outcome) => come.resolve(outcome);
  }

  it('go with a message that was sent while they were on their way, once all are in', async () => {
    const page = await chat.open();
    const come = await slowly(page);
    await pick(page, chosen('a.txt', 'text/plain', Buffer.from('a')), chosen('b.txt', 'text/plain', Buffer.from('b')));
    await write(page, 'Look at these');
    await hint(page).waitFor();
    // An impatient visitor.
    await page.getByRole('textbox').press('Enter');
    expect(await violations(page)).toEqual([]);
    expect(messages()).toEqual([]);
    come();
    await expectShown(page, ['Look at these']);
    await chat.address();
    expect(messages()).toMatchObject([{ text: 'Look at these', media: [{ fileName: 'a.txt' }, { fileName: 'b.txt' }] }]);
    expect(await page.getByRole('textbox').inputValue()).toBe('');
    await page.getByRole('list', { name: 'Attached files' }).waitFor({ state: 'detached' });
  });

  it.each([
    ['Escape is pressed', (page: Page) => page.getByRole('textbox').press('Escape'), 2],
    ['the button is pressed', (page: Page) => page.getByRole('button', { name: 'Do not send yet' }).click(), 2],
    ['the text is changed', (page: Page) => page.getByRole('textbox').press('x'), 2],
    ['a file is taken out', (page: Page) => page.getByRole('button', { name: 'Cancel b.txt' }).click(), 1],
  ] as const)('do not go by themselves if %s meanwhile', async (_why, act, files) => {
    const page = await chat.open();
    const come = await slowly(page);
    await pick(page, chosen('a.txt', 'text/plain', Buffer.from('a')), chosen('b.txt', 'text/plain', Buffer.from('b')));
    await write(page, 'Wait');
    await act(page);
    await hint(page).waitFor({ state: 'detached' });
    come();
    await vi.waitFor(async () => expect(await page.getByRole('button', { name: /^Remove / }).count()).toBe(files));
    expect(await page.getByRole('textbox').inputValue()).toMatch(/^Waitx?$/);
    await page.getByRole('textbox').press('Enter');
    await chat.address();
    expect(messages()).toMatchObject([{ text: expect.stringMatching(/^Waitx?$/) }]);
  });

  it('keep back a message that was sent with them if they cannot be uploaded', async () => {
    const page = await chat.open();
    const come = await slowly(page);
    await pick(page, chosen('a.txt', 'text/plain', Buffer.from('a')));
    await write(page, 'With a file');
    come('fails');
    await page.getByRole('alert').getByText('Try again in a moment').waitFor();
    await hint(page).waitFor({ state: 'detached' });
    expect(await page.getByRole('textbox').inputValue()).toBe('With a file');
    expect(messages()).toEqual([]);
  });

  it('are pasted and dropped', async () => {
    const page = await chat.open();
    await page.getByRole('textbox').evaluate((area) => {
      const data = new DataTransfer();
      data.items.add(new File(['pasted'], 'pasted.txt', { type: 'text/plain' }));
      area.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
    });
    await page.getByRole('button', { name: 'Remove pasted.txt' }).waitFor();
    await page.evaluate(() => {
      const data = new DataTransfer();
      data.items.add(new File(['dropped'], 'dropped.txt', { type: 'text/plain' }));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    });
    await page.getByRole('button', { name: 'Remove dropped.txt' }).waitFor();
  });

  it('come from the camera on a phone, and fit in Arabic and in the dark', async () => {
    const page = await chat.open({
      locale: 'ar-EG',
      colorScheme: 'dark',
      viewport: { width: 360, height: 740 },
      isMobile: true,
      hasTouch: true,
    });
    await page.getByRole('button', { name: 'التقاط صورة' }).waitFor();
    expect(await page.locator('input[capture]').getAttribute('accept')).toBe('image/*');
    await pick(page, chosen('رسالة.ogg', 'audio/ogg', voiceNote(12)));
    await page.getByRole('list', { name: 'الملفات المرفقة' }).getByText('رسالة.ogg').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'إرسال' }).click();
    const at = await chat.address();
    kept(at, 0, 'audio/ogg', voiceNote(12), { seconds: 12 });
    await page.getByRole('button', { name: 'تشغيل' }).waitFor();
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  });
});
