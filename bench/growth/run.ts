/**
 * One growth run. It messages the same 1,000 conversations in a store that holds nothing else and
 * in one that holds a million others, in turns. Then the journal grows, then many timers are due at
 * once.
 */

import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { migrate } from '#storage/postgres/migrate.ts';
import type { DatabaseServer } from '../databases.ts';
import { median, percentile } from '../load.ts';
import { type App, openApp } from './app.ts';
import { type Filler, openFiller } from './generate.ts';
import { costOf, steady } from './load.ts';
import type { Options } from './options.ts';

/** Conversations that are messaged, and all that the small store holds. */
const BUSY = 1_000;

export interface Cost {
  /** Microseconds a turn, the median of the rounds. */
  readonly small: number;
  readonly large: number;
  readonly ratio: number;
}

export interface Results {
  readonly withSessions: Cost;
  /**
   * Microseconds a turn when each message goes to another of the many stored conversations, which
   * is read first.
   */
  readonly spread: number;
  readonly withJournal: Cost;
  readonly timers: {
    readonly due: number;
    /** From when they were due until the last had fired, in milliseconds. */
    readonly drainMs: number;
    readonly earliestMs: number;
    readonly latestMs: number;
    /** Of messages, in milliseconds. */
    readonly p99Before: number;
    readonly p99Meanwhile: number;
    readonly firedOnce: boolean;
  };
  readonly bytes: {
    readonly session: number;
    readonly journalRow: number;
    /**
     * WAL bytes of a turn with one message that is answered to its watchers. It writes a journal
     * row.
     */
    readonly walPerTurn: number;
  };
  /** Of this process, which holds both apps and the load generators, in MiB. */
  readonly peakMemoryMiB: number;
}

export async function runGrowth(server: DatabaseServer, options: Options, progress: (line: string) => void): Promise<Results> {
  const closing: (() => Promise<void>)[] = [];
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 100);
  async function store(name: string): Promise<{ app: App; filler: Filler }> {
    const { url } = await server.create(name);
    await migrate(url);
    const app = openApp(createPostgresStore({ connectionString: url }));
    closing.push(() => app.close());
    // Two turns each. The first opens the session, and the second is like all that follow.
    for (let turn = 0; turn < 2; turn++) await Promise.all(busy().map((index) => app.send(index)));
    const filler = await openFiller(url);
    closing.push(() => filler.close());
    return { app, filler };
  }
  try {
    const [small, large] = [await store('growth_small'), await store('growth_large')];
    await timed(progress, `${options.sessions} sessions written`, () => large.filler.sessions(BUSY, options.sessions));
    await timed(progress, 'tidied up', () => large.filler.tidy('sessions'));
    const withSessions = await compare(small.app, large.app, options);
    progress(`with sessions: ${withSessions.ratio}`);
    const walBefore = await server.walBytes();
    const turnsBefore = await messages(large.filler);
    // Not those whose timers are moved later, behind the app's back.
    const untouched = Math.max(1, options.sessions - options.due);
    const others = Array.from({ length: Math.min(untouched, 50_000) }, (_, index) => BUSY + scattered(index, untouched));
    const spread = Math.round(await costOf(large.app, others, options.inFlight, options.seconds));
    const walPerTurn = ((await server.walBytes()) - walBefore) / ((await messages(large.filler)) - turnsBefore);
    await timed(progress, `${options.journal} journal rows written`, () => large.filler.journal(BUSY, options.sessions, options.journal));
    await timed(progress, 'tidied up', () => large.filler.tidy('journal'));
    const withJournal = await compare(small.app, large.app, options);
    progress(`with journal: ${withJournal.ratio}`);
    const bytes = {
      session: Math.round(await large.filler.number(`select pg_total_relation_size('sessions')::float8 / count(*) from sessions`)),
      journalRow: Math.round(await large.filler.number(`select pg_total_relation_size('journal')::float8 / count(*) from journal`)),
      walPerTurn: Math.round(walPerTurn),
    };
    const timers = await manyDue(large.app, large.filler, options, progress);
    return { withSessions, spread, withJournal, timers, bytes, peakMemoryMiB: Math.round(peak / 2 ** 20) };
  } finally {
    clearInterval(watch);
    for (const close of closing.toReversed()) await close();
  }
}

function busy(): number[] {
  return Array.from({ length: BUSY }, (_, index) => index);
}

/** Each index once, far from the one before. */
function scattered(index: number, count: number): number {
  return (index * 7_919) % count;
}

function messages(filler: Filler): Promise<number> {
  return filler.number(`select count(*) from journal where kind = 'customer.message'`);
}

async function compare(small: App, large: App, { rounds, seconds, inFlight }: Options): Promise<Cost> {
  const costs = { small: [] as number[], large: [] as number[] };
  const turns = [
    { app: small, conversations: busy(), costs: costs.small },
    { app: large, conversations: busy(), costs: costs.large },
  ];
  for (const { app, conversations } of turns) await costOf(app, conversations, inFlight, seconds / 2);
  for (let round = 0; round < rounds; round++) {
    for (const turn of round % 2 === 0 ? turns : turns.toReversed())
      turn.costs.push(await costOf(turn.app, turn.conversations, inFlight, seconds));
  }
  const [ofSmall, ofLarge] = [median(costs.small), median(costs.large)];
  return { small: Math.round(ofSmall), large: Math.round(ofLarge), ratio: Number((ofLarge / ofSmall).toPrecision(3)) };
}

/** Until 100,000 timers are due, counted from when the first is moved. */
const AHEAD_MS = 120_000;

async function manyDue(app: App, filler: Filler, options: Options, progress: (line: string) => void): Promise<Results['timers']> {
  const quiet = `select count(*) from sessions where state = 'quiet'`;
  app.takeTimers();
  const before = await steady(app, BUSY, options.rate, pause(options.seconds * 1_000));
  const due = Date.now() + Math.max(4_000, (AHEAD_MS * options.due) / 100_000);
  // From the end, because no instance has those in its session cache.
  await filler.due(BUSY + options.sessions - options.due, options.due, due);
  await filler.tidy('sessions');
  if (Date.now() >= due) throw new Error('moving the timers took longer than they were ahead');
  await pause(due - Date.now());
  progress(`${options.due} timers are due`);
  const late: number[] = [];
  const drained = (async () => {
    while (late.length < options.due) {
      await pause(50);
      for (const one of app.takeTimers()) late.push(one);
    }
    return Date.now() - due;
  })();
  const meanwhile = await steady(app, BUSY, options.rate, drained);
  await app.settle();
  const fired = await filler.number(`select count(*) from journal where kind = 'timer'`);
  return {
    due: options.due,
    drainMs: await drained,
    earliestMs: late.reduce((least, one) => Math.min(least, one), Number.POSITIVE_INFINITY),
    latestMs: late.reduce((most, one) => Math.max(most, one), 0),
    p99Before: rounded(percentile(before, 99)),
    p99Meanwhile: rounded(percentile(meanwhile, 99)),
    firedOnce: fired === options.due && (await filler.number(quiet)) === options.due,
  };
}

async function timed(progress: (line: string) => void, what: string, work: () => Promise<void>): Promise<void> {
  const began = performance.now();
  await work();
  progress(`${what} in ${Math.round((performance.now() - began) / 1_000)} s`);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
