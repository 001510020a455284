import * as z from 'zod';
import { discordAdapter } from '#channels/discord/adapter.ts';
import { loadSdk } from '#channels/discord/sdk.ts';
import type { Intake } from '#channels/inbound.ts';
import { silent } from '#channels/log.ts';
import { always } from '#channels/plugin.ts';
import type { ChannelAdapter } from '#channels/port.ts';
import { MemoryQuota } from '#channels/quota.ts';
import { parseAddress } from '#machines/ids.ts';
import type { Card } from '#machines/session/cards.ts';
import { idAtChannel } from '#machines/session/message-names.ts';
import { TestClock } from '#test/channels/telegram/test-clock.ts';
import { describeChannel } from '#test/contracts/channel-contract.ts';
import type { ChannelHarness, Offered } from '#test/contracts/channel-harness.ts';
import { BOT, type Discord, startDiscord, TOKEN } from '#test/fakes/discord.ts';
import type { FakeMessage } from '#test/fakes/discord-channels.ts';
import { DIRECT, GENERAL, MONA, People } from '#test/fakes/discord-people.ts';
import { eventually } from './started-adapter.ts';

/** The conversation of the contract's customer. */
interface Place {
  readonly channel: string;
  readonly peer: string;
  /** Before what the customer writes, so that it is for the bot. */
  readonly call: string;
}

function describeAt(name: string, { channel, peer, call }: Place): void {
  describeChannel(name, async () => {
    const clock = new TestClock({ automatic: true });
    const discord = await startDiscord({ now: clock.now, limit: 5 });
    const people = new People(discord);
    const outcomes = new Outcomes(discord);
    const adapter = discordAdapter({
      sdk: await loadSdk(),
      token: TOKEN,
      apiRoot: discord.url,
      answers: 'mentions',
      channels: undefined,
      commands: [],
      taken: { addresses: async () => [], lastAt: async () => undefined },
      deadLetter: async () => outcomes.settle('refused'),
      ignored: () => {},
      log: { ...silent, warn: (_, message) => void (/offered again/.test(message) && outcomes.settle('again')) },
      clock,
      leaderLease: always,
      quota: new MemoryQuota(),
    });
    const messages = new Map<string, FakeMessage>();
    return {
      adapter: outcomes.watching(adapter),
      address: parseAddress(`discord:${BOT.id}:${peer}`),
      offer: async ({ id, text, replyTo }) => {
        const known = messages.get(id);
        const offered = outcomes.next();
        // A redelivery is the same event again, which a resumed session may see.
        if (known === undefined) messages.set(id, people.says(`${call}${text}`, { to: channel, ...answering(channel, replyTo) }));
        else discord.gateway.dispatch('MESSAGE_CREATE', people.event(known));
        return offered;
      },
      offerRubbish: () => {
        const offered = outcomes.next();
        discord.gateway.dispatch('MESSAGE_CREATE', { channel_id: DIRECT, content: 7 });
        return offered;
      },
      ...(channel === DIRECT
        ? {
            offerTyping: () => {
              const offered = outcomes.next();
              people.types();
              return offered;
            },
          }
        : {}),
      seen: async () =>
        discord.channels
          .shown(channel, BOT.id)
          .filter((text) => text !== '' && text !== `<@${MONA.id}>`)
          .map(withoutMention),
      files: async () =>
        discord.channels
          .by(channel, BOT.id)
          .flatMap(({ attachments }) => attachments.map(({ filename, bytes }) => ({ name: filename, bytes }))),
      cards: async () => discord.channels.by(channel, BOT.id).flatMap(({ components }) => cardsOf(components)),
      answers: async () =>
        discord.channels
          .by(channel, BOT.id)
          .filter(({ type }) => type !== 20)
          .map(({ message_reference: reference }) => reference?.message_id),
      forget: (id) => void discord.channels.delete(channel, id),
      reactions: async () =>
        (discord.channels.get(channel)?.messages ?? []).flatMap(({ reactions }) =>
          reactions.filter(({ by }) => by === BOT.id).map(({ emoji }) => emoji),
        ),
      close: async () => {
        await adapter.stop();
        await discord.close();
      },
    } satisfies ChannelHarness;
  });
}

function answering(channel: string, replyTo: string | undefined): Partial<FakeMessage> {
  return replyTo === undefined ? {} : { type: 19, message_reference: { message_id: idAtChannel(replyTo), channel_id: channel } };
}

const linkButtons = z.array(z.object({ components: z.array(z.object({ url: z.url() })) }));
const cardsOf = (components: unknown): Card['kind'][] => (linkButtons.safeParse(components).data ?? []).map(() => 'link');
const withoutMention = (text: string): string => text.replace(`<@${MONA.id}> `, '');

/** What becomes of the event that is offered. Discord itself asks for no acknowledgement. */
class Outcomes {
  readonly #discord: Discord;
  #waiting: ((outcome: Offered) => void) | undefined;

  constructor(discord: Discord) {
    this.#discord = discord;
  }

  next(): Promise<Offered> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  settle(outcome: Offered): void {
    this.#waiting?.(outcome);
    this.#waiting = undefined;
  }

  /** The adapter, whose start waits for its connection, so that nothing is offered before. */
  watching(adapter: ChannelAdapter): ChannelAdapter {
    const start = async (intake: Intake): Promise<void> => {
      await adapter.start(async (event) => {
        const receipt = await intake(event);
        this.settle('taken');
        return receipt;
      });
      await eventually(() => {
        if (this.#discord.gateway.connected === 0) throw new Error('not connected yet');
      });
    };
    return new Proxy(adapter, {
      get: (target, name) => {
        if (name === 'start') return start;
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }
}

describeAt('discord, direct messages', { channel: DIRECT, peer: DIRECT, call: '' });
describeAt('discord, in a server', { channel: GENERAL, peer: `${GENERAL}/${MONA.id}`, call: `<@${BOT.id}> ` });
