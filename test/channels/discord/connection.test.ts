/**
 * The connection on which Discord sends events, its ends, and what was missed meanwhile (SPEC C6).
 */
import { describe, expect, it } from 'vitest';
import { Unavailable } from '#machines/errors.ts';
import { BOT, TOKEN } from '#test/fakes/discord.ts';
import { DIRECT, GENERAL } from '#test/fakes/discord-people.ts';
import { checkText } from '../check-text.ts';
import { ADDRESS, connected, eventually, Host, IN_GENERAL, says, sending, startAdapter } from './started-adapter.ts';

const CALL = `<@${BOT.id}> `;

describe('the connection', () => {
  it('is resumed after close 4000, and what was sent meanwhile is taken once and in order', async () => {
    const started = await startAdapter();
    const host = new Host();
    await connected(started, host.intake);
    const { people, discord } = started;
    people.says('before');
    await eventually(() => expect(host.texts).toEqual(['before']));
    discord.gateway.close(4000);
    await eventually(() => expect(discord.gateway.connected).toBe(0));
    people.says('meanwhile 1');
    people.says('meanwhile 2');
    await eventually(() => expect(discord.gateway.resumed).toEqual(['session1']));
    people.says('after');
    await eventually(() => expect(host.texts).toEqual(['before', 'meanwhile 1', 'meanwhile 2', 'after']));
    expect(discord.gateway.identified).toHaveLength(1);
  });

  it('that cannot be resumed begins anew, and what was missed is fetched once and in order', async () => {
    const started = await startAdapter();
    const host = new Host(undefined, started.taken);
    await connected(started, host.intake);
    const { people, discord } = started;
    people.says('before');
    people.says(`${CALL}before`, { to: GENERAL });
    await eventually(() => expect(host.texts).toEqual(['before', 'before']));
    discord.gateway.forget();
    discord.gateway.close(4000);
    await eventually(() => expect(discord.gateway.connected).toBe(0));
    people.says('missed 1');
    people.says('missed 2');
    people.says('not for the bot', { to: GENERAL });
    people.says(`${CALL}missed 3`, { to: GENERAL });
    await eventually(() => expect(discord.gateway.identified).toHaveLength(2));
    people.says('after');
    await eventually(() => expect(host.texts).toHaveLength(6));
    const direct = host.events.filter((event) => 'address' in event && event.address === ADDRESS);
    expect(direct.map((event) => ('text' in event ? event.text : ''))).toEqual(['before', 'missed 1', 'missed 2', 'after']);
    expect(host.events.filter((event) => 'address' in event && event.address === IN_GENERAL)).toMatchObject([
      { text: 'before' },
      { text: 'missed 3' },
    ]);
  });

  it('misses nothing that is written while it begins', async () => {
    const started = await startAdapter();
    const host = new Host(undefined, started.taken);
    await connected(started, host.intake);
    const { people, discord } = started;
    people.says('before');
    await eventually(() => expect(host.texts).toEqual(['before']));
    const begins = Promise.withResolvers<void>();
    discord.gateway.beginsAfter = begins.promise;
    discord.gateway.forget();
    discord.gateway.close(4000);
    await eventually(() => expect(discord.gateway.connected).toBe(0));
    people.says('missed');
    await eventually(() => expect(discord.gateway.waiting).toBe(1));
    // Longer than it takes to read the channel.
    for (let i = 0; i < 50; i++) await (await fetch(discord.url)).arrayBuffer();
    people.says('missed late');
    begins.resolve();
    await eventually(() => expect(discord.gateway.connected).toBe(1));
    people.says('after');
    await eventually(() => expect(host.texts).toEqual(['before', 'missed', 'missed late', 'after']));
  });

  it.each([
    [4004, 'does not accept DISCORD_BOT_TOKEN'],
    [4014, 'switch on Message Content Intent'],
  ])('close %i says in one sentence what to do', async (code, sentence) => {
    const started = await startAdapter({ adapter: { answers: 'all' }, manual: true });
    if (code === 4014) started.discord.gateway.contentAllowed = false;
    else started.discord.gateway.refuses = true;
    await started.adapter.start(new Host().intake);
    await eventually(() =>
      expect(started.log.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
        expect.stringContaining(sentence),
      ]),
    );
    expect(await checkText(started.adapter)).toContain(sentence);
    // It is tried again, because an operator can mend it in the portal.
    started.discord.gateway.contentAllowed = true;
    started.discord.gateway.refuses = false;
    started.clock.advance(5 * 60_000);
    await eventually(() => expect(started.discord.gateway.connected).toBe(1));
    await eventually(async () => expect(await checkText(started.adapter)).toBeNull());
  });

  it('begins when Discord can be reached again', async () => {
    const started = await startAdapter();
    started.discord.failNext(/users/, { status: 503 });
    started.discord.failNext(/users/, { status: 503 });
    started.discord.failNext(/gateway/, { status: 503 });
    await started.adapter.start(new Host().intake);
    await eventually(() => expect(started.discord.gateway.connected).toBe(1));
  });

  it('is not begun more often than Discord allows in a day', async () => {
    const started = await startAdapter({ manual: true });
    const session_start_limit = { total: 1_000, remaining: 0, reset_after: 7_200_000, max_concurrency: 1 };
    started.discord.failNext(/gateway/, { status: 200, body: { url: 'ws://127.0.0.1:1', shards: 1, session_start_limit } });
    await started.adapter.start(new Host().intake);
    await eventually(() =>
      expect(started.log.map(({ message }) => message)).toContain('discord cannot be connected to and is tried again'),
    );
    expect(started.discord.gateway.identified).toEqual([]);
    started.clock.advance(7_100_000);
    expect(started.discord.gateway.identified).toEqual([]);
    started.clock.advance(200_000);
    await eventually(() => expect(started.discord.gateway.connected).toBe(1));
  });

  it('is held by one instance, and every instance sends', async () => {
    const started = await startAdapter({ adapter: { leaderLease: async () => {} } });
    await started.adapter.start(new Host().intake);
    await started.adapter.send(ADDRESS, says('hello'), sending().context);
    expect(started.discord.gateway.identified).toEqual([]);
    expect(started.discord.channels.shown(DIRECT, BOT.id)).toEqual(['hello']);
  });

  it('is given up while too much waits, and what was missed is fetched then', async () => {
    const started = await startAdapter();
    let away = true;
    const host = new Host(() => (away ? Promise.reject(new Unavailable('the store is away')) : Promise.resolve()));
    // Somebody who has talked with the bot before.
    started.taken.last.set(ADDRESS, `discord:${started.people.says('taken', { sent: false }).id}`);
    await connected(started, host.intake);
    for (let i = 0; i < 5_001; i++) started.people.says(`message ${i}`);
    await eventually(() =>
      expect(started.log.map(({ message }) => message)).toContain('too many discord events wait, so they are fetched later'),
    );
    away = false;
    await eventually(() => expect(host.texts).toHaveLength(5_001));
    expect(host.texts).toEqual(Array.from({ length: 5_001 }, (_, i) => `message ${i}`));
  });
});

describe('a start', () => {
  it('with a token that Discord refuses fails with what to do', async () => {
    const started = await startAdapter({ adapter: { token: TOKEN.replace('Gabcde', 'Gother') } });
    await expect(started.adapter.start(new Host().intake)).rejects.toThrow('reset it in the Developer Portal');
    expect(await checkText(started.adapter)).toContain('reset it in the Developer Portal');
  });

  it('fetches what was written while the program was away', async () => {
    const started = await startAdapter();
    const { people, taken, discord } = started;
    const last = people.says('taken before', { sent: false });
    taken.last.set(ADDRESS, `discord:${last.id}`);
    const inServer = people.says(`${CALL}taken before`, { to: GENERAL, sent: false });
    taken.last.set(IN_GENERAL, `discord:${inServer.id}`);
    discord.channels.write(DIRECT, BOT, 'answered before');
    const missed = Array.from({ length: 250 }, (_, i) => `missed ${i}`);
    for (const text of missed) people.says(text, { sent: false });
    people.says(`${CALL}missed in the server`, { to: GENERAL, sent: false });
    const thread = people.thread();
    people.says(`${CALL}missed in a new thread`, { to: thread, sent: false });
    people.says(`${CALL}from another bot`, { from: { id: '600000000000000009', username: 'other', bot: true }, to: GENERAL, sent: false });
    const host = new Host(undefined, taken);
    await connected(started, host.intake);
    await eventually(() => expect(host.texts).toHaveLength(252));
    expect(
      host.events.filter((event) => 'address' in event && event.address === ADDRESS).map((event) => ('text' in event ? event.text : '')),
    ).toEqual(missed);
    expect(host.texts).toEqual(expect.arrayContaining(['missed in the server', 'missed in a new thread']));
    // Who wrote it is known as it is of a message by the gateway.
    expect(host.events[0]).toMatchObject({ customer: { name: 'Mona', handle: 'mona' } });
    await eventually(() => expect(started.ignored.map(({ kind }) => kind)).toContain('sender.bot'));
    expect(host.texts).toHaveLength(252);
  });

  it('takes what a new customer wrote meanwhile when they write again, and nothing older than that', async () => {
    const started = await startAdapter();
    const { people, discord } = started;
    people.says('long ago', { id: '900000000000000001', sent: false });
    people.says('answered by another program', { sent: false });
    discord.channels.write(DIRECT, BOT, 'an answer of it');
    people.says('hello?', { sent: false });
    const host = new Host();
    await connected(started, host.intake);
    people.says('anybody there?');
    await eventually(() => expect(host.texts).toEqual(['hello?', 'anybody there?']));
  });

  it('goes on if the store or Discord cannot say at once what was missed', async () => {
    const started = await startAdapter();
    const { people, taken, discord } = started;
    taken.last.set(ADDRESS, `discord:${people.says('taken', { sent: false }).id}`);
    people.says('missed', { sent: false });
    discord.failNext(/^GET .channels.\d+.messages/, { status: 502 });
    discord.failNext(/^GET .channels.\d+.messages/, 'cut');
    let failures = 2;
    const addresses = async (limit: number) => {
      if (failures-- > 0) throw new Unavailable('the store is away');
      return taken.port.addresses(limit);
    };
    const another = await started.another({ taken: { ...taken.port, addresses } });
    const host = new Host();
    await connected({ ...started, adapter: another }, host.intake);
    people.says('after');
    await eventually(() => expect(host.texts).toEqual(['missed', 'after']));
  });

  it('leaves a channel alone that the bot sees no more', async () => {
    const started = await startAdapter();
    const { people, taken, discord } = started;
    taken.last.set(IN_GENERAL, 'discord:100');
    taken.last.set(ADDRESS, `discord:${people.says('taken', { sent: false }).id}`);
    people.says('missed', { sent: false });
    discord.channels.remove(GENERAL);
    const host = new Host();
    await connected(started, host.intake);
    await eventually(() => expect(host.texts).toEqual(['missed']));
  });
});
