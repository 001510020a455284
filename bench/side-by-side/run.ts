/**
 * One run side by side. Every entrant is in processes of its own. They are measured in turns within
 * each round. At the end their stores are read back.
 *
 * Invariants
 * 1. Rounds interleave the entrants, and every other round goes backwards, so that a slow spell of
 *    the machine affects all alike.
 * 2. While one entrant is measured, no other is sent a message.
 * 3. An entrant that fails is reported with the reason, and the others continue.
 */
import { cpus } from 'node:os';
import type { DatabaseServer } from '../databases.ts';
import { type Instance, startInstance } from '../instance.ts';
import type { Answers } from '../options.ts';
import { underWay } from '../under-way.ts';
import type { Entrant } from './entrants.ts';
import type { Options } from './options.ts';

export interface Round {
  readonly turns: number;
  /** From the first message to the last delivery mark, in milliseconds. */
  readonly ms: number;
  readonly latencies: Float64Array;
  /** Processor time of the whole machine, servers included, in milliseconds. */
  readonly cpuMs: number;
  /** What PostgreSQL wrote ahead, its background work included. */
  readonly walBytes: number;
}

export interface Result {
  readonly entrant: Entrant;
  /** By turns in flight. */
  readonly rounds: ReadonlyMap<number, readonly Round[]>;
  /** Turns that were answered, those that began the conversations included. */
  readonly turns: number;
  /** What the store held at the end. Undefined if the entrant failed before. */
  readonly stored: Readonly<Record<string, number>> | undefined;
  readonly failure: string | undefined;
}

/** An entrant while it runs. */
interface Runner {
  readonly entrant: Entrant;
  readonly instances: Instance[];
  readonly rounds: Map<number, Round[]>;
  turns: number;
  stored?: Readonly<Record<string, number>>;
  failure?: string;
}

/** Connections of the by-hand contestant. 8 and 32 were slower. */
const HAND_POOL = 16;

export async function runSideBySide(
  server: DatabaseServer,
  entrants: readonly Entrant[],
  options: Options,
  progress: (line: string) => void,
): Promise<Result[]> {
  const runners: Runner[] = entrants.map((entrant) => {
    return { entrant, instances: [], rounds: new Map(), turns: 0 };
  });
  /** An entrant that fails takes no further part. */
  async function attempt(runner: Runner, what: string, work: () => Promise<void>): Promise<void> {
    if (runner.failure !== undefined) return;
    try {
      await work();
    } catch (error) {
      runner.failure = `${what}: ${error instanceof Error ? error.message : String(error)}`;
      progress(`${runner.entrant.name} FAILED, ${runner.failure}`);
    }
  }

  try {
    const copies = copiesUnderWay(server, options);
    for (const runner of runners) {
      await attempt(runner, 'set up', () => open(runner, server, copies, options));
      progress(`${runner.entrant.name} is set up`);
    }
    for (const concurrency of options.concurrency) {
      for (const runner of runners) {
        await attempt(runner, `warm-up with ${concurrency} in flight`, async () => {
          runner.turns += (await round(server, runner, concurrency, options.warmUpSeconds)).turns;
        });
      }
      for (let index = 0; index < options.rounds; index++) {
        for (const runner of index % 2 === 0 ? runners : runners.toReversed()) {
          await attempt(runner, `round ${index + 1} with ${concurrency} in flight`, async () => {
            const measured = await round(server, runner, concurrency, options.seconds);
            runner.turns += measured.turns;
            runner.rounds.set(concurrency, [...(runner.rounds.get(concurrency) ?? []), measured]);
          });
        }
        progress(`${concurrency} in flight: round ${index + 1} of ${options.rounds} done`);
      }
    }
    for (const runner of runners) await attempt(runner, 'read back', () => readBack(runner));
  } finally {
    for (const { instances } of runners) for (const instance of instances) await instance.close();
  }
  return runners.map(({ entrant, rounds, turns, stored, failure }) => ({ entrant, rounds, turns, stored, failure }));
}

/**
 * Databases in which the runtime has begun every conversation, for itself and for the floor. One is
 * made, the others are copies.
 */
function copiesUnderWay(server: DatabaseServer, { conversations }: Options) {
  const templates = new Map<Answers, ReturnType<typeof underWay>>();
  return async (name: string, answers: Answers) => {
    const template = templates.get(answers) ?? underWay(server, `under_way_${answers}`, answers, conversations);
    templates.set(answers, template);
    return server.create(name, await template);
  };
}

async function open(
  runner: Runner,
  server: DatabaseServer,
  copies: ReturnType<typeof copiesUnderWay>,
  { conversations }: Options,
): Promise<void> {
  const { entrant, instances } = runner;
  const began = entrant.kind === 'house' && entrant.contestant !== 'by-hand';
  const database = await (began ? copies(entrant.name, entrant.answers) : server.create(entrant.name));
  const all = Array.from({ length: conversations }, (_, index) => index);
  const count = entrant.kind === 'house' ? entrant.instances : 1;
  // By affinity each instance is sent messages for its share only. Otherwise each is sent messages
  // for all, in an order of its own.
  const shares = Array.from({ length: count }, (_, instance) => {
    if (entrant.kind === 'house' && entrant.routing === 'any' && instance > 0) return all.toReversed();
    return entrant.kind === 'house' && entrant.routing === 'any' ? all : all.filter((conversation) => conversation % count === instance);
  });
  const what =
    entrant.kind === 'house'
      ? ({ kind: 'house', contestant: entrant.contestant, answers: entrant.answers, connections: HAND_POOL } as const)
      : ({ kind: 'peer', file: entrant.file, variant: entrant.variant } as const);
  for (const mine of shares) {
    const instance = startInstance();
    instances.push(instance);
    await instance.ask({ ask: 'open', what, databaseUrl: database.url, conversations, mine });
  }
  // Every conversation is in the session cache (of the runtime) and in the server's buffers (for
  // all) before anything is measured.
  for (const [index, instance] of instances.entries()) {
    await instance.ask({ ask: 'begin' });
    runner.turns += shares[index]?.length ?? 0;
  }
}

async function round(server: DatabaseServer, runner: Runner, concurrency: number, seconds: number): Promise<Round> {
  const walBefore = await server.walBytes();
  const cpuBefore = busyMs();
  const answers = await Promise.all(
    shared(concurrency, runner.instances).map(([instance, share]) => instance.ask({ ask: 'round', concurrency: share, seconds })),
  );
  const cpuMs = busyMs() - cpuBefore;
  const walBytes = (await server.walBytes()) - walBefore;
  const rounds = answers.flatMap(({ round }) => (round === undefined ? [] : [round]));
  const turns = rounds.reduce((sum, one) => sum + one.turns, 0);
  if (turns === 0) throw new Error(`no turn came to an end within ${seconds} s`);
  return {
    turns,
    ms: Math.max(...rounds.map(({ ms }) => ms)),
    latencies: Float64Array.from(rounds.flatMap(({ latencies }) => [...latencies])),
    cpuMs,
    walBytes,
  };
}

/** Turns in flight, split over the instances. An instance that would have none is left out. */
function shared(concurrency: number, instances: readonly Instance[]): [Instance, number][] {
  const shares = instances.map((instance, index): [Instance, number] => [
    instance,
    Math.floor((concurrency + instances.length - 1 - index) / instances.length),
  ]);
  return shares.filter(([, share]) => share > 0);
}

async function readBack(runner: Runner): Promise<void> {
  const [first] = runner.instances;
  if (first === undefined) throw new Error('there is no instance');
  // All instances share a store. What each left behind is stored first.
  for (const instance of runner.instances) runner.stored = (await instance.ask({ ask: 'count' })).counters ?? {};
  for (const [what, found] of Object.entries(runner.stored ?? {})) {
    if (found !== runner.turns) throw new Error(`${runner.turns} turns were answered, but the store holds ${found} ${what}`);
  }
}

function busyMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}
