/**
 * Chat page in Chromium while its visitor waits. It says for what and since when, and has a way
 * back.
 */
import type { Page } from 'playwright-core';
import { describe, expect, it, vi } from 'vitest';
import type { Address } from '#machines/ids.ts';
import { violations } from '#test/accessibility.ts';
import { write } from '#test/browser.ts';
import { chatPage, expectShown } from './chat-page.ts';

const chat = chatPage();
const MINUTE = 60_000;

const session = (at: Address) =>
  ({ type: 'state', state: 'ACTIVE', sessionId: chat.server.backend.conversation(at).sessionId, open: true }) as const;

async function arrive(...options: Parameters<typeof chat.open>): Promise<{ page: Page; at: Address }> {
  const page = await chat.open(...options);
  await write(page, 'Hello');
  const at = await chat.address();
  await chat.listening(at);
  chat.server.backend.live(at, { ...session(at), handler: 'bot', seq: 2 });
  return { page, at };
}

const commands = (): string[] => chat.server.backend.heard.flatMap((event) => (event.type === 'command' ? [event.name] : []));

describe('waiting for a person', () => {
  it('says since when, goes on counting, and leads back to the assistant', async () => {
    const { page, at } = await arrive();
    await page.clock.install();
    await page.reload();
    await chat.listening(at);
    const since = Date.now() - 3 * MINUTE;
    chat.server.backend.say(at, {
      author: 'system',
      text: 'I am passing you on.',
      replies: [{ label: 'Back to the assistant', text: '/assistant' }],
    });
    chat.server.backend.live(at, { ...session(at), state: 'WAITING_AGENT', handler: 'none', waitingSince: since, seq: 5 });
    const card = page.getByRole('region', { name: 'You are waiting for a person' });
    await card.getByText('Asked 3 minutes ago').waitFor();
    await page.clock.fastForward(2 * MINUTE);
    await card.getByText(/Asked [56] minutes ago/).waitFor();
    expect(await page.getByRole('button', { name: 'Back to the assistant' }).count()).toBe(1);
    await card.getByRole('button', { name: 'Back to the assistant' }).press('Enter');
    await vi.waitFor(() => expect(commands()).toEqual(['assistant']));
    chat.server.backend.say(at, { author: 'system', text: 'I am with you again.' });
    chat.server.backend.live(at, { ...session(at), handler: 'bot', seq: 9 });
    await card.waitFor({ state: 'detached' });
    await page.getByText('The assistant is answering again').waitFor();
    await expectShown(page, ['Hello', 'I am passing you on.', 'I am with you again.']);
  });

  it.each([
    [
      'in Arabic, dark, on a phone',
      { colorScheme: 'dark', viewport: { width: 390, height: 760 }, isMobile: true, hasTouch: true },
      '/chat?lang=ar',
      'أنت في انتظار أحد الموظفين',
      'طُلب ذلك قبل',
    ],
    ['in English, light', {}, '/chat', 'You are waiting for a person', 'Asked 1 hour ago'],
  ] as const)('is in the visitor’s language, and nothing is in the way: %s', async (_name, options, path, title, ago) => {
    const { page, at } = await arrive(options, path);
    chat.server.backend.live(at, { ...session(at), state: 'WAITING_AGENT', handler: 'none', waitingSince: Date.now() - 61 * MINUTE });
    await page.getByRole('region', { name: title }).getByText(ago).waitFor();
    expect(await violations(page)).toEqual([]);
  });
});

describe('waiting for an approval', () => {
  it('shows no dots, says what it is and since when, and can be left', async () => {
    const { page, at } = await arrive();
    chat.server.backend.live(at, { type: 'typing', who: 'assistant', on: true });
    await page.locator('.dots').waitFor();
    chat.server.backend.live(at, { type: 'approval', since: Date.now() - 2 * MINUTE });
    const card = page.getByRole('region', { name: 'The assistant waits for a colleague’s approval' });
    await card.getByText('Asked 2 minutes ago').waitFor();
    await page.locator('.dots').waitFor({ state: 'detached' });
    await page.getByRole('status').getByText('The assistant waits for a colleague’s approval').waitFor({ state: 'attached' });
    expect(await violations(page)).toEqual([]);
    await card.getByRole('button', { name: 'Do not wait' }).click();
    await vi.waitFor(() => expect(commands()).toEqual(['stop']));
    chat.server.backend.live(at, { type: 'approval' });
    await card.waitFor({ state: 'detached' });
    await page.locator('.dots').waitFor();
  });
});
