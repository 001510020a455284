/**
 * How the connection stands, for instances that do not run the page. The one that does keeps it in
 * the program's store, so that the QR code can be scanned from the console of any of them.
 */
import * as z from 'zod';
import type { Clock } from '#machines/clock.ts';
import { channelProblem } from '../channel-problem.ts';
import type { ChannelLog } from '../log.ts';
import type { ChannelBlobs } from '../plugin.ts';
import type { ChannelConnection } from '../port.ts';

const connectionSchema = z.object({
  state: z.enum(['starting', 'pairing', 'connected', 'failed']),
  since: z.number(),
  qr: z.string().optional(),
  pairingCode: z.string().optional(),
  error: channelProblem.optional(),
});

export interface SharedConnectionOptions {
  readonly blobs: ChannelBlobs;
  readonly name: string;
  readonly clock: Clock;
  readonly log: ChannelLog;
}

export class SharedConnection {
  readonly #options: SharedConnectionOptions;
  #latest: ChannelConnection | undefined;
  #writing: Promise<void> | undefined;

  constructor(options: SharedConnectionOptions) {
    this.#options = options;
  }

  /** Writes it in the background. Of several at once the last one is written. */
  tell(connection: ChannelConnection): void {
    this.#latest = connection;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
  }

  /** What the instance with the page told last. */
  async read(otherwise: ChannelConnection): Promise<ChannelConnection> {
    const bytes = await this.#options.blobs.get(this.#options.name);
    if (bytes === undefined) return otherwise;
    const { state, since, qr, pairingCode, error } = connectionSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
    return {
      state,
      since,
      ...(qr === undefined ? {} : { qr }),
      ...(pairingCode === undefined ? {} : { pairingCode }),
      ...(error === undefined ? {} : { error }),
    };
  }

  async #write(): Promise<void> {
    const { blobs, name, log } = this.#options;
    while (this.#latest !== undefined) {
      const connection = this.#latest;
      this.#latest = undefined;
      await blobs
        .put(name, new TextEncoder().encode(JSON.stringify(connection)))
        .catch((error: unknown) => log.warn({ error }, 'how whatsapp-web is connected could not be stored for other instances'));
    }
  }
}
