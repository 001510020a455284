/** What is known of channels and threads, from the gateway or by asking. */
import { LRUCache } from 'lru-cache';
import * as z from 'zod';
import { CODES, type DiscordApi, isRefusal } from './api.ts';
import { snowflake } from './content.ts';
import type { Sdk } from './sdk.ts';

const channel = z.object({
  id: snowflake,
  type: z.number().int(),
  guild_id: snowflake.nullish(),
  parent_id: snowflake.nullish(),
  owner_id: snowflake.nullish(),
  last_message_id: snowflake.nullish(),
});
const guild = z.object({ id: snowflake, channels: z.array(channel).default([]), threads: z.array(channel).default([]) });
const threads = z.object({ guild_id: snowflake, threads: z.array(channel) });
const author = z.object({ author: z.object({ id: snowflake }) });

export interface Place {
  readonly id: string;
  /** Undefined for direct messages. */
  readonly guild: string | undefined;
  readonly thread: boolean;
  /** The channel of a thread. */
  readonly parent: string | undefined;
  /** Who began the thread. */
  readonly owner: string | undefined;
  readonly lastMessage: string | undefined;
}

const THREADS: ReadonlySet<number> = new Set([10, 11, 12]);
/** Types of channels in which people write messages. Posts of a forum are threads. */
const WRITTEN_IN: ReadonlySet<number> = new Set([0, 2, 5, 13, ...THREADS]);
/** One more is asked for again. */
const MAX_PLACES = 20_000;

export interface PlacesOptions {
  readonly api: DiscordApi;
  readonly routes: Sdk['Routes'];
}

export class Places {
  private readonly api: DiscordApi;
  private readonly routes: Sdk['Routes'];
  private readonly known = new LRUCache<string, Place>({ max: MAX_PLACES });
  /** Whether a thread began with a message of the bot. */
  private readonly begunByBot = new LRUCache<string, boolean>({ max: MAX_PLACES });

  constructor({ api, routes }: PlacesOptions) {
    this.api = api;
    this.routes = routes;
  }

  /** Returns the places of a server that came with its event, in which people write. */
  learn(type: string, raw: unknown): readonly Place[] {
    switch (type) {
      case 'GUILD_CREATE': {
        const { data } = guild.safeParse(raw);
        return data === undefined ? [] : this.keep([...data.channels, ...data.threads], data.id);
      }
      case 'THREAD_LIST_SYNC': {
        const { data } = threads.safeParse(raw);
        if (data !== undefined) this.keep(data.threads, data.guild_id);
        return [];
      }
      case 'CHANNEL_CREATE':
      case 'CHANNEL_UPDATE':
      case 'THREAD_CREATE':
      case 'THREAD_UPDATE': {
        const { data } = channel.safeParse(raw);
        if (data !== undefined) this.keep([data], data.guild_id ?? undefined);
        return [];
      }
      case 'CHANNEL_DELETE':
      case 'THREAD_DELETE': {
        const { data } = channel.pick({ id: true }).safeParse(raw);
        if (data !== undefined) this.known.delete(data.id);
        return [];
      }
      default:
        return [];
    }
  }

  /**
   * Undefined if it is not there, or the bot does not see it. Throws `RateLimited` or
   * `Unavailable`.
   */
  async of(id: string): Promise<Place | undefined> {
    const known = this.known.get(id);
    if (known !== undefined) return known;
    try {
      const found = await this.api.call(channel, 'get', this.routes.channel(id));
      return this.keep([found], found.guild_id ?? undefined)[0];
    } catch (error) {
      if (isRefusal(error, CODES.unknownChannel, CODES.missingAccess)) return undefined;
      throw error;
    }
  }

  /** Whether the bot began the thread, or a person did at a message of the bot. */
  async isOwnThread({ id, thread, parent, owner }: Place, bot: string): Promise<boolean> {
    if (!thread || parent === undefined) return false;
    if (owner === bot) return true;
    const known = this.begunByBot.get(id);
    if (known !== undefined) return known;
    const own = await this.beganWithMessageOf(bot, parent, id);
    this.begunByBot.set(id, own);
    return own;
  }

  /** A thread has the id of the message that it began with. */
  private async beganWithMessageOf(bot: string, parent: string, id: string): Promise<boolean> {
    try {
      return (await this.api.call(author, 'get', this.routes.channelMessage(parent, id))).author.id === bot;
    } catch (error) {
      if (isRefusal(error, CODES.unknownMessage, CODES.unknownChannel, CODES.missingAccess, CODES.missingPermissions)) return false;
      throw error;
    }
  }

  private keep(channels: readonly z.infer<typeof channel>[], guildId: string | undefined): readonly Place[] {
    const places = channels.map(({ id, type, parent_id, owner_id, last_message_id }): Place & { readonly type: number } => ({
      id,
      type,
      guild: guildId,
      thread: THREADS.has(type),
      parent: parent_id ?? undefined,
      owner: owner_id ?? undefined,
      lastMessage: last_message_id ?? undefined,
    }));
    for (const place of places) this.known.set(place.id, place);
    return places.filter(({ type, guild: of }) => of === undefined || WRITTEN_IN.has(type));
  }
}
