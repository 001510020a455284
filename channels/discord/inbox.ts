/**
 * Path of one event of the gateway to the host.
 *
 * Owns decoding, order, events in flight, and what Discord is told of an interaction. Does not own
 * the connection (gateway.ts), the outcome of an event (../event-taker.ts), what was missed
 * (missed.ts).
 *
 * Invariants
 * 1. Events of one channel are taken in order. One that cannot be stored holds those behind it.
 * 2. An event that can never be taken becomes a dead letter and holds none.
 * 3. The gateway sends nothing twice by itself. What waits here when the process dies is fetched
 *    from the channels after the next start, because the host never took it.
 * 4. At most `MAX_WAITING` events wait. Beyond that the connection is given up until they are
 *    stored, and what was missed is fetched then.
 */
import { LRUCache } from 'lru-cache';
import * as z from 'zod';
import type { Clock } from '#machines/clock.ts';
import { InvalidInput } from '#machines/errors.ts';
import { type Address, addressParts } from '#machines/ids.ts';
import { Backoff } from '../backoff.ts';
import { EventTaker, NotSupported } from '../event-taker.ts';
import type { CountIgnored, Intake, KeepDeadLetter } from '../inbound.ts';
import type { ChannelLog } from '../log.ts';
import type { Audience } from './audience.ts';
import type { CatchUp } from './catch-up.ts';
import { snowflake } from './content.ts';
import {
  type Bot,
  channelPlace,
  type Decoded,
  decodeEdit,
  decodeInteraction,
  decodeMessage,
  decodeReaction,
  decodeTyping,
  deletions,
  type Interaction,
  message,
  notAnswered,
  parse,
  parseDeletion,
  parseInteraction,
  revoke,
} from './decode.ts';
import type { GatewayEvent } from './gateway.ts';
import type { Interactions } from './interactions.ts';
import { eventKind } from './kinds.ts';
import { type Job, Lanes } from './lanes.ts';
import { Missed } from './missed.ts';
import { addressAt } from './peer.ts';
import type { Places } from './places.ts';
import type { Replies } from './replies.ts';

/** Some minutes of a very busy bot, and some ten megabytes. */
const MAX_WAITING = 5_000;
/** Messages of servers whose conversation is remembered, for when they are deleted. */
const MAX_REMEMBERED = 10_000;
/** Events that name no channel. */
const NO_CHANNEL = '';

const identified = z.object({ id: snowflake });
const ready = z.object({ application: z.object({ id: snowflake }) });

export interface InboxOptions {
  readonly audience: Audience;
  readonly places: Places;
  readonly catchUp: CatchUp;
  readonly interactions: Interactions;
  readonly replies: Replies;
  /** Whether the bot itself deleted a message. */
  readonly isDeleted: (message: string) => boolean;
  readonly clock: Clock;
  /** Spreads retries. */
  readonly random: () => number;
  readonly log: ChannelLog;
  readonly deadLetter: KeepDeadLetter;
  /** Called with each event that changes no session. */
  readonly ignored: CountIgnored;
  /** The connection is ready. `application` has the bot's commands. */
  readonly onReady: (application: string) => void;
  /** Too much waits. */
  readonly onFull: () => void;
}

export class Inbox {
  private readonly options: InboxOptions;
  private readonly taker: EventTaker;
  private readonly lanes: Lanes;
  private readonly missed: Missed;
  private readonly takenAt = new LRUCache<string, Address>({ max: MAX_REMEMBERED });
  private open: { readonly intake: Intake; readonly bot: Bot } | undefined;

  constructor(options: InboxOptions) {
    const { catchUp, places, clock, random, log } = options;
    this.options = options;
    this.taker = new EventTaker({ ...options, channel: 'discord' });
    this.lanes = new Lanes((error) => log.error({ error }, 'a discord event failed because of a defect'));
    const take = async (raw: object, guild: string | undefined, signal: AbortSignal): Promise<void> =>
      this.message({ ...raw, ...(guild === undefined ? {} : { guild_id: guild }) }, signal);
    this.missed = new Missed({ catchUp, places, lanes: this.lanes, clock, random, log, take });
  }

  begin(intake: Intake, bot: Bot): void {
    this.open = { intake, bot };
  }

  /** A session of the gateway begins, which is not one that was resumed. */
  session(): void {
    if (this.open !== undefined) this.missed.begin(this.open.bot.id);
  }

  /**
   * The connection has ended. Resolves when what is being stored is stored. The rest is dropped.
   */
  async drop(): Promise<void> {
    this.missed.end();
    await this.lanes.end();
  }

  async end(): Promise<void> {
    await this.drop();
    this.open = undefined;
  }

  /** Hands over before it returns. Never throws. */
  receive(event: GatewayEvent): void {
    if (this.open === undefined) return;
    const { kind, ruling } = eventKind(event.type);
    if ('ignored' in ruling) {
      this.learn(event);
      this.ignore(kind, ruling.ignored, event.id);
    } else if ('kept' in ruling) {
      const { kept } = ruling;
      this.add(NO_CHANNEL, (signal) => this.take(event.id, event.data, () => Promise.reject(new NotSupported(kind, kept)), signal));
    } else this.route(event, this.open.bot);
  }

  private learn({ type, data }: GatewayEvent): void {
    const { places, audience, onReady } = this.options;
    if (type === 'READY') {
      const started = ready.safeParse(data);
      if (started.success) onReady(started.data.application.id);
    }
    const written = places.learn(type, data).filter((place) => audience.mayAnswerIn(place));
    void this.missed.offer(written);
  }

  private route({ type, data, id }: GatewayEvent, bot: Bot): void {
    const place = channelPlace.safeParse(data);
    const channel = place.data?.channel_id ?? NO_CHANNEL;
    const missed = (): readonly Job[] =>
      place.success ? this.missed.before(channel, place.data.guild_id != null, identified.safeParse(data).data?.id) : [];
    switch (type) {
      case 'MESSAGE_CREATE': {
        const rejected = this.rejected(data, bot);
        if (rejected !== undefined) return this.ignore(rejected.kind, rejected.ignored, id);
        return this.add(channel, ...missed(), (signal) => this.message(data, signal));
      }
      case 'MESSAGE_UPDATE': {
        const rejected = this.rejected(data, bot);
        if (rejected !== undefined) return this.ignore(rejected.kind, rejected.ignored, id);
        return this.add(channel, (signal) => this.edit(data, signal));
      }
      case 'INTERACTION_CREATE': {
        const receivedAt = this.options.clock.now();
        return this.add(channel, ...missed(), () => this.interaction(data, receivedAt));
      }
      case 'MESSAGE_DELETE':
        return this.add(channel, (signal) => this.take(id, data, () => this.deletion(parseDeletion(data)), signal));
      case 'MESSAGE_DELETE_BULK':
        return this.add(channel, (signal) => this.take(id, data, () => this.bulk(data), signal));
      case 'TYPING_START':
        return this.add(channel, () => this.take(id, data, () => this.host(id, decodeTyping(data, bot, this.options.clock.now()))));
      default:
        return this.add(channel, (signal) => this.take(id, data, () => this.reaction(type, data, id, bot), signal));
    }
  }

  /** A message that is nothing for the bot, as far as it shows by itself. */
  private rejected(data: unknown, bot: Bot) {
    const found = message.safeParse(data);
    return found.success ? (notAnswered(found.data, bot) ?? this.options.audience.rejects(found.data, bot)) : undefined;
  }

  private async message(data: unknown, signal: AbortSignal): Promise<void> {
    await this.take(idOf(data), data, () => this.written(data, decodeMessage), signal);
  }

  private async edit(data: unknown, signal: AbortSignal): Promise<void> {
    await this.take(idOf(data), data, () => this.written(data, decodeEdit), signal);
  }

  private async written(data: unknown, decode: typeof decodeMessage): Promise<'taken' | 'ignored'> {
    const { bot } = this.opened();
    const sent = parse(message, data);
    const refused = notAnswered(sent, bot) ?? (await this.options.audience.refuses(sent, bot));
    if (refused !== undefined) return this.host(sent.id, refused);
    const decoded = decode(sent, bot);
    const outcome = await this.host(sent.id, decoded);
    if ('event' in decoded && 'address' in decoded.event && sent.guild_id != null) this.takenAt.set(sent.id, decoded.event.address);
    return outcome;
  }

  private async reaction(type: string, data: unknown, id: string, bot: Bot): Promise<'taken' | 'ignored'> {
    const decoded = decodeReaction(data, type === 'MESSAGE_REACTION_ADD', bot, `discord:reaction:${id}`, this.options.clock.now());
    return this.host(id, decoded);
  }

  private async deletion({ id, channel_id, guild_id }: ReturnType<typeof parseDeletion>): Promise<'taken' | 'ignored'> {
    const { bot } = this.opened();
    if (this.options.isDeleted(id)) return this.host(id, { kind: 'delete.own', ignored: 'the bot deleted it' });
    const address = guild_id == null ? addressAt(bot.id, { channel: channel_id }) : this.takenAt.get(id);
    if (address === undefined) return this.host(id, { kind: 'delete.unknown', ignored: 'whose message it was is not known' });
    return this.host(id, { event: revoke(id, address, this.options.clock.now()) });
  }

  private async bulk(data: unknown): Promise<'taken' | 'ignored'> {
    const { ids, ...place } = parse(deletions, data);
    const outcomes: ('taken' | 'ignored')[] = [];
    for (const id of ids) outcomes.push(await this.deletion({ ...place, id }));
    return outcomes.includes('taken') ? 'taken' : 'ignored';
  }

  /** Once, because Discord tells the customer that it failed if it is not acknowledged. */
  private async interaction(data: unknown, receivedAt: number): Promise<void> {
    const { interactions, log } = this.options;
    const id = idOf(data);
    if (interactions.isTooLate(receivedAt))
      return this.ignore('interaction.expired', 'it waited too long, so Discord told the customer that it failed', id);
    const outcome = await this.taker.take(this.received(id, data), () => this.interact(parseInteraction(data)));
    if (outcome === 'again')
      log.warn({ interaction: id }, 'a discord interaction was not taken, and Discord tells the customer that it failed');
  }

  private async interact(interaction: Interaction): Promise<'taken' | 'ignored'> {
    const { interactions, replies, audience } = this.options;
    const { bot } = this.opened();
    const decoded = decodeInteraction(interaction, bot);
    if ('ignored' in decoded) {
      if (decoded.answer !== undefined) await interactions.explain(interaction, decoded.answer);
      return this.host(interaction.id, decoded);
    }
    const { guild_id, channel_id = NO_CHANNEL } = interaction;
    if (guild_id != null && !(await audience.lists(channel_id))) {
      await interactions.explain(interaction, 'I do not answer in this channel.');
      return this.host(interaction.id, { kind: 'interaction.not_listed', ignored: 'the channel is not one of DISCORD_CHANNELS' });
    }
    if (decoded.by === 'button') {
      await this.host(interaction.id, decoded);
      await interactions.pressed(interaction);
      return 'taken';
    }
    const expected = replies.expect('address' in decoded.event ? addressParts(decoded.event.address).peer : NO_CHANNEL);
    try {
      await this.host(interaction.id, decoded);
    } catch (error) {
      expected.settle(undefined);
      throw error;
    }
    await interactions.promise(interaction, expected);
    return 'taken';
  }

  /** Resolves once the event is durable, or was counted. */
  private async host(id: string, decoded: Decoded): Promise<'taken' | 'ignored'> {
    if ('ignored' in decoded) {
      this.ignore(decoded.kind, decoded.ignored, id);
      return 'ignored';
    }
    await this.opened().intake(decoded.event);
    return 'taken';
  }

  /** Until the event is stored, or the signal is aborted. Once, if there is no signal. */
  private async take(id: string, content: unknown, work: () => Promise<'taken' | 'ignored'>, signal?: AbortSignal): Promise<void> {
    const backoff = new Backoff(this.options.clock, this.options.random);
    for (;;) {
      const outcome = await this.taker.take(this.received(id, content), work);
      if (outcome !== 'again' || signal === undefined || signal.aborted) return;
      await backoff.pause(undefined, signal).catch(() => undefined);
      if (signal.aborted) return;
    }
  }

  private received(providerId: string, content: unknown) {
    return { account: this.opened().bot.id, providerId, content };
  }

  private opened(): { readonly intake: Intake; readonly bot: Bot } {
    if (this.open === undefined) throw new InvalidInput('the channel receives nothing now');
    return this.open;
  }

  private ignore(kind: string, reason: string, providerId: string): void {
    this.options.ignored({ kind, reason, providerId });
  }

  private add(channel: string, ...jobs: readonly Job[]): void {
    this.lanes.add(channel, ...jobs);
    if (this.lanes.waiting > MAX_WAITING) this.options.onFull();
  }
}

/** What Discord calls it, as far as that is readable. */
function idOf(data: unknown): string {
  return identified.safeParse(data).data?.id ?? 'unknown';
}
