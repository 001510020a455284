/**
 * A group becomes a supergroup, as the adapter sees it. Its service messages may be missed, so each
 * refused call must lead to the move. test/end-to-end/moves.test.ts has the conversation.
 */
import { describe, expect, it } from 'vitest';
import { InvalidInput, Unavailable } from '#machines/errors.ts';
import { at, eventually, Host, says, sending, startAdapter } from './started-adapter.ts';

const GROUP = -55;
const SUPERGROUP = -1_009_999;
const MOVED = { type: 'moved', id: `tg:migrated:${GROUP}:${SUPERGROUP}`, from: at(GROUP), to: at(SUPERGROUP) };

async function upgraded(options: Parameters<typeof startAdapter>[0] = {}) {
  const started = await startAdapter(options);
  started.api.chats.open(GROUP);
  started.api.upgrade(GROUP, SUPERGROUP, { silent: true });
  return started;
}

describe('a group became a supergroup, and the bot missed that', () => {
  it('a refused message goes to the new chat, and is the move, which is offered until it is stored', async () => {
    const { api, adapter } = await upgraded();
    let away = 4;
    const host = new Host(() => (--away > 0 ? Promise.reject(new Unavailable('the store is away')) : Promise.resolve()));
    await adapter.start(host.intake);
    await adapter.send(at(GROUP), says('hello'), sending().context);
    await adapter.send(at(GROUP), says('and more'), sending().context);
    expect(api.shown(SUPERGROUP)).toEqual(['hello', 'and more']);
    await eventually(() => expect(host.events).toHaveLength(4));
    for (const event of host.events) expect(event).toMatchObject(MOVED);
    await adapter.stop();
    expect(host.events).toHaveLength(4);
  });

  it('a move that can never be taken is offered once and logged as a warning, and one that waits does not hold up the stop', async () => {
    const never = await upgraded();
    const refusing = new Host(() => Promise.reject(new InvalidInput('no')));
    await never.adapter.start(refusing.intake);
    await never.adapter.send(at(GROUP), says('hello'), sending().context);
    await never.adapter.stop();
    expect(refusing.events).toHaveLength(1);
    expect(never.log.filter(({ level }) => level === 'warn')).toMatchObject([
      { facts: { from: GROUP, to: SUPERGROUP, error: { code: 'invalid_input' } }, message: expect.stringContaining('refused for good') },
    ]);

    const waiting = await upgraded();
    const host = new Host(() => Promise.reject(new Unavailable('the store is away')));
    await waiting.adapter.start(host.intake);
    await waiting.adapter.send(at(GROUP), says('hello'), sending().context);
    await eventually(() => expect(host.events.length).toBeGreaterThan(1));
    await waiting.adapter.stop();
  });

  it('so is a refused "typing", and a refused draft, which goes on in the new chat', async () => {
    const typed = await upgraded();
    const host = new Host();
    await typed.adapter.start(host.intake);
    await typed.adapter.typing(at(GROUP));
    await eventually(() => expect(host.events).toMatchObject([MOVED]));
    await typed.adapter.typing(at(GROUP));
    expect(typed.api.callsOf('sendChatAction').map(({ payload }) => payload['chat_id'])).toEqual([GROUP, SUPERGROUP]);

    const drafted = await upgraded();
    const second = new Host();
    await drafted.adapter.start(second.intake);
    const draft = drafted.adapter.draft(at(GROUP), { signal: new AbortController().signal });
    draft.update('Once upon');
    await eventually(() => expect(drafted.api.shown(SUPERGROUP)).toEqual(['Once upon …']));
    expect(second.events).toMatchObject([MOVED]);
    expect(await draft.close()).toBe(`${SUPERGROUP}:1`);
  });

  it('messages that waited for the old chat wait for a slot of the new one', async () => {
    const { api, adapter } = await upgraded({ api: { limits: true } });
    await adapter.start(new Host().intake);
    const send = (chat: number, text: string) => adapter.send(at(chat), says(text), sending().context);
    await Promise.all([send(GROUP, 'one'), send(GROUP, 'two'), send(SUPERGROUP, 'three'), send(SUPERGROUP, 'four')]);
    expect(api.shown(SUPERGROUP)).toHaveLength(4);
    const times = api
      .callsOf('sendMessage')
      .filter(({ payload }) => payload['chat_id'] === SUPERGROUP)
      .map(({ at: time }) => time);
    for (const [i, time] of times.slice(1).entries()) expect(time - (times[i] ?? 0)).toBeGreaterThanOrEqual(1_100);
    expect(api.calls.filter(({ status }) => status === 429)).toEqual([]);
  });

  it('a server that does not name the new chat: the message is tried again later, at its new address', async () => {
    const { api, adapter } = await startAdapter();
    api.chats.open(GROUP);
    api.fail('sendMessage', { status: 400, description: 'Bad Request: group chat was upgraded to a supergroup chat' });
    await expect(adapter.send(at(GROUP), says('hello'), sending().context)).rejects.toMatchObject({ code: 'unavailable', retryable: true });
  });
});
