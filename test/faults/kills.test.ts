/**
 * Nothing lost, nothing twice (G1 to G6), seen from outside, over at least a hundred SIGKILLs of
 * the program and of PostgreSQL, at every named crash point and at random moments. The long run is
 * `npm run soak`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CRASH_POINTS } from '#actors/contract/crash-points.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#storage/embedded/start.ts';
import { describeFigures } from '#test/faults/describe-figures.ts';
import { type Figures, killsOf, total } from '#test/faults/figures.ts';
import { killSchedule } from '#test/faults/kill-schedule.ts';
import { runRound } from '#test/faults/round.ts';

/**
 * The same plan of faults each time, so that a run can be repeated. For others use `FAULTS_SEED=…
 * npx vitest run test/faults`, or the soak.
 */
const seed = Number(process.env.FAULTS_SEED ?? 1_698_489_052);

describe(`kills of seed ${seed}`, () => {
  let folder: string;
  let postgres: EmbeddedPostgres;
  const rounds: Figures[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'statechat-faults-'));
    // Durable, unlike the test run's own, because what it acknowledged must survive its death.
    postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), log: () => {} });
  });

  afterAll(async () => {
    await postgres?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 20 });
  });

  test.for([
    { instances: 1, telegram: 'companion', faults: 32 },
    { instances: 2, telegram: 'probe', faults: 70 },
  ] as const)(
    '$instances instance(s), Telegram answered by the $telegram',
    { timeout: 1_200_000 },
    async ({ faults, ...options }, { onTestFailed }) => {
      onTestFailed(() => console.log(`FAULTS_SEED=${seed}`));
      const figures = await runRound({
        ...options,
        seed: seed + options.instances,
        postgres,
        compileCache: join(folder, 'compiled'),
        schedule: killSchedule({ faults }),
      });
      rounds.push(figures);
      console.log(`seed ${seed}, ${options.instances} instance(s)\n${describeFigures(figures)}`);
      expect(figures.findings).toEqual([]);
    },
  );

  test('that is a hundred kills, at every named point, with PostgreSQL among them', () => {
    const { kills, acknowledged } = total(rounds);
    expect(killsOf({ kills })).toBeGreaterThanOrEqual(100);
    for (const where of [...CRASH_POINTS, 'killed', 'postgres']) expect(kills[where] ?? 0, where).toBeGreaterThan(0);
    expect(acknowledged).toBeGreaterThan(100);
  });
});
