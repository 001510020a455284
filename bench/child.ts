/**
 * The process of one instance of an entrant, with its load generator. It has its own heap and
 * thread, so another entrant costs it nothing. It does one thing at a time, as `instance.ts`
 * requests.
 */
import type { Turns } from './contestant.ts';
import { type Database, databaseAt } from './databases.ts';
import { runRound } from './load.ts';
import { type Answer, parseQuestion, type Question } from './messages.ts';

type Opening = Extract<Question, { ask: 'open' }>;

/** Messages under way while conversations are begun. */
const BEGINNERS = 64;

let running: { readonly turns: Turns; readonly mine: number[] } | undefined;
let last: Promise<unknown> = Promise.resolve();

process.on('message', (message) => {
  last = last.then(async () => {
    const answer = await act(parseQuestion(message)).catch((error: unknown): Answer => ({ failed: describeError(error) }));
    process.send?.(answer);
  });
});
// Without the run this process ends too, with the servers that it started.
process.once('disconnect', () => process.exit());
// What fails outside of a turn fails the entrant, not this process alone.
process.once('uncaughtException', (error) => {
  console.error(describeError(error));
  process.exit(1);
});

async function act(question: Question): Promise<Answer> {
  if (question.ask === 'open') {
    running = { turns: await open(question), mine: question.mine };
    return {};
  }
  if (running === undefined) throw new Error('nothing is open');
  const { turns, mine } = running;
  switch (question.ask) {
    case 'begin': {
      const waiting = [...mine];
      const beginner = async () => {
        for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await turns.turn(next);
      };
      await Promise.all(Array.from({ length: BEGINNERS }, beginner));
      await turns.settle();
      return {};
    }
    case 'round': {
      const { turns: made, ms, latencies, cpuMs } = await runRound(turns, mine, question.concurrency, question.seconds);
      return { round: { turns: made, ms, latencies: Float64Array.from(latencies), cpuMs } };
    }
    case 'count':
      await turns.settle();
      return { counters: { ...(await turns.counters()) } };
    case 'close':
      running = undefined;
      await turns.close();
      return {};
  }
}

async function open({ what, databaseUrl, conversations }: Opening): Promise<Turns> {
  const database = databaseAt(databaseUrl);
  if (what.kind === 'house') return openHouse(what, database, conversations);
  // The name of the import is made at run time, so the packages of the peers need not be installed
  // if none of them takes part.
  const peer: { readonly open: (place: { database: Database; conversations: number; variant: string }) => Promise<Turns> } = await import(
    new URL(`./peers/${what.file}`, import.meta.url).href
  );
  return peer.open({ database, conversations, variant: what.variant });
}

async function openHouse(
  { contestant, answers, connections }: Extract<Opening['what'], { kind: 'house' }>,
  database: Database,
  conversations: number,
): Promise<Turns> {
  switch (contestant) {
    case 'runtime':
      return (await import('./runtime.ts')).runtimeContestant(database, answers, conversations);
    case 'by-hand':
      return (await import('./by-hand.ts')).byHandContestant(database, answers, conversations, connections);
    case 'floor':
      return (await import('./floor.ts')).floorContestant(database, answers);
  }
}

function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `: ${describeError(error.cause)}`;
  return `${error.message}${cause}`;
}
