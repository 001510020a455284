/** What every exchange between instances does. Run over each transport. */
import { isDeepStrictEqual } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Exchange } from '#storage/exchange.ts';
import { newAddress } from '#test/contracts/store-fixtures.ts';

const PATIENCE = { interval: 10 };

export function describeExchange(name: string, open: () => Exchange): void {
  describe(`the exchange over ${name}`, () => {
    const opened: Exchange[] = [];
    /**
     * Part of all messages of a test. A message of another test may arrive late, and this test
     * would receive it.
     */
    let mark: string;
    beforeEach(() => {
      mark = newAddress();
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((exchange) => exchange.close()));
    });

    async function join(instance: string): Promise<{ readonly exchange: Exchange; readonly received: unknown[] }> {
      const exchange = open();
      opened.push(exchange);
      const received: unknown[] = [];
      const connected = vi.fn();
      const receive = (message: unknown): void => {
        if (!JSON.stringify(message).includes(mark)) return;
        // In a cluster, in any order, and one may come twice.
        if (!received.some((other) => isDeepStrictEqual(other, message))) received.push(message);
      };
      exchange.start(instance, { receive, connected });
      await expect.poll(() => connected.mock.calls.length, PATIENCE).toBeGreaterThan(0);
      expect(exchange.well).toBe(true);
      return { exchange, received };
    }

    test('tells everybody, or one, word for word', async () => {
      const [a, b] = [await join('instance-A'), await join('instance-B')];
      const strange = { mark, text: 'a\u0000b \ud800 “مرحبا” \' " \\ $1 %' };
      a.exchange.send({ mark, n: 1 });
      a.exchange.send({ mark, n: 2 }, 'instance-B');
      a.exchange.send(strange, 'instance-B');
      b.exchange.send({ mark, n: 3 }, 'instance-A');
      await expect.poll(() => b.received.length, PATIENCE).toBe(3);
      expect(b.received).toEqual(expect.arrayContaining([{ mark, n: 1 }, { mark, n: 2 }, strange]));
      await expect.poll(() => a.received.length, PATIENCE).toBe(2);
      expect(a.received).toEqual(
        expect.arrayContaining([
          { mark, n: 1 },
          { mark, n: 3 },
        ]),
      );
    });

    test('takes messages of the size that it says, and drops longer ones without harm', async () => {
      const { exchange, received } = await join('instance-A');
      const { maxMessage } = exchange.capabilities;
      // As JSON it has quotes around it.
      const fits = `${mark}${'x'.repeat(maxMessage - 2 - mark.length)}`;
      exchange.send(`${mark}${'y'.repeat(maxMessage - mark.length)}`);
      exchange.send(fits);
      exchange.send(`${mark} end`);
      await expect.poll(() => received.map((n) => JSON.stringify(n).slice(0, 60)), PATIENCE).toHaveLength(2);
      expect(received).toEqual(expect.arrayContaining([fits, `${mark} end`]));
    });

    test('keeps streams, if it says so, and tells who lost his place', async () => {
      const { exchange } = await join('instance-A');
      const address = newAddress();
      const appended = await exchange.append(address, { n: 1 });
      expect(appended).toBe(exchange.capabilities.streams);
      if (!exchange.capabilities.streams) {
        expect(await exchange.read(address, undefined)).toBeUndefined();
        return;
      }
      await exchange.append(address, { n: 2 });
      const all = await exchange.read(address, undefined);
      expect(all).toMatchObject({ gap: false, records: [{ record: { n: 1 } }, { record: { n: 2 } }] });
      const [first, second] = all?.records ?? [];
      expect(await exchange.read(address, first?.id)).toEqual({ gap: false, records: [second] });
      expect(await exchange.read(address, second?.id)).toEqual({ gap: false, records: [] });
      // Everything before the kept part is gone, and a reader at that position gets a gap.
      for (let n = 3; n <= 2_500; n += 1) void exchange.append(address, { n });
      await exchange.append(address, { n: 'last' });
      const kept = await exchange.read(address, second?.id);
      expect(kept?.gap).toBe(true);
      expect(kept?.records.at(-1)).toMatchObject({ record: { n: 'last' } });
      expect(kept?.records.length).toBeLessThan(1_300);
      expect(await exchange.read(newAddress(), second?.id)).toEqual({ gap: true, records: [] });
      expect(await exchange.read(newAddress(), undefined)).toEqual({ gap: false, records: [] });
    });
  });
}
