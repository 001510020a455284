/**
 * The console with a customer on Telegram, and an agent who has no mouse. The app runs as
 * `npm start` composes it, against a Bot API server.
 */
import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { telegramPlugin } from '#channels/telegram/plugin.ts';
import { launchBrowser } from '#test/browser.ts';
import { type BotApi, startBotApi } from '#test/fakes/bot-api.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { image, pdf, voiceNote } from '#test/src/media/samples.ts';
import { invitation, join, type Opening, openConsole, PASSWORD, seenSeq, shownSeqs } from './console-page.ts';
import { expectJournal } from './expect-journal.ts';
import { fastClock } from './fast-clock.ts';
import { DictatedModel, type Writing } from './models.ts';
import { PATIENCE, type RunningApp, runApp } from './running-app.ts';
import { TelegramChat } from './telegram-chat.ts';

/** Telegram's limits are passed through this much faster. */
const SPEED = 20;

let browser: Browser;
let telegram: BotApi;
let app: RunningApp;
let opening: Opening;
const model = new DictatedModel();
const pages: Page[] = [];

beforeAll(async () => {
  browser = await launchBrowser();
  const clock = fastClock(Date.now(), SPEED);
  telegram = await startBotApi({ limits: true, now: clock.now });
  const { connectionString } = await createTestDatabase();
  app = await runApp(
    { DATABASE_URL: connectionString, TELEGRAM_BOT_TOKEN: telegram.token, TELEGRAM_API_ROOT: telegram.url },
    { channels: [telegramPlugin({ clock, pollSeconds: 2 })], provider: model, policy: { debounceMs: 0 } },
  );
  opening = { browser, faults: [], url: app.url };
});
afterEach(async () => {
  for (const page of pages.splice(0)) await page.context().close();
  expect(opening.faults.splice(0)).toEqual([]);
});
afterAll(async () => {
  await app?.stop();
  await telegram?.close();
  await browser?.close();
});

async function agent(name: string): Promise<Page> {
  const page = await join(opening, await invitation(app), name);
  pages.push(page);
  return page;
}

const composer = (page: Page) => page.getByRole('textbox', { name: /Reply|Note/ });

/** What is in view has been seen, so that an answer is not held back. */
async function hasSeenAll(page: Page): Promise<void> {
  await expect.poll(async () => (await seenSeq(page)) >= Math.max(...(await shownSeqs(page))), PATIENCE).toBe(true);
}

async function write(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await hasSeenAll(page);
  await composer(page).press('Enter');
}

/** Answers of the model in conversations, without summaries for agents. */
const answers = (): Writing[] => model.writings.filter(({ request }) => request.workflow === 'conversation');

test('a customer on Telegram is taken over by one of two agents, passed on, given back, and rates by a button', async () => {
  const agents = [
    { name: 'Amira', page: await agent('Amira') },
    { name: 'Omar', page: await agent('Omar') },
  ];

  // Both see each of three customers, by notifications alone, since a list never looks by itself.
  const chats = [4_101, 4_102, 4_103].map((id) => new TelegramChat(telegram, app, id));
  for (const [index, chat] of chats.entries()) {
    chat.say('/agent please');
    await Promise.all(agents.map(({ page }) => page.locator('.card').nth(index).waitFor()));
  }
  const [customer] = chats;
  if (customer === undefined) throw new Error('there are three customers');
  const { id } = await customer.session();
  const last = async (text: string): Promise<void> => expect.poll(() => customer.last, PATIENCE).toBe(text);

  // Both claim at once. One has the customer, and the other reads the name.
  customer.say('Where is my order 1203?');
  for (const { page } of agents) {
    await page.locator('.card').filter({ hasText: 'order 1203' }).click();
    await page.locator('.message').getByText('Where is my order 1203?').waitFor();
  }
  await Promise.all(agents.map(({ page }) => page.keyboard.press('c')));
  await expect
    .poll(async () => (await Promise.all(agents.map(({ page }) => composer(page).count()))).join(), PATIENCE)
    .toMatch(/^(1,0|0,1)$/);
  const [first, other] = agents;
  if (first === undefined || other === undefined) throw new Error('there are two agents');
  const [winner, loser] = (await composer(first.page).count()) === 1 ? [first, other] : [other, first];
  await loser.page.getByText(`${winner.name}\u2069 has this conversation. You can write a note.`).waitFor();

  await write(winner.page, 'It is in **Giza**.');
  await last('bot: It is in Giza.');
  expect(telegram.transcript(customer.id).at(-1)?.entities).toEqual([{ type: 'bold', offset: 9, length: 4 }]);
  customer.say('The blue one?');
  for (const { page } of agents) await page.locator('.message').getByText('The blue one?').waitFor();
  await write(winner.page, 'Yes, the blue one.');
  await last('bot: Yes, the blue one.');

  // A note is for colleagues. So is the colleague who gets the conversation.
  const before = customer.shown.length;
  await loser.page.keyboard.press('n');
  await composer(loser.page).fill('The carrier lost it once.');
  await composer(loser.page).press('Enter');
  await winner.page.locator('.message.note').getByText('The carrier lost it once.').waitFor();
  await winner.page.getByRole('button', { name: 'Transfer…' }).click();
  await winner.page.getByRole('dialog').getByRole('button', { name: loser.name }).click();
  await composer(loser.page).waitFor();

  // The assistant goes on with the next question. What was said to a person, it only knows.
  await loser.page.getByRole('button', { name: 'Give back' }).click();
  await loser.page.getByText('gave it back to the assistant').waitFor();
  customer.say('And when will it be here?');
  const answer = await vi.waitFor(() => {
    const [begun] = answers();
    if (begun === undefined) throw new Error('the model was not asked');
    return begun;
  }, PATIENCE);
  const given = JSON.stringify(answer.request.messages);
  for (const said of ['order 1203', 'Giza', 'The blue one?', 'Yes, the blue one.']) expect(given).toContain(said);
  expect(given).not.toContain('carrier');
  expect(answer.request.messages.at(-1)).toMatchObject({ text: 'And when will it be here?' });
  answer.write('On Thurs');
  await winner.page.locator('[data-draft="live"]').getByText('On Thurs').waitFor();
  answer.write('day.');
  answer.end();
  await last('bot: On Thursday.');
  expect(customer.shown.slice(before)).toEqual(['customer: And when will it be here?', 'bot: On Thursday.']);
  expect(answers()).toHaveLength(1);

  await winner.page.getByRole('button', { name: 'Close…' }).click();
  await winner.page.getByRole('button', { name: 'Close it' }).click();
  await last('bot: This conversation is closed. How was our help? Choose from 1 to 5.');
  const question = telegram.transcript(customer.id).at(-1);
  const scores = question?.keyboard?.flat() ?? [];
  expect(scores).toHaveLength(5);
  telegram.press(customer.id, question?.id ?? 0, z.string().parse(scores[1]?.callback_data));
  await last('bot: Thank you for your rating. You can add a comment: write /comment and your words.');
  customer.say('/comment Quick and kind');
  for (const { page } of agents) {
    await page.getByText('The customer rated 4 of 5: \u2068Quick and kind\u2069').waitFor();
    await expectJournal(page, app, id);
  }
});

test('a photo, a voice note and a document from Telegram are answered there, and seen, heard and opened in the console', async () => {
  const mariam = await agent('Mariam');
  const chat = new TelegramChat(telegram, app, 4_201);
  const photo = await image('jpeg', 900, 600);
  const voice = voiceNote(6);
  const plan = await pdf(2);
  for (const [id, bytes] of Object.entries({ photo, voice, plan })) telegram.received.set(id, bytes);

  // The photo is what the model is asked about, and the answer grows in the chat.
  chat.send({
    photo: [
      { file_id: 'small', width: 90, height: 60 },
      { file_id: 'photo', width: 900, height: 600, file_size: photo.length },
    ],
    caption: 'Is this the flat?',
  });
  const asked = await vi.waitFor(() => {
    const found = answers().find(({ request }) => JSON.stringify(request.messages.at(-1)).includes('Is this the flat?'));
    if (found === undefined) throw new Error('the model was not asked');
    return found;
  }, PATIENCE);
  expect(JSON.stringify(asked.request.messages.at(-1))).toContain('image');
  asked.write('Yes, that is');
  await expect.poll(() => chat.last, PATIENCE).toBe('bot: Yes, that is …');
  asked.write(' the flat.');
  asked.end();
  await expect.poll(() => chat.last, PATIENCE).toBe('bot: Yes, that is the flat.');

  chat.say('/agent about the flat');
  await mariam.locator('.card').filter({ hasText: 'about the flat' }).click();
  await mariam.keyboard.press('c');
  await composer(mariam).waitFor();
  chat.send({ voice: { file_id: 'voice', duration: 6, mime_type: 'audio/ogg', file_size: voice.length } });
  chat.send({ document: { file_id: 'plan', file_name: 'مخطط.pdf', mime_type: 'application/pdf', file_size: plan.length } });
  const { id } = await chat.session();
  const kept = async () => (await app.api.history(id)).filter(({ kind }) => kind === 'media').map(({ text }) => text ?? '');
  await expect
    .poll(async () => (await kept()).map((text) => text.split(',')[0]).toSorted(), PATIENCE)
    .toEqual(['kept: application/pdf', 'kept: audio/ogg', 'kept: image/jpeg']);

  await mariam.getByRole('button', { name: 'Open Image' }).locator('img').waitFor();
  await mariam.getByRole('button', { name: 'Open Image' }).click();
  await mariam.getByRole('dialog').getByRole('img', { name: 'Image' }).waitFor();
  await mariam.keyboard.press('Escape');
  await mariam.getByRole('button', { name: 'Play Voice note, 0:06' }).click();
  await mariam.locator('audio[aria-label="Voice note"]').waitFor();
  await mariam.getByText('2 pages').waitFor();
  const download = mariam.waitForEvent('download');
  await mariam.getByRole('button', { name: 'Save مخطط.pdf' }).click();
  expect(Buffer.compare(await readFile(await (await download).path()), plan)).toBe(0);
  await write(mariam, 'Thank you, I have all three.');
  await expect.poll(() => chat.last, PATIENCE).toBe('bot: Thank you, I have all three.');
});

/** Presses Tab until the control with this name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let count = 0; count < 40; count += 1) {
    const focused = page.locator(':focus');
    if ((await focused.count()) === 1) {
      const label = await focused.evaluate((element) => {
        const labels = element instanceof HTMLInputElement ? [...(element.labels ?? [])].map((one) => one.textContent) : [];
        return [element.getAttribute('aria-label'), element.textContent, ...labels];
      });
      if (label.includes(name)) return;
    }
    await page.keyboard.press('Tab');
  }
  throw new Error(`the keyboard does not reach "${name}"`);
}

/** Moves through the list until the conversation with this text is chosen. */
async function step(page: Page, text: string): Promise<void> {
  const chosen = page.locator('.card[aria-current="true"]');
  for (let count = 0; count < 40; count += 1) {
    await page.keyboard.press('j');
    await chosen.waitFor();
    if ((await chosen.textContent())?.includes(text)) return;
  }
  throw new Error(`the list has no "${text}"`);
}

test('an agent without a mouse answers, notes, transfers and closes ten conversations', async () => {
  const page = await openConsole(opening, await invitation(app));
  pages.push(page);
  const { keyboard } = page;
  await page.evaluate(() => {
    document.documentElement.dataset.presses = '0';
    const count = (): void => {
      document.documentElement.dataset.presses = String(Number(document.documentElement.dataset.presses) + 1);
    };
    for (const type of ['pointerdown', 'mousedown', 'mousemove', 'touchstart', 'wheel']) addEventListener(type, count, { capture: true });
  });
  await page.getByRole('button', { name: 'Join' }).waitFor();
  for (const [field, text] of [
    ['Your name', 'Salma'],
    ['Login', 'salma'],
    ['Password', PASSWORD],
  ] as const) {
    await tabTo(page, field);
    await keyboard.type(text);
  }
  await keyboard.press('Enter');
  await page.getByRole('tab', { name: /Waiting/ }).waitFor();

  const ids: string[] = [];
  for (let number = 1; number <= 10; number += 1) {
    const visitor = await app.visitor({ locale: 'en' });
    const { sessionId } = await visitor.write(`/agent case ${number}.`);
    ids.push(sessionId);
    await page
      .locator('.card')
      .filter({ hasText: `case ${number}.` })
      .waitFor();
  }
  const conversation = page.locator('.conversation');
  for (const [index, id] of ids.entries()) {
    const number = index + 1;
    const session = async () => app.api.session(id);
    await keyboard.press('1');
    await step(page, `case ${number}.`);
    await keyboard.press('c');
    await page.locator('[data-mode="reply"] textarea:focus').waitFor();
    await hasSeenAll(page);
    await keyboard.type(`Answer ${number}`);
    await keyboard.press('Enter');
    await page.locator('[data-author="agent"][data-seq]').getByText(`Answer ${number}`).waitFor();
    await keyboard.press('Escape');
    await keyboard.press('n');
    await page.locator('[data-mode="note"] textarea:focus').waitFor();
    await keyboard.type(`Note ${number}`);
    await keyboard.press('Enter');
    await page.locator('.message.note[data-seq]').getByText(`Note ${number}`).waitFor();
    await keyboard.press('Escape');

    await keyboard.press('t');
    await tabTo(page, 'The name of the queue');
    await keyboard.type('second line');
    await keyboard.press('Enter');
    await expect.poll(async () => (await session()).handler, PATIENCE).not.toBe('human');
    await conversation.getByText('passed it to the queue').waitFor();
    await keyboard.press('c');
    await page.locator('textarea:focus').waitFor();
    await keyboard.press('Escape');
    await keyboard.press('e');
    await tabTo(page, 'Reason (only colleagues see it)');
    await keyboard.type(`done ${number}`);
    await keyboard.press('Enter');
    await conversation.getByText(`done ${number}`).waitFor();
    expect(await session()).toMatchObject({ open: false });
  }
  for (const [index, id] of ids.entries()) {
    const written = (await app.api.history(id)).filter(({ kind }) => kind === 'agent.message' || kind === 'note');
    expect(written.map(({ text }) => text)).toEqual([`Answer ${index + 1}`, `Note ${index + 1}`]);
  }
  expect(await page.evaluate(() => document.documentElement.dataset.presses)).toBe('0');
});
