/**
 * Cards, reactions and the visitor's location in the chat page, in Chromium over the real web
 * channel.
 */
import type { Page } from 'playwright-core';
import { describe, expect, it, vi } from 'vitest';
import type { VisitorCard } from '#channels/feed.ts';
import type { Address } from '#machines/ids.ts';
import { violations } from '#test/accessibility.ts';
import { write } from '#test/browser.ts';
import { chatPage } from './chat-page.ts';

const chat = chatPage();

const PLACE = { kind: 'location', latitude: 30.0444, longitude: 31.2357, name: 'Tower A', street: '5 Nile St' } as const;
const MAP = 'https://www.google.com/maps/search/?api=1&query=30.0444%2C31.2357';

async function begun(options: Parameters<typeof chat.open>[0] = {}): Promise<{ readonly page: Page; readonly at: Address }> {
  const page = await chat.open(options);
  await write(page, 'Where is it?');
  const at = await chat.address();
  await chat.listening(at);
  return { page, at };
}

function show(at: Address, card: VisitorCard, caption: string, text = `${caption} words`): void {
  chat.server.backend.say(at, { author: 'agent', name: 'Sara', text, card, caption });
}

describe('a card', () => {
  it('is a place on the map, a person to call, and a button, below its text and without its words', async () => {
    const { page, at } = await begun();
    show(at, PLACE, 'It is **here**');
    const person = { name: 'Nour Adel', phone: '+20 100 123 4567', email: 'nour@example.com', organization: 'Nile Homes' };
    show(at, { kind: 'contact', ...person }, '', 'Nour as words');
    show(at, { kind: 'link', label: 'See the plan', url: 'https://example.com/plan' }, 'Look');
    const map = page.getByRole('link', { name: /Tower A.*5 Nile St.*new tab/ });
    await map.waitFor();
    expect([await map.getAttribute('href'), await map.getAttribute('target'), await map.getAttribute('rel')]).toEqual([
      MAP,
      '_blank',
      'noopener noreferrer nofollow',
    ]);
    await page.locator('strong').getByText('here').waitFor();
    expect(await page.getByRole('link', { name: person.phone }).getAttribute('href')).toBe('tel:+201001234567');
    expect(await page.getByRole('link', { name: person.email }).getAttribute('href')).toBe('mailto:nour@example.com');
    expect(await page.getByRole('link', { name: /See the plan/ }).getAttribute('href')).toBe('https://example.com/plan');
    expect(await page.locator('.rows').textContent()).not.toContain('words');
    expect(await violations(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await violations(page)).toEqual([]);
  });

  it('of a kind that the page does not know is its words', async () => {
    const { page, at } = await begun();
    Reflect.apply(show, undefined, [at, { kind: 'poem' }, 'Look', 'Look, a poem']);
    await page.getByText('Look, a poem').first().waitFor();
  });

  it('never opens what is no page', async () => {
    const { page, at } = await begun();
    show(at, { kind: 'link', label: 'Press me', url: 'javascript:alert(1)' }, 'Look', 'Look here instead');
    await page.locator('.markdown').getByText('Look here instead').waitFor();
    expect(await page.getByText('Press me').count()).toBe(0);
  });
});

describe('a request for the location', () => {
  const request = { kind: 'location_request' } as const;
  const cairo = { latitude: 30.0444, longitude: 31.2357 };

  it('is answered by one press, by keyboard too', async () => {
    const { page, at } = await begun({ geolocation: { ...cairo, accuracy: 5 }, permissions: ['geolocation'] });
    show(at, request, 'Where are you?');
    const button = page.getByRole('button', { name: 'Send my location' });
    await button.focus();
    await page.keyboard.press('Enter');
    await page
      .locator('.row[data-author="customer"]')
      .getByRole('link', { name: /Location.*30\.0444, 31\.2357/ })
      .waitFor();
    expect(chat.server.backend.heard.filter(({ type }) => type === 'message').at(-1)).toMatchObject({
      text: '',
      media: [{ kind: 'location', ...cairo }],
    });
    expect(await violations(page)).toEqual([]);
  });

  it('says what to do if the browser does not share the location', async () => {
    const { page, at } = await begun({ locale: 'ar-EG' });
    show(at, request, 'أين أنت؟');
    await page.getByRole('button', { name: 'إرسال موقعي' }).click();
    await page.getByRole('alert').getByText('لا يفصح المتصفح عن موقعك').waitFor();
    expect(chat.server.backend.heard.filter(({ type }) => type === 'message')).toHaveLength(1);
    await page.getByRole('button', { name: 'إرسال موقعي' }).waitFor();
    expect(await violations(page)).toEqual([]);
  });
});

it('a reaction is on the visitor’s message, with who reacted, until it is taken back', async () => {
  const { page, at } = await begun();
  const { sessionId, messages } = chat.server.backend.conversation(at);
  const clientId = await vi.waitFor(() => {
    const id = messages.at(-1)?.clientId;
    if (id === undefined) throw new Error('the message is not there yet');
    return id;
  });
  const head = { type: 'reaction', sessionId, clientId } as const;
  chat.server.backend.live(at, { ...head, seq: 2, emoji: '👍', author: 'assistant' });
  const chip = page.locator('.row[data-author="customer"] .reaction');
  await chip.getByText('reacted with 👍').waitFor({ state: 'attached' });
  chat.server.backend.live(at, { ...head, seq: 3, emoji: '❤️', author: 'agent', name: 'Sara' });
  await chip.getByText('Sara reacted with ❤️').waitFor({ state: 'attached' });
  expect(await chip.count()).toBe(1);
  expect(await violations(page)).toEqual([]);
  chat.server.backend.live(at, { ...head, seq: 4, emoji: null, author: 'agent', name: 'Sara' });
  await chip.waitFor({ state: 'detached' });
});
