import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { openServer } from '../../bench/databases.ts';
import { ENTRANTS, type Entrant } from '../../bench/side-by-side/entrants.ts';
import { goalsOf } from '../../bench/side-by-side/goals.ts';
import { parseOptions } from '../../bench/side-by-side/options.ts';
import { type Figures, reportOf } from '../../bench/side-by-side/report.ts';
import { runSideBySide } from '../../bench/side-by-side/run.ts';
import { tables } from '../../bench/side-by-side/tables.ts';
import { versionsOf } from '../../bench/side-by-side/versions.ts';

const reportSchema = z.object({
  figures: z.array(z.object({ name: z.string(), concurrency: z.number(), turnsPerSecond: z.number().positive() })),
  goals: z.array(z.object({ goal: z.string(), found: z.number().positive() })),
  failures: z.array(z.unknown()),
  readBack: z.array(z.object({ name: z.string(), turns: z.number().positive(), stored: z.record(z.string(), z.number()) })),
});

const SHORT = ['--quick', '--conversations', '40', '--concurrency', '1,16', '--seconds', '0.2', '--warm-up', '0.05'];

function options(...args: string[]) {
  const parsed = parseOptions([...SHORT, ...args]);
  if (parsed === 'help') throw new Error('help was not asked for');
  return parsed;
}

/** Output of the command. It needs none of the peers' packages where no peer takes part. */
function printed(...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['bench/side-by-side/main.ts', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve(out) : reject(new Error(`it ended with ${code}: ${errors}`))));
  });
}

test('one instance, two instances and the baselines store every turn', async () => {
  const names = ['runtime-live', 'two-affinity', 'two-any', 'by-hand-live', 'floor-live'];
  const report = reportSchema.parse(JSON.parse(await printed('--json', ...SHORT, '--only', names.join())));
  expect(report.failures).toEqual([]);
  expect(report.figures.map(({ name, concurrency }) => `${name} ${concurrency}`)).toEqual(
    [1, 16].flatMap((concurrency) => names.map((name) => `${name} ${concurrency}`)),
  );
  expect(report.readBack.map(({ name }) => name)).toEqual(names);
  for (const { turns, stored } of report.readBack) {
    expect(Object.keys(stored).length).toBeGreaterThanOrEqual(1);
    for (const found of Object.values(stored)) expect(found).toBe(turns);
  }
  expect(report.goals.map(({ goal }) => goal)).toEqual([
    'live ÷ by hand: at least 5',
    'live ÷ floor: at least 0.6',
    'two instances ÷ one (each conversation at one): at least 1',
    'two instances ÷ one (any message at either): at least 1',
  ]);
});

test('a peer that fails is reported with why, and the others go on', async () => {
  const broken: Entrant = {
    kind: 'peer',
    name: 'broken',
    title: 'a peer that is not there',
    file: 'nobody.ts',
    variant: 'start',
    durable: true,
    store: 'postgres',
    packages: [],
  };
  const entrants = [broken, ...ENTRANTS.filter(({ name }) => name === 'by-hand-live')];
  const settings = options('--only', 'by-hand-live');
  const server = await openServer(undefined);
  try {
    const report = reportOf(await runSideBySide(server, entrants, settings, () => {}), settings, {}, {});
    expect(report.failures).toEqual([{ name: 'broken', why: expect.stringMatching(/^set up: .*nobody\.ts/) }]);
    expect(report.readBack.map(({ name }) => name)).toEqual(['by-hand-live']);
    expect(tables(report)).toContain('| broken: **failed**, set up: ');
  } finally {
    await server.close();
  }
});

test('packages that are not installed are refused with how to install them', async () => {
  const [peer] = ENTRANTS.filter((entrant) => entrant.kind === 'peer');
  if (peer === undefined) throw new Error('there is no peer');
  await expect(versionsOf([{ ...peer, packages: ['not-a-package'] }])).rejects.toThrow('npm ci --prefix bench/peers');
});

test('the best durable peer is what the runtime is held against', () => {
  const figures = (name: string, turnsPerSecond: number, durable = true): Figures => ({
    name,
    title: name,
    durable,
    concurrency: 64,
    turnsPerSecond,
    rounds: [turnsPerSecond],
    latencyMs: { p50: 1, p95: 1, p99: 1, max: 1 },
    cpuMicrosPerTurn: 1,
    walBytesPerTurn: null,
    timesOfIt: { live: null, outbox: null },
  });
  const goals = goalsOf([figures('runtime-live', 800), figures('dbos', 50), figures('restate', 100), figures('grammy', 9_000, false)], 64);
  expect(goals).toEqual([{ goal: 'live ÷ best durable peer (restate): at least 7', concurrency: 64, found: 8, met: true }]);
});

test('what cannot be measured is refused with what to do', () => {
  expect(() => options('--conversations', '10', '--concurrency', '64')).toThrow('--conversations 64');
  expect(() => options('--only', 'nobody')).toThrow(/npm run bench:peers/);
});
