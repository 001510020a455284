import type { Address } from '#machines/ids.ts';
import type { Exchange, ExchangeListener } from '#storage/exchange.ts';

/** The exchange of all instances of a test. */
export class SharedExchange {
  readonly sent: unknown[] = [];
  readonly streams = new Map<Address, unknown[]>();
  readonly #listeners = new Map<string, ExchangeListener>();
  readonly #maxMessage: number;
  /** Appending fails for the time being. */
  failing = false;
  /** Loses messages for the time being, either all or those of these types. */
  losing: boolean | readonly string[] = false;

  constructor(maxMessage = 10_000) {
    this.#maxMessage = maxMessage;
  }

  /** What was sent of a type. */
  ofType(type: string): unknown[] {
    return this.sent.filter((message) => Reflect.get(Object(message), 'type') === type);
  }

  /** As after a lost connection. */
  reconnect(name: string): void {
    this.#listeners.get(name)?.connected();
  }

  join(streams = true): Exchange {
    return {
      capabilities: { type: 'redis', streams, maxMessage: this.#maxMessage },
      well: true,
      start: (name, listener) => {
        this.#listeners.set(name, listener);
        listener.connected();
      },
      send: (message, to) => {
        const text = JSON.stringify(message);
        if (Buffer.byteLength(text) > this.#maxMessage) throw new Error(`a message of ${text.length} characters is too long`);
        this.sent.push(message);
        const { losing } = this;
        if (losing === true || (losing !== false && losing.includes(String(Reflect.get(Object(message), 'type'))))) return;
        for (const [name, { receive }] of this.#listeners)
          if (to === undefined || to === name) queueMicrotask(() => receive(JSON.parse(text)));
      },
      append: async (address, record) => {
        if (this.failing || !streams) return false;
        this.streams.set(address, [...(this.streams.get(address) ?? []), JSON.parse(JSON.stringify(record))]);
        return true;
      },
      read: async (address, after) => {
        const records = (this.streams.get(address) ?? []).map((record, index) => ({ id: `${index}`, record }));
        return { records: records.slice(after === undefined ? 0 : Number(after) + 1), gap: false };
      },
      close: async () => {},
    };
  }
}
