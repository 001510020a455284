/** Commands that are chosen and buttons that are pressed (SPEC C4, C6). */
import { describe, expect, it } from 'vitest';
import { Unavailable } from '#machines/errors.ts';
import { BOT } from '#test/fakes/discord.ts';
import { DIRECT, GENERAL, MONA, OMAR } from '#test/fakes/discord-people.ts';
import { ADDRESS, connected, eventually, Host, IN_GENERAL, says, sending, startAdapter } from './started-adapter.ts';

const DEFERRED = [{ type: 5 }];

describe('a command', () => {
  it('is acknowledged once it is durable, and its answer takes the place of the acknowledgement', async () => {
    const durable = Promise.withResolvers<void>();
    const started = await startAdapter({ manual: true });
    const host = new Host(() => durable.promise);
    await connected(started, host.intake);
    const command = started.people.commands('agent', { text: 'my order' });
    // An event behind it in another channel shows that the command was received.
    started.people.says(`<@${BOT.id}> hi`, { to: GENERAL });
    await eventually(() => expect(started.discord.gateway.connected).toBe(1));
    expect(command.callbacks).toEqual([]);
    durable.resolve();
    await eventually(() => expect(command.callbacks).toEqual(DEFERRED));
    expect(host.events).toContainEqual({
      type: 'command',
      id: `discord:${command.id}`,
      address: ADDRESS,
      at: expect.any(Number),
      name: 'agent',
      args: 'my order',
      customer: { name: 'Mona', handle: 'mona', locale: 'en-GB' },
    });
    const ref = await started.adapter.send(ADDRESS, says('A colleague **comes**.'), sending().context);
    expect(ref).toBe(command.original?.id);
    expect(started.discord.channels.shown(DIRECT, BOT.id)).toEqual(['A colleague comes.']);
  });

  it('is answered in its place even if the answer is ready before the acknowledgement', async () => {
    const started = await startAdapter({ manual: true });
    const sent = Promise.withResolvers<string>();
    const host = new Host(async () => {
      // The outbox begins as soon as the turn is committed.
      started.adapter.send(ADDRESS, says('Hello!'), sending().context).then(sent.resolve, sent.reject);
    });
    await connected(started, host.intake);
    const command = started.people.commands('start');
    expect(await sent.promise).toBe(command.original?.id);
    expect(started.discord.channels.by(DIRECT, BOT.id)).toHaveLength(1);
  });

  it('is answered by a streamed text in its place', async () => {
    const started = await startAdapter({ manual: true });
    await connected(started, new Host().intake);
    const command = started.people.commands('analyze', { text: 'AAPL' });
    await eventually(() => expect(command.callbacks).toEqual(DEFERRED));
    const draft = started.adapter.draft(ADDRESS, { signal: new AbortController().signal });
    draft.update('Apple is');
    await eventually(() => expect(started.discord.channels.shown(DIRECT, BOT.id)).toEqual(['Apple is …']));
    expect(await draft.close()).toBe(command.original?.id);
  });

  it('takes its acknowledgement back if no answer comes, and keeps it while one is made', async () => {
    const started = await startAdapter({ manual: true });
    await connected(started, new Host().intake);
    const command = started.people.commands('help');
    await eventually(() => expect(command.callbacks).toEqual(DEFERRED));
    started.clock.advance(14_000);
    await started.adapter.typing(ADDRESS);
    // Discord shows already that the bot is thinking.
    expect(started.discord.typings).toBe(0);
    started.clock.advance(14_000);
    expect(command.original).toBeDefined();
    started.clock.advance(2_000);
    await eventually(() => expect(command.original).toBeUndefined());
    await started.adapter.send(ADDRESS, says('late'), sending().context);
    expect(started.discord.channels.shown(DIRECT, BOT.id)).toEqual(['late']);
  });

  it('is answered by a message if Discord takes the answer in its place no more', async () => {
    const started = await startAdapter({ manual: true });
    await connected(started, new Host().intake);
    const command = started.people.commands('help');
    await eventually(() => expect(command.callbacks).toEqual(DEFERRED));
    started.discord.failNext(/^PATCH .webhooks/, { status: 404, body: { code: 10_015, message: 'Unknown Webhook' } });
    await started.adapter.send(ADDRESS, says('here'), sending().context);
    expect(started.discord.channels.shown(DIRECT, BOT.id)).toEqual(['', 'here']);
  });

  it('that cannot be stored is not acknowledged, so that the customer sees it and tries again', async () => {
    const started = await startAdapter({ manual: true });
    let away = true;
    const host = new Host(() => (away ? Promise.reject(new Unavailable('the store is away')) : Promise.resolve()));
    await connected(started, host.intake);
    const failed = started.people.commands('help');
    await eventually(() =>
      expect(started.log.map(({ message }) => message)).toContain(
        'a discord interaction was not taken, and Discord tells the customer that it failed',
      ),
    );
    away = false;
    const again = started.people.commands('help');
    await eventually(() => expect(again.callbacks).toEqual(DEFERRED));
    expect(failed.callbacks).toEqual([]);
    expect(host.texts).toEqual(['/help']);
  });

  it('that waited until Discord gave it up is not taken', async () => {
    const started = await startAdapter({ manual: true });
    const durable = Promise.withResolvers<void>();
    const host = new Host(() => durable.promise);
    await connected(started, host.intake);
    started.people.says('first');
    await eventually(() => expect(started.discord.calls.map(({ path }) => path)).toContain(`/channels/${DIRECT}/messages`));
    const expired = started.people.commands('help');
    // Events are received in order, so this one shows that the command was.
    started.discord.gateway.dispatch('PRESENCE_UPDATE', {});
    await eventually(() => expect(started.ignored.map(({ kind }) => kind)).toContain('event.presence_update'));
    started.clock.advance(2_600);
    durable.resolve();
    await eventually(() => expect(started.ignored.map(({ kind }) => kind)).toContain('interaction.expired'));
    expect(expired.callbacks).toEqual([]);
    expect(host.texts.filter((text) => text === '/help')).toEqual([]);
  });

  it('in a server belongs to whom chose it', async () => {
    const started = await startAdapter({ manual: true });
    const host = new Host();
    await connected(started, host.intake);
    started.people.commands('help', { to: GENERAL });
    await eventually(() => expect(host.events).toMatchObject([{ type: 'command', name: 'help', args: '', address: IN_GENERAL }]));
    await started.adapter.send(IN_GENERAL, says('I can…'), sending().context);
    expect(started.discord.channels.shown(GENERAL, BOT.id)).toEqual([`<@${MONA.id}> I can…`]);
  });
});

describe('a button', () => {
  it('sends its command or its words, and is acknowledged once that is durable', async () => {
    const started = await startAdapter({ manual: true });
    const host = new Host();
    await connected(started, host.intake);
    const { adapter, people, discord } = started;
    const buttons = [
      { id: 'agent now', label: 'A person' },
      { id: 'say What are the risks?', label: 'Risks?' },
    ];
    await adapter.send(ADDRESS, says('And now?', { buttons }), sending().context);
    const [message] = discord.channels.by(DIRECT, BOT.id);
    if (message === undefined) throw new Error('expected a message');
    expect(message.components).toEqual([
      { type: 1, components: buttons.map(({ id, label }) => ({ type: 2, style: 2, label, custom_id: id })) },
    ]);
    const pressed = buttons.map(({ id }) => people.presses(message, id));
    await eventually(() => expect(pressed.map(({ callbacks }) => callbacks)).toEqual([[{ type: 6 }], [{ type: 6 }]]));
    expect(host.events).toMatchObject([
      { type: 'command', name: 'agent', args: 'now', address: ADDRESS },
      { type: 'message', text: 'What are the risks?', address: ADDRESS },
    ]);
  });

  it('in a server is for the person whom the message answers', async () => {
    const started = await startAdapter({ manual: true });
    const host = new Host();
    await connected(started, host.intake);
    const { adapter, people, discord } = started;
    await adapter.send(IN_GENERAL, says('Shall I?', { buttons: [{ id: 'say yes', label: 'Yes' }] }), sending().context);
    const [message] = discord.channels.by(GENERAL, BOT.id);
    if (message === undefined) throw new Error('expected a message');
    const others = people.presses(message, 'say yes', OMAR);
    await eventually(() =>
      expect(others.callbacks).toEqual([{ type: 4, data: { content: 'These buttons are for the person above.', flags: 64 } }]),
    );
    expect(host.events).toEqual([]);
    people.presses(message, 'say yes');
    await eventually(() => expect(host.events).toMatchObject([{ text: 'yes', address: IN_GENERAL }]));
  });

  it.each([
    ['a kind that is not offered', { type: 5, data: { custom_id: 'form' } }, 'interaction.other'],
    ['direct messages of others', { type: 2, context: 2, data: { name: 'help' } }, 'interaction.elsewhere'],
  ])('%s is no event', async (_, more, kind) => {
    const started = await startAdapter({ manual: true });
    const host = new Host();
    await connected(started, host.intake);
    started.people.interacts(more, MONA, DIRECT);
    await eventually(() => expect(started.ignored.map((one) => one.kind)).toContain(kind));
    expect(host.events).toEqual([]);
  });
});

describe('the list of commands', () => {
  const commands = [
    { name: 'help', about: 'Shows what I can do' },
    { name: 'agent', about: 'Brings a person', args: 'What it is about' },
  ];

  it('is registered, and only again if it differs', async () => {
    const started = await startAdapter({ manual: true, adapter: { commands } });
    await connected(started, new Host().intake);
    await eventually(() => expect(started.discord.commands).toHaveLength(2));
    expect(started.discord.commands).toMatchObject([
      { name: 'help', type: 1, description: 'Shows what I can do', options: [], contexts: [0, 1] },
      { name: 'agent', options: [{ type: 3, name: 'text', description: 'What it is about', required: false }] },
    ]);
    await started.adapter.stop();
    const puts = () => started.discord.calls.filter(({ method }) => method === 'PUT').length;
    const gets = () => started.discord.calls.filter(({ method, path }) => method === 'GET' && path.endsWith('/commands')).length;
    const [first, before] = [puts(), gets()];
    const another = await started.another();
    await connected({ ...started, adapter: another }, new Host().intake);
    await eventually(() => expect(gets()).toBe(before + 1));
    expect(puts()).toBe(first);
  });

  it('is offered in direct messages alone where the bot answers nowhere else', async () => {
    const started = await startAdapter({ manual: true, adapter: { commands, answers: 'direct' } });
    await connected(started, new Host().intake);
    await eventually(() => expect(started.discord.commands).toMatchObject([{ contexts: [1] }, { contexts: [1] }]));
  });
});
