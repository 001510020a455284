/**
 * A long run of storms: `npm run soak -- --kills 2000 [--seed n] [--minutes m]`. Prints the seed first, figures after each storm and in
 * all; exits with 1 if anything was found. The same seed gives the same plan of faults.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '#storage/embedded/start.ts';
import { deaths } from '#test/faults/deaths.ts';
import { describeFigures } from '#test/faults/describe-figures.ts';
import { type Figures, killsOf, total } from '#test/faults/figures.ts';
import { Dice } from '#test/faults/plan.ts';
import { storm } from '#test/faults/storm.ts';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '2000' }, seed: { type: 'string' }, minutes: { type: 'string' } },
});
const kills = Number(values.kills);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const until = values.minutes === undefined ? Number.POSITIVE_INFINITY : Date.now() + Number(values.minutes) * 60_000;
/** Kills of one storm: enough for sessions to grow old in it, few enough to look at what one did wrong. */
const OF_A_STORM = 80;

console.log(`soak: ${kills} kills${values.minutes === undefined ? '' : ` in at most ${values.minutes} minutes`}, seed ${seed}`);
const folder = await mkdtemp(join(tmpdir(), 'statechat-soak-'));
const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), log: () => {} });
const dice = new Dice(seed);
const storms: Figures[] = [];
// Ends with the storm that is on: what it started is to be stopped, and what it found to be told.
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (interrupted = true));
try {
  for (let number = 1; !interrupted && killsOf(total(storms)) < kills && Date.now() < until; number++) {
    const options = {
      seed: dice.int(1, 2 ** 31),
      instances: number % 2 === 0 ? 2 : 1,
      telegram: number % 4 < 2 ? 'probe' : 'companion',
    } as const;
    const faults = Math.min(OF_A_STORM, kills - killsOf(total(storms)));
    const began = Date.now();
    const figures = await storm({ ...options, postgres, compileCache: join(folder, 'compiled'), weather: deaths({ faults, until }) });
    storms.push(figures);
    console.log(
      `\nstorm ${number}, ${options.instances} instance(s), ${options.telegram} on Telegram, ${Math.round((Date.now() - began) / 1000)} s\n${describeFigures(figures)}`,
    );
  }
} finally {
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
}
const all = total(storms);
console.log(
  `\nin all, ${storms.length} storms, seed ${seed}\n${describeFigures({ ...all, findings: all.findings.map((finding) => finding.slice(0, 500)) })}`,
);
process.exitCode = all.findings.length === 0 && storms.length > 0 ? 0 : 1;
