/**
 * One run. Every contestant is set up on the same server, in a process of its own. They are
 * measured in turns within each round. At the end their stores are read back.
 *
 * Invariants
 * 1. Rounds interleave the contestants, and every other round goes backwards. So a slow spell of
 *    the machine, and what one leaves behind for the next, affect all alike.
 * 2. No contestant shares its heap or compiled code with another.
 * 3. A store that does not hold every turn fails the run.
 */
import type { DatabaseServer } from './databases.ts';
import { type Instance, startInstance } from './instance.ts';
import type { Answers, ContestantName, Options } from './options.ts';
import { underWay } from './under-way.ts';

export interface Round {
  readonly turns: number;
  /** From the first message to the last delivery mark, in milliseconds. */
  readonly ms: number;
  /** Of each turn, in milliseconds, in no order. */
  readonly latencies: Float64Array;
  /** Processor time of the contestant's process, load generator included, in milliseconds. */
  readonly cpuMs: number;
  readonly walBytes: number;
}

export interface Series {
  readonly contestant: ContestantName;
  readonly answers: Answers;
  readonly concurrency: number;
  readonly rounds: readonly Round[];
}

export interface ReadBack {
  readonly contestant: ContestantName;
  readonly answers: Answers;
  readonly turns: number;
  readonly stored: Readonly<Record<string, number>>;
}

export interface Results {
  readonly series: readonly Series[];
  readonly readBack: readonly ReadBack[];
}

interface Entrant {
  readonly contestant: ContestantName;
  readonly answers: Answers;
  readonly instance: Instance;
  turns: number;
}

export async function runBench(server: DatabaseServer, options: Options, progress: (line: string) => void): Promise<Results> {
  const entrants: Entrant[] = [];
  try {
    for (const answers of options.answers) await setUp(server, answers, options, entrants);
    // Every conversation is in the session cache (of the runtime) and in the server's buffers (for
    // all) before anything is measured.
    for (const entrant of entrants) {
      await entrant.instance.ask({ ask: 'begin' });
      entrant.turns += options.conversations;
    }
    const series: Series[] = [];
    for (const concurrency of options.concurrency) series.push(...(await measure(server, entrants, concurrency, options, progress)));
    const readBack = [];
    for (const entrant of entrants) readBack.push(await check(entrant));
    return { series, readBack };
  } finally {
    for (const { instance } of entrants) await instance.close();
  }
}

async function setUp(server: DatabaseServer, answers: Answers, options: Options, entrants: Entrant[]): Promise<void> {
  const { contestants, conversations, handPool: connections } = options;
  const database = await underWay(server, `runtime_${answers}`, answers, conversations);
  const copy = await server.create(`floor_${answers}`, database);
  const places: Record<ContestantName, () => Promise<{ readonly url: string }>> = {
    runtime: async () => database,
    'by-hand': () => server.create(`hand_${answers}`),
    floor: async () => copy,
  };
  const mine = Array.from({ length: conversations }, (_, index) => index);
  for (const contestant of contestants) {
    const entrant = { contestant, answers, instance: startInstance(), turns: 0 };
    entrants.push(entrant);
    const what = { kind: 'house', contestant, answers, connections } as const;
    await entrant.instance.ask({ ask: 'open', what, databaseUrl: (await places[contestant]()).url, conversations, mine });
  }
}

async function measure(
  server: DatabaseServer,
  entrants: readonly Entrant[],
  concurrency: number,
  options: Options,
  progress: (line: string) => void,
): Promise<Series[]> {
  const rounds = new Map<Entrant, Round[]>(entrants.map((entrant) => [entrant, []]));
  for (const entrant of entrants) await round(server, entrant, concurrency, options.warmUpSeconds);
  for (let index = 0; index < options.rounds; index++) {
    for (const entrant of index % 2 === 0 ? entrants : entrants.toReversed()) {
      rounds.get(entrant)?.push(await round(server, entrant, concurrency, options.seconds));
    }
    progress(`${concurrency} in flight: round ${index + 1} of ${options.rounds} done`);
  }
  return [...rounds].map(([{ contestant, answers }, measured]) => ({ contestant, answers, concurrency, rounds: measured }));
}

async function round(server: DatabaseServer, entrant: Entrant, concurrency: number, seconds: number): Promise<Round> {
  const before = await server.walBytes();
  const { round } = await entrant.instance.ask({ ask: 'round', concurrency, seconds });
  if (!round) throw new Error(`${entrant.contestant} (${entrant.answers}): its process told of no round`);
  entrant.turns += round.turns;
  return { ...round, walBytes: (await server.walBytes()) - before };
}

async function check({ contestant, answers, instance, turns }: Entrant): Promise<ReadBack> {
  const { counters: stored = {} } = await instance.ask({ ask: 'count' });
  for (const [what, found] of Object.entries(stored)) {
    if (found !== turns) throw new Error(`${contestant} (${answers}): ${turns} turns were answered, but the store holds ${found} ${what}`);
  }
  return { contestant, answers, turns, stored };
}
