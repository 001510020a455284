/**
 * One run: every contestant set up on the same server, measured in turns within each round, read back at the end.
 *
 * Invariants: rounds interleave the contestants, and every other round goes backwards, so that a slow spell of the machine
 * and what one leaves behind for the next fall on all alike. A store that does not hold every turn fails the run.
 */
import { byHandContestant } from './by-hand.ts';
import type { Contestant } from './contestant.ts';
import type { DatabaseServer } from './databases.ts';
import { floorContestant } from './floor.ts';
import { type Round, runRound } from './load.ts';
import type { Answers, ContestantName, Options } from './options.ts';
import { runtimeContestant } from './runtime.ts';
import { underWay } from './under-way.ts';

export interface Series {
  readonly contestant: Contestant['name'];
  readonly answers: Answers;
  readonly concurrency: number;
  readonly rounds: readonly (Round & { readonly walBytes: number })[];
}

export interface ReadBack {
  readonly contestant: Contestant['name'];
  readonly answers: Answers;
  readonly turns: number;
  readonly stored: Readonly<Record<string, number>>;
}

export interface Results {
  readonly series: readonly Series[];
  readonly readBack: readonly ReadBack[];
}

interface Entrant {
  readonly contestant: Contestant;
  readonly conversations: number[];
  turns: number;
}

export async function runBench(server: DatabaseServer, options: Options, progress: (line: string) => void): Promise<Results> {
  const entrants: Entrant[] = [];
  try {
    for (const answers of options.answers) {
      for (const contestant of await setUp(server, answers, options)) {
        entrants.push({ contestant, conversations: Array.from({ length: options.conversations }, (_, index) => index), turns: 0 });
      }
    }
    // Every conversation is at hand (in the runtime) and in the server's buffers (for all) before anything is measured.
    for (const entrant of entrants) {
      await Promise.all(entrant.conversations.map((conversation) => entrant.contestant.turn(conversation)));
      entrant.turns += options.conversations;
    }
    const series: Series[] = [];
    for (const concurrency of options.concurrency) series.push(...(await measure(server, entrants, concurrency, options, progress)));
    const readBack = [];
    for (const entrant of entrants) readBack.push(await check(entrant));
    return { series, readBack };
  } finally {
    for (const { contestant } of entrants) await contestant.close();
  }
}

async function setUp(server: DatabaseServer, answers: Answers, { contestants, conversations, handPool }: Options): Promise<Contestant[]> {
  const database = await underWay(server, `runtime_${answers}`, answers, conversations);
  const copy = await server.create(`floor_${answers}`, database);
  const makers: Record<ContestantName, () => Promise<Contestant>> = {
    runtime: () => runtimeContestant(database, answers, conversations),
    'by-hand': async () => byHandContestant(await server.create(`hand_${answers}`), answers, conversations, handPool),
    floor: () => floorContestant(copy, answers),
  };
  const ready: Contestant[] = [];
  for (const name of contestants) ready.push(await makers[name]());
  return ready;
}

async function measure(
  server: DatabaseServer,
  entrants: readonly Entrant[],
  concurrency: number,
  options: Options,
  progress: (line: string) => void,
): Promise<Series[]> {
  const rounds = new Map<Entrant, Series['rounds'][number][]>(entrants.map((entrant) => [entrant, []]));
  for (const entrant of entrants) {
    const round = await runRound(entrant.contestant, entrant.conversations, concurrency, options.warmUpSeconds);
    entrant.turns += round.turns;
  }
  for (let index = 0; index < options.rounds; index++) {
    for (const entrant of index % 2 === 0 ? entrants : entrants.toReversed()) {
      const before = await server.walBytes();
      const round = await runRound(entrant.contestant, entrant.conversations, concurrency, options.seconds);
      entrant.turns += round.turns;
      rounds.get(entrant)?.push({ ...round, walBytes: (await server.walBytes()) - before });
    }
    progress(`${concurrency} in flight: round ${index + 1} of ${options.rounds} done`);
  }
  return [...rounds].map(
    ([
      {
        contestant: { name, answers },
      },
      measured,
    ]) => ({ contestant: name, answers, concurrency, rounds: measured }),
  );
}

async function check({ contestant, turns }: Entrant): Promise<ReadBack> {
  await contestant.settle();
  const stored = await contestant.counters();
  for (const [what, found] of Object.entries(stored)) {
    if (found !== turns)
      throw new Error(`${contestant.name} (${contestant.answers}): ${turns} turns were answered, but the store holds ${found} ${what}`);
  }
  return { contestant: contestant.name, answers: contestant.answers, turns, stored };
}
