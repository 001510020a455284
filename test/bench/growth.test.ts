import { expect, test } from 'vitest';
import { openServer } from '../../bench/databases.ts';
import { parseOptions } from '../../bench/growth/options.ts';
import { runGrowth } from '../../bench/growth/run.ts';

test('a small store grows, and its timers fire once and not early', async () => {
  const args = '--sessions 400 --journal 1000 --due 60 --rate 100 --rounds 1 --seconds 0.2 --in-flight 8'.split(' ');
  const options = parseOptions(args);
  if (options === 'help') throw new Error('help was not asked for');
  const server = await openServer(undefined);
  try {
    const said: string[] = [];
    const { withSessions, withJournal, spread, timers, bytes, peakMemoryMiB } = await runGrowth(server, options, (line) => said.push(line));
    for (const figure of [
      withSessions.ratio,
      withJournal.ratio,
      spread,
      peakMemoryMiB,
      bytes.session,
      bytes.journalRow,
      bytes.walPerTurn,
    ]) {
      expect(figure).toBeGreaterThan(0);
    }
    expect(timers).toMatchObject({ due: 60, firedOnce: true });
    expect(timers.earliestMs).toBeGreaterThanOrEqual(0);
    expect(timers.p99Before).toBeGreaterThan(0);
    expect(timers.p99Meanwhile).toBeGreaterThan(0);
    expect(said).toContainEqual(expect.stringContaining('1000 journal rows written'));
  } finally {
    await server.close();
  }
});

test('a store too small for its timers is refused with what to do', () => {
  expect(() => parseOptions(['--sessions', '100', '--due', '100'])).toThrow(/--sessions.*npm run bench:growth/s);
});
