/** What people do on Discord, and what the host hears of it (SPEC C1, C4, C6). */

import { describe, expect, it } from 'vitest';
import { InvalidInput, Unavailable } from '#machines/errors.ts';
import { BOT } from '#test/fakes/discord.ts';
import { DIRECT, GENERAL, GUILD, MONA, OMAR } from '#test/fakes/discord-people.ts';
import { bytesReceived } from '#test/file-bytes.ts';
import { ADDRESS, at, connected, eventually, Host, IN_GENERAL, says, sending, startAdapter } from './started-adapter.ts';

const CALL = `<@${BOT.id}> `;

describe('messages', () => {
  it('are of the direct message channel, with the name and the handle of their author', async () => {
    const started = await startAdapter();
    const host = new Host();
    await connected(started, host.intake);
    const { id } = started.people.says('Good morning');
    await eventually(() => expect(host.events).toHaveLength(1));
    expect(host.events[0]).toEqual({
      type: 'message',
      id: `discord:${id}`,
      address: ADDRESS,
      at: expect.any(Number),
      text: 'Good morning',
      customer: { name: 'Mona', handle: 'mona' },
    });
  });

  it('in a server belong to each person apart, without the mention that called the bot', async () => {
    const started = await startAdapter();
    const host = new Host();
    await connected(started, host.intake);
    started.people.says(`${CALL}what is open?`, { to: GENERAL });
    started.people.says(`${CALL}<@${MONA.id}> asked before me`, { to: GENERAL, from: OMAR, mentions: [BOT, MONA] });
    await eventually(() => expect(host.events).toHaveLength(2));
    expect(host.events).toMatchObject([
      { address: IN_GENERAL, text: 'what is open?' },
      { address: at(`${GENERAL}/${OMAR.id}`), text: '@Mona asked before me', customer: { name: 'omar' } },
    ]);
  });

  it('hold files, whose bytes are read again by the message', async () => {
    const started = await startAdapter();
    const host = new Host();
    await connected(started, host.intake);
    const bytes = Uint8Array.from({ length: 5_000 }, (_, i) => i % 251);
    const attachments = [
      started.discord.file('flat.jpg', 'image/jpeg', bytes),
      started.discord.file('voice-message.ogg', 'audio/ogg', bytes),
      started.discord.file('plan.pdf', 'application/pdf', bytes),
    ];
    const message = started.people.says('', { attachments, flags: 1 << 13 });
    await eventually(() => expect(host.events).toHaveLength(1));
    const [event] = host.events;
    if (event?.type !== 'message') throw new Error('expected a message');
    expect(event.media).toMatchObject([
      { kind: 'image', fileName: 'flat.jpg', mimeType: 'image/jpeg', size: 5_000 },
      { kind: 'voice', mimeType: 'audio/ogg' },
      { kind: 'document', fileName: 'plan.pdf' },
    ]);
    const ref = event.media?.[2]?.ref ?? '';
    expect(await bytesReceived(await started.adapter.receivedFile(ref, 5_000))).toEqual(Buffer.from(bytes));
    expect(await started.adapter.receivedFile(ref, 4_999)).toBe('too_large');
    started.discord.channels.delete(DIRECT, message.id);
    expect(await started.adapter.receivedFile(ref, 5_000)).toBe('gone');
    expect(await started.adapter.receivedFile('https://elsewhere.example/x', 5_000)).toBe('gone');
  });

  it.each([
    ['/agent please', '/agent please'],
    ['<a:wave:123456789012345678> hi', ':wave: hi'],
    ['see </help:123456789012345678>', 'see /help'],
  ])('are read as people see them: %s', async (content, text) => {
    const started = await startAdapter();
    const host = new Host();
    await connected(started, host.intake);
    started.people.says(content);
    await eventually(() => expect(host.texts).toEqual([text]));
  });

  it('say what is in them where a session holds no such thing', async () => {
    const started = await startAdapter();
    const host = new Host();
    await connected(started, host.intake);
    started.people.says('', { extra: { sticker_items: [{ id: '1', name: 'Wave', format_type: 1 }] } });
    started.people.says('', { extra: { poll: { question: { text: 'Which?' }, answers: [{ answer_id: 1, poll_media: { text: 'A' } }] } } });
    started.people.says('', { extra: { message_snapshots: [{ message: { content: 'from afar', attachments: [] } }] } });
    started.people.says(CALL, { to: GENERAL });
    await eventually(() => expect(host.events).toHaveLength(4));
    expect(host.texts.toSorted()).toEqual(['@acme', 'Which?\n- A', '[forwarded] from afar', '[sticker] Wave']);
  });

  it('of bots, webhooks, Discord itself and the bot change nothing, and are counted', async () => {
    const started = await startAdapter();
    const host = new Host();
    await connected(started, host.intake);
    const { people, ignored } = started;
    people.says('beep', { from: { id: '61', username: 'other', bot: true } });
    people.says('hook', { extra: { webhook_id: '62' } });
    people.says('pinned', { type: 6 });
    people.says('new kind', { type: 99 });
    people.says('mine', { from: BOT });
    people.says('fine');
    await eventually(() => expect(host.texts).toEqual(['fine']));
    const kinds = ignored.map(({ kind }) => kind).filter((kind) => !kind.startsWith('event.'));
    expect(kinds).toEqual(['sender.bot', 'sender.webhook', 'message.pinned', 'message.unknown', 'sender.own']);
  });

  it('wait for the store in their own channel only, in order', async () => {
    const started = await startAdapter();
    let away = true;
    const host = new Host((event) =>
      away && 'address' in event && event.address === ADDRESS ? Promise.reject(new Unavailable('the store is away')) : Promise.resolve(),
    );
    await connected(started, host.intake);
    for (const text of ['one', 'two', 'three']) started.people.says(text);
    started.people.says(`${CALL}elsewhere`, { to: GENERAL });
    await eventually(() => expect(host.texts).toEqual(['elsewhere']));
    away = false;
    await eventually(() => expect(host.texts).toEqual(['elsewhere', 'one', 'two', 'three']));
  });

  it('that can never be taken are dead letters with what Discord sent', async () => {
    const started = await startAdapter();
    const host = new Host((event) =>
      'text' in event && event.text === 'no' ? Promise.reject(new InvalidInput('never')) : Promise.resolve(),
    );
    await connected(started, host.intake);
    const { id } = started.people.says('no');
    started.discord.gateway.dispatch('SUBSCRIPTION_CREATE', { id: '1' });
    started.people.says('yes');
    await eventually(() => expect(started.rejected).toHaveLength(2));
    await eventually(() => expect(host.texts).toEqual(['yes']));
    expect(started.rejected).toContainEqual(
      expect.objectContaining({ channel: 'discord', account: BOT.id, providerId: id, content: expect.objectContaining({ content: 'no' }) }),
    );
    expect(started.rejected.map(({ reason }) => reason.code).toSorted()).toEqual(['invalid_input', 'not_supported']);
  });
});

describe('where it answers', () => {
  const written = ['mention', 'reply', 'own thread', 'thread at its message', 'other thread', 'plain'] as const;

  it.each([
    ['direct', []],
    ['mentions', ['mention', 'reply']],
    ['threads', ['mention', 'reply', 'own thread', 'thread at its message']],
    ['all', [...written]],
  ] as const)('DISCORD_ANSWERS=%s', async (answers, expected) => {
    const started = await startAdapter({ adapter: { answers } });
    const host = new Host();
    const { people, discord } = started;
    const question = discord.channels.write(GENERAL, BOT, 'Anything else?');
    const own = people.thread({ owner: BOT.id });
    const atMessage = people.thread({ id: question.id });
    const other = people.thread();
    await connected(started, host.intake);
    people.says(`${CALL}mention`, { to: GENERAL });
    people.says('reply', { to: GENERAL, type: 19, mentions: [BOT], extra: { referenced_message: { author: BOT } } });
    people.says('own thread', { to: own });
    people.says('thread at its message', { to: atMessage });
    people.says('other thread', { to: other });
    people.says('plain', { to: GENERAL });
    people.says('done');
    await eventually(() => expect(host.texts).toContain('done'));
    await eventually(() => expect(host.texts.toSorted()).toEqual(['done', ...expected].toSorted()));
    expect(discord.gateway.identified[0]?.intents).toBe({ direct: 28_672, mentions: 29_185, threads: 61_953, all: 61_953 }[answers]);
  });

  it('is the channels of DISCORD_CHANNELS and their threads', async () => {
    const started = await startAdapter({ adapter: { channels: new Set([GENERAL]) } });
    const host = new Host();
    const { people, discord } = started;
    discord.channels.open({ id: '500000000000000011', type: 0, guild_id: GUILD });
    const thread = people.thread();
    await connected(started, host.intake);
    people.says(`${CALL}listed`, { to: GENERAL });
    people.says(`${CALL}in its thread`, { to: thread });
    people.says(`${CALL}not listed`, { to: '500000000000000011' });
    await eventually(() => expect(host.texts.toSorted()).toEqual(['in its thread', 'listed']));
    await eventually(() => expect(started.ignored.map(({ kind }) => kind)).toContain('message.not_listed'));
    const refused = people.commands('help', { to: '500000000000000011' });
    await eventually(() =>
      expect(refused.callbacks).toEqual([{ type: 4, data: { content: 'I do not answer in this channel.', flags: 64 } }]),
    );
  });

  it('says that a text is hidden without the Message Content Intent', async () => {
    const started = await startAdapter();
    const host = new Host();
    await connected(started, host.intake);
    // A reply without a mention, whose text Discord leaves out.
    started.people.says('hidden', { to: GENERAL, type: 19, extra: { referenced_message: { author: BOT } } });
    await eventually(() => expect(started.ignored.map(({ kind }) => kind)).toContain('message.unreadable'));
    expect(host.events).toEqual([]);
  });
});

describe('edits, deletions, reactions and typing', () => {
  it('are events of the message that they are about', async () => {
    const started = await startAdapter();
    const host = new Host();
    await connected(started, host.intake);
    const { people } = started;
    const message = people.says('tree million');
    people.edits(message, 'three million');
    people.reacts(message, '👍');
    people.reacts(message, '👍', 'REMOVE');
    people.types();
    people.deletes(message);
    await eventually(() => expect(host.events).toHaveLength(6));
    const messageId = `discord:${message.id}`;
    expect(host.events).toMatchObject([
      { type: 'message', id: messageId },
      { type: 'edit', messageId, text: 'three million', address: ADDRESS },
      { type: 'reaction', messageId, emoji: '👍' },
      { type: 'reaction', messageId, emoji: null },
      { type: 'typing', address: ADDRESS },
      { type: 'revoke', messageId, address: ADDRESS },
    ]);
    expect(new Set(host.events.flatMap((event) => ('id' in event ? [event.id] : []))).size).toBe(5);
  });

  it('in a server find the conversation of their author', async () => {
    const started = await startAdapter();
    const host = new Host();
    await connected(started, host.intake);
    const { people, ignored } = started;
    const message = people.says(`${CALL}two`, { to: GENERAL });
    people.edits(message, `${CALL}three`);
    people.deletes(message);
    people.deletes({ id: '123', channel_id: GENERAL });
    people.reacts(message, '👍');
    people.types(MONA, GENERAL);
    await eventually(() => expect(host.events).toHaveLength(3));
    expect(host.events).toMatchObject([
      { type: 'message', address: IN_GENERAL },
      { type: 'edit', address: IN_GENERAL, text: 'three' },
      { type: 'revoke', address: IN_GENERAL, messageId: `discord:${message.id}` },
    ]);
    await eventually(() =>
      expect(ignored.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['delete.unknown', 'reaction.server', 'typing.server'])),
    );
  });

  it('a preview that Discord adds to a link is no edit', async () => {
    const started = await startAdapter();
    const host = new Host();
    await connected(started, host.intake);
    const message = started.people.says('https://example.com');
    started.discord.gateway.dispatch('MESSAGE_UPDATE', { ...started.people.event(message), embeds: [{ title: 'Example' }] });
    await eventually(() => expect(started.ignored.map(({ kind }) => kind)).toContain('edit.preview'));
    expect(host.events).toHaveLength(1);
  });

  it('what the bot deletes itself is no revoke', async () => {
    const started = await startAdapter();
    const host = new Host();
    await connected(started, host.intake);
    const draft = started.adapter.draft(ADDRESS, { signal: new AbortController().signal });
    draft.update(`${'word '.repeat(600)}end`);
    await eventually(() => expect(started.discord.channels.by(DIRECT, BOT.id)).toHaveLength(2));
    const shown = await draft.close();
    await started.adapter.send(ADDRESS, says('short'), sending(shown === null ? {} : { draft: shown }).context);
    await eventually(() => expect(started.ignored.map(({ kind }) => kind)).toContain('delete.own'));
    expect(host.events).toEqual([]);
    expect(started.discord.channels.shown(DIRECT, BOT.id)).toEqual(['short']);
  });
});
