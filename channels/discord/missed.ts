/**
 * Fetching what was missed, once for each session of the gateway.
 *
 * Owns which channels are read, and that each is read before its first message or interaction of the
 * session is taken. Does not own what was missed in a channel (catch-up.ts), and taking it
 * (inbox.ts).
 *
 * Invariants (`test/channels/discord/order.test.ts`)
 * 1. A read that has begun, or waits in its lane, ends with the connection and not with the session,
 *    because the events behind it in the lane are later than what it reads.
 * 2. A read ends before the first message or interaction that came by the gateway meanwhile.
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

interface Read {
  readonly channel: string;
  readonly server: boolean;
  /** Id of the first message or interaction that came by the gateway. It ends the read. */
  before: string | undefined;
}

interface Session {
  /** The connection of the session, and of those before it that could not be resumed. */
  readonly ended: AbortController;
  readonly known: Promise<ReadonlyMap<string, KnownChannel>>;
  readonly reads: LRUCache<string, Read>;
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
    this.bot = bot;
    const ended = this.session?.ended ?? new AbortController();
    const known = this.retried(
      async () => new Map((await this.options.catchUp.channels(bot)).map((one) => [one.channel, one])),
      ended.signal,
    );
    const session: Session = { ended, known: known.then((found) => found ?? new Map()), reads: new LRUCache({ max: MAX_READ }), places: 0 };
    this.session = session;
    void this.readAll(session);
  }

  /** The connection has ended. */
  end(): void {
    this.session?.ended.abort();
    this.session = undefined;
  }

  /**
   * The job that has to run in the lane of a channel before its next message or interaction, if
   * there is one. `event` is the id of that, which was not missed.
   */
  before(channel: string, server: boolean, event: string | undefined): readonly ((signal: AbortSignal) => Promise<void>)[] {
    const { session } = this;
    if (session === undefined) return [];
    const begun = session.reads.get(channel);
    if (begun !== undefined) {
      begun.before ??= event;
      return [];
    }
    const read: Read = { channel, server, before: event };
    session.reads.set(channel, read);
    return [(signal) => this.read(session, read, AbortSignal.any([signal, session.ended.signal]))];
  }

  /** Places of a server as its event has them. Those in which something was written are read. */
  async offer(places: readonly Place[]): Promise<void> {
    const { session } = this;
    if (session === undefined || places.length === 0) return;
    const since = latest(await session.known);
    // A bot that has taken nothing so far has missed nothing.
    if (since === undefined) return;
    const written = places
      .filter(({ lastMessage }) => lastMessage !== undefined && isLater(lastMessage, since))
      .filter(({ id }) => !session.reads.has(id))
      .slice(0, MAX_PLACES - session.places);
    session.places += written.length;
    for (const { id } of written) await this.readInTurn(session, id, true);
  }

  private async readAll(session: Session): Promise<void> {
    for (const { channel, server } of (await session.known).values()) await this.readInTurn(session, channel, server);
  }

  /** One channel at a time, so that a restart among many does not meet Discord's limits. */
  private async readInTurn(session: Session, channel: string, server: boolean): Promise<void> {
    const { signal } = session.ended;
    if (signal.aborted || this.session !== session || session.reads.has(channel)) return;
    const read: Read = { channel, server, before: undefined };
    session.reads.set(channel, read);
    const done = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => done.resolve(), { once: true });
    this.options.lanes.add(channel, async (lane) => {
      await this.read(session, read, AbortSignal.any([lane, signal]));
      done.resolve();
    });
    await done.promise;
  }

  private async read(session: Session, read: Read, signal: AbortSignal): Promise<void> {
    const { channel, server } = read;
    const { catchUp, places, take, log } = this.options;
    const all = await session.known;
    // A place of a server without a conversation is read from the last event taken anywhere.
    const known = all.get(channel) ?? { channel, server, after: server ? latest(all) : undefined };
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
      const isMissed = ({ id }: MissedMessage): boolean => read.before === undefined || isLater(read.before, id);
      const missed = messages.filter(isMissed).length;
      if (missed > 0) log.info({ channel, messages: missed }, 'discord messages that were missed are taken');
      for (const message of messages) if (!signal.aborted && isMissed(message)) await take(message, from?.guild, signal);
      after = missed === PAGE ? messages.at(-1)?.id : undefined;
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

/** Id of the last event that was taken in any channel. */
function latest(known: ReadonlyMap<string, KnownChannel>): string | undefined {
  return [...known.values()].reduce<string | undefined>((last, { after }) => later(last, after), undefined);
}
