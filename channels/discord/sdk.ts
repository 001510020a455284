/**
 * discord.js, loaded where the channel is configured. The gateway comes from `@discordjs/ws`, on
 * which discord.js builds its own client. That client keeps copies of all that it sees, and an
 * event that is not as documented ends the process.
 */
import { StatechatError } from '#machines/errors.ts';

export interface Sdk {
  readonly REST: typeof import('discord.js').REST;
  readonly Routes: typeof import('discord.js').Routes;
  readonly DiscordAPIError: typeof import('discord.js').DiscordAPIError;
  readonly HTTPError: typeof import('discord.js').HTTPError;
  readonly RateLimitError: typeof import('discord.js').RateLimitError;
  readonly WebSocketManager: typeof import('@discordjs/ws').WebSocketManager;
  readonly WebSocketShardEvents: typeof import('@discordjs/ws').WebSocketShardEvents;
}

/** Throws if the packages are not installed. They are optional. */
export async function loadSdk(): Promise<Sdk> {
  try {
    const [{ REST, Routes, DiscordAPIError, HTTPError, RateLimitError }, { WebSocketManager, WebSocketShardEvents }] = await Promise.all([
      import('discord.js'),
      import('@discordjs/ws'),
    ]);
    return { REST, Routes, DiscordAPIError, HTTPError, RateLimitError, WebSocketManager, WebSocketShardEvents };
  } catch (error) {
    const message = 'DISCORD_BOT_TOKEN is set and discord.js cannot be loaded: run npm ci without --omit=optional, or unset it';
    throw new StatechatError('discord_not_installed', message, { cause: error });
  }
}
