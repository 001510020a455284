/** What people do on a Discord of the tests, and what its gateway sends of it. */
import { BOT, type Discord, type FakeInteraction } from './discord.ts';
import { asJson, type FakeMessage, type FakeUser } from './discord-channels.ts';

export const MONA: FakeUser = { id: '600000000000000001', username: 'mona', global_name: 'Mona' };
export const OMAR: FakeUser = { id: '600000000000000002', username: 'omar', global_name: null };
/** Mona's direct messages with the bot. */
export const DIRECT = '500000000000000001';
export const GUILD = '400000000000000001';
export const GENERAL = '500000000000000010';

export class People {
  readonly discord: Discord;

  constructor(discord: Discord) {
    this.discord = discord;
    discord.channels.open({ id: DIRECT, type: 1 });
    discord.guilds.set(GUILD, { name: 'Acme' });
    discord.channels.open({ id: GENERAL, type: 0, guild_id: GUILD });
  }

  /** Writes a message. `more` stands over its fields. Without `sent` the gateway is not told. */
  says(content: string, { from = MONA, to = DIRECT, sent = true, ...more }: Said = {}): FakeMessage {
    const mentions = content.includes(`<@${BOT.id}>`) ? [BOT] : [];
    const message = this.discord.channels.write(to, from, content, { mentions, ...more });
    if (sent) this.discord.gateway.dispatch('MESSAGE_CREATE', this.event(message));
    return message;
  }

  edits(message: FakeMessage, content: string): void {
    message.content = content;
    message.edited_timestamp = new Date(Date.parse(message.timestamp) + 60_000).toISOString();
    this.discord.gateway.dispatch('MESSAGE_UPDATE', this.event(message));
  }

  deletes({ id, channel_id }: Pick<FakeMessage, 'id' | 'channel_id'>): void {
    this.discord.channels.delete(channel_id, id);
    this.discord.gateway.dispatch('MESSAGE_DELETE', { id, channel_id, ...this.server(channel_id) });
  }

  reacts({ id, channel_id, reactions }: FakeMessage, name: string, type: 'ADD' | 'REMOVE' = 'ADD', from = MONA): void {
    const emoji = { id: null, name };
    const at = reactions.findIndex((one) => one.emoji === name && one.by === from.id);
    if (type === 'ADD' && at < 0) reactions.push({ emoji: name, by: from.id });
    if (type === 'REMOVE' && at >= 0) reactions.splice(at, 1);
    this.discord.gateway.dispatch(`MESSAGE_REACTION_${type}`, {
      user_id: from.id,
      channel_id,
      message_id: id,
      emoji,
      ...this.server(channel_id),
    });
  }

  types(from = MONA, channel_id = DIRECT): void {
    this.discord.gateway.dispatch('TYPING_START', { channel_id, user_id: from.id, timestamp: 1_700_000_000, ...this.server(channel_id) });
  }

  /** Chooses a command. `text` is what follows it. */
  commands(name: string, { text, from = MONA, to = DIRECT }: { text?: string; from?: FakeUser; to?: string } = {}): FakeInteraction {
    const options = text === undefined ? [] : [{ type: 3, name: 'text', value: text }];
    return this.interacts({ type: 2, data: { id: '1', type: 1, name, options } }, from, to);
  }

  presses(message: FakeMessage, custom_id: string, from = MONA): FakeInteraction {
    const mentions = [...message.content.matchAll(/<@(\d+)>/g)].map(([, id]) => ({ id }));
    const data = { custom_id, component_type: 2 };
    return this.interacts({ type: 3, data, message: { ...asJson(message), mentions } }, from, message.channel_id);
  }

  interacts(more: object, from: FakeUser, to: string): FakeInteraction {
    const made = this.discord.interaction(to);
    const server = this.server(to);
    const by = 'guild_id' in server ? { member: { user: from, nick: null } } : { user: from };
    const context = 'guild_id' in server ? 0 : 1;
    const { id, token } = made;
    const event = { id, application_id: BOT.id, token, channel_id: to, context, locale: 'en-GB', version: 1, ...by, ...server, ...more };
    this.discord.gateway.dispatch('INTERACTION_CREATE', event);
    return made;
  }

  /** Begins a thread, at a message or by itself. */
  thread(more: { id?: string; owner?: string; parent?: string } = {}): string {
    const { id = this.discord.channels.id(), owner = MONA.id, parent = GENERAL } = more;
    this.discord.channels.open({ id, type: 11, guild_id: GUILD, parent_id: parent, owner_id: owner });
    return id;
  }

  /** The message as the gateway sends it. */
  event(message: FakeMessage): object {
    const server = this.server(message.channel_id);
    return { ...asJson(message), ...server, ...('guild_id' in server ? { member: { nick: null } } : {}) };
  }

  private server(channel: string): object {
    const guild_id = this.discord.channels.get(channel)?.guild_id;
    return guild_id === undefined ? {} : { guild_id };
  }
}

interface Said extends Partial<Omit<FakeMessage, 'content' | 'author' | 'channel_id'>> {
  readonly from?: FakeUser;
  readonly to?: string;
  readonly sent?: boolean;
}
