/**
 * A long run of kills, `npm run soak -- --kills 2000 [--seed n] [--minutes m]`. It prints the seed
 * first, then figures after each round and in sum. It exits with 1 if there are findings. The same
 * seed gives the same plan of faults.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '#storage/embedded/start.ts';
import { describeFigures } from '#test/faults/describe-figures.ts';
import { type Figures, killsOf, total } from '#test/faults/figures.ts';
import { killSchedule } from '#test/faults/kill-schedule.ts';
import { Dice } from '#test/faults/plan.ts';
import { runRound } from '#test/faults/round.ts';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '2000' }, seed: { type: 'string' }, minutes: { type: 'string' } },
});
const kills = Number(values.kills);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const until = values.minutes === undefined ? Number.POSITIVE_INFINITY : Date.now() + Number(values.minutes) * 60_000;
/** Kills of one round. Sessions can grow old in it, and a finding can still be examined. */
const OF_A_ROUND = 80;

console.log(`soak: ${kills} kills${values.minutes === undefined ? '' : ` in at most ${values.minutes} minutes`}, seed ${seed}`);
const folder = await mkdtemp(join(tmpdir(), 'statechat-soak-'));
const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), log: () => {} });
const dice = new Dice(seed);
const rounds: Figures[] = [];
// Ends after the current round, so that its processes are stopped and its findings are printed.
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (interrupted = true));
try {
  for (let number = 1; !interrupted && killsOf(total(rounds)) < kills && Date.now() < until; number++) {
    const options = {
      seed: dice.int(1, 2 ** 31),
      instances: number % 2 === 0 ? 2 : 1,
      telegram: number % 4 < 2 ? 'probe' : 'companion',
    } as const;
    const faults = Math.min(OF_A_ROUND, kills - killsOf(total(rounds)));
    const began = Date.now();
    const figures = await runRound({
      ...options,
      postgres,
      compileCache: join(folder, 'compiled'),
      schedule: killSchedule({ faults, until }),
    });
    rounds.push(figures);
    console.log(
      `\nround ${number}, ${options.instances} instance(s), ${options.telegram} on Telegram, ${Math.round((Date.now() - began) / 1000)} s\n${describeFigures(figures)}`,
    );
  }
} finally {
  await postgres.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 20 });
}
const all = total(rounds);
console.log(
  `\nin all, ${rounds.length} rounds, seed ${seed}\n${describeFigures({ ...all, findings: all.findings.map((finding) => finding.slice(0, 500)) })}`,
);
process.exitCode = all.findings.length === 0 && rounds.length > 0 ? 0 : 1;
