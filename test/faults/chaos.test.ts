/**
 * The short form of chaos, with a fixed seed, every kind of fault, three instances whose clocks
 * differ, and several faults at once. The long run is `npm run chaos`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#storage/embedded/start.ts';
import { CHAOS_KINDS, chaosSchedule } from '#test/faults/chaos-schedule.ts';
import { describeFigures } from '#test/faults/describe-figures.ts';
import { runRound } from '#test/faults/round.ts';
import { type RedisServer, startRedis } from '#test/redis-server.ts';

const seed = Number(process.env.FAULTS_SEED ?? 20_261_121);
let folder: string;
let postgres: EmbeddedPostgres;
let redis: RedisServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'statechat-chaos-'));
  postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), log: () => {} });
  redis = await startRedis();
});

afterAll(async () => {
  await redis?.stop();
  await postgres?.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 20 });
});

test(`every kind of fault, seed ${seed}`, { timeout: 600_000 }, async ({ onTestFailed }) => {
  onTestFailed(() => console.log(`FAULTS_SEED=${seed}`));
  const figures = await runRound({
    seed,
    instances: 3,
    telegram: 'probe',
    postgres,
    redis,
    skews: [-30_000, 30_000, 0],
    leaseMs: 4_000,
    compileCache: join(folder, 'compiled'),
    load: { quick: 10, slow: 30, perSecond: 10 },
    schedule: chaosSchedule({ atOnce: 5, length: 0.2 }),
  });
  console.log(describeFigures(figures));
  expect(figures.findings).toEqual([]);
  expect(Object.keys(figures.faults)).toEqual(expect.arrayContaining([...CHAOS_KINDS]));
  expect(figures.acknowledged).toBeGreaterThan(100);
});
