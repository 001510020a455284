/** Messages that answer a certain one, on Telegram. */
import { describe, expect, it } from 'vitest';
import { type OutboundFile, Refused } from '#channels/port.ts';
import { decodeUpdate } from '#channels/telegram/decode.ts';
import { contentOf } from '#machines/file-content.ts';
import { at, CHAT, GROUP, says, sending, startAdapter } from './started-adapter.ts';

const STICKER: OutboundFile = {
  name: 'hi.webp',
  mimeType: 'image/webp',
  ...contentOf(new Uint8Array(Buffer.from('RIFF\u0010\0\0\0WEBPVP8 ', 'latin1'))),
  sticker: 'still',
};

describe('an answer to Telegram', () => {
  it('names the message, and lets Telegram send it without one that is gone', async () => {
    const { api, adapter } = await startAdapter();
    const id = api.chats.heard(CHAT, 'Where?');
    await adapter.send(at(CHAT), says('Here', { replyTo: `tg:${CHAT}:${id}` }), sending().context);
    expect(api.callsOf('sendMessage')[0]?.payload['reply_parameters']).toEqual({ message_id: id, allow_sending_without_reply: true });
    expect(api.transcript(CHAT).at(-1)?.answers).toBe(id);
  });

  it('of a sticker, and of a file with a caption, has it in the form that Telegram reads', async () => {
    const { api, adapter } = await startAdapter();
    const id = api.chats.heard(CHAT, 'Hi');
    await adapter.send(at(CHAT), says('', { file: STICKER, replyTo: `tg:${CHAT}:${id}` }), sending().context);
    const file = { name: 'a.pdf', mimeType: 'application/pdf', ...contentOf(new Uint8Array(10)) };
    await adapter.send(at(CHAT), says('Look', { file, replyTo: `tg:${CHAT}:${id}` }), sending().context);
    expect(api.transcript(CHAT).map(({ answers }) => answers)).toEqual([undefined, id, id]);
  });

  it.each([
    ['another chat', 'tg:77:1'],
    ['a group', `tg:${GROUP}:1`],
    ['a pressed button', 'tg:9001'],
    ['another channel', 'wa:wamid.1'],
  ])('to a message of %s is refused, and nothing is sent', async (_, replyTo) => {
    const { api, adapter } = await startAdapter();
    await expect(adapter.send(at(CHAT), says('Here', { replyTo }), sending().context)).rejects.toBeInstanceOf(Refused);
    expect(api.transcript(CHAT)).toEqual([]);
  });

  it('to a message of a group that has become a supergroup goes out alone', async () => {
    const { api, adapter } = await startAdapter();
    const moved = -1_009_999;
    const id = api.chats.heard(GROUP, 'Where?');
    api.chats.heard(moved, 'Another message with this id');
    api.chats.open(GROUP).movedTo = moved;
    await adapter.send(at(GROUP), says('Here', { replyTo: `tg:${GROUP}:${id}` }), sending().context);
    await adapter.send(at(moved), says('There', { replyTo: `tg:${GROUP}:${id}` }), sending({ key: 'session.2' }).context);
    expect(api.transcript(moved).map(({ text, answers }) => [text, answers])).toEqual([
      ['Another message with this id', undefined],
      ['Here', undefined],
      ['There', undefined],
    ]);
  });

  it('to a message of ours in a group names its chat, so that it is never that of a stranger in the new one', async () => {
    const { api, adapter } = await startAdapter();
    const moved = -1_009_999;
    const before = await adapter.send(at(GROUP), says('Welcome'), sending().context);
    await adapter.send(at(GROUP), says('Here', { replyTo: before }), sending({ key: 'session.2' }).context);
    api.chats.heard(moved, 'A stranger has this id');
    api.chats.open(GROUP).movedTo = moved;
    const after = await adapter.send(at(GROUP), says('Moved', { replyTo: before }), sending({ key: 'session.3' }).context);
    await adapter.send(at(moved), says('There', { replyTo: after }), sending({ key: 'session.4' }).context);
    // Refs of earlier versions have no chat.
    await adapter.send(at(moved), says('Alone', { replyTo: '1' }), sending({ key: 'session.5' }).context);
    expect([before, after]).toEqual([`tg:${GROUP}:1`, `tg:${moved}:2`]);
    expect(api.transcript(GROUP).map(({ answers }) => answers)).toEqual([undefined, 1]);
    expect(api.transcript(moved).map(({ text, answers }) => [text, answers])).toEqual([
      ['A stranger has this id', undefined],
      ['Moved', undefined],
      ['There', 2],
      ['Alone', undefined],
    ]);
  });
});

describe('a message from Telegram', () => {
  const bot = { id: 7, username: 'acme_bot' };
  const chat = { id: GROUP, type: 'supergroup' };
  const from = { id: 1, is_bot: false, first_name: 'Mona' };
  const decoded = (more: object) => {
    const message = { message_id: 9, date: 1_700_000_000, chat, from, text: '@acme_bot hello', ...more };
    const result = decodeUpdate({ update_id: 1, message }, bot, 0);
    return 'event' in result && 'replyTo' in result.event ? result.event.replyTo : undefined;
  };

  it('in a topic answers another one of it, and not the one that began it', () => {
    const topic = { message_thread_id: 5, is_topic_message: true };
    const other = (message_id: number) => ({ reply_to_message: { message_id, chat, date: 0 } });
    expect(decoded({ ...topic, ...other(5) })).toBeUndefined();
    expect(decoded({ ...topic, ...other(6) })).toBe(`tg:${GROUP}:6`);
    expect(decoded(other(5))).toBe(`tg:${GROUP}:5`);
    expect(decoded({})).toBeUndefined();
  });

  it('is taken without what it answers, if that is not as documented', () => {
    const result = (answered: unknown) => {
      const message = { message_id: 9, date: 1_700_000_000, chat, from, text: '@acme_bot hello', reply_to_message: answered };
      return decodeUpdate({ update_id: 1, message }, bot, 0);
    };
    for (const answered of [null, 'unknown', { message_id: 5 }, { message_id: 5, chat: { id: GROUP, type: 'of a new kind' } }]) {
      expect(result(answered)).toMatchObject({ event: { type: 'message', text: '@acme_bot hello' } });
      expect(result(answered)).not.toHaveProperty('event.replyTo');
    }
  });
});
