import { expect, test } from 'vitest';
import { runAgainst } from '../../bench/against/run.ts';
import { openServer } from '../../bench/databases.ts';

test('two checkouts are measured in turns, and each kind of answer of the one is compared with its counterpart', {
  timeout: 120_000,
}, async () => {
  const server = await openServer(undefined);
  try {
    const rounds: string[] = [];
    const compared = await runAgainst(
      {
        checkouts: [process.cwd(), process.cwd()],
        kinds: [{ before: 'outbox', after: 'journal' }],
        concurrency: [1, 8],
        rounds: 2,
        seconds: 0.2,
        conversations: 20,
        url: server.url,
      },
      (line) => rounds.push(line),
    );
    expect(rounds).toHaveLength(2);
    expect(compared.map(({ before, after, concurrency }) => [before, after, concurrency])).toEqual([
      ['outbox', 'journal', 1],
      ['outbox', 'journal', 8],
    ]);
    for (const { ratio, spread, walBytesPerTurn } of compared) {
      expect(ratio.turns).toBeGreaterThan(0);
      expect(spread[0]).toBeLessThanOrEqual(spread[1]);
      for (const bytes of walBytesPerTurn) expect(bytes).toBeGreaterThan(0);
    }
  } finally {
    await server.close();
  }
});
