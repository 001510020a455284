/**
 * Measures two checkouts of this project in turns on one PostgreSQL. Each checkout measures its own
 * runtime by its own `bench/main.ts`.
 *
 * Invariant
 * Every other round goes backwards (A B, B A, …), so that a slow spell of the machine affects both
 * alike.
 */
import { spawn } from 'node:child_process';
import * as z from 'zod';
import { median } from '../load.ts';

export interface AgainstOptions {
  /** Folders. The ratio is the second one's figure over the first one's. */
  readonly checkouts: readonly [string, string];
  /** Which kind of answer of the first is compared with which of the second. */
  readonly kinds: readonly { readonly before: string; readonly after: string }[];
  readonly concurrency: readonly number[];
  /** Runs of each checkout. */
  readonly rounds: number;
  /** Of one measurement. */
  readonly seconds: number;
  readonly conversations: number;
  readonly url: string;
}

export interface Compared {
  readonly before: string;
  readonly after: string;
  readonly concurrency: number;
  /** Medians of the rounds, of the first checkout and of the second. */
  readonly turnsPerSecond: readonly [number, number];
  readonly p50Ms: readonly [number, number];
  readonly walBytesPerTurn: readonly [number, number];
  readonly cpuMicrosPerTurn: readonly [number, number];
  /** Medians of the ratios of the rounds. More turns and a shorter p50 are better. */
  readonly ratio: { readonly turns: number; readonly p50: number };
  /** The lowest and the highest ratio of turns of a round. */
  readonly spread: readonly [number, number];
}

const reportSchema = z.object({
  figures: z.array(
    z.object({
      answers: z.string(),
      concurrency: z.number(),
      turnsPerSecond: z.number(),
      latencyMs: z.object({ p50: z.number() }),
      cpuMicrosPerTurn: z.number(),
      walBytesPerTurn: z.number(),
    }),
  ),
});
type Figure = z.infer<typeof reportSchema>['figures'][number];

export async function runAgainst(options: AgainstOptions, progress: (line: string) => void): Promise<Compared[]> {
  const { checkouts, kinds, rounds } = options;
  const measured: Figure[][][] = [];
  for (let round = 0; round < rounds; round++) {
    const figures: Figure[][] = [[], []];
    for (const side of round % 2 === 0 ? [0, 1] : [1, 0]) {
      const answers = new Set(kinds.map(({ before, after }) => (side === 0 ? before : after)));
      figures[side] = await measure(checkouts[side === 0 ? 0 : 1], [...answers], options);
    }
    measured.push(figures);
    progress(`round ${round + 1} of ${rounds} done`);
  }
  return kinds.flatMap((kind) => options.concurrency.map((concurrency) => compare(measured, kind, concurrency)));
}

function measure(folder: string, answers: readonly string[], options: AgainstOptions): Promise<Figure[]> {
  const { concurrency, seconds, conversations, url } = options;
  const args = ['bench/main.ts', '--json', '--only', 'runtime', '--rounds', '1', '--warm-up', '1'];
  const values = ['--answers', answers.join(','), '--concurrency', concurrency.join(','), '--seconds', String(seconds)];
  const place = ['--conversations', String(conversations), '--url', url];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args, ...values, ...place], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(reportSchema.parse(JSON.parse(out)).figures);
      else reject(new Error(`the benchmark of ${folder} ended with ${code}: ${errors}`));
    });
  });
}

function compare(
  measured: readonly (readonly (readonly Figure[])[])[],
  { before, after }: { readonly before: string; readonly after: string },
  concurrency: number,
): Compared {
  const of = (side: 0 | 1, answers: string): Figure[] =>
    measured.map((sides) => {
      const found = sides[side]?.find((one) => one.answers === answers && one.concurrency === concurrency);
      if (found === undefined) throw new Error(`nothing was measured of ${answers} with ${concurrency} in flight`);
      return found;
    });
  const [first, second] = [of(0, before), of(1, after)];
  const both = (value: (figure: Figure) => number): readonly [number, number] => [median(first.map(value)), median(second.map(value))];
  const ratios = (value: (figure: Figure) => number): number[] =>
    second.map((figure, round) => value(figure) / value(first[round] ?? figure));
  const turns = ratios(({ turnsPerSecond }) => turnsPerSecond);
  return {
    before,
    after,
    concurrency,
    turnsPerSecond: both(({ turnsPerSecond }) => turnsPerSecond),
    p50Ms: both(({ latencyMs }) => latencyMs.p50),
    walBytesPerTurn: both(({ walBytesPerTurn }) => walBytesPerTurn),
    cpuMicrosPerTurn: both(({ cpuMicrosPerTurn }) => cpuMicrosPerTurn),
    ratio: { turns: median(turns), p50: median(ratios(({ latencyMs }) => latencyMs.p50)) },
    spread: [Math.min(...turns), Math.max(...turns)],
  };
}
