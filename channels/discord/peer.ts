/** Where a conversation is on Discord, and the ids that name it. */
import { InvalidInput } from '#machines/errors.ts';
import { type Address, formatAddress } from '#machines/ids.ts';

/**
 * A direct message channel, or one person in a channel or thread of a server. People who write to
 * the bot in the same channel have a conversation each (docs/decisions/0077-discord.md).
 */
export interface DiscordPeer {
  readonly channel: string;
  /** Only in a server. */
  readonly user?: string;
}

export function formatPeer({ channel, user }: DiscordPeer): string {
  return user === undefined ? channel : `${channel}/${user}`;
}

export function parsePeer(peer: string): DiscordPeer {
  const [, channel, user] = /^(\d{1,20})(?:\/(\d{1,20}))?$/.exec(peer) ?? [];
  if (channel === undefined)
    throw new InvalidInput(`"${peer.slice(0, 80)}" is not a place on Discord: {channelId} or {channelId}/{userId} is expected`);
  return user === undefined ? { channel } : { channel, user };
}

/** `account` is the id of the bot's user. */
export function addressAt(account: string, peer: DiscordPeer): Address {
  return formatAddress({ channel: 'discord', account, peer: formatPeer(peer) });
}

/** Milliseconds between 1970 and the year in which Discord's ids begin. */
const EPOCH = 1_420_070_400_000n;

/** When Discord made the id, in milliseconds since the epoch. */
export function timeOf(id: string): number {
  return Number((BigInt(id) >> 22n) + EPOCH);
}

/** The first id of a moment. */
export function idAt(ms: number): string {
  return String((BigInt(Math.max(0, Math.floor(ms))) - EPOCH > 0n ? BigInt(Math.floor(ms)) - EPOCH : 0n) << 22n);
}

/** Ids are numbers, and the later one is the greater. */
export function isLater(id: string, than: string): boolean {
  return BigInt(id) > BigInt(than);
}

/** The channel's id of a message, and of the event that it is. */
export function messageIdOf(id: string): string {
  return `discord:${id}`;
}

/** Discord's id of a message or an interaction, of the id of its event. */
export function idOfEvent(eventId: string): string | undefined {
  return /^discord:(\d{1,20})$/.exec(eventId)?.[1];
}
