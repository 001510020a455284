import { describe, expect, it } from 'vitest';
import type { Draft } from '#channels/port.ts';
import { at, CHAT, eventually, GROUP, type StartedAdapter, says, sending, startAdapter } from './started-adapter.ts';

const signal = new AbortController().signal;
const WORDS = Array.from({ length: 120 }, (_, i) => (i % 10 === 4 ? `**bold${i}**` : `word${i}`));

/** Writes the words one by one, a tenth of a second apart. */
async function write(draft: Draft, clock: StartedAdapter['clock'], words: readonly string[] = WORDS): Promise<string> {
  let text = '';
  for (const word of words) {
    text += `${word} `;
    draft.update(text);
    await clock.sleep(100);
    // Calls under way arrive. Time does not move while the network works.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return text.trim();
}

const gaps = (times: readonly number[]): number[] => times.slice(1).map((time, i) => time - (times[i] ?? 0));
const shows = (started: StartedAdapter) =>
  started.api.calls.filter(({ method }) => method === 'sendMessage' || method === 'editMessageText');

describe('an answer in the making on Telegram (C8)', () => {
  for (const [where, chat, interval] of [
    ['private', CHAT, 1_100],
    ['group', GROUP, 3_100],
  ] as const) {
    it(`shows one message and edits it, never sooner than after ${interval} ms in a ${where} chat`, async () => {
      const started = await startAdapter({ api: { limits: true } });
      const { api, adapter, clock } = started;
      const draft = adapter.draft(at(chat), { signal });
      const text = await write(draft, clock);
      const id = await draft.close();
      expect(id).toBe(chat < 0 ? `${chat}:1` : '1');
      const shown = shows(started);
      expect(shown.every(({ status }) => status === 200)).toBe(true);
      expect(shown.length).toBeGreaterThanOrEqual(Math.floor(12_000 / interval / 2));
      for (const gap of gaps(shown.map(({ at: time }) => time))) expect(gap).toBeGreaterThanOrEqual(interval);
      await adapter.send(at(chat), says(text), sending({ draft: id ?? '' }).context);
      expect(api.shown(chat)).toEqual([text.replaceAll('**', '')]);
      expect(api.callsOf('sendMessage')).toHaveLength(1);
    });
  }

  it('tells its id as soon as something is shown, and goes on with it after a crash', async () => {
    const { api, adapter } = await startAdapter();
    const shown: string[] = [];
    const dead = adapter.draft(at(CHAT), { signal, onShown: (ref) => shown.push(ref) });
    dead.update('Once');
    await eventually(() => expect(shown).toEqual(['1']));
    const next = adapter.draft(at(CHAT), { signal, resume: shown[0] ?? '' });
    next.update('Once upon a time');
    await eventually(() => expect(api.shown(CHAT)).toEqual(['Once upon a time …']));
    expect(await next.close()).toBe('1');
    await dead.close();
  });

  it('shows complete markup at every point of a text', async () => {
    const started = await startAdapter();
    const draft = started.adapter.draft(at(CHAT), { signal });
    await write(
      draft,
      started.clock,
      ['**bo', 'ld** `co', 'de` [li', 'nk](https://exa', 'mple.com) \n```js\nlet', ' a;\n', '```\n> quo', 'te 👩‍', '\ud83d', 'x'].flatMap(
        (piece) => Array<string>(12).fill(piece),
      ),
    );
    await draft.close();
    expect(
      shows(started)
        .map(({ status }) => status)
        .every((status) => status === 200),
    ).toBe(true);
  });

  it('drops edits while Telegram holds the chat, and never the final text', async () => {
    const started = await startAdapter();
    const { api, adapter, clock } = started;
    const draft = adapter.draft(at(CHAT), { signal });
    draft.update('Once');
    await eventually(() => expect(api.shown(CHAT)).toEqual(['Once …']));
    api.fail('editMessageText', { status: 429, retryAfter: 8 });
    const before = clock.now();
    const text = await write(draft, clock, WORDS.slice(0, 60));
    const id = await draft.close();
    expect(shows(started).filter(({ at: time }) => time > before + 1_100 && time < before + 8_000)).toEqual([]);
    await adapter.send(at(CHAT), says(text), sending({ draft: id ?? '' }).context);
    expect(api.shown(CHAT)).toEqual([text.replaceAll('**', '')]);
  });

  it('the final text waits its 429 out, too', async () => {
    const { api, adapter, clock } = await startAdapter();
    const draft = adapter.draft(at(CHAT), { signal });
    draft.update('Once');
    await eventually(() => expect(api.shown(CHAT)).toEqual(['Once …']));
    const id = await draft.close();
    api.fail('editMessageText', { status: 429, retryAfter: 10 });
    const begun = clock.now();
    await adapter.send(at(CHAT), says('Once upon a time.'), sending({ draft: id ?? '' }).context);
    expect(clock.now() - begun).toBeGreaterThanOrEqual(10_000);
    expect(api.shown(CHAT)).toEqual(['Once upon a time.']);
  });

  it('a final text that stands there already is a success', async () => {
    const { api, adapter } = await startAdapter();
    const draft = adapter.draft(at(CHAT), { signal });
    draft.update('The same');
    await eventually(() => expect(api.shown(CHAT)).toEqual(['The same …']));
    const id = await draft.close();
    // Telegram took it, and the connection was cut before the answer arrived.
    api.fail('editMessageText', 'cut-after');
    await expect(adapter.send(at(CHAT), says('The same'), sending({ draft: id ?? '' }).context)).rejects.toMatchObject({ retryable: true });
    const call = sending({ draft: id ?? '', attempt: 2 });
    expect(await adapter.send(at(CHAT), says('The same'), call.context)).toBe(id);
    expect(call.sent).toEqual([id]);
    expect(api.callsOf('editMessageText').at(-1)?.status).toBe(400);
    expect(api.shown(CHAT)).toEqual(['The same']);
  });

  it('sends the final text anew when the customer has deleted the draft', async () => {
    const { api, adapter } = await startAdapter();
    const draft = adapter.draft(at(CHAT), { signal });
    draft.update('Once');
    await eventually(() => expect(api.shown(CHAT)).toEqual(['Once …']));
    api.chats.deleteByCustomer(CHAT, 1);
    draft.update('Once upon');
    await eventually(() => expect(api.callsOf('editMessageText')).toHaveLength(1));
    draft.update('Once upon a');
    const id = await draft.close();
    const call = sending({ draft: id ?? '' });
    await adapter.send(at(CHAT), says('Once upon a time.'), call.context);
    expect(api.shown(CHAT)).toEqual(['Once upon a time.']);
    expect(call.sent).toEqual(['2']);
  });

  it('goes on in a second message when one is full, and tidies up what the final text does not need', async () => {
    const { api, adapter } = await startAdapter();
    const long = Array.from({ length: 1_200 }, (_, i) => `word${i}`).join(' ');
    const draft = adapter.draft(at(CHAT), { signal });
    draft.update(long);
    await eventually(() => expect(api.shown(CHAT).join(' ')).toBe(`${long} …`));
    const id = await draft.close();
    expect(id).toBe('1,2,3');
    const call = sending({ draft: id ?? '' });
    await adapter.send(at(CHAT), says('In short: no.'), call.context);
    expect(api.shown(CHAT)).toEqual(['In short: no.']);
    expect(call.sent).toEqual(['1']);
  });

  it('a final text that is longer than its draft goes on in new messages, also over an interruption', async () => {
    const { api, adapter } = await startAdapter();
    const draft = adapter.draft(at(CHAT), { signal });
    draft.update('word0 word1');
    await eventually(() => expect(api.shown(CHAT)).toHaveLength(1));
    const id = (await draft.close()) ?? '';
    const long = Array.from({ length: 1_200 }, (_, i) => `word${i}`).join(' ');
    const first = sending({ draft: id });
    api.fail('sendMessage', { status: 503 });
    await expect(adapter.send(at(CHAT), says(long), first.context)).rejects.toMatchObject({ code: 'unavailable' });
    expect(first.sent).toEqual([id]);
    await adapter.send(at(CHAT), says(long), sending({ draft: id, sent: first.sent, attempt: 2 }).context);
    expect(api.shown(CHAT).join(' ')).toBe(long);
  });

  it('takes the message of an earlier attempt up again', async () => {
    const { api, adapter } = await startAdapter();
    const first = adapter.draft(at(CHAT), { signal });
    first.update('Once');
    await eventually(() => expect(api.shown(CHAT)).toEqual(['Once …']));
    const resume = (await first.close()) ?? '';
    const second = adapter.draft(at(CHAT), { signal, resume });
    second.update('Once upon');
    await eventually(() => expect(api.shown(CHAT)).toEqual(['Once upon …']));
    expect(await second.close()).toBe(resume);
  });

  it('never fails and ends at once, whatever Telegram does', async () => {
    const started = await startAdapter();
    const { api, adapter, clock } = started;
    api.fail('sendMessage', 'cut');
    api.fail('sendMessage', { status: 500 });
    const draft = adapter.draft(at(CHAT), { signal });
    await write(draft, clock, WORDS.slice(0, 40));
    expect(await draft.close()).toBe('1');
    draft.update('too late');
    expect(await draft.close()).toBe('1');
    const calls = api.calls.length;
    await clock.sleep(10_000);
    expect(api.calls).toHaveLength(calls);

    api.chats.open(8).blocked = true;
    const blocked = adapter.draft(at(8), { signal });
    await write(blocked, clock, WORDS.slice(0, 40));
    expect(await blocked.close()).toBeNull();
    expect(api.callsOf('sendMessage').filter(({ payload }) => payload['chat_id'] === 8)).toHaveLength(1);
  });

  it('stops showing when its run is stopped', async () => {
    const started = await startAdapter();
    const stop = new AbortController();
    const draft = started.adapter.draft(at(CHAT), { signal: stop.signal });
    draft.update('Once');
    await eventually(() => expect(started.api.shown(CHAT)).toEqual(['Once …']));
    stop.abort();
    await write(draft, started.clock, WORDS.slice(0, 40));
    expect(await draft.close()).toBe('1');
    expect(started.api.shown(CHAT)).toEqual(['Once …']);
  });

  it('lets final texts go first', async () => {
    const started = await startAdapter({ api: { limits: true } });
    const { api, adapter, clock } = started;
    const draft = adapter.draft(at(CHAT), { signal });
    const writing = write(draft, clock);
    await eventually(() => expect(api.callsOf('sendMessage')).toHaveLength(1));
    const begun = clock.now();
    await adapter.send(at(CHAT), says('A colleague says hello'), sending().context);
    expect(clock.now() - begun).toBeLessThanOrEqual(2_200);
    await writing;
    await draft.close();
    expect(shows(started).every(({ status }) => status === 200)).toBe(true);
  });
});
