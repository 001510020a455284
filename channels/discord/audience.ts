/**
 * Whether a message in a server is for the bot. In direct messages all are.
 * docs/reference/discord.md shows the rules to people.
 */
import type { Bot, Ignored, Message } from './decode.ts';
import type { Place, Places } from './places.ts';

/**
 * Where the bot answers beside direct messages. `mentions` is where it is mentioned, or one of its
 * messages is replied to. `threads` is there, and all that is written in threads of its own. `all`
 * is everything that it sees. `direct` is nowhere else.
 */
export const ANSWERS = ['direct', 'mentions', 'threads', 'all'] as const;
export type Answers = (typeof ANSWERS)[number];

/** Whether Discord must give the bot the text of messages that do not mention it. */
export function readsEverything(answers: Answers): boolean {
  return answers === 'threads' || answers === 'all';
}

export interface AudienceOptions {
  readonly answers: Answers;
  /** Channels of servers in which it answers, and their threads. Undefined for all. */
  readonly channels: ReadonlySet<string> | undefined;
  readonly places: Places;
}

const NOT_LISTED: Ignored = { kind: 'message.not_listed', ignored: 'the channel is not one of DISCORD_CHANNELS' };
const NOT_FOR_BOT: Ignored = { kind: 'message.not_addressed', ignored: 'it is not for the bot' };

export class Audience {
  private readonly answers: Answers;
  private readonly channels: ReadonlySet<string> | undefined;
  private readonly places: Places;

  constructor({ answers, channels, places }: AudienceOptions) {
    this.answers = answers;
    this.channels = channels;
    this.places = places;
  }

  /**
   * Why the message is not for the bot, as far as it shows by itself. Most of a busy server's
   * messages end here, without a request.
   */
  rejects(message: Message, bot: Bot): Ignored | undefined {
    if (message.guild_id == null) return undefined;
    if (this.answers === 'direct') return { kind: 'message.server', ignored: 'the bot answers direct messages only (DISCORD_ANSWERS)' };
    return readsEverything(this.answers) || isAddressed(message, bot) ? undefined : NOT_FOR_BOT;
  }

  /** The same, after asking where the message is. Throws `RateLimited` or `Unavailable`. */
  async refuses(message: Message, bot: Bot): Promise<Ignored | undefined> {
    const rejected = this.rejects(message, bot);
    if (rejected !== undefined || message.guild_id == null) return rejected;
    if (!(await this.lists(message.channel_id))) return NOT_LISTED;
    if (this.answers !== 'threads' || isAddressed(message, bot)) return undefined;
    const place = await this.places.of(message.channel_id);
    return place !== undefined && (await this.places.isOwnThread(place, bot.id)) ? undefined : NOT_FOR_BOT;
  }

  /** Whether the bot answers in a channel of a server at all. */
  async lists(channel: string): Promise<boolean> {
    if (this.answers === 'direct') return false;
    if (this.channels === undefined || this.channels.has(channel)) return true;
    const parent = (await this.places.of(channel))?.parent;
    return parent !== undefined && this.channels.has(parent);
  }

  /** Whether messages that were missed in a place of a server are fetched. */
  mayAnswerIn({ id, parent }: Place): boolean {
    if (this.answers === 'direct') return false;
    return this.channels === undefined || this.channels.has(id) || (parent !== undefined && this.channels.has(parent));
  }
}

function isAddressed({ mentions, referenced_message: repliedTo }: Message, bot: Bot): boolean {
  return mentions.some(({ id }) => id === bot.id) || repliedTo?.author.id === bot.id;
}
