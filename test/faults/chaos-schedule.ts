/**
 * Schedule of faults of every kind. They hit instances, PostgreSQL, Redis and the lines to them,
 * one after another and sometimes several at once.
 *
 * Owns which fault hits what and when, from the seed, and what each fault does. Does not own the
 * checks.
 * Invariants. Every kind occurs equally often. The next fault begins when every instance has
 * acknowledged a message since the last one ended. An instance that does not within `PATIENCE_MS`
 * is a finding.
 */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Deployment, Instance } from '#test/faults/deployment.ts';
import { eventually } from '#test/faults/eventually.ts';
import { POSTGRES_KILLED } from '#test/faults/figures.ts';
import type { Line, LineState } from '#test/faults/line.ts';
import { type Dice, planFaults } from '#test/faults/plan.ts';
import type { FaultSchedule } from '#test/faults/round.ts';

export interface ChaosScheduleOptions {
  /**
   * No further faults after so many milliseconds. If absent, each kind comes once, with as many at
   * once as allowed.
   */
  readonly forMs?: number;
  /** Faults of different parts that come at once, at most. */
  readonly atOnce: number;
  /** How long a fault lasts, over what is usual. */
  readonly length?: number;
}

interface Kind {
  /** Two faults of one part do not come at once. */
  readonly part: 'instances' | 'PostgreSQL' | 'Redis' | 'lines to PostgreSQL' | 'lines to Redis';
  /** Resolves when it is over. */
  readonly strike: (deployment: Deployment, dice: Dice, ms: number, name: string) => Promise<void>;
}

/** From a fault's end until every instance that it hit has acknowledged something. */
const PATIENCE_MS = 60_000;

/** All of them, one of them, or some. */
function some(instances: readonly Instance[], dice: Dice): readonly Instance[] {
  const shuffled = dice.shuffled(instances);
  return shuffled.slice(0, dice.chance(0.6) ? 1 : dice.int(1, shuffled.length));
}

const urlsOf = (instances: readonly Instance[]): string[] => instances.map(({ url }) => url);

/** Lines of some instances, or of all, are in this state for a while. */
function onLines(which: (instance: Instance) => Line | undefined, stateOf: (dice: Dice) => LineState): Kind['strike'] {
  return async ({ instances, recovery }, dice, ms, name) => {
    const hit = some(instances, dice);
    const over = recovery.begin(name, urlsOf(hit));
    const state = stateOf(dice);
    for (const instance of hit) which(instance)?.set(state);
    await delay(ms);
    for (const instance of hit) which(instance)?.set({ kind: 'well' });
    over();
  };
}

const postgresLine = ({ lines }: Instance): Line => lines.postgres;
const redisLine = ({ lines }: Instance): Line | undefined => lines.redis;
const slow = (dice: Dice): LineState => ({ kind: 'slow', ms: dice.int(10, 120) });
const halfOpen = (dice: Dice): LineState => ({ kind: 'half-open', swallows: dice.chance(0.5) ? 'everything' : 'answers' });
const cut = (): LineState => ({ kind: 'cut' });

/** Everything is measured from the signal on. PostgreSQL restarts by itself. */
function signalPostgres(signal: NodeJS.Signals): Kind['strike'] {
  return async ({ postgres, instances, recovery }, _dice, _ms, name) => {
    const pid = postgres.pid();
    if (pid === undefined) return;
    const over = recovery.begin(name, urlsOf(instances));
    const at = Date.now();
    process.kill(pid, signal);
    await eventually(() => postgres.pid() !== undefined && postgres.pid() !== pid, PATIENCE_MS);
    await eventually(() => answers(postgres.connectionString), PATIENCE_MS);
    over(at, Date.now());
  };
}

async function answers(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => {});
  return client
    .connect()
    .then(() => client.end())
    .then(
      () => true,
      () => false,
    );
}

const KINDS: Readonly<Record<string, Kind>> = {
  'instance killed': {
    part: 'instances',
    strike: async ({ instances }, dice) =>
      void (await Promise.all(some(instances, dice).map(({ supervisor }) => supervisor.suffer(() => undefined)))),
  },
  'instance killed at a named point': {
    part: 'instances',
    strike: async ({ instances }, dice) => {
      const faults = planFaults(dice, 6).filter(({ app, postgres }) => app.kind === 'point' && postgres === undefined);
      await Promise.all(
        some(instances, dice).map(({ supervisor }) => {
          const fault = faults.slice(0, 1);
          return supervisor.suffer(() => fault.shift());
        }),
      );
    },
  },
  'instance drained (SIGTERM)': {
    part: 'instances',
    strike: async ({ instances, wrong }, dice) => {
      for (const { supervisor } of some(instances, dice)) {
        const onError = await supervisor.relieve();
        if (onError !== undefined) wrong.push(onError);
      }
    },
  },
  'instance frozen': {
    part: 'instances',
    strike: async ({ instances, recovery, leaseMs }, dice, ms, name) => {
      const hit = some(instances, dice);
      const over = recovery.begin(name, urlsOf(hit));
      for (const { supervisor } of hit) supervisor.freeze();
      // Half of the time long enough for its leases to run out.
      await delay(dice.chance(0.5) ? ms : ms + leaseMs);
      for (const { supervisor } of hit) supervisor.thaw();
      over();
    },
  },
  [POSTGRES_KILLED]: { part: 'PostgreSQL', strike: signalPostgres('SIGKILL') },
  'PostgreSQL restarted': { part: 'PostgreSQL', strike: signalPostgres('SIGINT') },
  'PostgreSQL half-open': { part: 'lines to PostgreSQL', strike: onLines(postgresLine, halfOpen) },
  'PostgreSQL slow': { part: 'lines to PostgreSQL', strike: onLines(postgresLine, slow) },
  'PostgreSQL cut off': { part: 'lines to PostgreSQL', strike: onLines(postgresLine, cut) },
  'Redis flushed': {
    part: 'Redis',
    strike: async ({ redis, instances, recovery }, _dice, _ms, name) => {
      const over = recovery.begin(name, urlsOf(instances));
      await redis?.command('flushall');
      over();
    },
  },
  'Redis killed': {
    part: 'Redis',
    strike: async ({ redis, instances, recovery }, _dice, ms, name) => {
      const over = recovery.begin(name, urlsOf(instances));
      await redis?.kill();
      await delay(ms);
      await redis?.restart();
      over();
    },
  },
  'Redis frozen': {
    part: 'Redis',
    strike: async ({ redis, instances, recovery }, _dice, ms, name) => {
      const over = recovery.begin(name, urlsOf(instances));
      redis?.freeze();
      await delay(ms);
      redis?.thaw();
      over();
    },
  },
  'Redis half-open': { part: 'lines to Redis', strike: onLines(redisLine, halfOpen) },
  'Redis slow': { part: 'lines to Redis', strike: onLines(redisLine, slow) },
  'Redis cut off': { part: 'lines to Redis', strike: onLines(redisLine, cut) },
};

export const CHAOS_KINDS = Object.keys(KINDS);

/** Takes the next kinds off the deck, no two of them of one part. */
function draw(deck: string[], dice: Dice, count: number): { readonly name: string; readonly kind: Kind; readonly dice: Dice }[] {
  const drawn: { name: string; kind: Kind; dice: Dice }[] = [];
  for (const name of [...deck]) {
    const kind = KINDS[name];
    if (drawn.length === count) break;
    if (kind === undefined || drawn.some(({ kind: { part } }) => part === kind.part)) continue;
    drawn.push({ name, kind, dice: dice.fork() });
    deck.splice(deck.indexOf(name), 1);
  }
  return drawn;
}

export function chaosSchedule({ forMs, atOnce, length = 1 }: ChaosScheduleOptions): FaultSchedule {
  return async (deployment, dice) => {
    const deck = dice.shuffled(CHAOS_KINDS);
    const until = Date.now() + (forMs ?? 0);
    while (forMs === undefined ? deck.length > 0 : Date.now() < until) {
      if (deck.length === 0) deck.push(...dice.shuffled(CHAOS_KINDS));
      const strikes = draw(deck, dice, forMs === undefined ? atOnce : dice.chance(0.3) ? dice.int(1, atOnce) : 1);
      const pauseMs = dice.int(200, 1_500);
      const strike = ({ name, kind, dice: fate }: (typeof strikes)[number]) =>
        kind.strike(deployment, fate, Math.round(fate.int(500, 6_000) * length), name);
      await Promise.all(strikes.map(strike));
      if (!(await eventually(() => deployment.recovery.complete, PATIENCE_MS))) {
        const names = strikes.map(({ name }) => name).join(' and ');
        deployment.wrong.push(`not back ${PATIENCE_MS / 1_000} s after ${names}: ${deployment.recovery.missing}`);
        // Reported once. The next fault is measured by itself.
        deployment.recovery.giveUp();
      }
      await delay(pauseMs * length);
    }
  };
}
