/**
 * Messages that were written while no gateway session was open. After a restart, and after a
 * connection that could not be resumed, Discord does not send them. They are in the channels, and
 * the last event that was taken shows from where on.
 *
 * Owns which messages of a channel were missed. Does not own their order with what comes by the
 * gateway (inbox.ts), and dropping those that were taken (the host, by event id).
 *
 * Invariants
 * 1. Of a channel whose last taken event is known, everything after it is read, at most
 *    `HORIZON_MS` old. The host recognises what was taken for that long.
 * 2. A direct message channel without one may be a new customer's. What they wrote since the bot's
 *    last message there is read, at most `NEWCOMER_MS` old.
 * 3. Edits, deletions, reactions and buttons that were missed are not to be had. Discord showed
 *    whoever pressed a button that it failed.
 */
import * as z from 'zod';
import type { Clock } from '#machines/clock.ts';
import { addressParts } from '#machines/ids.ts';
import type { TakenEvents } from '../plugin.ts';
import { CODES, type DiscordApi, isRefusal } from './api.ts';
import { snowflake } from './content.ts';
import { addressAt, idAt, idOfEvent, isLater, parsePeer } from './peer.ts';
import type { Sdk } from './sdk.ts';

/** Redeliveries are recognised for seven days. */
const HORIZON_MS = 6 * 24 * 3_600_000;
const NEWCOMER_MS = 24 * 3_600_000;
/** Messages of one request. It is Discord's own limit. */
export const PAGE = 100;
/**
 * Newest conversations whose channels are read after a restart. Others are read when they go on.
 */
const MAX_CONVERSATIONS = 500;

const page = z.array(z.looseObject({ id: snowflake, author: z.looseObject({ id: snowflake }) }));
export type MissedMessage = z.infer<typeof page>[number];

export interface CatchUpOptions {
  readonly api: DiscordApi;
  readonly routes: Sdk['Routes'];
  readonly taken: TakenEvents;
  readonly clock: Pick<Clock, 'now'>;
}

/** A channel in which the bot has conversations. */
export interface KnownChannel {
  readonly channel: string;
  readonly server: boolean;
  /** Discord's id of the last message or interaction that was taken there. */
  readonly after: string | undefined;
}

export class CatchUp {
  private readonly api: DiscordApi;
  private readonly routes: Sdk['Routes'];
  private readonly taken: TakenEvents;
  private readonly clock: Pick<Clock, 'now'>;

  constructor({ api, routes, taken, clock }: CatchUpOptions) {
    this.api = api;
    this.routes = routes;
    this.taken = taken;
    this.clock = clock;
  }

  /** Channels of the newest conversations, newest first. Throws `Unavailable`. */
  async channels(bot: string): Promise<readonly KnownChannel[]> {
    const found = new Map<string, KnownChannel>();
    for (const address of await this.taken.addresses(MAX_CONVERSATIONS)) {
      const { account, peer } = addressParts(address);
      if (account !== bot) continue;
      const { channel, user } = parsePeer(peer);
      const before = found.get(channel);
      const after = idOfEvent((await this.taken.lastAt(address)) ?? '');
      found.set(channel, { channel, server: user !== undefined, after: later(before?.after, after) });
    }
    return [...found.values()];
  }

  /**
   * Id behind which the messages of a channel were missed. Undefined if none were. Throws
   * `RateLimited` or `Unavailable`.
   */
  async since({ channel, server, after }: KnownChannel, bot: string): Promise<string | undefined> {
    if (after !== undefined) return later(after, idAt(this.clock.now() - HORIZON_MS));
    // Nobody who writes in a server is known to have been waiting for an answer.
    if (server) return undefined;
    const last = idOfEvent((await this.taken.lastAt(addressAt(bot, { channel }))) ?? '');
    if (last !== undefined) return later(last, idAt(this.clock.now() - HORIZON_MS));
    const newest = await this.read(channel, {});
    return later(newest.findLast(({ author }) => author.id === bot)?.id, idAt(this.clock.now() - NEWCOMER_MS));
  }

  /**
   * The next messages of a channel, oldest first. Fewer than `PAGE` are the last ones. None if the
   * bot does not see it any more. Throws `RateLimited` or `Unavailable`.
   */
  page(channel: string, after: string): Promise<readonly MissedMessage[]> {
    return this.read(channel, { after });
  }

  private async read(channel: string, from: { readonly after?: string }): Promise<readonly MissedMessage[]> {
    const query = { ...from, limit: String(PAGE) };
    try {
      const messages = await this.api.call(page, 'get', this.routes.channelMessages(channel), { query });
      // Discord gives a page newest first.
      return messages.toSorted((a, b) => (isLater(a.id, b.id) ? 1 : -1));
    } catch (error) {
      if (isRefusal(error, CODES.unknownChannel, CODES.missingAccess, CODES.missingPermissions)) return [];
      throw error;
    }
  }
}

/** The later one of two ids of which each may be missing. */
export function later(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return isLater(a, b) ? a : b;
}
