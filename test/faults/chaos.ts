/**
 * Everything at once, for long: `npm run chaos -- --minutes 30 [--seed n] [--conversations 1000] [--instances 3] [--rate 40] [--json]`.
 * Several storms of a few minutes each, each with a database and conversations of its own, so that each can be looked at whole.
 * Prints the seed first, figures after each storm and in all; exits with 1 if anything was found. The same seed gives the
 * same plan of faults.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '#storage/embedded/start.ts';
import { chaos } from '#test/faults/chaos-weather.ts';
import { describeFigures, summaryOf } from '#test/faults/describe-figures.ts';
import { type Figures, total } from '#test/faults/figures.ts';
import { Dice } from '#test/faults/plan.ts';
import { storm } from '#test/faults/storm.ts';
import { startRedis } from '#test/redis-server.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string' },
    conversations: { type: 'string', default: '1000' },
    instances: { type: 'string', default: '3' },
    /** Messages a second of those who write now and then. */
    rate: { type: 'string', default: '20' },
    json: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const conversations = Number(values.conversations);
const instances = Number(values.instances);
const until = Date.now() + Number(values.minutes) * 60_000;
/** Under fire in one storm: long enough for conversations to grow old in it. */
const OF_A_STORM_MS = 5 * 60_000;
/** Write about every second. Three more are on Telegram. */
const QUICK = 12;
/** What a storm takes beside being under fire, about. */
const AROUND_MS = 60_000;
/** Every machine is at most so wrong. */
const SKEW_MS = 30_000;

const say = (line: string): void => void (values.json ? process.stderr : process.stdout).write(`${line}\n`);
say(`chaos: ${values.minutes} minutes, ${instances} instances, ${conversations} conversations, seed ${seed}`);

const folder = await mkdtemp(join(tmpdir(), 'statechat-chaos-'));
const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), log: () => {} });
const redis = await startRedis();
const dice = new Dice(seed);
const storms: Figures[] = [];
// Ends with the storm that is on: what it started is to be stopped, and what it found to be told.
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (interrupted = true));
try {
  for (let number = 1; !interrupted && Date.now() < until - (number === 1 ? 0 : AROUND_MS); number++) {
    const skews = dice
      .shuffled([-SKEW_MS, SKEW_MS, ...Array.from({ length: instances }, () => dice.int(-SKEW_MS, SKEW_MS))])
      .slice(0, instances);
    const figures = await storm({
      seed: dice.int(1, 2 ** 31),
      instances,
      telegram: number % 2 === 0 ? 'companion' : 'probe',
      postgres,
      redis,
      skews,
      // Longer than the machine may starve a process of: that would be a window that nothing explains.
      leaseMs: 10_000,
      idleMs: 6_000,
      compileCache: join(folder, 'compiled'),
      crowd: { quick: QUICK, slow: conversations - QUICK, perSecond: Number(values.rate) },
      weather: chaos({ forMs: Math.max(10_000, Math.min(OF_A_STORM_MS, until - Date.now() - AROUND_MS)), atOnce: 3 }),
    });
    storms.push(figures);
    say(`\nstorm ${number}, clocks off by ${skews.map((ms) => `${Math.round(ms / 1_000)} s`).join(', ')}\n${describeFigures(figures)}`);
  }
} finally {
  await redis.stop();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
}
const all = total(storms);
const short = { ...all, findings: all.findings.map((finding) => finding.slice(0, 500)) };
if (values.json) process.stdout.write(`${JSON.stringify({ seed, instances, storms: storms.length, ...summaryOf(short) }, null, 2)}\n`);
else say(`\nin all, ${storms.length} storms, seed ${seed}\n${describeFigures(short)}`);
process.exitCode = all.findings.length === 0 && storms.length > 0 ? 0 : 1;
