/**
 * Exchange port, for passing messages between the instances on one store, and for the live streams
 * of partial answers. It saves time and decides nothing. A message may be lost, late, repeated or
 * out of order, and its receiver reads the store before it acts.
 */
import type { Address } from '#machines/ids.ts';

export interface ExchangeListener {
  /**
   * Message of any instance, this one included. It may be older than this subscription, because a
   * cluster passes messages on from node to node.
   */
  readonly receive: (message: unknown) => void;
  /** Connected, for the first time or again. Messages sent in between are lost. */
  readonly connected: () => void;
}

export interface StreamPage {
  /** In order. `id` is handed back as `after`. */
  readonly records: readonly { readonly id: string; readonly record: unknown }[];
  /** The entries right after `after` are gone. The stream was trimmed, expired or was lost. */
  readonly gap: boolean;
}

export interface Exchange {
  readonly capabilities: {
    readonly type: 'none' | 'postgres' | 'redis';
    /** It keeps streams. Otherwise nothing is appended, and nothing can be read. */
    readonly streams: boolean;
    /** Most bytes of a message as JSON. A longer one is dropped. */
    readonly maxMessage: number;
  };
  /**
   * Messages sent now are received, as far as is known. While it is false, the instance must poll.
   */
  readonly well: boolean;
  /**
   * Subscribes as the instance `name`. Connects in the background, and reconnects whenever
   * necessary.
   */
  start(name: string, listener: ExchangeListener): void;
  /** Sends to one instance, or to all. Returns at once. Drops what cannot be sent. */
  send(message: unknown, to?: string): void;
  /**
   * Appends to an address's stream. Resolves to false if that failed within the exchange's time
   * limit. Never rejects.
   */
  append(address: Address, record: unknown): Promise<boolean>;
  /**
   * Entries after `after`, or all that are kept. Undefined if they cannot be read now. Never
   * rejects.
   */
  read(address: Address, after: string | undefined): Promise<StreamPage | undefined>;
  close(): Promise<void>;
}

/** For an instance that is alone on its store. */
export const noExchange: Exchange = {
  capabilities: { type: 'none', streams: false, maxMessage: 0 },
  well: true,
  start: () => {},
  send: () => {},
  append: async () => false,
  read: async () => undefined,
  close: async () => {},
};
