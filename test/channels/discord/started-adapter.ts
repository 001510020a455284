/** Discord adapter under test, at a fake Discord. Both are closed after the test. */

import { setImmediate } from 'node:timers/promises';
import { onTestFinished, vi } from 'vitest';
import { type DiscordOptions, discordAdapter } from '#channels/discord/adapter.ts';
import { loadSdk } from '#channels/discord/sdk.ts';
import type { ChannelEvent, DeadLetter, IgnoredEvent, Intake } from '#channels/inbound.ts';
import { always } from '#channels/plugin.ts';
import type { ChannelAdapter, OutboundMessage, SendContext } from '#channels/port.ts';
import { MemoryQuota } from '#channels/quota.ts';
import { type Address, parseAddress } from '#machines/ids.ts';
import { TestClock } from '#test/channels/telegram/test-clock.ts';
import { BOT, type Discord, type DiscordOptions as FakeOptions, startDiscord, TOKEN } from '#test/fakes/discord.ts';
import { DIRECT, GENERAL, MONA, People } from '#test/fakes/discord-people.ts';

export const ADDRESS = parseAddress(`discord:${BOT.id}:${DIRECT}`);
export const IN_GENERAL = parseAddress(`discord:${BOT.id}:${GENERAL}/${MONA.id}`);
export const at = (peer: string): Address => parseAddress(`discord:${BOT.id}:${peer}`);

/** What the host has taken, for an adapter that starts. */
export class Taken {
  readonly last = new Map<Address, string>();

  readonly port = {
    addresses: async (limit: number): Promise<readonly Address[]> => [...this.last.keys()].slice(0, limit),
    lastAt: async (address: Address): Promise<string | undefined> => this.last.get(address),
  };
}

export interface StartedAdapter {
  readonly discord: Discord;
  readonly people: People;
  readonly clock: TestClock;
  readonly taken: Taken;
  readonly rejected: DeadLetter[];
  readonly ignored: IgnoredEvent[];
  readonly log: { readonly level: string; readonly facts: object; readonly message: string }[];
  readonly adapter: ChannelAdapter;
  /** Starts another adapter for the same bot. */
  another(options?: Partial<DiscordOptions>): Promise<ChannelAdapter>;
}

/** Never connects before its host is known. */
export async function startAdapter(
  options: { readonly fake?: FakeOptions; readonly adapter?: Partial<DiscordOptions>; readonly manual?: true } = {},
): Promise<StartedAdapter> {
  const clock = new TestClock({ automatic: options.manual !== true });
  const discord = await startDiscord({ now: clock.now, ...options.fake });
  const people = new People(discord);
  const taken = new Taken();
  const rejected: DeadLetter[] = [];
  const ignored: IgnoredEvent[] = [];
  const log: { level: string; facts: object; message: string }[] = [];
  const note = (level: string) => (facts: object, message: string) => void log.push({ level, facts, message });
  const adapters: ChannelAdapter[] = [];
  const another = async (more: Partial<DiscordOptions> = {}): Promise<ChannelAdapter> => {
    const adapter = discordAdapter({
      sdk: await loadSdk(),
      token: TOKEN,
      apiRoot: discord.url,
      answers: 'mentions',
      channels: undefined,
      commands: [],
      taken: taken.port,
      deadLetter: async (one) => void rejected.push(one),
      ignored: (one) => void ignored.push(one),
      log: { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') },
      clock,
      leaderLease: always,
      quota: new MemoryQuota(),
      random: () => 0.5,
      ...options.adapter,
      ...more,
    });
    adapters.push(adapter);
    return adapter;
  };
  // The library leaves a timer behind for a connection that is closed before its session has begun.
  const isSettled = (): boolean =>
    discord.gateway.connected === 0 ||
    log.findLast(({ message }) => /^discord (connected|closed)/.test(message))?.message.startsWith('discord connected') === true;
  onTestFinished(async () => {
    await vi.waitUntil(isSettled);
    let stopping = true;
    const stopped = Promise.all(adapters.map((adapter) => adapter.stop())).finally(() => {
      stopping = false;
    });
    // A connection that is still being made may not close. It is left to end by itself, after a
    // time that a clock of the test's own has to reach.
    while (stopping) {
      if (options.manual) clock.advance(1_000);
      await setImmediate();
    }
    await stopped;
    await discord.close();
  });
  return { discord, people, clock, taken, rejected, ignored, log, adapter: await another(), another };
}

/** Starts the adapter and waits for its connection. */
export async function connected({ adapter, discord }: StartedAdapter, intake: Intake): Promise<void> {
  const before = discord.gateway.identified.length;
  await adapter.start(intake);
  await eventually(() => {
    if (discord.gateway.identified.length === before || discord.gateway.connected === 0) throw new Error('not connected yet');
  });
}

/**
 * Host that keeps the events it receives, and drops those that it has. `store` decides when, and
 * whether, an event is durable.
 */
export class Host {
  readonly events: ChannelEvent[] = [];
  private readonly known = new Set<string>();
  private readonly store: (event: ChannelEvent) => Promise<void>;
  private readonly taken: Taken | undefined;

  constructor(store: (event: ChannelEvent) => Promise<void> = () => Promise.resolve(), taken?: Taken) {
    this.store = store;
    this.taken = taken;
  }

  readonly intake: Intake = async (event) => {
    const id = 'id' in event ? event.id : undefined;
    const duplicate = id !== undefined && this.known.has(id);
    if (!duplicate) {
      await this.store(event);
      if (id !== undefined) this.known.add(id);
      this.events.push(event);
      if (event.type === 'message' || event.type === 'command') this.taken?.last.set(event.address, event.id);
    }
    return { sessionId: 'session', version: this.events.length, duplicate };
  };

  get texts(): string[] {
    return this.events.map((event) =>
      'text' in event ? event.text : event.type === 'command' ? `/${event.name} ${event.args}`.trim() : event.type,
    );
  }
}

export const says = (text: string, more: Partial<OutboundMessage> = {}): OutboundMessage => ({ text, author: 'assistant', ...more });

export function sending(more: Partial<SendContext> = {}): { readonly sent: string[]; readonly context: SendContext } {
  const sent: string[] = [];
  return {
    sent,
    context: {
      key: 'session.1',
      statusKey: 'session.1.1',
      attempt: 1,
      signal: new AbortController().signal,
      sent: [],
      onSent: async (ref) => void sent.push(ref),
      ...more,
    },
  };
}

/** Polls with a deadline that a busy machine does not miss. */
export async function eventually(check: () => unknown): Promise<void> {
  await vi.waitFor(check, { interval: 5 });
}
