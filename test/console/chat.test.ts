/** The chat page in Chromium, over the real web channel: what a visitor sees and can do (SPEC C5). */
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, BrowserContextOptions, Page, Request, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Address } from '#machines/ids.ts';
import { launchBrowser } from '#test/browser.ts';
import { type BuiltPages, buildPages, type ChatServer, startChatServer } from './chat-server.ts';

let pages: BuiltPages;
let browser: Browser;
// A browser on a busy machine.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });
beforeAll(async () => {
  [pages, browser] = await Promise.all([buildPages(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await pages?.remove();
});

let server: ChatServer;
let context: BrowserContext;
let faults: string[];
beforeEach(async () => {
  server = await startChatServer(pages);
  faults = [];
});
afterEach(async () => {
  await context?.close();
  await server.close();
  // A script that threw, or anything that the Content-Security-Policy had to stop.
  expect(faults).toEqual([]);
});

async function open(options: BrowserContextOptions = {}, path = '/chat'): Promise<Page> {
  context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Africa/Cairo', viewport: { width: 1000, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(8_000);
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) faults.push(message.text());
  });
  await page.goto(server.url + path);
  await page.getByRole('textbox').waitFor();
  return page;
}

async function write(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox').fill(text);
  await page.getByRole('textbox').press('Enter');
}

/** What the page shows as said, oldest first. */
const shown = (page: Page): Promise<string[]> => page.locator('.row .bubble > :is(.plain, .markdown)').allInnerTexts();

/** Where a message was taken from. */
async function address(): Promise<Address> {
  return vi.waitFor(() => {
    // A page that only listens has a conversation too: what is said there must come after the customer's message.
    const [only] = [...server.house.conversations].flatMap(([at, { messages }]) => (messages.length > 0 ? [at] : []));
    if (only === undefined) throw new Error('nobody has written yet');
    return only;
  });
}

/** The page has its stream: what is said from now on is seen live. */
async function listening(at: Address): Promise<void> {
  await vi.waitFor(() => expect(server.house.conversation(at).live.size).toBeGreaterThan(0), 5_000);
}

async function expectShown(page: Page, texts: readonly string[]): Promise<void> {
  await vi.waitFor(async () => expect(await shown(page)).toEqual(texts), { timeout: 8_000 });
}

describe('a conversation', () => {
  it('streams the answer, marks what was sent, and is still there after a reload', async () => {
    const page = await open();
    await write(page, 'Hello');
    const at = await address();
    await listening(at);
    await page.locator('.delivery[data-mark="sent"]').waitFor();
    server.house.live(at, { type: 'typing', who: 'assistant', on: true });
    await page.locator('.dots').waitFor();
    server.house.live(at, { type: 'delta', runId: 'r1', offset: 0, text: 'Once **upon' });
    await page.locator('[data-draft="live"]').waitFor();
    await expectShown(page, ['Hello', 'Once **upon']);
    await page.locator('.delivery[data-mark="read"]').waitFor();
    server.house.live(at, { type: 'delta', runId: 'r1', offset: 11, text: ' a time**' });
    await expectShown(page, ['Hello', 'Once upon a time']);
    server.house.say(at, { author: 'assistant', text: 'Once **upon a time**.', runId: 'r1' });
    await expectShown(page, ['Hello', 'Once upon a time.']);
    expect(await page.locator('[data-draft]').count()).toBe(0);
    await page.reload();
    await expectShown(page, ['Hello', 'Once upon a time.']);
    expect(await page.locator('.markdown strong').textContent()).toBe('upon a time');
  });

  it('makes no visitor of someone who only looks', async () => {
    await open();
    expect(server.posts).toEqual([]);
  });

  it('stops an answer in the making by button and by Escape', async () => {
    const page = await open();
    await write(page, 'Tell me a long story');
    const at = await address();
    await listening(at);
    server.house.live(at, { type: 'delta', runId: 'r1', offset: 0, text: 'Once' });
    await page.getByRole('button', { name: 'Stop the answer' }).click();
    await vi.waitFor(() => expect(server.house.heard.at(-1)).toMatchObject({ type: 'command', name: 'stop' }), 8_000);
    await page.getByRole('textbox').press('Escape');
    await vi.waitFor(() => expect(server.house.heard.filter(({ type }) => type === 'command')).toHaveLength(2), 8_000);
    server.house.live(at, { type: 'typing', who: 'assistant', on: false });
    await page.getByText('You stopped the answer').first().waitFor();
    expect(await shown(page)).not.toContain('/stop');
  });

  it('tells the house what was delivered and read, and that the visitor types', async () => {
    const page = await open();
    await write(page, 'Hello');
    const at = await address();
    await listening(at);
    const { id } = server.house.say(at, { author: 'assistant', text: 'Hi' });
    const seq = Number(id.split('.')[1]);
    await vi.waitFor(() => {
      const receipts = server.house.heard.flatMap((event) => (event.type === 'receipt' ? [[event.upTo, event.status]] : []));
      expect(receipts).toEqual([
        [seq, 'delivered'],
        [seq, 'read'],
      ]);
    });
    await page.getByRole('textbox').pressSequentially('And');
    await vi.waitFor(() => expect(server.house.heard.filter(({ type }) => type === 'typing')).toHaveLength(1), 8_000);
  });

  it('names the human who answers, and says when they come and go', async () => {
    const page = await open();
    await write(page, 'A person, please');
    const at = await address();
    await listening(at);
    const state = { type: 'state', state: 'ACTIVE', sessionId: server.house.conversation(at).sessionId, open: true } as const;
    server.house.live(at, { ...state, handler: 'bot' });
    server.house.live(at, { ...state, state: 'WAITING_AGENT', handler: 'none' });
    await page.getByText('A person has been asked to join').waitFor();
    server.house.live(at, { ...state, handler: 'human', name: 'Sara' });
    await page.getByText('Sara joined the conversation').waitFor();
    await page.getByText('You are talking to Sara').waitFor();
    server.house.say(at, { author: 'agent', name: 'Sara', text: 'Hello from Sara' });
    await page.locator('.name', { hasText: 'Sara' }).waitFor();
    server.house.live(at, { ...state, handler: 'bot' });
    await page.getByText('The assistant is answering again').waitFor();
    expect(await page.locator('.line').count()).toBe(3);
  });

  it('starts anew when asked, after asking back', async () => {
    const page = await open();
    await write(page, 'First');
    await expectShown(page, ['First']);
    await page.getByRole('button', { name: 'New conversation' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await expectShown(page, ['First']);
    await page.getByRole('button', { name: 'New conversation' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Start anew' }).click();
    await page.getByText('Hello! How can I help?').waitFor();
    await page.getByRole('button', { name: 'What can you do?' }).click();
    await expectShown(page, ['What can you do?']);
    await vi.waitFor(() => expect(server.house.conversations.size).toBe(2), 8_000);
  });

  it('says what to do when the visitor is no longer known', async () => {
    const page = await open();
    await write(page, 'First');
    await page.locator('.delivery[data-mark="sent"]').waitFor();
    await page.evaluate(() => {
      for (const key of Object.keys(localStorage))
        if (key.startsWith('statechat.visitor')) localStorage.setItem(key, JSON.stringify({ visitor: 'v_x', token: 'forged' }));
    });
    await page.reload();
    await page.getByRole('alert').getByRole('button', { name: 'New conversation' }).click();
    await write(page, 'Second');
    await expectShown(page, ['Second']);
  });
});

describe('a bad network', () => {
  it('keeps what is written offline and sends it once, in order', async () => {
    const page = await open();
    await write(page, 'One');
    const at = await address();
    await listening(at);
    await context.setOffline(true);
    await page.getByText('You are offline').waitFor();
    await write(page, 'Two');
    await write(page, 'Three');
    await vi.waitFor(async () => expect(await page.locator('.delivery[data-mark="waiting"]').count()).toBe(1), 8_000);
    await expectShown(page, ['One', 'Two', 'Three']);
    expect(server.house.heard.filter(({ type }) => type === 'message')).toHaveLength(1);
    await context.setOffline(false);
    await vi.waitFor(() => expect(server.house.conversation(at).messages.map(({ text }) => text)).toEqual(['One', 'Two', 'Three']), 8_000);
    await expectShown(page, ['One', 'Two', 'Three']);
    await vi.waitFor(async () => expect(await page.locator('.delivery[data-mark="waiting"]').count()).toBe(0), 8_000);
    expect(await page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes('outbox')))).toEqual([]);
  });

  it('sends again what the server took without being able to say so, and it is taken once', async () => {
    const page = await open();
    const loseTheAnswer = async (route: Route, request: Request): Promise<void> => {
      await fetch(request.url(), { method: 'POST', headers: await request.allHeaders(), body: request.postData() ?? '' });
      await route.abort('connectionreset');
    };
    await page.route('**/channels/web/messages', loseTheAnswer, { times: 1 });
    await page.route('**/channels/web/events', (route) => route.abort());
    await write(page, 'Only once');
    await vi.waitFor(() => expect(server.house.heard).toHaveLength(2), 8_000);
    await page.locator('.delivery[data-mark="sent"]').waitFor();
    await page.unroute('**/channels/web/events');
    await page.evaluate(() => dispatchEvent(new Event('online')));
    await listening(await address());
    await expectShown(page, ['Only once']);
    expect(server.house.conversation(await address()).messages).toHaveLength(1);
  });

  it('waits while the store is away, says so, and still knows it after a reload', async () => {
    server.house.down = true;
    const page = await open();
    await write(page, 'Patience');
    await page.locator('.delivery[data-mark="waiting"]').waitFor();
    await page.reload();
    await page.locator('.delivery[data-mark="waiting"]').waitFor();
    await expectShown(page, ['Patience']);
    server.house.down = false;
    await page.locator('.delivery[data-mark="sent"]').waitFor();
    await expectShown(page, ['Patience']);
  });

  it('shows each message exactly once over cuts in mid-stream', async () => {
    const page = await open();
    await write(page, 'Count');
    const at = await address();
    const expected = ['Count'];
    for (let round = 0; round < 4; round++) {
      await listening(at);
      const text = `Answer number ${round} is here`;
      server.house.live(at, { type: 'delta', runId: `r${round}`, offset: 0, text: text.slice(0, 8) });
      await expectShown(page, [...expected, text.slice(0, 8).trim()]);
      server.cut();
      await vi.waitFor(() => expect(server.house.conversation(at).live.size).toBe(0), 5_000);
      // Said while nobody listens: some of it durable, some of it passing.
      server.house.live(at, { type: 'delta', runId: `r${round}`, offset: 8, text: text.slice(8) });
      server.house.say(at, { author: 'assistant', text, runId: `r${round}` });
      server.house.say(at, { author: 'assistant', text: `And ${round} more` });
      expected.push(text, `And ${round} more`);
      await page.evaluate(() => dispatchEvent(new Event('online')));
      await expectShown(page, expected);
    }
    expect(await page.locator('[data-draft]').count()).toBe(0);
  });

  it('joins an answer in the middle after a cut, without a hole', async () => {
    const page = await open();
    await write(page, 'Go on');
    const at = await address();
    await listening(at);
    server.house.live(at, { type: 'delta', runId: 'r', offset: 0, text: 'one ' });
    await expectShown(page, ['Go on', 'one']);
    server.cut();
    await vi.waitFor(() => expect(server.house.conversation(at).live.size).toBe(0), 5_000);
    server.house.live(at, { type: 'delta', runId: 'r', offset: 4, text: 'two ' });
    await page.evaluate(() => dispatchEvent(new Event('online')));
    await listening(at);
    server.house.live(at, { type: 'delta', runId: 'r', offset: 8, text: 'three' });
    await expectShown(page, ['Go on', 'one two three']);
  });

  it('offers a message that was refused for good to be mended', async () => {
    const page = await open();
    await write(page, `/ask ${'x'.repeat(4_100)}`);
    const refusal = page.locator('.refused');
    await refusal.waitFor();
    expect(await refusal.textContent()).toContain('At most 4000');
    await refusal.getByRole('button', { name: 'Edit' }).click();
    expect(await page.getByRole('textbox').inputValue()).toHaveLength(4_105);
    await write(page, 'Shorter');
    await expectShown(page, ['Shorter']);
  });

  it('two tabs are one visitor', async () => {
    const page = await open();
    await write(page, 'From the first tab');
    await expectShown(page, ['From the first tab']);
    const other = await context.newPage();
    await other.goto(`${server.url}/chat`);
    await expectShown(other, ['From the first tab']);
    await write(other, 'From the second');
    await expectShown(page, ['From the first tab', 'From the second']);
  });
});

describe('text', () => {
  it('is never markup, never fetches, and opens links without telling where from', async () => {
    const page = await open();
    await write(page, '<img src=x onerror=alert(1)> **not bold**');
    const at = await address();
    server.house.say(at, {
      author: 'assistant',
      text: '<script>alert(1)</script>\n\n![pixel](https://tracker.example/p.png) [site](https://example.com) [bad](javascript:alert(1))\n\n- [x] done',
    });
    await page.getByRole('link', { name: /^site/ }).waitFor();
    expect((await shown(page))[0]).toBe('<img src=x onerror=alert(1)> **not bold**');
    expect(await page.locator('.row img, .row script, .row input').count()).toBe(0);
    expect(await page.getByRole('link', { name: /^site/ }).getAttribute('rel')).toContain('noopener');
    expect(await page.locator('a[href^="javascript"]').count()).toBe(0);
    await page.getByRole('link', { name: /^Image: pixel/ }).waitFor();
  });

  it('sends with Enter and begins a line with Shift+Enter', async () => {
    const page = await open();
    const box = page.getByRole('textbox');
    await box.pressSequentially('one');
    await box.press('Shift+Enter');
    await box.pressSequentially('two');
    await box.press('Enter');
    await expectShown(page, ['one\ntwo']);
    expect(await box.inputValue()).toBe('');
  });

  it('that is long or wide scrolls inside itself on a phone', async () => {
    const page = await open({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
    await write(page, 'x'.repeat(600));
    const at = await address();
    server.house.say(at, {
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
    const at = await address();
    await listening(at);
    for (let i = 0; i < count; i++)
      server.house.say(at, { author: i % 3 === 0 ? 'customer' : 'assistant', text: `Message **${i}** of many` });
    return at;
  }
  const fromEnd = (page: Page): Promise<number> =>
    page.locator('.scroller').evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight);

  it('follows the newest, leaves a reader who went up alone, and takes them down again', async () => {
    const page = await open();
    const at = await history(page, 60);
    await vi.waitFor(async () => expect(await fromEnd(page)).toBeLessThan(4), 8_000);
    await page.locator('.scroller').evaluate((element) => element.scrollTo(0, 100));
    await page.getByRole('button', { name: 'To the newest message' }).waitFor();
    const before = await page.locator('.scroller').evaluate((element) => element.scrollTop);
    server.house.say(at, { author: 'assistant', text: 'News' });
    server.house.say(at, { author: 'assistant', text: 'More news' });
    const pill = page.getByRole('button', { name: '2 new messages' });
    await pill.waitFor();
    expect(await page.locator('.scroller').evaluate((element) => element.scrollTop)).toBeCloseTo(before, -1);
    await pill.click();
    await vi.waitFor(async () => expect(await fromEnd(page)).toBeLessThan(4), 8_000);
    await pill.waitFor({ state: 'detached' });
  });

  it('a thousand messages stay smooth', async () => {
    const page = await open();
    const at = await history(page, 0);
    await page.goto('about:blank');
    for (let i = 0; i < 1_000; i++)
      server.house.say(at, { author: i % 3 === 0 ? 'customer' : 'assistant', text: `Message **${i}** of many` });
    await page.goto(`${server.url}/chat`);
    await vi.waitFor(async () => expect(await page.locator('.row').count()).toBe(1_001), 10_000);
    await listening(at);
    const slowest = page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const gaps: number[] = [];
          let last = performance.now();
          const frame = (now: number): void => {
            gaps.push(now - last);
            last = now;
            if (gaps.length < 60) requestAnimationFrame(frame);
            else resolve(gaps.toSorted((a, b) => a - b)[54] ?? 0);
          };
          requestAnimationFrame(frame);
        }),
    );
    let text = '';
    for (let i = 0; i < 40; i++) {
      server.house.live(at, { type: 'delta', runId: 'r', offset: text.length, text: `word${i} ` });
      text += `word${i} `;
    }
    // The 90th percentile of a frame's time while an answer streams; 16.7 ms is perfect, 100 is felt.
    expect(await slowest).toBeLessThan(100);
    await vi.waitFor(async () => expect(await fromEnd(page)).toBeLessThan(4), 8_000);
  });
});

describe('every reader', () => {
  async function fullPage(options: BrowserContextOptions, path?: string): Promise<Page> {
    const page = await open(options, path);
    await write(page, 'مرحبا');
    const at = await address();
    await listening(at);
    server.house.say(at, {
      author: 'assistant',
      text: '# Title\n\nHello `code` [link](https://example.com)\n\n```js\nlet a\n```\n\n> quote\n\n| a | b |\n| - | - |\n| 1 | 2 |',
    });
    server.house.say(at, { author: 'agent', name: 'Sara', text: 'أهلًا' });
    server.house.say(at, { author: 'system', text: 'Note' });
    server.house.live(at, { type: 'typing', who: 'agent', on: true });
    await page.locator('.dots').waitFor();
    return page;
  }
  async function violations(page: Page): Promise<string[]> {
    const { violations: found } = await new AxeBuilder({ page })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
      .analyze();
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
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
    expect(await violations(await open())).toEqual([]);
  });

  it('reads right to left in Arabic, and each text in its own direction', async () => {
    const page = await open({ locale: 'ar-EG' });
    expect(await page.evaluate(() => [document.documentElement.dir, document.documentElement.lang])).toEqual(['rtl', 'ar']);
    await write(page, 'Hello in English');
    const at = await address();
    server.house.say(at, { author: 'assistant', text: 'مرحبا\n\n> اقتباس\n\nEnglish here' });
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
    const page = await open();
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
    const at = await address();
    await listening(at);
    for (const [i, text] of ['Good ', 'morn', 'ing'].entries())
      server.house.live(at, { type: 'delta', runId: 'r', offset: [0, 5, 9][i] ?? 0, text });
    await expectShown(page, ['Hello', 'Good morning']);
    server.house.say(at, { author: 'assistant', text: 'Good morning', runId: 'r' });
    await vi.waitFor(
      async () => expect(await page.evaluate(() => Reflect.get(window, 'said'))).toEqual(['Assistant: Good morning']),
      8_000,
    );
    expect(await page.getByRole('log').getAttribute('aria-live')).toBe('off');
  });

  it('can do everything by keyboard', async () => {
    const page = await fullPage({});
    await page.getByRole('textbox').focus();
    const order: string[] = [];
    await page.evaluate(() => document.body.focus());
    await page.getByRole('button', { name: 'New conversation' }).focus();
    for (let i = 0; i < 6; i++) {
      order.push(await page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.tagName ?? ''));
      await page.keyboard.press('Tab');
    }
    expect(order).toEqual(['New conversation', 'Conversation', 'A', 'Copy', 'Code', 'Table']);
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Your message');
  });
});
