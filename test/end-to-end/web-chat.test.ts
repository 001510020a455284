/**
 * The main job from outside. The app runs as `npm start` composes it, with a visitor in Chromium
 * and a human at the API.
 */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createOfflineProvider } from '#agent-service/offline/adapter.ts';
import { MAX_TEXT } from '#machines/session/events.ts';
import type { ComposeOptions } from '#src/compose-options.ts';
import { launchBrowser, openChat, shown as shownBy, write as writeIn } from '#test/browser.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import type { Session } from './api.ts';
import { DictatedModel, longAnswer, type Writing } from './models.ts';
import { PATIENCE, type RunningApp, runApp } from './running-app.ts';

const { connectionString } = await createTestDatabase();
let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());

let app: RunningApp;
let context: BrowserContext;
let page: Page;
let faults: string[];
/** The last session of the tests before. */
let earlier: string | undefined;
beforeEach(() => {
  faults = [];
});
afterEach(async ({ task }) => {
  // The failure contains what the page shows. This is the app's log.
  if (task.result?.state === 'fail')
    process.stderr.write(`${app?.log.slice(-80).join('')}
`);
  await context?.close();
  await app?.stop();
  // A script that threw, or what the Content-Security-Policy had to stop.
  expect(faults).toEqual([]);
});

async function open(options: ComposeOptions): Promise<void> {
  app = await runApp({ DATABASE_URL: connectionString }, options);
  earlier = (await app.api.sessions('?limit=1'))[0]?.id;
  await visit({});
}

async function visit(options: BrowserContextOptions): Promise<void> {
  page = await openChat(browser, `${app.url}/chat`, options, { faults, timeoutMs: PATIENCE.timeout });
  context = page.context();
}

const write = (text: string) => writeIn(page, text);
const shown = () => shownBy(page);
const expectShown = (texts: readonly unknown[]) => expect.poll(shown, PATIENCE).toEqual(texts);

/** The answer stands in the chat as a message. A draft may show the whole text before. */
async function answered(text: string): Promise<void> {
  await expect.poll(async () => (await shown()).at(-1), PATIENCE).toBe(text);
  await page.locator('[data-draft]').waitFor({ state: 'detached' });
}

/** The newest session of this test's visitor. */
async function session(): Promise<Session> {
  return vi.waitFor(async () => {
    const [newest] = await app.api.sessions('?limit=1');
    if (!newest || newest.id === earlier) throw new Error('nobody has written yet');
    return newest;
  }, PATIENCE);
}

async function writing(model: DictatedModel, index: number): Promise<Writing> {
  return vi.waitFor(() => {
    const found = model.writings[index];
    if (!found) throw new Error(`the model was not asked ${index + 1} times`);
    return found;
  }, PATIENCE);
}

describe('the main job in a browser (SPEC C5)', () => {
  it('shows the offline model’s answer as it is written and complete, marks what was sent, and keeps it over a reload (A4, C8)', async () => {
    // It writes a few words, and waits until they were seen.
    const seen = Promise.withResolvers<void>();
    let words = 0;
    await open({ provider: createOfflineProvider({ sleep: async () => void (++words === 6 && (await seen.promise)) }) });
    await write('Hello');
    await page.locator('[data-draft="live"]').waitFor();
    await expectShown(['Hello', 'Hello! How can I help you?']);
    seen.resolve();
    await expect
      .poll(async () => (await shown()).at(-1), PATIENCE)
      .toMatch(/^Hello! How can I help you\?[\s\S]*I am the offline model[\s\S]*restart Statechat\.$/);
    await page.locator('[data-author="customer"] .delivery[data-mark="read"]').waitFor();
    await page.locator('[data-draft]').waitFor({ state: 'detached' });

    const before = await shown();
    await page.reload();
    await expectShown(before);
    const { id } = await session();
    expect((await app.api.said(id)).map(({ kind, delivery }) => [kind, delivery?.status])).toEqual([
      ['customer.message', undefined],
      // The page reports what it has shown. A reload does not take that back.
      ['assistant.message', 'read'],
    ]);
  });

  it('shows a long answer as it grows and whole, and one that is longer than a session takes up to an ellipsis (C8)', async () => {
    const model = new DictatedModel();
    await open({ provider: model });
    const last = async () => (await shown()).at(-1) ?? '';
    const dictate = async (index: number, text: string): Promise<void> => {
      const answer = await writing(model, index);
      const half = Math.floor(text.length / 2);
      for (const piece of text.slice(0, half).match(/[\s\S]{1,499}/g) ?? []) answer.write(piece);
      await page.locator('[data-draft="live"]').waitFor();
      await expect.poll(last, PATIENCE).toContain(text.slice(half - 500, half).trim());
      for (const piece of text.slice(half).match(/[\s\S]{1,499}/g) ?? []) answer.write(piece);
      answer.end();
      // The draft may show the whole text first. What is asked for next is the message.
      await page.locator('[data-draft]').waitFor({ state: 'detached' });
    };
    await write('Tell me all about it');
    const whole = longAnswer(600);
    expect(whole.length).toBeGreaterThan(30_000);
    await dictate(0, whole);
    await expect.poll(last, PATIENCE).toBe(whole);
    await page.reload();
    await expect.poll(last, PATIENCE).toBe(whole);

    await write('And all of the rest');
    const more = longAnswer(900);
    const most = `${more.slice(0, MAX_TEXT - 1)}…`;
    await dictate(1, more);
    await expect.poll(last, PATIENCE).toBe(most);
    await page.reload();
    await expect.poll(last, PATIENCE).toBe(most);
    expect((await app.api.said((await session()).id)).map(({ text }) => text)).toEqual([
      'Tell me all about it',
      whole,
      'And all of the rest',
      most,
    ]);
  });

  it('gives "hi" and "are you there?" one answer (S7)', async () => {
    const model = new DictatedModel();
    // Long enough for a busy machine's browser to type the second in.
    await open({ provider: model, policy: { debounceMs: 3_000 } });
    await write('hi');
    await write('are you there?');
    const only = await writing(model, 0);
    expect(only.request.messages.at(-1)).toMatchObject({ text: 'hi\n\nare you there?' });
    only.write('Here I am.');
    only.end();
    await expectShown(['hi', 'are you there?', 'Here I am.']);
    // Had each of the two been answered, this would be the third.
    await write('thanks');
    const second = await writing(model, 1);
    second.write('Gladly.');
    second.end();
    await expectShown(['hi', 'are you there?', 'Here I am.', 'thanks', 'Gladly.']);
    expect(model.writings).toHaveLength(2);
  });

  it('stops an answer for real: the request is given up and nothing more of it arrives (S4, G6)', async () => {
    const model = new DictatedModel();
    await open({ provider: model });
    await write('Tell me a long story');
    const story = await writing(model, 0);
    story.write('Once upon a time');
    await page.locator('[data-draft="live"]').waitFor();
    await page.getByRole('button', { name: 'Stop the answer' }).click();
    await expect.poll(() => story.aborted, PATIENCE).toBe(true);
    story.write(' there was a queen.');
    story.end();
    await write('And now?');
    const next = await writing(model, 1);
    next.write('Now this.');
    next.end();
    await answered('Now this.');
    expect((await shown()).join('\n')).not.toContain('queen');
    const said = (await app.api.said((await session()).id)).map(({ text }) => text);
    expect(said).toEqual(['Tell me a long story', '/stop', 'Stopped.', 'And now?', 'Now this.']);
  });

  it('lets a human take over in mid-answer, give it back, and close; the next message opens a session that links to it (S2, H3)', async () => {
    const model = new DictatedModel();
    await open({ provider: model });
    await write('I want a refund');
    const { id } = await session();
    const silenced = await writing(model, 0);
    silenced.write('Let me');
    await page.locator('[data-draft="live"]').waitFor();

    const nadia = { id: 'nadia', name: 'Nadia' };
    expect((await app.api.tell(id, { type: 'agent.claim', agent: nadia })).body).toMatchObject({ state: 'ACTIVE', handler: 'human' });
    await expect.poll(() => silenced.aborted, PATIENCE).toBe(true);
    silenced.write(' explain our policy');
    silenced.end();
    expect(await app.api.tell(id, { type: 'agent.claim', agent: { id: 'omar', name: 'Omar' } })).toMatchObject({
      status: 409,
      body: { code: 'held', holder: 'Nadia' },
    });
    await app.api.tell(id, { type: 'agent.message', agent: nadia, text: 'This is **Nadia**. I will see to it.' });
    await page.getByText('This is Nadia. I will see to it.').first().waitFor();
    expect(await page.locator('.row[data-author="agent"] .name').textContent()).toBe('Nadia');
    await write('Thank you, Nadia');
    await expect.poll(async () => (await app.api.said(id)).at(-1)?.text, PATIENCE).toBe('Thank you, Nadia');

    expect((await app.api.tell(id, { type: 'agent.release', agent: nadia })).body).toMatchObject({ handler: 'bot' });
    await write('Are you back?');
    const back = await writing(model, 1);
    back.write('I am.');
    back.end();
    await answered('I am.');
    expect((await shown()).join('\n')).not.toContain('policy');

    expect((await app.api.tell(id, { type: 'close', by: 'nadia' })).body).toMatchObject({ state: 'CLOSED', handler: 'none' });
    expect(await app.api.tell(id, { type: 'agent.message', agent: nadia, text: 'Too late' })).toMatchObject({
      status: 409,
      body: { code: 'closed' },
    });
    await write('One more thing');
    (await writing(model, 2)).write('Yes?');
    model.writings[2]?.end();
    await answered('Yes?');
    const next = await session();
    expect(next).toMatchObject({ previousId: id, state: 'ACTIVE', open: true });
    expect(next.id).not.toBe(id);
    // The visitor saw what the journals hold, in order, each once, and nothing of the silenced
    // answer.
    const said = [...(await app.api.said(id)), ...(await app.api.said(next.id))].map(({ kind, text }) => `${kind}: ${text}`);
    expect(said).toEqual([
      'customer.message: I want a refund',
      'agent.message: This is **Nadia**. I will see to it.',
      'customer.message: Thank you, Nadia',
      'customer.message: Are you back?',
      'assistant.message: I am.',
      'system.message: This conversation is closed. How was our help? Choose from 1 to 5.',
      'customer.message: One more thing',
      'assistant.message: Yes?',
    ]);
  });

  it('speaks Arabic from right to left, the page and the assistant', async () => {
    await open({ provider: (plans) => createOfflineProvider({ delayMs: 0, plans }) });
    await context.close();
    await visit({ locale: 'ar-EG', viewport: { width: 390, height: 844 }, isMobile: true });
    expect(await page.locator('html').getAttribute('dir')).toBe('rtl');
    await write('مرحبا، اسمي سارة');
    await expect.poll(async () => (await shown()).at(-1), PATIENCE).toMatch(/^تشرفت بمعرفتك يا سارة[\s\S]*أنا النموذج غير المتصل/);
    expect((await session()).address).toMatch(/^web:default:v_/);
  });
});
