/**
 * Fetching what was missed, once for each session of the gateway.
 *
 * Owns which channels are read, and that each is read before its first event of the session is
 * taken. Does not own what was missed in a channel (catch-up.ts), and taking it (inbox.ts).
 */
import { LRUCache } from 'lru-cache';
import type { Clock } from '#machines/clock.ts';
import { Backoff } from '../backoff.ts';
import type { ChannelLog } from '../log.ts';
import { type CatchUp, type KnownChannel, later, type MissedMessage, PAGE } from './catch-up.ts';
import type { Lanes } from './lanes.ts';
import { isLater } from './peer.ts';
import type { Place, Places } from './places.ts';

/** Places of servers that are read in one session, beside those with conversations. */
const MAX_PLACES = 200;
/** Channels that were read in this session. Another one is read again, which does no harm. */
const MAX_READ = 50_000;

interface Unread {
  readonly channel: string;
  readonly server: boolean;
  /** From where on, if no conversation is known there. */
  readonly since?: string;
  /** Up to the message that came by the gateway. */
  readonly before?: string | undefined;
}

interface Session {
  readonly ended: AbortController;
  readonly known: Promise<ReadonlyMap<string, KnownChannel>>;
  readonly read: LRUCache<string, true>;
  places: number;
}

export interface MissedOptions {
  readonly catchUp: CatchUp;
  readonly places: Places;
  readonly lanes: Lanes;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: ChannelLog;
  /** Takes one message. `guild` is the server of its channel. Resolves once it is durable. */
  readonly take: (message: MissedMessage, guild: string | undefined, signal: AbortSignal) => Promise<void>;
}

export class Missed {
  private readonly options: MissedOptions;
  private session: Session | undefined;
  private bot = '';

  constructor(options: MissedOptions) {
    this.options = options;
  }

  /** A session of the gateway begins, which is not one that was resumed. */
  begin(bot: string): void {
    this.end();
    this.bot = bot;
    const ended = new AbortController();
    const known = this.retried(
      async () => new Map((await this.options.catchUp.channels(bot)).map((one) => [one.channel, one])),
      ended.signal,
    );
    const session: Session = { ended, known: known.then((found) => found ?? new Map()), read: new LRUCache({ max: MAX_READ }), places: 0 };
    this.session = session;
    void this.readAll(session);
  }

  end(): void {
    this.session?.ended.abort();
    this.session = undefined;
  }

  /**
   * The job that has to run in the lane of a channel before its next event, if there is one.
   * `message` is that of the event, which was not missed.
   */
  before(channel: string, server: boolean, message: string | undefined): readonly ((signal: AbortSignal) => Promise<void>)[] {
    const { session } = this;
    if (session === undefined || session.read.has(channel)) return [];
    session.read.set(channel, true);
    return [(signal) => this.read(session, { channel, server, before: message }, AbortSignal.any([signal, session.ended.signal]))];
  }

  /** Places of a server as its event has them. Those in which something was written are read. */
  async offer(places: readonly Place[]): Promise<void> {
    const { session } = this;
    if (session === undefined || places.length === 0) return;
    const since = [...(await session.known).values()].reduce<string | undefined>((last, { after }) => later(last, after), undefined);
    // A bot that has taken nothing so far has missed nothing.
    if (since === undefined) return;
    const written = places
      .filter(({ lastMessage }) => lastMessage !== undefined && isLater(lastMessage, since))
      .filter(({ id }) => !session.read.has(id))
      .slice(0, MAX_PLACES - session.places);
    session.places += written.length;
    for (const { id } of written) await this.readInTurn(session, { channel: id, server: true, since });
  }

  private async readAll(session: Session): Promise<void> {
    for (const { channel, server } of (await session.known).values()) await this.readInTurn(session, { channel, server });
  }

  /** One channel at a time, so that a restart among many does not meet Discord's limits. */
  private async readInTurn(session: Session, unread: Unread): Promise<void> {
    const { channel } = unread;
    const { signal } = session.ended;
    if (signal.aborted || session.read.has(channel)) return;
    session.read.set(channel, true);
    const done = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => done.resolve(), { once: true });
    this.options.lanes.add(channel, async (lane) => {
      await this.read(session, unread, AbortSignal.any([lane, signal]));
      done.resolve();
    });
    await done.promise;
  }

  private async read(session: Session, { channel, server, since, before }: Unread, signal: AbortSignal): Promise<void> {
    const { catchUp, places, take, log } = this.options;
    const known = (await session.known).get(channel) ?? { channel, server, after: since };
    const from = await this.retried(async () => {
      const guild = server ? (await places.of(channel))?.guild : undefined;
      // The bot does not see the channel any more.
      if (server && guild === undefined) return { guild, after: undefined };
      return { guild, after: await catchUp.since(known, this.bot) };
    }, signal);
    let after = from?.after;
    while (after !== undefined && !signal.aborted) {
      const next: string = after;
      const messages = (await this.retried(() => catchUp.page(channel, next), signal)) ?? [];
      const missed = messages.filter(({ id }) => before === undefined || isLater(before, id));
      if (missed.length > 0) log.info({ channel, messages: missed.length }, 'discord messages that were missed are taken');
      for (const message of missed) if (!signal.aborted) await take(message, from?.guild, signal);
      after = missed.length === PAGE ? missed.at(-1)?.id : undefined;
    }
  }

  /** Undefined if the signal was aborted before it succeeded, or if it can never succeed. */
  private async retried<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
    const { clock, random, log } = this.options;
    const backoff = new Backoff(clock, random);
    while (!signal.aborted) {
      try {
        return await work();
      } catch (error) {
        log.warn({ error }, 'discord messages that were missed cannot be fetched yet');
        await backoff.pause(error, signal).catch(() => undefined);
      }
    }
    return undefined;
  }
}
