/** Messages that answer a certain one, on Discord. */
import { describe, expect, it } from 'vitest';
import { decodeMessage, message as messageSchema } from '#channels/discord/decode.ts';
import { Refused } from '#channels/port.ts';
import { BOT } from '#test/fakes/discord.ts';
import { DIRECT, MONA, People } from '#test/fakes/discord-people.ts';
import { ADDRESS, IN_GENERAL, says, sending, startAdapter } from './started-adapter.ts';

const created = /^POST .channels/;

describe('an answer to Discord', () => {
  it('names the message, notifies nobody of it, and lets Discord send it without one that is gone', async () => {
    const { adapter, discord } = await startAdapter();
    const { id } = new People(discord).says('Where?');
    await adapter.send(ADDRESS, says('Here', { replyTo: `discord:${id}` }), sending().context);
    const [answer] = discord.channels.by(DIRECT, BOT.id);
    expect(answer).toMatchObject({ type: 19, message_reference: { message_id: id } });
    expect(answer?.extra).toMatchObject({ allowed_mentions: { replied_user: false } });
    const body = discord.calls.find(({ method, path }) => created.test(`${method} ${path}`))?.body;
    expect(body).toMatchObject({ message_reference: { message_id: id, fail_if_not_exists: false } });
  });

  it.each([
    ['a bot that may not read the history', 160_002],
    ['a message that takes none', 50_035],
  ])('is sent alone where Discord refuses it for %s', async (_, code) => {
    const { adapter, discord } = await startAdapter();
    const { id } = new People(discord).says('Where?');
    discord.failNext(created, { status: 400, body: { code, message: 'no' } });
    await adapter.send(ADDRESS, says('Here', { replyTo: `discord:${id}` }), sending().context);
    expect(discord.channels.by(DIRECT, BOT.id)).toMatchObject([{ content: 'Here', type: 0 }]);
  });

  it('that is refused for another reason is not tried again', async () => {
    const { adapter, discord } = await startAdapter();
    discord.failNext(created, { status: 403, body: { code: 50_013, message: 'Missing Permissions' } });
    await expect(adapter.send(IN_GENERAL, says('Here', { replyTo: 'discord:1' }), sending().context)).rejects.toBeInstanceOf(Refused);
    expect(discord.calls.filter(({ method, path }) => created.test(`${method} ${path}`))).toHaveLength(1);
  });

  it('to a message of another channel is refused', async () => {
    const { adapter, discord } = await startAdapter();
    await expect(adapter.send(ADDRESS, says('Here', { replyTo: 'tg:1:2' }), sending().context)).rejects.toBeInstanceOf(Refused);
    expect(discord.channels.by(DIRECT, BOT.id)).toEqual([]);
  });
});

describe('a message from Discord', () => {
  const sent = { id: '9', channel_id: DIRECT, author: MONA, content: 'hello', timestamp: '2026-11-30T12:00:00Z' };
  const decoded = (type: number, message_id?: string) => {
    const message = { ...sent, type, message_reference: { message_id }, attachments: [], embeds: [], sticker_items: [], mentions: [] };
    const result = decodeMessage(message as never, { id: BOT.id, username: 'acme' });
    return 'event' in result && 'replyTo' in result.event ? result.event.replyTo : undefined;
  };

  it('answers one if it is a reply, and not if it forwards one', () => {
    expect([decoded(19, '7'), decoded(19), decoded(0, '7')]).toEqual(['discord:7', undefined, undefined]);
  });

  it.each([7, 'x', { message_id: 7 }, { message_id: 'x' }])(
    'is read without a reference that is not as documented: %j',
    (message_reference) => {
      expect(messageSchema.parse({ ...sent, type: 19, message_reference })).toMatchObject({
        content: 'hello',
        message_reference: undefined,
      });
    },
  );
});
