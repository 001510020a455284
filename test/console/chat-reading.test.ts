/**
 * Chat page in Chromium for its readers. Texts, long histories, every language, every sense (SPEC
 * C5).
 */
import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, it, vi } from 'vitest';
import type { Address } from '#machines/ids.ts';
import { violations } from '#test/accessibility.ts';
import { shown, write } from '#test/browser.ts';
import { chatPage, expectShown } from './chat-page.ts';

const chat = chatPage();

describe('text', () => {
  it('is never markup, never fetches, and opens links without telling where from', async () => {
    const page = await chat.open();
    await write(page, '<img src=x onerror=alert(1)> **not bold**');
    const at = await chat.address();
    chat.server.backend.say(at, {
      author: 'assistant',
      text: '<script>alert(1)</script>\n\n![pixel](https://tracker.example/p.png) [site](https://example.com) [bad](javascript:alert(1)) “https://example.com/a”\n\n- [x] done',
    });
    await page.getByRole('link', { name: /^site/ }).waitFor();
    expect((await shown(page))[0]).toBe('<img src=x onerror=alert(1)> **not bold**');
    expect(await page.locator('.row img, .row script, .row input').count()).toBe(0);
    expect(await page.getByRole('link', { name: /^site/ }).getAttribute('rel')).toContain('noopener');
    expect(await page.locator('a[href^="javascript"]').count()).toBe(0);
    expect(await page.getByRole('link', { name: /^https:/ }).getAttribute('href')).toBe('https://example.com/a');
    await page.getByRole('link', { name: /^Image: pixel/ }).waitFor();
  });

  it('sends with Enter and begins a line with Shift+Enter', async () => {
    const page = await chat.open();
    const box = page.getByRole('textbox');
    await box.pressSequentially('one');
    await box.press('Shift+Enter');
    await box.pressSequentially('two');
    await box.press('Enter');
    await expectShown(page, ['one\ntwo']);
    expect(await box.inputValue()).toBe('');
  });

  it('that is long or wide scrolls inside itself on a phone', async () => {
    const page = await chat.open({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
    await write(page, 'x'.repeat(600));
    const at = await chat.address();
    chat.server.backend.say(at, {
      author: 'assistant',
      text: `\`\`\`\n${'wide '.repeat(100)}\n\`\`\`\n\n| ${'column | '.repeat(20)}\n| ${'--- | '.repeat(20)}\n| ${'cell | '.repeat(20)}`,
    });
    await page.locator('.table-scroll').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    for (const wide of ['.code-scroll', '.table-scroll'])
      expect(await page.locator(wide).evaluate((element) => element.scrollWidth > element.clientWidth)).toBe(true);
    const send = await page.getByRole('button', { name: 'Send' }).boundingBox();
    expect(send && send.y + send.height).toBeLessThanOrEqual(844);
  });
});

describe('reading', () => {
  async function history(page: Page, count: number): Promise<Address> {
    await write(page, 'Begin');
    const at = await chat.address();
    await chat.listening(at);
    for (let i = 0; i < count; i++)
      chat.server.backend.say(at, { author: i % 3 === 0 ? 'customer' : 'assistant', text: `Message **${i}** of many` });
    return at;
  }
  const fromEnd = (page: Page): Promise<number> =>
    page.locator('.scroller').evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight);

  it('follows the newest, leaves a reader who went up alone, and takes them down again', async () => {
    const page = await chat.open();
    const at = await history(page, 60);
    await page.locator('.bubble').getByText('Message 59').waitFor();
    await vi.waitFor(async () => expect(await fromEnd(page)).toBeLessThan(4));
    await page.locator('.scroller').evaluate((element) => element.scrollTo(0, 100));
    await page.getByRole('button', { name: 'To the newest message' }).waitFor();
    const before = await page.locator('.scroller').evaluate((element) => element.scrollTop);
    chat.server.backend.say(at, { author: 'assistant', text: 'News' });
    chat.server.backend.say(at, { author: 'assistant', text: 'More news' });
    const pill = page.getByRole('button', { name: '2 new messages' });
    await pill.waitFor();
    expect(await page.locator('.scroller').evaluate((element) => element.scrollTop)).toBeCloseTo(before, -1);
    await pill.click();
    await vi.waitFor(async () => expect(await fromEnd(page)).toBeLessThan(4));
    await pill.waitFor({ state: 'detached' });
  });

  it('goes on following where a picture grows after the page has gone to the end', async () => {
    const page = await chat.open();
    await history(page, 60);
    await page.locator('.bubble').getByText('Message 59').waitFor();
    await vi.waitFor(async () => expect(await fromEnd(page)).toBeLessThan(4));
    await page.evaluate(() => {
      const picture = document.createElement('div');
      const [rows, scroller] = [document.querySelector('.rows'), document.querySelector('.scroller')];
      picture.style.blockSize = '40px';
      rows?.append(picture);
      scroller?.scrollTo(0, scroller.scrollHeight);
      // It is loaded before the event of that scrolling.
      picture.style.blockSize = '300px';
    });
    await vi.waitFor(async () => expect(await fromEnd(page)).toBeLessThan(64));
  });

  it('a thousand messages stay smooth: an answer that streams renders none of them again', async () => {
    const page = await chat.open();
    await page.addInitScript(() => {
      const { prototype } = Intl.DateTimeFormat;
      const format = Object.getOwnPropertyDescriptor(prototype, 'format')?.get;
      Reflect.set(globalThis, 'formatted', 0);
      Object.defineProperty(prototype, 'format', {
        get() {
          Reflect.set(globalThis, 'formatted', Number(Reflect.get(globalThis, 'formatted')) + 1);
          return format?.call(this);
        },
      });
    });
    const at = await history(page, 0);
    await page.goto('about:blank');
    for (let i = 0; i < 1_000; i++)
      chat.server.backend.say(at, { author: i % 3 === 0 ? 'customer' : 'assistant', text: `Message **${i}** of many` });
    await page.goto(`${chat.server.url}/chat`);
    // The most that any page of the tests draws at once.
    await vi.waitFor(async () => expect(await page.locator('.row').count()).toBe(1_001), 30_000);
    await chat.listening(at);
    const formatted = () => page.evaluate(() => Number(Reflect.get(globalThis, 'formatted')));
    const before = await formatted();
    expect(before).toBeGreaterThanOrEqual(1_000);
    let text = '';
    for (let i = 0; i < 10; i++) {
      chat.server.backend.live(at, { type: 'delta', runId: 'r', offset: text.length, text: `word${i} ` });
      text += `word${i} `;
      await page.getByText(`word${i}`).waitFor();
    }
    // Each message formats its time when it is rendered. Its day is read once, when the answer
    // begins.
    expect((await formatted()) - before).toBeLessThan(3_000);
    await vi.waitFor(async () => expect(await fromEnd(page)).toBeLessThan(4));
  });
});

describe('every reader', () => {
  async function fullPage(options: BrowserContextOptions, path?: string): Promise<Page> {
    const page = await chat.open(options, path);
    await write(page, 'مرحبا');
    const at = await chat.address();
    await chat.listening(at);
    chat.server.backend.say(at, {
      author: 'assistant',
      text: '# Title\n\nHello `code` [link](https://example.com)\n\n```js\nlet a\n```\n\n> quote\n\n| a | b |\n| - | - |\n| 1 | 2 |',
    });
    chat.server.backend.say(at, { author: 'agent', name: 'Sara', text: 'أهلًا' });
    chat.server.backend.say(at, { author: 'system', text: 'Note' });
    chat.server.backend.live(at, { type: 'typing', who: 'agent', on: true });
    await page.locator('.dots').waitFor();
    return page;
  }

  it.each([
    ['light', { colorScheme: 'light' }, '/chat'],
    ['dark', { colorScheme: 'dark' }, '/chat'],
    ['Arabic', { colorScheme: 'light' }, '/chat?lang=ar'],
    [
      'Arabic, dark, on a phone',
      { colorScheme: 'dark', viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
      '/chat?lang=ar',
    ],
  ] as const)('finds nothing in the way: %s', async (_name, options, path) => {
    const page = await fullPage(options, path);
    expect(await violations(page)).toEqual([]);
    await page.locator('.header .icon-button').click();
    await page.getByRole('dialog').waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it('finds nothing in the way of the greeting', async () => {
    expect(await violations(await chat.open())).toEqual([]);
  });

  it('sets a list of commands in an Arabic answer from right to left, with each slash before its command', async () => {
    const page = await chat.open({}, '/chat?lang=ar');
    await write(page, '/help من فضلك');
    chat.server.backend.say(await chat.address(), { author: 'assistant', text: 'هذه هي الأوامر:\n\n- /help – كل ما أستطيع\n- Apple شركة' });
    await page.locator('.markdown li').first().waitFor();
    const drawn = await page
      .locator('.markdown li')
      .first()
      .evaluate((item) => {
        const command = item.querySelector('bdi')?.firstChild;
        const leftOf = (from: number): number => {
          const range = document.createRange();
          if (!command) return Number.NaN;
          range.setStart(command, from);
          range.setEnd(command, from + 1);
          return range.getBoundingClientRect().left;
        };
        return { direction: getComputedStyle(item).direction, slashIsLeft: leftOf(0) < leftOf(1), text: command?.textContent };
      });
    expect(drawn).toEqual({ direction: 'rtl', slashIsLeft: true, text: '/help' });
    expect(await page.locator('.plain').evaluate((element) => getComputedStyle(element).direction)).toBe('rtl');
    expect(await page.locator('.plain bdi').textContent()).toBe('/help');
  });

  it('reads right to left in Arabic, and each text in its own direction', async () => {
    const page = await chat.open({ locale: 'ar-EG' });
    expect(await page.evaluate(() => [document.documentElement.dir, document.documentElement.lang])).toEqual(['rtl', 'ar']);
    await write(page, 'Hello in English');
    const at = await chat.address();
    chat.server.backend.say(at, { author: 'assistant', text: 'مرحبا\n\n> اقتباس\n\nEnglish here' });
    await page.locator('blockquote').waitFor();
    const direction = (selector: string): Promise<string> =>
      page.locator(selector).evaluate((element) => getComputedStyle(element).direction);
    expect([await direction('.plain'), await direction('blockquote'), await direction('.markdown > p:last-child')]).toEqual([
      'ltr',
      'rtl',
      'ltr',
    ]);
    const [own, theirs] = [
      await page.locator('.row[data-author="customer"] .bubble').boundingBox(),
      await page.locator('.row[data-author="assistant"] .bubble').boundingBox(),
    ];
    expect((own?.x ?? 0) < (theirs?.x ?? 0)).toBe(true);
  });

  it('is told of a finished answer once, and not of its pieces', async () => {
    const page = await chat.open();
    await page.evaluate(() => {
      const region = [...document.querySelectorAll('[role="status"]')].at(-1);
      const said: string[] = [];
      Object.assign(window, { said });
      if (region !== null && region !== undefined)
        new MutationObserver(() => said.push(region.textContent ?? '')).observe(region, {
          childList: true,
          subtree: true,
          characterData: true,
        });
    });
    await write(page, 'Hello');
    const at = await chat.address();
    await chat.listening(at);
    for (const [i, text] of ['Good ', 'morn', 'ing'].entries())
      chat.server.backend.live(at, { type: 'delta', runId: 'r', offset: [0, 5, 9][i] ?? 0, text });
    await expectShown(page, ['Hello', 'Good morning']);
    chat.server.backend.say(at, { author: 'assistant', text: 'Good morning', runId: 'r' });
    await vi.waitFor(async () => expect(await page.evaluate(() => Reflect.get(window, 'said'))).toEqual(['Companion: Good morning']));
    expect(await page.getByRole('log').getAttribute('aria-live')).toBe('off');
  });

  it('can do everything by keyboard', async () => {
    const page = await fullPage({});
    await page.getByRole('textbox').focus();
    const order: string[] = [];
    await page.evaluate(() => document.body.focus());
    await page.getByRole('button', { name: 'New conversation' }).focus();
    for (let i = 0; i < 9; i++) {
      order.push(await page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.tagName ?? ''));
      await page.keyboard.press('Tab');
    }
    const inConversation = ['Conversation', 'A', 'Copy', 'Code', 'Table', 'Copy the message', 'Copy the message'];
    expect(order).toEqual(['New conversation', ...inConversation, 'Attach files']);
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Your message');
  });
});
