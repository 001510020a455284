/**
 * All faults at once, for long. The command is `npm run chaos -- --minutes 30 [--seed n]
 * [--conversations 1000] [--instances 3] [--rate 40] [--json]`.
 * It runs several rounds of a few minutes. Each has a database and conversations of its own, so
 * that each can be examined as a whole. It prints the seed first, then figures after each round and
 * in sum. It exits with 1 if there are findings. The same seed gives the same plan of faults.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '#storage/embedded/start.ts';
import { chaosSchedule } from '#test/faults/chaos-schedule.ts';
import { describeFigures, summaryOf } from '#test/faults/describe-figures.ts';
import { type Figures, total } from '#test/faults/figures.ts';
import { Dice } from '#test/faults/plan.ts';
import { runRound } from '#test/faults/round.ts';
import { startRedis } from '#test/redis-server.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string' },
    conversations: { type: 'string', default: '1000' },
    instances: { type: 'string', default: '3' },
    /** Messages a second of the visitors that write now and then. */
    rate: { type: 'string', default: '20' },
    json: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const conversations = Number(values.conversations);
const instances = Number(values.instances);
const until = Date.now() + Number(values.minutes) * 60_000;
/** How long faults last in one round. Conversations can grow old in it. */
const OF_A_ROUND_MS = 5 * 60_000;
/** Visitors that write about every second. Three more customers are on Telegram. */
const QUICK = 12;
/** About how long a round takes beside its faults. */
const AROUND_MS = 60_000;
/** Most by which a machine's clock is wrong. */
const SKEW_MS = 30_000;

const say = (line: string): void => void (values.json ? process.stderr : process.stdout).write(`${line}\n`);
say(`chaos: ${values.minutes} minutes, ${instances} instances, ${conversations} conversations, seed ${seed}`);

const folder = await mkdtemp(join(tmpdir(), 'statechat-chaos-'));
const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), log: () => {} });
const redis = await startRedis();
const dice = new Dice(seed);
const rounds: Figures[] = [];
// Ends after the current round, so that its processes are stopped and its findings are printed.
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (interrupted = true));
try {
  for (let number = 1; !interrupted && Date.now() < until - (number === 1 ? 0 : AROUND_MS); number++) {
    const skews = dice
      .shuffled([-SKEW_MS, SKEW_MS, ...Array.from({ length: instances }, () => dice.int(-SKEW_MS, SKEW_MS))])
      .slice(0, instances);
    const figures = await runRound({
      seed: dice.int(1, 2 ** 31),
      instances,
      telegram: number % 2 === 0 ? 'companion' : 'probe',
      messengers: true,
      postgres,
      redis,
      skews,
      // Longer than the machine may starve a process. Else that would be a window without an
      // explanation.
      leaseMs: 10_000,
      idleMs: 6_000,
      compileCache: join(folder, 'compiled'),
      load: { quick: QUICK, slow: conversations - QUICK, perSecond: Number(values.rate) },
      schedule: chaosSchedule({ forMs: Math.max(10_000, Math.min(OF_A_ROUND_MS, until - Date.now() - AROUND_MS)), atOnce: 3 }),
    });
    rounds.push(figures);
    say(`\nround ${number}, clocks off by ${skews.map((ms) => `${Math.round(ms / 1_000)} s`).join(', ')}\n${describeFigures(figures)}`);
  }
} finally {
  await redis.stop();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 20 });
}
const all = total(rounds);
const short = { ...all, findings: all.findings.map((finding) => finding.slice(0, 500)) };
if (values.json) process.stdout.write(`${JSON.stringify({ seed, instances, rounds: rounds.length, ...summaryOf(short) }, null, 2)}\n`);
else say(`\nin all, ${rounds.length} rounds, seed ${seed}\n${describeFigures(short)}`);
process.exitCode = all.findings.length === 0 && rounds.length > 0 ? 0 : 1;
