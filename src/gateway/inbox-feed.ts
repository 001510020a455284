/**
 * InboxFeed follows one list of sessions for one connection.
 *
 * Invariants
 * 1. A reader that lost an event gets the list again. The list comes once, with all that happened
 *    since its loading began.
 * 2. What passes in a session that the connection also watches comes from its SessionFeed alone.
 *    What passes in a session of several lists comes once.
 */
import type { PassingEvent } from '#actors/contract/live-events.ts';
import type { InboxReader, InboxTopics } from './inbox-topics.ts';
import type { Outgoing } from './outgoing.ts';

/** Wait before a list that could not be loaded is loaded again, in milliseconds. It doubles. */
const RETRY_MS = 1_000;
const MOST_RETRY_MS = 30_000;

export interface InboxFeedParts {
  readonly topics: Pick<InboxTopics, 'page'>;
  readonly out: Outgoing;
  /** False if the connection gets the event from elsewhere. */
  readonly isWanted: (sessionId: string, event: PassingEvent) => boolean;
  readonly onError: (error: unknown) => void;
}

export class InboxFeed implements InboxReader {
  readonly #topic: string;
  readonly #parts: InboxFeedParts;
  /** The list is to be sent. */
  #isDue = false;
  #retryMs = RETRY_MS;
  #retry: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(topic: string, parts: InboxFeedParts) {
    this.#topic = topic;
    this.#parts = parts;
  }

  changes(frame: Buffer): void {
    if (!this.#parts.out.event(frame)) this.refresh();
  }

  passing(frame: Buffer, sessionId: string, event: PassingEvent): void {
    if (this.#parts.isWanted(sessionId, event)) this.changes(frame);
  }

  /** Sends the page of the list that begins after `after`, once there is room. */
  more(after: string): Promise<void> {
    const { topics, out } = this.#parts;
    return out.inTurn(() =>
      topics.page(this.#topic, after, (frame) => {
        if (!this.#stopped) out.write(frame);
      }),
    );
  }

  /** Sends the list from its beginning, once there is room. */
  refresh(): void {
    if (this.#isDue || this.#stopped) return;
    this.#isDue = true;
    clearTimeout(this.#retry);
    void this.#parts.out.inTurn(() => this.#send());
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#retry);
  }

  async #send(): Promise<void> {
    const { topics, out } = this.#parts;
    if (this.#stopped) return;
    try {
      await topics.page(this.#topic, null, (frame) => {
        this.#isDue = false;
        if (!this.#stopped) out.write(frame);
      });
      this.#retryMs = RETRY_MS;
    } catch (error) {
      this.#fail(error);
    }
    this.#isDue = false;
  }

  #fail(error: unknown): void {
    if (this.#stopped) return;
    const { out, onError } = this.#parts;
    onError(error);
    const retryAfterMs = this.#retryMs;
    const message = 'The list could not be loaded. It comes as soon as it can be.';
    out.send({ type: 'error', code: 'unavailable', topic: this.#topic, message, retryAfterMs });
    this.#retryMs = Math.min(MOST_RETRY_MS, retryAfterMs * 2);
    this.#retry = setTimeout(() => this.refresh(), retryAfterMs).unref();
  }
}
