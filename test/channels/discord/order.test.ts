/**
 * Order of a channel where what was missed meets what comes by the gateway (SPEC C6). A session is
 * replaced while it catches up, a command comes before the catching up, and a turn ends while the
 * library is between two connections.
 */
import { expect, it } from 'vitest';
import type { LeaderLease } from '#channels/plugin.ts';
import { Unavailable } from '#machines/errors.ts';
import { BOT } from '#test/fakes/discord.ts';
import { GENERAL } from '#test/fakes/discord-people.ts';
import { ADDRESS, connected, eventually, Host, IN_GENERAL, type StartedAdapter, startAdapter } from './started-adapter.ts';

/** A message of another bot is counted as soon as it comes, and comes after the others. */
async function everythingCame({ people, ignored }: StartedAdapter): Promise<void> {
  const before = ignored.length;
  people.says('from another bot', { from: { id: '600000000000000009', username: 'other', bot: true } });
  await eventually(() => expect(ignored.slice(before).map(({ kind }) => kind)).toContain('sender.bot'));
}

it('a session that is replaced while it catches up is read to its end before what came by it', async () => {
  const started = await startAdapter();
  const { people, taken, discord } = started;
  taken.last.set(ADDRESS, `discord:${people.says('taken', { sent: false }).id}`);
  for (const text of ['missed 1', 'missed 2', 'missed 3']) people.says(text, { sent: false });
  const stored = Promise.withResolvers<void>();
  const storing: string[] = [];
  const host = new Host(async (event) => {
    storing.push('text' in event ? event.text : event.type);
    await stored.promise;
  }, taken);
  await connected(started, host.intake);
  await eventually(() => expect(storing).toEqual(['missed 1']));
  people.says('live');
  await everythingCame(started);
  discord.gateway.forget();
  discord.gateway.close(4000);
  await eventually(() => expect(discord.gateway.identified).toHaveLength(2));
  people.says('live again');
  await everythingCame(started);
  stored.resolve();
  await eventually(() => expect(host.texts).toEqual(['missed 1', 'missed 2', 'missed 3', 'live', 'live again']));
});

it('a command is taken after what was missed in its channel, and loses none of it', async () => {
  const started = await startAdapter();
  const { people, taken } = started;
  taken.last.set(ADDRESS, `discord:${people.says('taken', { sent: false }).id}`);
  people.says('missed', { sent: false });
  const asked = Promise.withResolvers<void>();
  const addresses = async (limit: number) => {
    await asked.promise;
    return taken.port.addresses(limit);
  };
  const adapter = await started.another({ taken: { ...taken.port, addresses } });
  const host = new Host(undefined, taken);
  await connected({ ...started, adapter }, host.intake);
  people.commands('help');
  people.says('after');
  await everythingCame(started);
  asked.resolve();
  await eventually(() => expect(host.texts).toEqual(['missed', '/help', 'after']));
});

it('what comes while a channel is read ends the reading, so that a command keeps its place', async () => {
  const started = await startAdapter();
  const { people, taken } = started;
  taken.last.set(ADDRESS, `discord:${people.says('taken', { sent: false }).id}`);
  const missed = Array.from({ length: 101 }, (_, n) => `missed ${n}`);
  for (const text of missed) people.says(text, { sent: false });
  const stored = Promise.withResolvers<void>();
  const storing = Promise.withResolvers<void>();
  const host = new Host(() => {
    storing.resolve();
    return stored.promise;
  }, taken);
  await connected(started, host.intake);
  await storing.promise;
  // The second page of the channel would have what is written now.
  people.commands('help');
  people.says('after');
  await everythingCame(started);
  stored.resolve();
  await eventually(() => expect(host.texts).toEqual([...missed, '/help', 'after']));
});

it('a place of a server without a conversation is read before the first message that comes from it', async () => {
  const started = await startAdapter();
  const { people, taken } = started;
  taken.last.set(ADDRESS, `discord:${people.says('taken', { sent: false }).id}`);
  people.says(`<@${BOT.id}> missed`, { to: GENERAL, sent: false });
  const asked = Promise.withResolvers<void>();
  const addresses = async (limit: number) => {
    await asked.promise;
    return taken.port.addresses(limit);
  };
  const adapter = await started.another({ taken: { ...taken.port, addresses } });
  const host = new Host(undefined, taken);
  await connected({ ...started, adapter }, host.intake);
  people.says(`<@${BOT.id}> after`, { to: GENERAL });
  await everythingCame(started);
  asked.resolve();
  await eventually(() => expect(host.texts).toEqual(['missed', 'after']));
  expect(host.events.every((event) => 'address' in event && event.address === IN_GENERAL)).toBe(true);
});

/** Leader lease whose turns the test begins and ends. */
function turns(): { readonly lease: LeaderLease; readonly begin: () => Turn } {
  let lead: ((signal: AbortSignal) => Promise<void>) | undefined;
  const leads = Promise.withResolvers<void>();
  return {
    lease: async (work, signal) => {
      lead = (turn) => work(AbortSignal.any([turn, signal]));
      leads.resolve();
    },
    begin: () => {
      const turn = new AbortController();
      const done = leads.promise.then(() => lead?.(turn.signal));
      return {
        end: async () => {
          turn.abort();
          await done;
        },
      };
    },
  };
}
interface Turn {
  end(): Promise<void>;
}

it('a turn that ends while the library is between two connections leaves no second receiver behind', async () => {
  const { lease, begin } = turns();
  const started = await startAdapter({ adapter: { leaderLease: lease } });
  const { people, discord, taken } = started;
  let away = false;
  const host = new Host(() => (away ? Promise.reject(new Unavailable('the store is away')) : Promise.resolve()), taken);
  const first = begin();
  await connected(started, host.intake);
  people.says('one');
  await eventually(() => expect(host.texts).toEqual(['one']));

  away = true;
  people.says('two');
  await eventually(() => expect(started.log.some(({ message }) => message.includes('is offered again'))).toBe(true));
  discord.gateway.close(4000);
  // The library has closed its side too, and waits before it connects again.
  await eventually(() => expect(started.log.some(({ message }) => message === 'discord closed the connection')).toBe(true));
  await first.end();
  away = false;
  people.says('three');

  const second = begin();
  await eventually(() => expect(discord.gateway.identified).toHaveLength(2));
  await eventually(() => expect(host.texts).toEqual(['one', 'two', 'three']));
  // The library waits as long before it connects again as it would have for the first turn.
  discord.gateway.close(4000);
  await eventually(() => expect(discord.gateway.resumed).toContain('session2'));
  people.says('four');
  await eventually(() => expect(host.texts).toEqual(['one', 'two', 'three', 'four']));
  expect(discord.gateway).toMatchObject({ sockets: 1, resumed: ['session2'] });
  await second.end();
});

it('a turn that ends before its session has begun leaves no second receiver behind', async () => {
  const { lease, begin } = turns();
  const started = await startAdapter({ adapter: { leaderLease: lease } });
  const { discord } = started;
  const host = new Host();
  discord.gateway.beginsAfter = new Promise(() => {});
  const first = begin();
  await started.adapter.start(host.intake);
  await eventually(() => expect(discord.gateway.waiting).toBe(1));
  await first.end();
  discord.gateway.beginsAfter = Promise.resolve();

  const second = begin();
  await eventually(() => expect(discord.gateway.connected).toBe(1));
  discord.gateway.close(4000);
  await eventually(() => expect(discord.gateway.resumed).toEqual(['session1']));
  expect(discord.gateway.sockets).toBe(1);
  await second.end();
});
