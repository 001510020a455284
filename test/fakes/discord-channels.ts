/** Channels and messages of a Discord that runs in the test's own process. */
import { plainText } from './discord-markup.ts';

const EPOCH = 1_420_070_400_000;

export interface FakeUser {
  readonly id: string;
  readonly username: string;
  readonly global_name?: string | null;
  readonly bot?: boolean;
}

export interface FakeFile {
  readonly id: string;
  readonly filename: string;
  readonly content_type: string;
  readonly size: number;
  readonly url: string;
  readonly bytes: Uint8Array;
}

export interface FakeMessage {
  readonly id: string;
  readonly channel_id: string;
  readonly author: FakeUser;
  content: string;
  type: number;
  flags: number;
  edited_timestamp: string | null;
  readonly timestamp: string;
  mentions: readonly FakeUser[];
  attachments: readonly FakeFile[];
  components: readonly unknown[];
  readonly nonce?: string;
  readonly message_reference?: { readonly message_id: string; readonly channel_id: string };
  /** Who reacted with what, in the order in which the emoji were given first. */
  readonly reactions: { readonly emoji: string; readonly by: string }[];
  readonly extra: object;
}

export interface FakeChannel {
  readonly id: string;
  readonly type: number;
  readonly guild_id?: string;
  readonly parent_id?: string;
  readonly owner_id?: string;
  readonly messages: FakeMessage[];
}

export class DiscordChannels {
  private readonly all = new Map<string, FakeChannel>();
  private readonly now: () => number;
  private last = 0n;

  constructor(now: () => number) {
    this.now = now;
  }

  /** A new id, later than all before. */
  id(): string {
    const next = BigInt(Math.max(0, this.now() - EPOCH)) << 22n;
    this.last = next > this.last ? next : this.last + 1n;
    return String(this.last);
  }

  open(channel: Omit<FakeChannel, 'messages'>): FakeChannel {
    const opened = { ...channel, messages: [] };
    this.all.set(channel.id, opened);
    return opened;
  }

  get(id: string): FakeChannel | undefined {
    return this.all.get(id);
  }

  of(guild: string): readonly FakeChannel[] {
    return [...this.all.values()].filter(({ guild_id }) => guild_id === guild);
  }

  remove(id: string): void {
    this.all.delete(id);
  }

  write(channel: string, author: FakeUser, content: string, more: Partial<FakeMessage> = {}): FakeMessage {
    const message: FakeMessage = {
      id: this.id(),
      channel_id: channel,
      author,
      content,
      type: 0,
      flags: 0,
      edited_timestamp: null,
      timestamp: new Date(this.now()).toISOString(),
      mentions: [],
      attachments: [],
      components: [],
      reactions: [],
      extra: {},
      ...more,
    };
    this.all.get(channel)?.messages.push(message);
    return message;
  }

  message(channel: string, id: string): FakeMessage | undefined {
    return this.all.get(channel)?.messages.find((message) => message.id === id);
  }

  delete(channel: string, id: string): boolean {
    const messages = this.all.get(channel)?.messages ?? [];
    const at = messages.findIndex((message) => message.id === id);
    if (at >= 0) messages.splice(at, 1);
    return at >= 0;
  }

  /** As people see the bot's messages, oldest first. */
  shown(channel: string, bot: string): string[] {
    return this.by(channel, bot).map(({ content }) => plainText(content));
  }

  by(channel: string, author: string): FakeMessage[] {
    return (this.all.get(channel)?.messages ?? []).filter((message) => message.author.id === author);
  }
}

/** As Discord's API gives it to the bot. */
export function asJson({ extra, attachments, reactions, ...message }: FakeMessage, bot?: string): object {
  const counted = [...Map.groupBy(reactions, ({ emoji }) => emoji)].map(([name, given]) => ({
    count: given.length,
    me: given.some(({ by }) => by === bot),
    me_burst: false,
    emoji: { id: null, name },
  }));
  const shown = counted.length === 0 ? {} : { reactions: counted };
  return { ...message, attachments: attachments.map(({ bytes: _, ...file }) => file), ...shown, ...extra };
}
