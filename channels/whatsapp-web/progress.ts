/**
 * How far the page's messages have been taken, kept in the program's store.
 *
 * Owns the time from which messages are fetched when a page is connected again, and the sent
 * messages whose reports may come after a restart.
 *
 * Invariants
 * 1. Every message that arrived before `since` is durable or a dead letter. So an event that has to
 *    be offered again holds it.
 * 2. What is fetched twice is recognised by its id. So `since` may be too early, and never too
 *    late.
 */
import * as z from 'zod';
import { type Clock, sleep } from '#machines/clock.ts';
import type { ChannelLog } from '../log.ts';
import type { ChannelBlobs } from '../plugin.ts';
import type { OwnMessage, OwnMessages } from './own-messages.ts';

/**
 * WhatsApp dates a message when it is sent, and its sender may be offline then. Messages that
 * arrive later than this while the page is away are not fetched. In milliseconds.
 */
const OVERLAP_MS = 600_000;
/** Between two writes, in milliseconds. */
const WRITE_MS = 5_000;
/** It is written every few seconds while there is traffic, so it is kept short. */
const KEPT_MESSAGES = 300;

const keptSchema = z.object({
  since: z.number().int().nonnegative(),
  sent: z.array(z.object({ ref: z.string(), statusKey: z.string(), last: z.boolean() })),
});

export interface ProgressOptions {
  readonly blobs: ChannelBlobs;
  /** Name of the kept state. */
  readonly name: string;
  readonly own: OwnMessages;
  readonly clock: Clock;
  readonly log: ChannelLog;
}

export class Progress {
  readonly #options: ProgressOptions;
  /** Events that have to be offered again, with the time of their first offer. */
  readonly #open = new Map<string, number>();
  /** When the first page was connected, while nothing is kept. */
  #began: number | undefined;
  #dirty = false;
  #writing: Promise<void> | undefined;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  /**
   * From when messages are to be fetched. Without a kept state, from the first time that it is
   * asked for. Throws `Unavailable`.
   */
  async since(): Promise<number> {
    const { blobs, name, clock, log, own } = this.#options;
    const bytes = await blobs.get(name);
    if (bytes === undefined) {
      // The page may be lost again before anything is written.
      this.#began ??= clock.now();
      return this.#began;
    }
    const kept = keptSchema.safeParse(json(bytes));
    if (!kept.success) {
      log.warn({ error: kept.error }, 'what was kept of whatsapp-web cannot be read, so missed messages are not fetched');
      return clock.now();
    }
    own.restore(kept.data.sent.filter((message): message is OwnMessage => message.ref !== ''));
    return Math.max(0, kept.data.since - OVERLAP_MS);
  }

  /** All messages that were missed have been taken, so nothing is left of earlier offers. */
  caughtUp(): void {
    this.#open.clear();
    this.changed();
  }

  offered(id: string): void {
    if (!this.#open.has(id)) this.#open.set(id, this.#options.clock.now());
  }

  settled(id: string): void {
    this.#open.delete(id);
    this.changed();
  }

  /** Writes soon. */
  changed(): void {
    this.#dirty = true;
    this.#writing ??= this.#writeSoon().finally(() => {
      this.#writing = undefined;
      if (this.#dirty) this.changed();
    });
  }

  /** Writes now. Never rejects. */
  async flush(): Promise<void> {
    if (!this.#dirty) return;
    this.#dirty = false;
    const { blobs, name, clock, own, log } = this.#options;
    const since = Math.min(clock.now(), ...this.#open.values());
    const text = JSON.stringify({ since, sent: own.latest(KEPT_MESSAGES) });
    await blobs.put(name, new TextEncoder().encode(text)).catch((error: unknown) => {
      this.#dirty = true;
      log.warn({ error }, 'how far whatsapp-web is could not be stored and is tried again');
    });
  }

  async #writeSoon(): Promise<void> {
    await sleep(this.#options.clock, WRITE_MS);
    await this.flush();
  }
}

function json(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
