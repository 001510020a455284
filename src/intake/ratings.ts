/**
 * Finds the closed session that a customer's rating is for. A press names its session by the time
 * of the question. A written score or comment is for the latest session, if that is closed and was
 * asked.
 */
import { machineIn } from '#actors/session/stored-machine.ts';
import type { ChannelEvent } from '#channels/inbound.ts';
import type { SessionId } from '#machines/ids.ts';
import { contextSchema } from '#machines/session/context.ts';
import { type RatingEvent, ratingEvent, scoreOf } from '#machines/session/rating.ts';
import type { SessionRow, Store } from '#storage/port.ts';
import { Lookups } from './lookups.ts';

export interface Rated {
  readonly sessionId: SessionId;
  readonly event: RatingEvent;
}

type Received = Extract<ChannelEvent, { readonly type: 'message' | 'command' | 'edit' }>;

/** Sessions before the latest one among which a press finds its own. */
const MOST_SESSIONS = 10;

export class Ratings {
  readonly #store: Pick<Store, 'load'>;
  readonly #lookups = new Lookups();

  constructor(store: Pick<Store, 'load'>) {
    this.#store = store;
  }

  /**
   * Undefined for an event that is no rating and has nothing to wait for. Resolves to undefined for
   * one that no session asked for.
   */
  find(received: Received): Promise<Rated | undefined> | undefined {
    const answer = answerIn(received);
    return this.#lookups.next(received.address, answer && (() => this.#ratedBy(received, answer)));
  }

  async #ratedBy({ address, at }: Received, { event, askedAt }: Answer): Promise<Rated | undefined> {
    const latest = await this.#store.load({ address });
    const row = askedAt === undefined ? mayStillRate(latest, at) : await this.#askedThen(latest, askedAt);
    return row && { sessionId: row.id, event };
  }

  async #askedThen(latest: SessionRow | undefined, askedAt: number): Promise<SessionRow | undefined> {
    let row = latest;
    for (let count = 0; row !== undefined && count < MOST_SESSIONS; count += 1) {
      if (ratingOf(row)?.askedAt === askedAt) return row;
      row = row.previousId === null ? undefined : await this.#store.load({ id: row.previousId });
    }
    return undefined;
  }
}

interface Answer {
  readonly event: RatingEvent;
  /** Of the question, if the answer is a press. */
  readonly askedAt?: number;
}

function answerIn({ at, ...received }: Received): Answer | undefined {
  if (received.type === 'edit') return undefined;
  const base = { type: 'customer.rating', at } as const;
  if (received.type === 'message') {
    const score = received.media?.length ? undefined : scoreOf(received.text);
    return score === undefined ? undefined : { event: { ...base, score, text: received.text } };
  }
  if (received.name === 'comment') {
    const { data: event } = ratingEvent.safeParse({ ...base, comment: received.args.trim() });
    return event && { event };
  }
  const [, score = '', askedAt] = (received.name === 'rate' ? /^(\d)(?: (\d{1,16}))?$/.exec(received.args) : null) ?? [];
  const { data: event } = ratingEvent.safeParse({ ...base, score: Number(score) });
  return event && { event, ...(askedAt === undefined ? {} : { askedAt: Number(askedAt) }) };
}

function mayStillRate(latest: SessionRow | undefined, at: number): SessionRow | undefined {
  const rating = latest && ratingOf(latest);
  return rating !== undefined && at <= rating.until ? latest : undefined;
}

const asked = contextSchema.pick({ rating: true }).loose();

function ratingOf(row: SessionRow): { readonly askedAt: number; readonly until: number } | undefined {
  return row.open ? undefined : asked.safeParse(machineIn(row)?.context).data?.rating;
}
