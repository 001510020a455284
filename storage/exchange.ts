/**
 * The exchange port: what the instances on one store tell each other in passing, and the live streams of what is being
 * written. It saves time and decides nothing: all of it may be lost, late, repeated or out of order, and whoever is told
 * something looks at the store before he acts on it.
 */
import type { Address } from '#machines/ids.ts';

export interface ExchangeListener {
  /** A notice of any instance, this one included. It may have been told before this one listened: a cluster passes notices on from node to node. */
  readonly hear: (notice: unknown) => void;
  /** Connected, for the first time or again: what was told meanwhile is lost. */
  readonly connected: () => void;
}

export interface StreamPage {
  /** In order. `id` is handed back as `after`. */
  readonly records: readonly { readonly id: string; readonly record: unknown }[];
  /** What came right after `after` is not there any more: the stream was cut off, ran out of time or was lost. */
  readonly gap: boolean;
}

export interface Exchange {
  readonly capabilities: {
    readonly type: 'none' | 'postgres' | 'redis';
    /** It keeps streams. Otherwise nothing is appended, and nothing can be read. */
    readonly streams: boolean;
    /** Bytes of a notice as JSON; a longer one is dropped. */
    readonly maxNotice: number;
  };
  /** What is told now is heard, as far as is known. While it is false, others have to be looked after. */
  readonly well: boolean;
  /** Begins to listen as the instance `name`. Connects in the background, and again whenever it has to. */
  start(name: string, listener: ExchangeListener): void;
  /** Tells one instance, or everybody. Returns at once; what cannot be told is dropped. */
  tell(notice: unknown, to?: string): void;
  /** Adds to the end of an address's stream. Resolves to false if it could not, within the time that the exchange may cost. Never rejects. */
  append(address: Address, record: unknown): Promise<boolean>;
  /** What came after `after`, or all that is kept. Undefined: it cannot be told now. Never rejects. */
  read(address: Address, after: string | undefined): Promise<StreamPage | undefined>;
  close(): Promise<void>;
}

/** For an instance that is alone on its store. */
export const noExchange: Exchange = {
  capabilities: { type: 'none', streams: false, maxNotice: 0 },
  well: true,
  start: () => {},
  tell: () => {},
  append: async () => false,
  read: async () => undefined,
  close: async () => {},
};
