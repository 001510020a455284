/** Chat page in Chromium with answers that are long, wide, copied, or answered by one press. */
import type { Page } from 'playwright-core';
import { describe, expect, it, vi } from 'vitest';
import type { Address } from '#machines/ids.ts';
import { violations } from '#test/accessibility.ts';
import { write } from '#test/browser.ts';
import { chatPage, expectShown } from './chat-page.ts';

const chat = chatPage();
const PHONE = { viewport: { width: 390, height: 700 }, isMobile: true, hasTouch: true } as const;
const LONG = `# The beginning\n\n${'A paragraph that goes on for a while, line after line.\n\n'.repeat(40)}`;

async function arrive(...options: Parameters<typeof chat.open>): Promise<{ page: Page; at: Address }> {
  const page = await chat.open(...options);
  await write(page, 'Hello');
  const at = await chat.address();
  await chat.listening(at);
  return { page, at };
}

describe('a long answer', () => {
  const inView = (page: Page): Promise<boolean> =>
    page.getByRole('heading', { name: 'The beginning' }).evaluate((heading) => {
      const [top, view] = [heading.getBoundingClientRect().top, heading.closest('.scroller')?.getBoundingClientRect()];
      return view !== undefined && top >= view.top && top < view.bottom;
    });

  it('keeps its beginning in view while it is written and when it is complete, and leads to its end', async () => {
    const { page, at } = await arrive(PHONE);
    for (let offset = 0; offset < LONG.length; offset += 400)
      chat.server.backend.live(at, { type: 'delta', runId: 'r', offset, text: LONG.slice(offset, offset + 400) });
    const pill = page.getByRole('button', { name: 'To the newest message' });
    await pill.waitFor();
    expect(await inView(page)).toBe(true);
    chat.server.backend.say(at, { author: 'assistant', text: LONG, runId: 'r' });
    await page.locator('[data-draft]').waitFor({ state: 'detached' });
    expect(await inView(page)).toBe(true);
    // It is in view, so it is not counted as new, and it is read.
    await pill.waitFor();
    await vi.waitFor(() => expect(chat.server.backend.heard).toContainEqual(expect.objectContaining({ type: 'receipt', status: 'read' })));
    chat.server.backend.say(at, { author: 'assistant', text: 'One more thing' });
    await page.getByRole('button', { name: '1 new message' }).click();
    await page.locator('.pill').waitFor({ state: 'detached' });
    expect(await inView(page)).toBe(false);
  });

  it('is opened at its beginning', async () => {
    const { page, at } = await arrive(PHONE);
    chat.server.backend.say(at, { author: 'assistant', text: LONG });
    await page.locator('.pill').waitFor();
    await page.reload();
    await page.locator('.pill').waitFor();
    expect(await inView(page)).toBe(true);
  });
});

it('a table that is wider than the phone has a shadow where it goes on, and scrolls by keyboard', async () => {
  const { page, at } = await arrive(PHONE);
  const row = (cell: string): string => `| ${`${cell} | `.repeat(12)}`;
  chat.server.backend.say(at, { author: 'assistant', text: `${row('column')}\n${row('---')}\n${row('cell')}` });
  const table = page.getByRole('region', { name: 'Table' });
  await table.focus();
  const [background, attachment] = await table.evaluate((element) => {
    const style = getComputedStyle(element);
    return [style.backgroundImage, style.backgroundAttachment] as const;
  });
  expect(background.match(/linear-gradient/g)).toHaveLength(4);
  expect(attachment).toBe('local, local, scroll, scroll');
  await page.keyboard.press('ArrowRight');
  await vi.waitFor(async () => expect(await table.evaluate((element) => element.scrollLeft)).toBeGreaterThan(0));
});

describe('replies', () => {
  it('are sent by one press, in the visitor’s words, and are gone then', async () => {
    const { page, at } = await arrive(PHONE);
    const replies = [
      { label: 'Yes', text: 'Yes' },
      { label: 'Talk to a person', text: '/agent' },
    ];
    chat.server.backend.say(at, { author: 'system', text: 'Shall I?', replies });
    const list = page.getByRole('list', { name: 'Replies' });
    await list.waitFor();
    expect(await violations(page)).toEqual([]);
    await list.getByRole('button', { name: 'Yes' }).click();
    await expectShown(page, ['Hello', 'Shall I?', 'Yes']);
    await list.waitFor({ state: 'detached' });
    chat.server.backend.say(at, { author: 'system', text: 'Sorry.', replies });
    await list.getByRole('button', { name: 'Talk to a person' }).press('Enter');
    await vi.waitFor(() => expect(chat.server.backend.heard.at(-1)).toMatchObject({ type: 'command', name: 'agent' }));
  });

  it('of an earlier message are not offered', async () => {
    const { page, at } = await arrive();
    chat.server.backend.say(at, { author: 'system', text: 'Shall I?', replies: [{ label: 'Yes', text: 'Yes' }] });
    await page.getByRole('list', { name: 'Replies' }).waitFor();
    chat.server.backend.say(at, { author: 'assistant', text: 'Never mind.' });
    await page.getByRole('list', { name: 'Replies' }).waitFor({ state: 'detached' });
  });
});

describe('copying', () => {
  const ANSWER = 'Run **this**:\n\n```sh\nnpm start\n```';
  const pasted = async (page: Page): Promise<string> => {
    await page.getByRole('textbox').fill('');
    await page.keyboard.press('Control+V');
    return page.getByRole('textbox').inputValue();
  };

  it.each([true, false])('an answer or its code, with the permission %s, is said to a screen reader', async (allowed) => {
    const { page, at } = await arrive();
    if (allowed) await chat.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    else await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
    chat.server.backend.say(at, { author: 'assistant', text: ANSWER });
    await page.getByRole('button', { name: 'Copy the message' }).click();
    await page.getByRole('status').getByText('Copied', { exact: true }).waitFor({ state: 'attached' });
    expect(await pasted(page)).toBe(ANSWER);
    await page.getByRole('button', { name: 'Copy', exact: true }).press('Enter');
    await vi.waitFor(async () => expect((await pasted(page)).trim()).toBe('npm start'));
  });
});

it('the live region reads words, not Markdown', async () => {
  const { page, at } = await arrive();
  chat.server.backend.say(at, {
    author: 'assistant',
    text: '## Price\n\n- **Apple** is at `190`\n- see [the report](https://example.com/a)\n\n| a | b |\n| - | - |\n| 1 | 2 |',
  });
  const said = page.locator('[role="status"]').last();
  await vi.waitFor(async () => expect(await said.textContent()).toBe('Companion: Price\nApple is at 190\nsee the report\na, b\n1, 2'));
});

it('the first answer is read although it comes together with the message that it answers', async () => {
  const page = await chat.open();
  // The stream of a slow network opens when the answer is there already.
  const answered = Promise.withResolvers<void>();
  await page.route('**/events*', async (route) => {
    await answered.promise;
    await route.continue();
  });
  await write(page, 'Hello');
  chat.server.backend.say(await chat.address(), { author: 'assistant', text: 'Good morning' });
  answered.resolve();
  await page.getByRole('status').getByText('Companion: Good morning', { exact: true }).waitFor({ state: 'attached' });
});

it('the history of a page is no news, neither read nor counted', async () => {
  const { page, at } = await arrive();
  // So many come in several pieces.
  const texts = Array.from({ length: 100 }, (_, index) => `Line ${index}`);
  for (const text of texts) chat.server.backend.say(at, { author: 'assistant', text });
  await page.getByText('Line 99', { exact: true }).waitFor();
  const title = await page.title();
  await page.addInitScript(() => Object.defineProperty(document, 'hidden', { value: true, configurable: true }));
  await page.reload();
  await page.getByText('Line 99', { exact: true }).waitFor();
  expect(await page.title()).toBe(title);
  expect(await page.getByRole('status').last().textContent()).toBe('');
});

it('the title counts what came while the page was out of sight', async () => {
  const { page, at } = await arrive();
  const title = await page.title();
  const hide = (hidden: boolean): Promise<void> =>
    page.evaluate((value) => {
      Object.defineProperty(document, 'hidden', { value, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
  chat.server.backend.say(at, { author: 'assistant', text: 'Seen' });
  await expectShown(page, ['Hello', 'Seen']);
  await hide(true);
  chat.server.backend.say(at, { author: 'assistant', text: 'One' });
  chat.server.backend.say(at, { author: 'agent', name: 'Sara', text: 'Two' });
  await vi.waitFor(async () => expect(await page.title()).toBe(`(2) ${title}`));
  await hide(false);
  await vi.waitFor(async () => expect(await page.title()).toBe(title));
});
