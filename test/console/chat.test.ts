/** Chat page in Chromium. A conversation, and the effects of a bad network (SPEC C5). */
import type { Request, Route } from 'playwright-core';
import { describe, expect, it, vi } from 'vitest';
import type { Address } from '#machines/ids.ts';
import { shown, write } from '#test/browser.ts';
import { chatPage, expectShown } from './chat-page.ts';

const chat = chatPage();

describe('a conversation', () => {
  it('streams the answer, marks what was sent, and is still there after a reload', async () => {
    const page = await chat.open();
    await write(page, 'Hello');
    const at = await chat.address();
    await chat.listening(at);
    await page.locator('.delivery[data-mark="sent"]').waitFor();
    chat.server.backend.live(at, { type: 'typing', who: 'assistant', on: true });
    await page.locator('.dots').waitFor();
    chat.server.backend.live(at, { type: 'delta', runId: 'r1', offset: 0, text: 'Once **upon' });
    await page.locator('[data-draft="live"]').waitFor();
    await expectShown(page, ['Hello', 'Once **upon']);
    await page.locator('.delivery[data-mark="read"]').waitFor();
    chat.server.backend.live(at, { type: 'delta', runId: 'r1', offset: 11, text: ' a time**' });
    await expectShown(page, ['Hello', 'Once upon a time']);
    chat.server.backend.say(at, { author: 'assistant', text: 'Once **upon a time**.', runId: 'r1' });
    await expectShown(page, ['Hello', 'Once upon a time.']);
    expect(await page.locator('[data-draft]').count()).toBe(0);
    await page.reload();
    await expectShown(page, ['Hello', 'Once upon a time.']);
    expect(await page.locator('.markdown strong').textContent()).toBe('upon a time');
  });

  it('makes no visitor of someone who only looks', async () => {
    await chat.open();
    expect(chat.server.posts).toEqual([]);
  });

  it('stops an answer in the making by button and by Escape', async () => {
    const page = await chat.open();
    await write(page, 'Tell me a long story');
    const at = await chat.address();
    await chat.listening(at);
    chat.server.backend.live(at, { type: 'delta', runId: 'r1', offset: 0, text: 'Once' });
    chat.server.backend.onEvent = ({ type }) => {
      if (type === 'command') chat.server.backend.say(at, { author: 'system', text: 'Stopped.' });
    };
    await page.getByRole('button', { name: 'Stop the answer' }).click();
    const commands = () => chat.server.backend.heard.filter(({ type }) => type === 'command');
    await vi.waitFor(() => expect(commands()).toMatchObject([{ name: 'stop' }]));
    await page.getByRole('textbox').press('Escape');
    await vi.waitFor(() => expect(commands()).toHaveLength(2));
    chat.server.backend.live(at, { type: 'typing', who: 'assistant', on: false });
    await page.getByText('Stopped.').first().waitFor();
    expect(await shown(page)).not.toContain('/stop');
  });

  it('reports what was delivered and read, and that the visitor types', async () => {
    const page = await chat.open();
    await write(page, 'Hello');
    const at = await chat.address();
    await chat.listening(at);
    const { id } = chat.server.backend.say(at, { author: 'assistant', text: 'Hi' });
    const seq = Number(id.split('.')[1]);
    await vi.waitFor(() => {
      const receipts = chat.server.backend.heard.flatMap((event) => (event.type === 'receipt' ? [[event.upTo, event.status]] : []));
      expect(receipts).toEqual([
        [seq, 'delivered'],
        [seq, 'read'],
      ]);
    });
    await page.getByRole('textbox').pressSequentially('And');
    await vi.waitFor(() => expect(chat.server.backend.heard.filter(({ type }) => type === 'typing')).toHaveLength(1));
  });

  it('names the human who answers, and says when they come and go', async () => {
    const page = await chat.open();
    await write(page, 'A person, please');
    const at = await chat.address();
    await chat.listening(at);
    const state = { type: 'state', state: 'ACTIVE', sessionId: chat.server.backend.conversation(at).sessionId, open: true } as const;
    chat.server.backend.live(at, { ...state, handler: 'bot' });
    chat.server.backend.live(at, { ...state, state: 'WAITING_AGENT', handler: 'none' });
    await page.getByText('A person has been asked to join').waitFor();
    chat.server.backend.live(at, { ...state, handler: 'human', name: 'Sara' });
    await page.getByText('Sara joined the conversation').waitFor();
    await page.getByText('You are talking to Sara').waitFor();
    chat.server.backend.say(at, { author: 'agent', name: 'Sara', text: 'Hello from Sara' });
    await page.locator('.name', { hasText: 'Sara' }).waitFor();
    chat.server.backend.live(at, { ...state, handler: 'bot' });
    await page.getByText('The assistant is answering again').waitFor();
    expect(await page.locator('.line').count()).toBe(3);
  });

  it('starts anew when asked, after asking back', async () => {
    const page = await chat.open();
    await write(page, 'First');
    await expectShown(page, ['First']);
    await page.getByRole('button', { name: 'New conversation' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await expectShown(page, ['First']);
    await page.getByRole('button', { name: 'New conversation' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Start over' }).click();
    await page.getByText('Hello! How can I help?').waitFor();
    await page.getByRole('button', { name: 'What can you do?' }).click();
    await expectShown(page, ['What can you do?']);
    await vi.waitFor(() => expect(chat.server.backend.conversations.size).toBe(2));
  });

  it('says what to do when the visitor is no longer known', async () => {
    const page = await chat.open();
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
  /** Resolves when the stream is gone. The page may have another one already. */
  async function cut(at: Address): Promise<void> {
    const { live } = chat.server.backend.conversation(at);
    const before = [...live];
    chat.server.cut();
    await vi.waitFor(() => expect(before.filter((stream) => live.has(stream))).toEqual([]));
  }

  it('keeps what is written offline and sends it once, in order', async () => {
    const page = await chat.open();
    await write(page, 'One');
    const at = await chat.address();
    await chat.listening(at);
    await chat.context.setOffline(true);
    await page.getByText('You are offline').waitFor();
    await write(page, 'Two');
    await write(page, 'Three');
    await vi.waitFor(async () => expect(await page.locator('.delivery[data-mark="waiting"]').count()).toBe(1));
    await expectShown(page, ['One', 'Two', 'Three']);
    expect(chat.server.backend.heard.filter(({ type }) => type === 'message')).toHaveLength(1);
    await chat.context.setOffline(false);
    await vi.waitFor(() => expect(chat.server.backend.conversation(at).messages.map(({ text }) => text)).toEqual(['One', 'Two', 'Three']));
    await expectShown(page, ['One', 'Two', 'Three']);
    await vi.waitFor(async () => expect(await page.locator('.delivery[data-mark="waiting"]').count()).toBe(0));
    expect(await page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes('outbox')))).toEqual([]);
  });

  it('sends again what the server took without being able to say so, and it is taken once', async () => {
    const page = await chat.open();
    const loseTheAnswer = async (route: Route, request: Request): Promise<void> => {
      await fetch(request.url(), { method: 'POST', headers: await request.allHeaders(), body: request.postData() ?? '' });
      await route.abort('connectionreset');
    };
    await page.route('**/channels/web/messages', loseTheAnswer, { times: 1 });
    await page.route('**/channels/web/events', (route) => route.abort());
    await write(page, 'Only once');
    await vi.waitFor(() => expect(chat.server.backend.heard).toHaveLength(2));
    await page.locator('.delivery[data-mark="sent"]').waitFor();
    await page.unroute('**/channels/web/events');
    await page.evaluate(() => dispatchEvent(new Event('online')));
    await chat.listening(await chat.address());
    await expectShown(page, ['Only once']);
    expect(chat.server.backend.conversation(await chat.address()).messages).toHaveLength(1);
  });

  it('waits while the store is away, says so, and still knows it after a reload', async () => {
    chat.server.backend.down = true;
    const page = await chat.open();
    await write(page, 'Patience');
    await page.locator('.delivery[data-mark="waiting"]').waitFor();
    await page.reload();
    await page.locator('.delivery[data-mark="waiting"]').waitFor();
    await expectShown(page, ['Patience']);
    chat.server.backend.down = false;
    await page.locator('.delivery[data-mark="sent"]').waitFor();
    await expectShown(page, ['Patience']);
  });

  it('shows each message exactly once over cuts in mid-stream', async () => {
    const page = await chat.open();
    await write(page, 'Count');
    const at = await chat.address();
    const expected = ['Count'];
    for (let round = 0; round < 4; round++) {
      await chat.listening(at);
      const text = `Answer number ${round} is here`;
      chat.server.backend.live(at, { type: 'delta', runId: `r${round}`, offset: 0, text: text.slice(0, 8) });
      await expectShown(page, [...expected, text.slice(0, 8).trim()]);
      await cut(at);
      // Sent while the page has no stream. Some of it is durable, some transient.
      chat.server.backend.live(at, { type: 'delta', runId: `r${round}`, offset: 8, text: text.slice(8) });
      chat.server.backend.say(at, { author: 'assistant', text, runId: `r${round}` });
      chat.server.backend.say(at, { author: 'assistant', text: `And ${round} more` });
      expected.push(text, `And ${round} more`);
      await page.evaluate(() => dispatchEvent(new Event('online')));
      await expectShown(page, expected);
    }
    expect(await page.locator('[data-draft]').count()).toBe(0);
  });

  it('joins an answer in the middle after a cut, without a hole', async () => {
    const page = await chat.open();
    await write(page, 'Go on');
    const at = await chat.address();
    await chat.listening(at);
    chat.server.backend.live(at, { type: 'delta', runId: 'r', offset: 0, text: 'one ' });
    await expectShown(page, ['Go on', 'one']);
    await cut(at);
    chat.server.backend.live(at, { type: 'delta', runId: 'r', offset: 4, text: 'two ' });
    await page.evaluate(() => dispatchEvent(new Event('online')));
    await chat.listening(at);
    chat.server.backend.live(at, { type: 'delta', runId: 'r', offset: 8, text: 'three' });
    await expectShown(page, ['Go on', 'one two three']);
  });

  it('offers a message that was refused for good to be mended', async () => {
    const page = await chat.open();
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
    const page = await chat.open();
    await write(page, 'From the first tab');
    await expectShown(page, ['From the first tab']);
    const other = await chat.context.newPage();
    await other.goto(`${chat.server.url}/chat`);
    await expectShown(other, ['From the first tab']);
    await write(other, 'From the second');
    await expectShown(page, ['From the first tab', 'From the second']);
  });
});
