/**
 * Answers that customers were promised. A command is acknowledged by a message that says that the
 * bot is thinking. The next message of its conversation takes its place.
 *
 * Owns promises of this instance, and when one is given up. Does not own what is answered.
 *
 * Invariants
 * 1. A promise is kept once. Each message takes the oldest one of its conversation.
 * 2. A promise that nothing keeps is taken back, so no customer watches it for ever. While an
 *    answer is being made, it stays.
 * 3. Discord lets a promise be kept for 15 minutes. Another instance, or a later process, sends an
 *    ordinary message.
 */
import type { Clock } from '#machines/clock.ts';

/** How long a promise stands without a sign that an answer is made, in milliseconds. */
const PATIENCE_MS = 15_000;
/** Less than the 15 minutes of its token. */
const LONGEST_MS = 14 * 60_000;

export interface Promised {
  readonly application: string;
  readonly token: string;
}

/** A command whose event is being stored. */
export interface Expected {
  /** The customer was promised an answer, or was not after all. */
  settle(promised: Promised | undefined): void;
}

interface Pending {
  /** An answer may be ready before the customer was promised one. */
  readonly promised: Promise<Promised | undefined>;
  readonly until: number;
  cancel: () => void;
}

export interface RepliesOptions {
  readonly clock: Clock;
  /** Removes the message that was promised. Best effort. */
  readonly withdraw: (promised: Promised) => void;
}

export class Replies {
  private readonly clock: Clock;
  private readonly withdraw: RepliesOptions['withdraw'];
  private readonly pending = new Map<string, readonly Pending[]>();

  constructor({ clock, withdraw }: RepliesOptions) {
    this.clock = clock;
    this.withdraw = withdraw;
  }

  /** Before the event is stored, because its answer may be sent as soon as it is. */
  expect(peer: string): Expected {
    const { promise, resolve } = Promise.withResolvers<Promised | undefined>();
    const one: Pending = { promised: promise, until: this.clock.now() + LONGEST_MS, cancel: () => {} };
    this.pending.set(peer, [...(this.pending.get(peer) ?? []), one]);
    this.wait(peer, one);
    return {
      settle: (promised) => {
        if (promised === undefined) this.remove(peer, one);
        resolve(promised);
      },
    };
  }

  /** The oldest promise of the conversation, which the caller keeps now. */
  async take(peer: string): Promise<Promised | undefined> {
    const oldest = this.pending.get(peer)?.[0];
    if (oldest === undefined) return undefined;
    this.remove(peer, oldest);
    return oldest.promised;
  }

  /** An answer is being made. Whether one was promised. */
  prolong(peer: string): boolean {
    const all = this.pending.get(peer) ?? [];
    for (const one of all) this.wait(peer, one);
    return all.length > 0;
  }

  /** Takes all of them back. */
  end(): void {
    for (const [peer, all] of this.pending) for (const one of all) this.giveUp(peer, one);
  }

  private wait(peer: string, one: Pending): void {
    one.cancel();
    const ms = Math.min(PATIENCE_MS, one.until - this.clock.now());
    one.cancel = this.clock.after(Math.max(0, ms), () => this.giveUp(peer, one));
  }

  private giveUp(peer: string, one: Pending): void {
    this.remove(peer, one);
    void one.promised.then((promised) => promised && this.withdraw(promised));
  }

  private remove(peer: string, one: Pending): void {
    one.cancel();
    const rest = (this.pending.get(peer) ?? []).filter((other) => other !== one);
    if (rest.length === 0) this.pending.delete(peer);
    else this.pending.set(peer, rest);
  }
}
