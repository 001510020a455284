import type { Address } from '#machines/ids.ts';
import type { Exchange, ExchangeListener } from '#storage/exchange.ts';

/** Exchange in memory that all instances of a test join. */
export class SharedExchange {
  readonly sent: unknown[] = [];
  readonly streams = new Map<Address, unknown[]>();
  readonly #listeners = new Map<string, ExchangeListener>();
  /** While true, appending fails. */
  broken = false;
  /** While true, notices are lost. */
  losesNotices = false;

  join(streams = true): Exchange {
    return {
      capabilities: { type: 'redis', streams, maxNotice: 10_000 },
      well: true,
      start: (name, listener) => {
        this.#listeners.set(name, listener);
        listener.connected();
      },
      tell: (notice, to) => {
        this.sent.push(notice);
        if (this.losesNotices) return;
        const text = JSON.stringify(notice);
        for (const [name, { hear }] of this.#listeners) if (to === undefined || to === name) queueMicrotask(() => hear(JSON.parse(text)));
      },
      append: async (address, record) => {
        if (this.broken || !streams) return false;
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
