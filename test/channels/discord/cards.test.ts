/** Buttons that open a page, stickers and reactions to Discord (SPEC C7, C8). */

import { describe, expect, it } from 'vitest';
import { RateLimited, Refused } from '#channels/port.ts';
import { Unavailable } from '#machines/errors.ts';
import { contentOf } from '#machines/file-content.ts';
import { BOT, tooMany } from '#test/fakes/discord.ts';
import { DIRECT, GENERAL, MONA, OMAR } from '#test/fakes/discord-people.ts';
import { ADDRESS, at, connected, eventually, Host, IN_GENERAL, says, sending, startAdapter } from './started-adapter.ts';

const PLAN = { kind: 'link', label: 'See the plan', url: 'https://example.com/plan?id=7' } as const;
const BUTTON = [{ type: 1, components: [{ type: 2, style: 5, label: 'See the plan', url: PLAN.url }] }];

describe('a button that opens a page', () => {
  it('is below the last part of the text, in a server too', async () => {
    const { adapter, discord } = await startAdapter();
    await adapter.send(ADDRESS, says(`${'word '.repeat(500)}end`, { card: PLAN }), sending().context);
    expect(discord.channels.by(DIRECT, BOT.id).map(({ components }) => components)).toEqual([[], BUTTON]);
    await adapter.send(IN_GENERAL, says('Look', { card: PLAN }), sending({ key: 'session.2' }).context);
    expect(discord.channels.by(GENERAL, BOT.id)).toMatchObject([{ content: `<@${MONA.id}> Look`, components: BUTTON }]);
  });

  it('is shown once where the answer of an attempt was lost', async () => {
    const { adapter, discord } = await startAdapter();
    discord.failNext(/^POST .channels/, 'cut after');
    await expect(adapter.send(ADDRESS, says('Look', { card: PLAN }), sending().context)).rejects.toThrow(Unavailable);
    await adapter.send(ADDRESS, says('Look', { card: PLAN }), sending({ attempt: 2 }).context);
    expect(discord.channels.by(DIRECT, BOT.id)).toMatchObject([{ content: 'Look', components: BUTTON }]);
  });

  it('is on the draft that became the text', async () => {
    const { adapter, discord } = await startAdapter();
    const draft = adapter.draft(ADDRESS, { signal: new AbortController().signal });
    draft.update('half');
    await eventually(() => expect(discord.channels.shown(DIRECT, BOT.id)).toEqual(['half …']));
    const ref = (await draft.close()) ?? '';
    await adapter.send(ADDRESS, says('whole', { card: PLAN }), sending({ draft: ref }).context);
    expect(discord.channels.by(DIRECT, BOT.id)).toMatchObject([{ id: ref, content: 'whole', components: BUTTON }]);
  });

  it('is on the answer that a command was promised', async () => {
    const started = await startAdapter({ manual: true });
    await connected(started, new Host().intake);
    const { callbacks } = started.people.commands('plan');
    await eventually(() => expect(callbacks).toHaveLength(1));
    await started.adapter.send(ADDRESS, says('Look', { card: PLAN }), sending().context);
    expect(started.discord.channels.by(DIRECT, BOT.id)).toMatchObject([{ content: 'Look', components: BUTTON }]);
  });

  it('to an address that is too long for one is written', async () => {
    const { adapter, discord } = await startAdapter();
    const url = `https://example.com/${'a'.repeat(500)}`;
    await adapter.send(ADDRESS, says('Look', { card: { ...PLAN, url } }), sending().context);
    expect(discord.channels.by(DIRECT, BOT.id)).toMatchObject([{ content: `Look\n\n[See the plan](${url})`, components: [] }]);
  });
});

describe('a sticker', () => {
  it('is sent as the picture that it is, with its text', async () => {
    const { adapter, discord } = await startAdapter();
    const file = { name: 'hi.webp', mimeType: 'image/webp', ...contentOf(Uint8Array.of(1, 2, 3)), sticker: 'still' } as const;
    await adapter.send(ADDRESS, says('Hi', { file }), sending().context);
    expect(discord.channels.by(DIRECT, BOT.id)).toMatchObject([{ content: 'Hi', attachments: [{ filename: 'hi.webp' }] }]);
  });
});

describe('a reaction', () => {
  const to = (messageId: string, emoji: string | null) => ({ reaction: { messageId, emoji } });

  it('is the one of the bot on that message, and leaves those of others', async () => {
    const { adapter, discord, people } = await startAdapter();
    const message = people.says('Thank you', { to: GENERAL, sent: false });
    message.reactions.push({ emoji: '👍', by: OMAR.id });
    for (const [emoji, own] of [
      ['👍', ['👍']],
      ['👍', ['👍']],
      ['❤️', ['❤️']],
      [null, []],
      [null, []],
    ] as const) {
      const call = sending();
      expect(await adapter.send(IN_GENERAL, to(`discord:${message.id}`, emoji), call.context)).toBe(message.id);
      expect(call.sent).toEqual([message.id]);
      expect(message.reactions.flatMap(({ emoji: given, by }) => (by === BOT.id ? [given] : []))).toEqual(own);
    }
    expect(message.reactions).toEqual([{ emoji: '👍', by: OMAR.id }]);
    await adapter.send(IN_GENERAL, to(`discord:${message.id}`, '🎉'), sending({ sent: [message.id], attempt: 2 }).context);
    expect(discord.calls.filter(({ method }) => method === 'PUT')).toHaveLength(2);
  });

  it.each([
    ['❤', '❤️'],
    ['❤\u200d🔥', '❤️\u200d🔥'],
    ['🤷🏽\u200d♂', '🤷🏽\u200d♂️'],
    ['☝🏽', '☝🏽'],
    ['1️⃣', '1️⃣'],
    ['🇪🇬', '🇪🇬'],
  ])('has the form that Discord knows: %s', async (emoji, shown) => {
    const { adapter, discord, people } = await startAdapter();
    const message = people.says('Thank you', { sent: false });
    await adapter.send(ADDRESS, to(`discord:${message.id}`, emoji), sending().context);
    expect(message.reactions).toEqual([{ emoji: shown, by: BOT.id }]);
    await adapter.send(ADDRESS, to(`discord:${message.id}`, emoji), sending().context);
    expect(discord.calls.filter(({ method }) => method === 'PUT')).toHaveLength(1);
  });

  it.each([
    ['what is no emoji', undefined, 'ok', 'does not have this emoji'],
    ['a message that is gone', 'discord:123456789012345678', '👍', 'the message is not there any more'],
    ['an event that is no message', 'discord:reaction:1', '👍', 'not of a Discord message'],
    ['a message of another channel', 'tg:1:2', '👍', 'not of a Discord message'],
  ])('to %s is refused', async (_, messageId, emoji, words) => {
    const { adapter, people } = await startAdapter();
    const message = people.says('Thank you', { sent: false });
    const sent = adapter.send(ADDRESS, to(messageId ?? `discord:${message.id}`, emoji), sending().context);
    const failure: unknown = await sent.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Refused);
    expect(failure).toHaveProperty('message', expect.stringContaining(words));
    expect(message.reactions).toEqual([]);
  });

  it('that Discord refuses leaves the one before', async () => {
    const { adapter, people } = await startAdapter();
    const message = people.says('Thank you', { sent: false });
    await adapter.send(ADDRESS, to(`discord:${message.id}`, '👍'), sending().context);
    const refused = adapter.send(ADDRESS, to(`discord:${message.id}`, 'no'), sending({ key: 'session.2' }).context);
    await expect(refused).rejects.toBeInstanceOf(Refused);
    expect(message.reactions).toEqual([{ emoji: '👍', by: BOT.id }]);
  });

  it('that was changed halfway is finished by the next attempt', async () => {
    const { adapter, discord, people } = await startAdapter();
    const message = people.says('Thank you', { sent: false });
    await adapter.send(ADDRESS, to(`discord:${message.id}`, '👍'), sending().context);
    discord.failNext(/^DELETE .*reactions/, 'cut after');
    await expect(adapter.send(ADDRESS, to(`discord:${message.id}`, '🎉'), sending({ key: 'session.2' }).context)).rejects.toThrow(
      Unavailable,
    );
    await adapter.send(ADDRESS, to(`discord:${message.id}`, '🎉'), sending({ key: 'session.2', attempt: 2 }).context);
    expect(message.reactions).toEqual([{ emoji: '🎉', by: BOT.id }]);
  });

  it('waits as long as Discord says', async () => {
    const { adapter, discord, people, clock } = await startAdapter();
    const message = people.says('Thank you', { sent: false });
    const before = clock.now();
    discord.failNext(/^PUT .*reactions/, tooMany(0.5, 'shared'));
    await adapter.send(ADDRESS, to(`discord:${message.id}`, '👍'), sending().context);
    expect(clock.now() - before).toBeGreaterThanOrEqual(500);
    expect(message.reactions).toEqual([{ emoji: '👍', by: BOT.id }]);
  });

  it('that has to wait in three channels holds no other channel', async () => {
    const { adapter, discord, people } = await startAdapter({ manual: true, adapter: { maxWaitMs: 0 } });
    for (const channel of [people.thread(), people.thread(), people.thread()]) {
      const message = people.says('Thank you', { to: channel, sent: false });
      discord.failNext(/^PUT .*reactions/, tooMany(1, 'shared'));
      const sent = adapter.send(at(`${channel}/${MONA.id}`), to(`discord:${message.id}`, '👍'), sending().context);
      await expect(sent).rejects.toThrow(RateLimited);
    }
    await adapter.send(ADDRESS, says('hello'), sending().context);
    expect(discord.channels.shown(DIRECT, BOT.id)).toEqual(['hello']);
  });

  it('that everybody has to wait for holds the bot', async () => {
    const { adapter, discord, people, log } = await startAdapter({ manual: true, adapter: { maxWaitMs: 0 } });
    const message = people.says('Thank you', { sent: false });
    discord.failNext(/^PUT .*reactions/, tooMany(2, 'global'));
    await expect(adapter.send(ADDRESS, to(`discord:${message.id}`, '👍'), sending().context)).rejects.toThrow(RateLimited);
    await adapter.typing(IN_GENERAL);
    expect(discord.typings).toBe(0);
    // The client would have refused the call, and the pace made none.
    expect(log.map(({ message: line }) => line)).not.toContain('discord typing was not shown');
  });

  it('of the bot itself is no event', async () => {
    const started = await startAdapter();
    const host = new Host();
    await connected(started, host.intake);
    const message = started.people.says('Thank you');
    await eventually(() => expect(host.events).toHaveLength(1));
    await started.adapter.send(ADDRESS, to(`discord:${message.id}`, '👍'), sending().context);
    started.people.reacts(message, '🎉');
    await eventually(() => expect(host.events).toHaveLength(2));
    expect(host.events[1]).toMatchObject({ type: 'reaction', emoji: '🎉' });
  });
});
