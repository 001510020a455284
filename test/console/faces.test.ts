/** What the chat page shows of its assistant, and what the start page shows, in Chromium. */
import { describe, expect, it } from 'vitest';
import { violations } from '#test/accessibility.ts';
import { shown } from '#test/browser.ts';
import { chatPage, expectShown } from './chat-page.ts';
import { MACHINE } from './chat-server.ts';

const chat = chatPage();
const PHONE = { width: 390, height: 844 };

describe('the chat page', () => {
  it('shows the assistant’s own name, first screen, suggestions and colour', async () => {
    const page = await chat.open({}, '/chat?assistant=stock-analyst');
    expect(await page.title()).toBe('Stock analyst');
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Stock analyst');
    await page.getByRole('heading', { name: 'Which share shall I value?' }).waitFor();
    expect(await page.locator('.header .mark').evaluate((mark) => getComputedStyle(mark).backgroundColor)).toBe('rgb(31, 95, 174)');
    await page.getByRole('button', { name: 'Analyse Apple' }).click();
    await expectShown(page, ['/analyze AAPL']);
    expect((await chat.address()).startsWith('web:stock-analyst:')).toBe(true);
    chat.server.backend.live(await chat.address(), { type: 'typing', who: 'assistant', on: true });
    await page.getByText('Stock analyst is writing…').waitFor({ state: 'attached' });
  });

  it('shows another one to a visitor who names none, and nothing that the offline model cannot do', async () => {
    const page = await chat.open();
    expect(await page.title()).toBe('Companion');
    expect(await page.locator('.suggestion').allInnerTexts()).toEqual([
      'What can you do?',
      'What is Statechat?',
      'I would like to talk to a person',
    ]);
    expect(await shown(page)).toEqual([]);
  });

  it('speaks the visitor’s language in all of it', async () => {
    const page = await chat.open({ locale: 'ar-EG' }, '/chat?assistant=stock-analyst');
    expect(await page.title()).toBe('محلل الأسهم');
    await page.getByRole('heading', { name: 'أي سهم أحلل لك؟' }).waitFor();
    expect(await page.locator('html').getAttribute('dir')).toBe('rtl');
  });

  it('works without a face when the server does not give one', async () => {
    const page = await chat.open({ serviceWorkers: 'block' }, '/chat');
    await page.route('**/channels/web/assistant?*', (route) => route.abort());
    await page.reload();
    await page.getByRole('heading', { name: 'Hello! How can I help?' }).waitFor();
    expect(await page.title()).toBe('Chat');
  });

  it.each([
    ['en-GB', 'light', 'This assistant is not here', 'Start a chat', 'Companion'],
    ['ar-EG', 'dark', 'هذا المساعد غير موجود هنا', 'ابدأ محادثة', 'رفيق'],
  ] as const)('says at once in %s that there is no such assistant, with the way on', async (locale, colorScheme, title, link, other) => {
    const page = await chat.visit({ locale, colorScheme, viewport: PHONE }, '/chat?assistant=nobody');
    await page.getByRole('heading', { name: title }).waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('nobody');
    expect(await page.getByRole('textbox').count()).toBe(0);
    expect(await violations(page)).toEqual([]);
    await page.getByRole('link', { name: link }).click();
    await page.getByRole('heading', { level: 1, name: other }).waitFor();
    expect(chat.server.posts).toEqual([]);
  });

  it('still shows the conversation with an assistant that is gone', async () => {
    const page = await chat.open({}, '/chat?assistant=companion');
    await page.getByRole('textbox').fill('Hello');
    await page.getByRole('textbox').press('Enter');
    await expectShown(page, ['Hello']);
    await page.route('**/channels/web/assistants/companion?*', (route) => route.fulfill({ status: 404, json: {} }));
    await page.reload();
    await expectShown(page, ['Hello']);
  });
});

describe('the start page', () => {
  it.each([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['phone', { viewport: PHONE }],
    ['Arabic', { locale: 'ar-EG', viewport: PHONE }],
  ] as const)('has nothing that axe objects to, and fits, in %s', async (_name, options) => {
    const page = await chat.visit(options, '/');
    await page.locator('.card').nth(1).waitFor();
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    const requests = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => new URL(name).origin));
    expect([...new Set(requests)]).toEqual([chat.server.url]);
  });

  it('has the assistants as cards that open their chats, by the keyboard too', async () => {
    const page = await chat.visit({}, '/');
    expect(await page.locator('.card h3').allInnerTexts()).toEqual(['Companion', 'Stock analyst']);
    await page.getByRole('link', { name: 'Stock analyst', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Stock analyst' }).waitFor();
  });

  it('gives a person on this machine the commands, to copy, and the language of choice', async () => {
    const page = await chat.visit({ permissions: ['clipboard-read', 'clipboard-write'] }, '/');
    const commands = page.locator('.command code');
    expect(await commands.first().textContent()).toBe(`kill -9 ${MACHINE.pid}`);
    expect(await commands.nth(2).textContent()).toContain(
      `TOKEN=$(cat '/home/it'\\''s me/.statechat/api-token') API=${chat.server.url}/api/sessions`,
    );
    await page.getByRole('button', { name: 'Copy' }).first().click();
    await page.getByRole('status').filter({ hasText: 'Copied' }).waitFor({ state: 'attached' });
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`kill -9 ${MACHINE.pid}`);
    // As in a page without permission, which copies the older way.
    await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
    await page.locator('.command').nth(1).getByRole('button').click();
    await page.locator('.command').nth(1).getByRole('status').filter({ hasText: 'Copied' }).waitFor({ state: 'attached' });
    await page.getByRole('link', { name: 'العربية' }).click();
    await page.getByRole('heading', { name: 'جرّب بنفسك' }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(await commands.nth(1).textContent());
  });

  it('shows a visitor from elsewhere neither commands nor settings', async () => {
    const page = await chat.visit({ extraHTTPHeaders: { 'X-Forwarded-For': '203.0.113.7' } }, '/');
    await page.getByRole('heading', { name: 'Ask for a person' }).waitFor();
    expect(await page.locator('.command').count()).toBe(0);
    expect(await page.locator('body').textContent()).not.toMatch(/ANTHROPIC|kill|token|docs\//);
  });
});
