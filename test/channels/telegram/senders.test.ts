/** Who is answered (docs/reference/telegram.md). */
import { describe, expect, it } from 'vitest';
import { decodeUpdate } from '#channels/telegram/decode.ts';
import { SENDERS, type SenderKind } from '#channels/telegram/senders.ts';

const BOT = { id: 100, username: 'acme_bot' };
const group = { id: -1001, type: 'supergroup', title: 'Buyers', username: 'buyers' };
const channel = { id: -1009, type: 'channel', title: 'News', username: 'news' };
const mona = { id: 4242, is_bot: false, first_name: 'Mona', language_code: 'ar' };
const fake = (id: number, username: string) => ({ id, is_bot: true, first_name: 'Group', username });

/** As the Bot API documents each. `name` is the customer's, if the message is taken. */
const CASES: Readonly<Record<SenderKind, readonly { readonly message: object; readonly name?: string | undefined }[]>> = {
  user: [
    { message: { from: mona }, name: 'Mona' },
    { message: { from: mona, forward_origin: {}, is_from_offline: true }, name: 'Mona' },
  ],
  anonymous_admin: [
    { message: { from: fake(1_087_968_824, 'GroupAnonymousBot'), sender_chat: group, author_signature: 'Boss' }, name: 'Buyers' },
    { message: { from: fake(1_087_968_824, 'GroupAnonymousBot') }, name: 'Buyers' },
  ],
  channel: [
    { message: { from: fake(136_817_688, 'Channel_Bot'), sender_chat: channel }, name: 'News' },
    { message: { from: fake(136_817_688, 'Channel_Bot') }, name: undefined },
  ],
  via_bot: [{ message: { from: mona, via_bot: { id: 7, is_bot: true, first_name: 'gif' } }, name: 'Mona' }],
  unnamed: [{ message: {}, name: undefined }],
  own_bot: [{ message: { from: { id: 100, is_bot: true, first_name: 'Acme' } } }],
  via_own_bot: [{ message: { from: mona, via_bot: { id: 100, is_bot: true, first_name: 'Acme' } } }],
  bot: [{ message: { from: { id: 5, is_bot: true, first_name: 'Other' } } }],
  linked_channel: [
    { message: { from: { id: 777_000, is_bot: false, first_name: 'Telegram' }, sender_chat: channel, is_automatic_forward: true } },
  ],
  telegram: [{ message: { from: { id: 777_000, is_bot: false, first_name: 'Telegram' } } }],
  channel_post: [{ message: { chat: channel, sender_chat: channel } }],
  direct_messages: [{ message: { from: mona, chat: { ...group, is_direct_messages: true }, direct_messages_topic: { topic_id: 1 } } }],
  business: [
    { message: { from: mona, business_connection_id: 'b' } },
    { message: { from: mona, business_connection_id: 'b', sender_business_bot: { id: 100, is_bot: true, first_name: 'Acme' } } },
  ],
  guest: [{ message: { from: mona, guest_query_id: 'g' } }],
  ephemeral: [{ message: { from: mona, message_id: 0, ephemeral_message_id: 3 } }],
};

const head = { message_id: 17, date: 1_700_000_000, chat: group };
const cases = Object.entries(CASES).flatMap(([kind, list]) => list.map((one, index) => ({ kind: kind as SenderKind, index, ...one })));

describe.each(cases)('$kind ($index)', ({ kind, message, name }) => {
  const ruling = SENDERS[kind];

  it('is answered, or ignored with a reason', () => {
    const decoded = decodeUpdate({ update_id: 9, message: { ...head, ...message, text: 'hello' } }, BOT, 1);
    if ('taken' in ruling) {
      expect(decoded).toMatchObject({ event: { type: 'message', address: 'telegram:100:-1001', text: 'hello' } });
      expect('event' in decoded && 'customer' in decoded.event ? decoded.event.customer?.name : undefined).toBe(name);
    } else expect(decoded).toEqual({ ignored: 'ignored' in ruling && ruling.ignored, kind: `sender.${kind}` });
  });

  it('and so are the edits', () => {
    const decoded = decodeUpdate({ update_id: 9, edited_message: { ...head, ...message, text: 'hello' } }, BOT, 1);
    expect('event' in decoded).toBe('taken' in ruling);
  });
});

describe('the phone number of a contact card', () => {
  const card = (user_id?: number) => ({ phone_number: '+20100', first_name: 'Somebody', ...(user_id === undefined ? {} : { user_id }) });
  const phoneOf = (message: object): string | undefined => {
    const decoded = decodeUpdate({ update_id: 9, message: { ...head, ...message } }, BOT, 1);
    return 'event' in decoded && 'customer' in decoded.event ? decoded.event.customer?.phone : undefined;
  };

  it("is the customer's if the card is of the user who sent it", () => {
    expect(phoneOf({ from: mona, contact: card(mona.id) })).toBe('+20100');
    expect(phoneOf({ from: mona, via_bot: { id: 7, is_bot: true, first_name: 'card' }, contact: card(mona.id) })).toBe('+20100');
  });

  it.each([
    ['of a person without an account, from a sender without a name', { contact: card() }],
    ['of a person without an account', { from: mona, contact: card() }],
    ['of somebody else', { from: mona, contact: card(5) }],
    ['of a user, from a sender without a name', { contact: card(5) }],
    ['that a group sent, whose user is a fake', { from: fake(1_087_968_824, 'GroupAnonymousBot'), contact: card(1_087_968_824) }],
    ['that a channel sent', { from: fake(136_817_688, 'Channel_Bot'), sender_chat: channel, contact: card(136_817_688) }],
  ])('is not for a card %s', (_which, message) => expect(phoneOf(message)).toBeUndefined());
});

describe('a button that is pressed', () => {
  const press = (chat: object, more = {}) =>
    decodeUpdate(
      { update_id: 9, callback_query: { id: 'c', from: mona, data: 'stop', message: { message_id: 1, chat, ...more } } },
      BOT,
      1,
    );

  it('is its command, by the user who pressed it', () =>
    expect(press(group)).toMatchObject({ event: { type: 'command', name: 'stop', customer: { name: 'Mona' } }, callbackId: 'c' }));

  it('below a post of a channel, or in the chat of a business account, is ignored, and its spinner stops', () => {
    expect(press(channel)).toMatchObject({ kind: 'sender.channel_post', callbackId: 'c' });
    expect(press({ id: 1, type: 'private' }, { business_connection_id: 'b' })).toMatchObject({ kind: 'sender.business', callbackId: 'c' });
  });
});
