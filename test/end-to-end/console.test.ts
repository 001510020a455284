/**
 * The console from outside. The app runs as `npm start` composes it, with agents in Chromium and a
 * visitor of the web chat.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { telegramPlugin } from '#channels/telegram/plugin.ts';
import { parseSessionId } from '#machines/ids.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { violations } from '#test/accessibility.ts';
import { launchBrowser } from '#test/browser.ts';
import { startBotApi } from '#test/fakes/bot-api.ts';
import { type Line, startLine } from '#test/faults/line.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { copySession, lengthenTranscript } from '#test/src/gateway/copied-sessions.ts';
import { ask } from './api.ts';
import { invitation, join, type Opening, openConsole, PASSWORD, pressArabic, seenSeq, shownSeqs } from './console-page.ts';
import { expectJournal } from './expect-journal.ts';
import { DictatedModel, type Writing } from './models.ts';
import { pairedChannel } from './paired-channel.ts';
import { PATIENCE, type RunningApp, runApp } from './running-app.ts';
import type { Visitor } from './visitor.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());

let app: RunningApp;
let model: DictatedModel;
let opening: Opening;
let pages: Page[];
let lines: Line[];
beforeEach(async () => {
  const { connectionString } = await createTestDatabase();
  model = new DictatedModel();
  app = await runApp({ DATABASE_URL: connectionString }, { provider: model, policy: { debounceMs: 0 } });
  opening = { browser, faults: [], url: app.url };
  pages = [];
  lines = [];
});
afterEach(async () => {
  for (const page of pages) await page.context().close();
  for (const line of lines) await line.close();
  await app.stop();
  // A script that threw, or what the Content-Security-Policy had to stop. A browser also reports
  // connections that a test has cut.
  expect(opening.faults.filter((fault) => !fault.startsWith('WebSocket connection to'))).toEqual([]);
});

const kept = (page: Page): Page => {
  pages.push(page);
  return page;
};

async function firstAgent(at: Opening = opening): Promise<Page> {
  const link = await app.inviteFirstAdmin();
  return kept(await join(at, link?.path ?? '', 'Amira'));
}

/** A visitor who waits for a person. */
async function waitingVisitor() {
  const visitor = await app.visitor();
  await visitor.listen();
  const { sessionId } = await visitor.write('/agent');
  await visitor.write('Where is my order?');
  return { visitor, sessionId };
}

/** An image of one pixel. */
const PIXEL = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==', 'base64');

const composer = (page: Page) => page.getByRole('textbox', { name: /Reply|Note/ });

/** Writes and sends, after what is in view has been seen. */
async function write(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  const last = Math.max(...(await shownSeqs(page)));
  await expect.poll(() => seenSeq(page), PATIENCE).toBeGreaterThanOrEqual(last);
  await composer(page).press('Enter');
}

/** What the model was asked last with these words, other than for a summary. */
function asked(words: string, workflow = 'conversation'): Promise<Writing> {
  return vi.waitFor(() => {
    const found = model.writings.findLast(
      ({ request }) => request.workflow === workflow && JSON.stringify(request.messages).includes(words),
    );
    if (found === undefined) throw new Error('the model was not asked');
    return found;
  }, PATIENCE);
}

interface Working {
  readonly name: string;
  readonly page: Page;
}

/** Facts, snoozing, sending later, undo and unread, mostly by keys. */
async function triage({ winner, loser, visitor }: { winner: Working; loser: Working; visitor: Visitor }): Promise<void> {
  const { page } = winner;
  const card = page.locator('.card').first();
  const press = async (on: Page, key: string): Promise<void> => {
    await on.locator('.transcript-scroller').focus();
    await on.keyboard.press(key);
  };
  await press(page, '2');
  // Any agent notes, and all see it.
  await press(loser.page, 'g');
  await loser.page.keyboard.type('vip');
  await loser.page.keyboard.press('Enter');
  await card.getByText('vip').waitFor();
  await press(loser.page, 'p');
  await loser.page.getByLabel('Priority').selectOption('Urgent');
  await card.getByText('Urgent').waitFor();
  await loser.page.getByRole('button', { name: 'Add a fact' }).click();
  await loser.page.getByLabel('Name', { exact: true }).fill('budget');
  await loser.page.getByLabel('Value', { exact: true }).fill('3');
  await loser.page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Change budget' }).click();
  await page.getByLabel('budget').fill('4');
  await page.keyboard.press('Enter');
  await loser.page.locator('.fact-value').getByText('4', { exact: true }).waitFor();

  await press(page, 's');
  await page.getByRole('button', { name: 'In an hour' }).click();
  await page.locator('.conversation-status').getByText('Snoozed until').waitFor();
  await page.getByRole('tab', { name: 'Snoozed 1' }).waitFor();
  await press(page, 'z');
  await page.getByRole('tab', { name: 'Mine 1' }).waitFor();

  // A reply can be taken back for some seconds.
  await press(page, 'Control+k');
  await page.keyboard.type('Settings');
  await page.keyboard.press('Enter');
  await page.getByLabel('Time to undo').selectOption('20 seconds');
  await page.getByRole('button', { name: 'Dismiss' }).last().click();
  await write(page, 'It is in Cairo.');
  await page.getByText('Goes out in').waitFor();
  await press(page, 'z');
  await expect.poll(() => composer(page).inputValue(), PATIENCE).toBe('It is in Cairo.');
  await page.locator('.scheduled').waitFor({ state: 'detached' });

  // So can one that is sent later, and the customer's word comes before it.
  await page.getByRole('button', { name: 'Send later…' }).click();
  await page.getByRole('button', { name: 'In an hour' }).click();
  await page.locator('.scheduled').getByText('Goes out').waitFor();
  await page.locator('.scheduled').getByText('It is in Cairo.').waitFor();
  expect(await violations(page)).toEqual([]);
  await visitor.write('I meant the other order.');
  await page.locator('[data-problem="returned"]').waitFor();
  expect(await composer(page).inputValue()).toBe('It is in Cairo.');
  expect(visitor.messages.join()).not.toContain('Cairo');

  await press(page, 'u');
  await page.locator('.card[data-unread="true"]').getByText('1 unread').waitFor();
  await expect.poll(() => page.title(), PATIENCE).toBe('(1) Console');
  await card.click();
  await expect.poll(() => page.title(), PATIENCE).toBe('Console');
  await write(page, 'The other one is in Giza.');
  await page.locator('.scheduled').getByRole('button', { name: 'Send now' }).click();
  await expect.poll(() => visitor.messages.at(-1), PATIENCE).toBe('agent: The other one is in Giza.');
}

describe('the console in a browser (SPEC H1, H3)', () => {
  it('takes a conversation from the escalation to its end, between two agents and the customer', async () => {
    const amira = await firstAgent();
    expect(amira.url()).not.toContain('invitation');
    expect(await app.inviteFirstAdmin()).toBeUndefined();
    const omar = kept(await join(opening, await invitation(app), 'Omar'));
    expect(await violations(amira)).toEqual([]);

    // One goes away and comes back, by the switch and by its key.
    await amira.getByRole('button', { name: 'Available' }).click();
    await amira.getByRole('button', { name: 'Away' }).waitFor();
    expect(await violations(amira)).toEqual([]);
    await amira.keyboard.press('w');
    await amira.getByRole('button', { name: 'Available' }).waitFor();
    await amira.getByRole('status').filter({ hasText: 'You are available.' }).waitFor({ state: 'attached' });
    const { visitor, sessionId } = await waitingVisitor();

    // Both see who waits, open it, and claim at once.
    const agents = [
      { name: 'Amira', page: amira },
      { name: 'Omar', page: omar },
    ];
    for (const { page } of agents) {
      await page.locator('.card').click();
      await page.getByText('Where is my order?').last().waitFor();
    }
    await Promise.all(agents.map(({ page }) => page.keyboard.press('c')));
    await expect
      .poll(async () => (await Promise.all(agents.map(({ page }) => composer(page).count()))).join(), PATIENCE)
      .toMatch(/^(1,0|0,1)$/);
    const [winner, loser] = (await composer(amira).count()) === 1 ? agents : agents.toReversed();
    if (winner === undefined || loser === undefined) throw new Error('there are two agents');
    await loser.page.getByText(`${winner.name}\u2069 has this conversation. You can write a note.`).waitFor();

    // Replies reach the customer, and the customer's words both agents.
    await write(winner.page, 'Good morning, I look it **up**.');
    await expect.poll(() => visitor.messages.at(-1), PATIENCE).toBe('agent: Good morning, I look it **up**.');
    expect(await composer(winner.page).evaluate((element) => element === document.activeElement)).toBe(true);
    await visitor.write('Thank you!');
    for (const { page } of agents) await page.getByText('Thank you!').last().waitFor();
    await winner.page.getByRole('status').filter({ hasText: 'Thank you!' }).waitFor({ state: 'attached' });

    await triage({ winner, loser, visitor });

    // A note is for colleagues.
    await loser.page.keyboard.press('n');
    await composer(loser.page).fill('The carrier has it.');
    await loser.page.locator('.present, .typing-line').first().waitFor({ state: 'attached' });
    await winner.page.getByText(`${loser.name}\u2069 is writing`).first().waitFor();
    await composer(loser.page).press('Enter');
    await winner.page.locator('.message.note').getByText('The carrier has it.').waitFor();
    expect(visitor.messages.join()).not.toContain('carrier');

    // To the colleague, who gives it back to the assistant.
    await winner.page.getByRole('button', { name: 'Transfer…' }).click();
    await winner.page.getByRole('dialog').getByRole('button', { name: loser.name }).click();
    await loser.page.getByRole('button', { name: 'Give back' }).click();
    await loser.page.getByText('gave it back to the assistant').waitFor();
    await visitor.write('And when will it be here?');
    const answer = await asked('And when will it be here?');
    expect(JSON.stringify(answer.request.messages)).toContain('Good morning, I look it **up**.');
    answer.write('On Thurs');
    await winner.page.locator('[data-draft="live"]').getByText('On Thurs').waitFor();
    answer.write('day.');
    answer.end();
    await winner.page.locator('[data-author="assistant"][data-seq]').getByText('On Thursday.').waitFor();

    await winner.page.getByRole('button', { name: 'Close…' }).click();
    await winner.page.getByLabel(/Reason/).fill('answered');
    await winner.page.getByRole('button', { name: 'Close it' }).click();
    for (const { page } of agents) {
      await page.getByText(`Closed by \u2068${winner.name}\u2069: answered`).waitFor();
      await expectJournal(page, app, sessionId);
      expect(await page.locator('.line span:first-child').allInnerTexts()).toEqual([
        'The conversation began',
        expect.stringContaining('A person is needed'),
        `\u2068${winner.name}\u2069 took over`,
        `\u2068${loser.name}\u2069 noted the tag \u2068vip\u2069`,
        `\u2068${loser.name}\u2069 noted the priority Urgent`,
        `\u2068${loser.name}\u2069 noted \u2068budget\u2069: \u20683\u2069`,
        `\u2068${winner.name}\u2069 noted \u2068budget\u2069: \u20683\u2069 → \u20684\u2069`,
        expect.stringContaining(`\u2068${winner.name}\u2069 snoozed it until`),
        `\u2068${winner.name}\u2069 ended the snooze`,
        `The message of \u2068${winner.name}\u2069 was not sent, because the customer wrote before`,
        `\u2068${winner.name}\u2069 passed it to \u2068${loser.name}\u2069`,
        `\u2068${loser.name}\u2069 gave it back to the assistant`,
        `Closed by \u2068${winner.name}\u2069: answered`,
      ]);
      expect(await violations(page)).toEqual([]);
    }
  });

  it('drafts replies, sums up at take-over, shows what the session is and costs, and asks the customer for a rating', async () => {
    const chat = kept(await openConsole(opening, '/chat', { viewport: { width: 900, height: 1_000 } }));
    const say = async (text: string): Promise<void> => {
      await chat.getByRole('textbox').fill(text);
      await chat.getByRole('textbox').press('Enter');
    };
    const amira = await firstAgent();
    await say('/agent');
    await say('Where is my order 1203?');
    await amira.locator('.card').click();
    await amira.getByText('Where is my order 1203?').last().waitFor();

    // The summary is made by itself, and kept for the next agent.
    await amira.getByText('The summary is being written').waitFor();
    const brief = await asked('Where is my order 1203?', 'handover_brief');
    brief.write('- Wants to know where order **1203** is.');
    brief.end();
    await amira.locator('.brief-text').getByText('1203').waitFor();
    const omar = kept(await join(opening, await invitation(app), 'Omar'));
    await omar.locator('.card').click();
    await omar.locator('.brief-text').getByText('1203').waitFor();
    expect(model.writings.filter(({ request }) => request.workflow === 'handover_brief')).toHaveLength(1);

    // The statechart follows the session.
    const lit = amira.locator('.statechart-state[data-lit="true"]');
    await expect.poll(() => lit.getAttribute('data-state'), PATIENCE).toBe('WAITING_AGENT');
    expect(
      await amira.locator('.statechart-state').evaluateAll((states) => states.map((state) => state.getAttribute('data-state'))),
    ).toEqual(['NEW', 'ACTIVE', 'WAITING_AGENT', 'IDLE', 'CLOSED']);
    await amira.keyboard.press('c');
    await composer(amira).waitFor();
    await expect.poll(() => lit.textContent(), PATIENCE).toBe('Activeperson');
    await amira.getByRole('img', { name: /Now: Active\. From here: .*Idle/ }).waitFor();

    // A draft is streamed into the composer, can be stopped, and gives back what stood there.
    await composer(amira).fill('My own words');
    await composer(amira).press('Escape');
    await amira.keyboard.press('d');
    const draft = await asked('Where is my order 1203?', 'reply_draft');
    draft.write('It left Cairo');
    await expect.poll(() => composer(amira).inputValue(), PATIENCE).toBe('It left Cairo');
    expect(await violations(amira)).toEqual([]);
    await composer(amira).press('Escape');
    await expect.poll(() => draft.aborted, PATIENCE).toBe(true);
    await amira.getByText('The draft was stopped.').waitFor();
    await amira.getByRole('button', { name: 'Undo' }).click();
    expect(await composer(amira).inputValue()).toBe('My own words');
    await amira.getByRole('button', { name: 'Suggest a reply' }).click();
    await expect.poll(() => model.writings.filter(({ request }) => request.workflow === 'reply_draft').length, PATIENCE).toBe(2);
    const second = await asked('Where is my order 1203?', 'reply_draft');
    second.write('It arrives on Thursday.');
    second.end();
    await amira.getByText('Drafted by the model.').waitFor();
    expect(await composer(amira).inputValue()).toBe('It arrives on Thursday.');
    await expect.poll(() => chat.getByText('Thursday').count()).toBe(0);
    await composer(amira).press('Enter');
    await chat.locator('[data-author="agent"]').getByText('It arrives on Thursday.').waitFor();
    expect(await amira.getByText('Drafted by the model.').count()).toBe(0);
    // Three runs were paid for by now, and the panel has it.
    await expect.poll(() => amira.locator('[data-cost]').count(), PATIENCE).toBe(1);

    // The customer is asked, presses, changes it and comments, all in the closed conversation.
    await amira.keyboard.press('Escape');
    await amira.getByRole('button', { name: 'Close…' }).click();
    await amira.getByRole('button', { name: 'Close it' }).click();
    await chat.getByText('How was our help?').last().waitFor();
    expect(await violations(chat)).toEqual([]);
    await chat.getByRole('button', { name: '4 – Good' }).click();
    await chat.getByRole('status').getByText('Thank you for your rating').waitFor({ state: 'attached' });
    await chat.locator('[data-author="customer"]').getByText('4 – Good').waitFor();
    await say('5');
    await say('/comment Amira was quick');
    await chat.getByText('We read every comment').last().waitFor();
    await amira.getByText('The customer rated 5 of 5: \u2068Amira was quick\u2069').waitFor();
    await expect.poll(() => amira.locator('[data-rating]').getAttribute('data-rating'), PATIENCE).toBe('5');
    expect(await violations(amira)).toEqual([]);
    const [session] = await app.api.sessions('?open=false');
    const { body } = await app.api.get(`/api/sessions/${session?.id}/rating`);
    expect(body).toMatchObject({ rating: { score: 5, comment: 'Amira was quick', agent: { name: 'Amira' } } });

    // Anything else begins a new conversation, which leads back to this one.
    await say('One more question');
    await amira.getByRole('tab', { name: /Open/ }).click();
    await amira.locator('.card').first().click();
    await amira.getByRole('link', { name: /Closed/ }).click();
    await amira.getByText('The customer rated 5 of 5: \u2068Amira was quick\u2069').waitFor();
  });

  it('loses nothing when the network is cut, and sends no answer over what its writer has not seen', async () => {
    const line = await startLine(Number(new URL(app.url).port));
    lines.push(line);
    const amira = await firstAgent({ ...opening, url: `http://127.0.0.1:${line.port}` });
    const { visitor, sessionId } = await waitingVisitor();
    await amira.locator('.card').click();
    await amira.keyboard.press('c');
    await composer(amira).waitFor();

    line.set({ kind: 'cut' });
    await amira.getByText('No connection.').waitFor();
    await visitor.write('It has to be the ground floor.');
    await write(amira, 'The third floor then.');
    await amira.locator('[data-sending]').waitFor();
    line.set({ kind: 'well' });
    await amira.locator('[data-problem="unseen"]').waitFor();
    await amira.getByText('New since you wrote').waitFor();
    expect(await composer(amira).inputValue()).toBe('The third floor then.');
    expect(visitor.messages.join()).not.toContain('third floor');

    // What is not sent survives a reload.
    await amira.reload();
    await expect.poll(() => composer(amira).inputValue(), PATIENCE).toBe('The third floor then.');
    await write(amira, 'The ground floor then.');
    await expect.poll(() => visitor.messages.at(-1), PATIENCE).toBe('agent: The ground floor then.');
    await expectJournal(amira, app, sessionId);
  });

  it('speaks Arabic from right to left, takes keys by their place, and is accessible in the dark and on a phone', async () => {
    await firstAgent();
    const page = kept(
      await openConsole(opening, '/console', {
        locale: 'ar-EG',
        viewport: { width: 390, height: 844 },
        colorScheme: 'dark',
        isMobile: true,
      }),
    );
    await page.getByRole('heading', { name: 'تسجيل الدخول' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByLabel('اسم الدخول').fill('amira');
    await page.getByLabel('كلمة المرور', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'دخول' }).click();
    await page.getByText('لا أحد ينتظر').waitFor();
    expect(await page.locator('html').getAttribute('dir')).toBe('rtl');
    const { sessionId } = await waitingVisitor();
    await page.locator('.card').waitFor();
    expect(await violations(page)).toEqual([]);
    await pressArabic(page, 'KeyJ', 'ت');
    await page.locator('.message').first().waitFor();
    await pressArabic(page, 'KeyC', 'ؤ');
    await composer(page).or(page.getByLabel('رد على العميل').last()).last().waitFor();
    await expect.poll(async () => (await app.api.session(sessionId)).handler, PATIENCE).toBe('human');
    expect(await violations(page)).toEqual([]);
    // The page fits.
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  });

  it('lets admins invite and change the team, and takes over what a colleague holds', async () => {
    const amira = await firstAgent();
    await amira.getByRole('button', { name: 'Settings' }).click();
    await amira.getByRole('link', { name: 'Team' }).click();
    await amira.getByRole('heading', { name: 'Team', exact: true }).waitFor();
    await amira.getByRole('button', { name: 'Make a link', exact: true }).click();
    const link = await amira.getByLabel('Link', { exact: true }).inputValue();
    expect(await violations(amira)).toEqual([]);
    const omar = kept(await join(opening, link.slice(app.url.length), 'Omar'));

    // Who looks again sees the new colleague, and that the invitation is used.
    await amira.getByRole('link', { name: 'Your account' }).click();
    await amira.getByText('You are signed in as').waitFor();
    expect(await violations(amira)).toEqual([]);
    await amira.getByRole('link', { name: 'Team' }).click();
    await amira.getByText('No invitation is open.').waitFor();
    await amira.getByRole('combobox', { name: /Omar/ }).selectOption('Supervisor');
    await expect.poll(async () => JSON.stringify((await app.api.get('/api/agents')).body), PATIENCE).toContain('"supervisor"');
    const skills = amira.getByRole('textbox', { name: /Skills of .*Omar/ });
    await skills.fill('billing, Arabic');
    await skills.press('Enter');
    await amira.getByRole('spinbutton', { name: /give .*Omar/ }).fill('3');
    await amira.getByRole('spinbutton', { name: /give .*Omar/ }).press('Enter');
    await expect
      .poll(async () => JSON.stringify((await app.api.get('/api/agents')).body), PATIENCE)
      .toContain('"skills":["billing","Arabic"],"capacity":3');

    // Omar holds a conversation, and Amira takes it over from the page that says who holds what.
    const { sessionId } = await waitingVisitor();
    await omar.reload();
    await omar.locator('.card').click();
    await omar.getByRole('button', { name: 'Claim' }).first().click();
    await amira.getByRole('link', { name: 'Who holds what' }).click();
    await amira.getByRole('button', { name: /Conversations of .*Omar/ }).click();
    await amira.getByRole('row', { name: /Omar.*Available.* of 3/ }).waitFor();
    expect(await violations(amira)).toEqual([]);
    await amira.getByRole('button', { name: 'Take over' }).click();
    await omar
      .getByText(/With .*Amira/)
      .first()
      .waitFor();
    await amira.getByRole('button', { name: 'Open' }).click();
    await composer(amira).waitFor();
    expect((await app.api.session(sessionId)).handler).toBe('human');
  });

  it('shows an admin every channel, what to do about it, its code and a test message', async () => {
    const telegram = await startBotApi();
    telegram.chats.open(4_242);
    const settings = { SESSION_STORAGE_TYPE: 'memory', TELEGRAM_BOT_TOKEN: telegram.token, TELEGRAM_API_ROOT: telegram.url };
    const own = await runApp(settings, { channels: [pairedChannel(), telegramPlugin({ pollSeconds: 1 })] });
    try {
      const link = await own.inviteFirstAdmin();
      const page = kept(await join({ ...opening, url: own.url }, link?.path ?? '', 'Amira'));
      await page.goto(`${own.url}/console#view=channels`);
      const card = (name: string) => page.getByRole('listitem', { name, exact: true });
      await card('Telegram').getByText('Connected').waitFor();
      await card('Discord').getByText('DISCORD_BOT_TOKEN', { exact: true }).waitFor();
      await card('Phone')
        .getByRole('img', { name: /Code to pair .*Phone/ })
        .waitFor();
      expect(await card('Phone').getByLabel('Or enter this code on the phone').inputValue()).toBe('ABCD-1234');
      expect(await violations(page)).toEqual([]);

      await card('Telegram').getByText('Send a test message').press('Enter');
      const address = card('Telegram').getByLabel('Address');
      await address.fill('4242');
      await address.press('Enter');
      await page.getByText('An address looks like').waitFor();
      await address.fill(`telegram:${telegram.id}:4242`);
      await address.press('Enter');
      await page.getByText('Sent. See whether it has arrived.').waitFor();
      expect(telegram.shown(4_242)).toEqual(['This is a test message. If you can read it, the channel works.']);
      await address.fill(`telegram:${telegram.id}:5`);
      await address.press('Enter');
      await card('Telegram').getByRole('alert').getByText('Telegram refused').waitFor();
      expect(await violations(page)).toEqual([]);

      telegram.fail('getMe', { status: 401 }, { times: 10 });
      await page.getByRole('button', { name: 'Check again' }).click();
      await card('Telegram')
        .getByText(/get the current one from @BotFather/)
        .waitFor();
    } finally {
      await own.stop();
      await telegram.close();
    }
  });

  it('changes the own password, and ends what is signed in elsewhere', async () => {
    const amira = await firstAgent();
    const elsewhere = kept(await openConsole(opening, '/console'));
    await elsewhere.getByLabel('Login').fill('amira');
    await elsewhere.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await elsewhere.getByRole('button', { name: 'Sign in' }).click();
    await elsewhere.getByRole('tab', { name: /Waiting/ }).waitFor();
    await amira.goto(`${app.url}/console#view=account`);
    const change = async (current: string, next: string, again = next): Promise<void> => {
      await amira.getByLabel('Current password').fill(current);
      await amira.getByLabel('New password', { exact: true }).fill(next);
      await amira.getByLabel('New password again').fill(again);
      await amira.getByRole('button', { name: 'Change the password' }).click();
    };
    await change(PASSWORD, 'another good horse', 'another bad horse');
    await amira.getByText('The two are not the same.').waitFor();
    await change('a wrong password', 'another good horse');
    await amira.getByText('The current password is wrong.').waitFor();
    await change(PASSWORD, 'another good horse');
    await amira.getByText('The password is changed.').waitFor();
    await elsewhere.getByText('Your sign-in has ended.').waitFor();
  });

  it('scrolls a long queue to its last session, and a long transcript to its first entry', async () => {
    const store = createMemoryStore();
    const own = await runApp({ SESSION_STORAGE_TYPE: 'memory' }, { store, policy: { debounceMs: 0 } });
    try {
      const visitor = await own.visitor();
      const { sessionId } = await visitor.write('/agent');
      await copySession(store.store, parseSessionId(sessionId), 1_099);
      await lengthenTranscript(store.store, parseSessionId(sessionId), 1_000);
      const link = await own.inviteFirstAdmin();
      const page = kept(await join({ ...opening, url: own.url }, link?.path ?? '', 'Amira', { viewport: { width: 1_400, height: 900 } }));
      await page.locator('.count[data-tab="waiting"]:text-is("1100")').waitFor();
      // The one that waits the longest is the first, whenever it was loaded.
      const times = await page.locator('.waiting-time').allInnerTexts();
      expect(times).toEqual(times.toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true })));
      await page.locator('.cards-scroller').evaluate((element) => element.scrollTo(0, element.scrollHeight));
      const last = page.locator('.cards [aria-posinset="1100"]');
      await expect
        .poll(async () => {
          await page.locator('.cards-scroller').evaluate((element) => element.scrollTo(0, element.scrollHeight));
          return last.count();
        }, PATIENCE)
        .toBe(1);
      await last.click();
      await page.locator('.rows [data-seq]').first().waitFor();
      const shown = await page.locator('.rows [data-index]').count();
      expect(shown).toBeLessThan(60);
      await expect
        .poll(async () => {
          await page.locator('.transcript-scroller').evaluate((element) => element.scrollTo(0, 0));
          return page.locator('.rows .line').first().allInnerTexts();
        }, PATIENCE)
        .toEqual([expect.stringContaining('The conversation began')]);
      await page.context().close();
      pages.splice(pages.indexOf(page), 1);
    } finally {
      await own.stop();
    }
  });

  it('answers with what is saved, mentions a colleague, sends files and runs a macro, by keys', async () => {
    const amira = await firstAgent();
    const omar = kept(await join(opening, await invitation(app), 'عمر'));
    const { visitor, sessionId } = await waitingVisitor();
    const field = composer(amira);

    // A response and a macro are saved.
    await amira.keyboard.press('Control+k');
    await amira.getByRole('dialog').getByRole('combobox').fill('saved responses');
    await amira.keyboard.press('Enter');
    await amira.getByRole('button', { name: 'New response' }).press('Enter');
    await amira.getByLabel('Shortcut').fill('/greet');
    await amira.getByLabel('Title').fill('A greeting');
    await amira.getByLabel('Text', { exact: true }).fill('Hello {{customer.name}}, {{agent.name}} here.');
    expect(await violations(amira)).toEqual([]);
    await amira.getByRole('button', { name: 'Save', exact: true }).press('Enter');
    await amira.getByRole('button', { name: 'New macro' }).press('Enter');
    await amira.getByLabel('Name').fill('Refund');
    await amira.getByLabel('Text', { exact: true }).fill('Your money is on its way.');
    await amira.getByRole('button', { name: 'Add a step' }).press('Enter');
    await amira.getByRole('combobox', { name: 'Step' }).nth(1).selectOption({ label: 'Close' });
    await amira.getByRole('button', { name: 'Save', exact: true }).press('Enter');
    await amira.getByRole('button', { name: 'New macro' }).waitFor();
    await amira.keyboard.press('Escape');

    // What is not known is asked for, and never sent as braces.
    await amira.keyboard.press('j');
    await amira.keyboard.press('c');
    await field.fill('/gre');
    await amira.getByRole('option', { name: /greet/ }).waitFor();
    expect(await violations(amira)).toEqual([]);
    await field.press('Enter');
    await expect.poll(() => field.inputValue(), PATIENCE).toBe('Hello {{customer.name}}, Amira here.');
    await field.press('Enter');
    await amira.getByText('Not known here: customer.name').waitFor();
    await amira.keyboard.type('Nora');
    await write(amira, 'Hello Nora, Amira here.');
    await expect.poll(() => visitor.messages.at(-1), PATIENCE).toBe('agent: Hello Nora, Amira here.');

    // Files go out after the text. One that is not what it says is refused, with the reason.
    const choice = amira.locator('input[type="file"]');
    await choice.setInputFiles([
      { name: 'map.png', mimeType: 'image/png', buffer: PIXEL },
      { name: 'list.pdf', mimeType: 'application/pdf', buffer: Buffer.from('<script>alert(1)</script>') },
    ]);
    await amira.getByRole('alert').getByText('its content is text/plain').waitFor();
    await amira.getByText(`${PIXEL.length} byte`).waitFor();
    await amira.getByRole('button', { name: 'Remove list.pdf' }).press('Enter');
    await write(amira, 'The way to us:');
    await expect.poll(() => visitor.messages.slice(-2), PATIENCE).toEqual(['agent: The way to us:', 'agent: map.png']);
    // A reply that is sent while a file is on its way goes with it, and not before.
    const come = Promise.withResolvers<void>();
    await amira.route('**/files?name=*', async (route) => {
      await come.promise;
      await route.continue();
    });
    await choice.setInputFiles([{ name: 'door.png', mimeType: 'image/png', buffer: PIXEL }]);
    await amira.getByRole('button', { name: 'Cancel door.png' }).waitFor();
    await write(amira, 'The door:');
    await amira.locator('#composer-hint').filter({ hasText: 'Sends when the files are in' }).waitFor();
    expect(await violations(amira)).toEqual([]);
    come.resolve();
    await expect.poll(() => visitor.messages.slice(-2), PATIENCE).toEqual(['agent: The door:', 'agent: door.png']);
    await amira.unroute('**/files?name=*');
    await amira.getByRole('button', { name: 'Open map.png' }).locator('img').waitFor();
    const download = amira.waitForEvent('download');
    await amira.getByRole('button', { name: 'Save map.png' }).press('Enter');
    expect((await download).suggestedFilename()).toBe('map.png');

    // The colleague finds the note that mentions him.
    await amira.keyboard.press('n');
    await field.pressSequentially('Please look, @عم');
    await amira.getByRole('option', { name: 'عمر' }).waitFor();
    await field.press('Tab');
    await field.press('Enter');
    await omar.getByRole('button', { name: 'Mentions: 1 new mention' }).waitFor();
    await omar.keyboard.press('a');
    expect(await violations(omar)).toEqual([]);
    await omar.getByRole('button', { name: /Amira.* mentioned you/ }).press('Enter');
    await omar.locator('.message.note .mention').getByText('@عمر').waitFor();
    await omar.getByRole('button', { name: 'Mentions', exact: true }).waitFor();

    // The macro is confirmed, since it sends something.
    await field.press('Escape');
    await amira.keyboard.press('m');
    await amira.getByRole('dialog').getByRole('combobox').press('Enter');
    await amira.getByText('It sends this to the customer:').waitFor();
    await amira.getByRole('button', { name: 'Send and run' }).press('Enter');
    await amira.getByText('All 2 steps were done.').waitFor();
    await amira.keyboard.press('Escape');
    await expect.poll(async () => (await app.api.session(sessionId)).open, PATIENCE).toBe(false);
    await expect.poll(() => visitor.messages, PATIENCE).toContain('agent: Your money is on its way.');

    // It is found by what was said, and by a filter that is saved.
    await amira.keyboard.press('/');
    const search = amira.getByRole('dialog').getByRole('combobox');
    // What was just said is in the index some seconds later.
    await vi.waitFor(async () => {
      await search.fill('');
      await search.fill('mony way');
      await amira.getByRole('option', { name: /closed.*Your money is on its way/ }).waitFor({ timeout: 2_000 });
    }, PATIENCE);
    expect(await amira.locator('.choice-detail mark').allTextContents()).toEqual(['money', 'way']);
    await amira.keyboard.press('Enter');
    await amira.keyboard.press('/');
    await amira.getByLabel('Only in this conversation').check();
    await search.fill('"on its way"');
    await amira.getByRole('option', { name: /Your money is on its way/ }).waitFor();
    expect(await violations(amira)).toEqual([]);
    await amira.keyboard.press('Escape');
    await amira.keyboard.press('5');
    await amira.keyboard.press('f');
    await amira.getByLabel('Channel').selectOption('web');
    await amira.getByLabel('Name of the filter').fill('From the web');
    await amira.keyboard.press('Enter');
    await amira.getByRole('button', { name: 'From the web', exact: true }).waitFor();
    await amira.locator('.card').waitFor();
    expect(await violations(amira)).toEqual([]);
    await amira.getByLabel('State', { exact: true }).selectOption({ label: 'Idle' });
    await amira.getByText('Nothing matches the filter.').waitFor();
    await amira.getByRole('button', { name: 'From the web', exact: true }).press('Enter');
    await amira.locator('.card').waitFor();
  });

  it('says what to do about an invitation that cannot be used, and where the first link is', async () => {
    const page = kept(await openConsole(opening, `/console#invitation=${'x'.repeat(43)}`));
    await page.getByRole('heading', { name: 'This invitation cannot be used' }).waitFor();
    expect(page.url()).not.toContain('invitation');
    await page.getByRole('button', { name: 'I have an account' }).click();
    await page.getByText('The first link is in the terminal').waitFor();
    await page.getByLabel('Login').fill('nobody');
    await page.getByLabel('Password', { exact: true }).fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('wrong').waitFor();
  });

  it('is not shown in frames, and is asked for anew', async () => {
    const response = await fetch(`${app.url}/console`);
    expect(response.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(response.headers.get('x-frame-options')).toBe('DENY');
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect((await ask(`${app.url}/console`, { method: 'POST' })).status).toBe(405);
  });
});
