/** What a run found, as one document and as tables. */
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { median, percentile } from './load.ts';
import type { Answers, ContestantName, Options } from './options.ts';
import type { Results, Series } from './run.ts';

export interface Figures {
  readonly contestant: ContestantName;
  readonly answers: Answers;
  /** Turns in flight. */
  readonly concurrency: number;
  /** Durable, answered turns in a second, the median of the rounds. */
  readonly turnsPerSecond: number;
  readonly rounds: readonly number[];
  /** Of all rounds together. */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number };
  /** Of the contestant's process, load generator included, the median of the rounds. */
  readonly cpuMicrosPerTurn: number;
  /** Of the server, so what it does in the background is included. The median of the rounds. */
  readonly walBytesPerTurn: number;
}

export interface Comparison {
  readonly answers: Answers;
  readonly concurrency: number;
  readonly runtimeToByHand: number | null;
  readonly runtimeToFloor: number | null;
  /** Below 1 if the runtime's is shorter. */
  readonly p50RuntimeToByHand: number | null;
}

export interface Aim {
  readonly aim: string;
  readonly answers: Answers;
  readonly concurrency: number;
  readonly found: number;
  readonly met: boolean;
}

export interface Report {
  readonly environment: Readonly<Record<string, unknown>>;
  readonly parameters: Omit<Options, 'url' | 'json'> & { readonly server: 'embedded' | 'given' };
  readonly figures: readonly Figures[];
  readonly comparisons: readonly Comparison[];
  readonly aims: readonly Aim[];
  readonly readBack: Results['readBack'];
}

export function reportOf(results: Results, { url, json: _json, ...options }: Options, postgres: Readonly<Record<string, string>>): Report {
  const figures = results.series.map(figuresOf);
  const comparisons = options.answers.flatMap((answers) =>
    options.concurrency.map((concurrency) => compare(figures, answers, concurrency)),
  );
  return {
    environment: {
      date: new Date().toISOString(),
      node: process.version,
      cpus: availableParallelism(),
      cpu: cpus()[0]?.model ?? 'unknown',
      // Of the last 1, 5 and 15 minutes, with this run's own. If it is above the number of CPUs and
      // half, other processes were at work too.
      loadAverage: loadavg().map(rounded),
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      postgres,
    },
    parameters: { ...options, server: url === undefined ? 'embedded' : 'given' },
    figures,
    comparisons,
    aims: comparisons.flatMap(aimsOf),
    readBack: results.readBack,
  };
}

function figuresOf({ contestant, answers, concurrency, rounds }: Series): Figures {
  const speeds = rounds.map(({ turns, ms }) => (turns / ms) * 1_000);
  const latencies = rounds.flatMap((round) => [...round.latencies]);
  const [p50, p95, p99, max] = [50, 95, 99, 100].map((percent) => rounded(percentile(latencies, percent)));
  return {
    contestant,
    answers,
    concurrency,
    turnsPerSecond: Math.round(median(speeds)),
    rounds: speeds.map(Math.round),
    latencyMs: { p50: p50 ?? 0, p95: p95 ?? 0, p99: p99 ?? 0, max: max ?? 0 },
    cpuMicrosPerTurn: Math.round(median(rounds.map(({ cpuMs, turns }) => (cpuMs * 1_000) / turns))),
    walBytesPerTurn: Math.round(median(rounds.map(({ walBytes, turns }) => walBytes / turns))),
  };
}

function compare(figures: readonly Figures[], answers: Answers, concurrency: number): Comparison {
  const find = (name: ContestantName) =>
    figures.find((one) => one.contestant === name && one.answers === answers && one.concurrency === concurrency);
  const [runtime, hand, floor] = [find('runtime'), find('by-hand'), find('floor')];
  const ratio = (a: number | undefined, b: number | undefined) => (a === undefined || b === undefined ? null : rounded(a / b));
  return {
    answers,
    concurrency,
    runtimeToByHand: ratio(runtime?.turnsPerSecond, hand?.turnsPerSecond),
    runtimeToFloor: ratio(runtime?.turnsPerSecond, floor?.turnsPerSecond),
    p50RuntimeToByHand: ratio(runtime?.latencyMs.p50, hand?.latencyMs.p50),
  };
}

function aimsOf({ answers, concurrency, runtimeToByHand, runtimeToFloor, p50RuntimeToByHand }: Comparison): Aim[] {
  const aims: Aim[] = [];
  const add = (aim: string, found: number | null, met: (found: number) => boolean) => {
    if (found !== null) aims.push({ aim, answers, concurrency, found, met: met(found) });
  };
  if (concurrency === 1) add('p50 shorter than by hand', p50RuntimeToByHand, (found) => found < 1);
  if (concurrency === 64 || concurrency === 512) {
    add('at least 4 times by hand', runtimeToByHand, (found) => found >= 4);
    add('at least half of the floor', runtimeToFloor, (found) => found >= 0.5);
  }
  return aims;
}

/** Three digits that count. */
function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

const NAMES: Record<ContestantName, string> = { runtime: '(a) this runtime', 'by-hand': '(b) by hand', floor: '(c) floor' };
const TITLES: Record<Answers, string> = {
  live: 'Answer to those who watch (a session row and a journal row a turn)',
  journal: 'Answer to a reader of the journal, as in the web chat (a session row and two journal rows a turn)',
  outbox: 'Answer through the outbox (a session row, two journal rows, an outbox row and its delivery mark a turn)',
};

/** Markdown. */
export function tables({ environment, parameters, figures, comparisons, aims, readBack }: Report): string {
  const lines = [
    `Node ${environment.node}, ${environment.cpus} CPUs (${environment.cpu}), ${environment.memoryGiB} GiB, load ${String(environment.loadAverage)}`,
  ];
  lines.push(
    Object.entries(Object(environment.postgres))
      .map(([name, value]) => `${name} ${value}`)
      .join(', '),
  );
  lines.push(`${parameters.conversations} conversations, ${parameters.rounds} rounds of ${parameters.seconds} s, interleaved`);
  for (const answers of parameters.answers) {
    lines.push('', `### ${TITLES[answers]}`, '');
    lines.push(
      '| in flight | | turns/s | p50 ms | p95 ms | p99 ms | CPU µs/turn | WAL bytes/turn | a ÷ b | a ÷ c |',
      '| --: | :-- | --: | --: | --: | --: | --: | --: | --: | --: |',
    );
    for (const one of figures.filter((figure) => figure.answers === answers)) {
      const { p50, p95, p99 } = one.latencyMs;
      const against = comparisons.find((comparison) => comparison.answers === answers && comparison.concurrency === one.concurrency);
      const ratios = one.contestant === 'runtime' ? `${against?.runtimeToByHand ?? ''} | ${against?.runtimeToFloor ?? ''}` : ' | ';
      lines.push(
        `| ${one.concurrency} | ${NAMES[one.contestant]} | ${one.turnsPerSecond} | ${p50} | ${p95} | ${p99} | ${one.cpuMicrosPerTurn} | ${one.walBytesPerTurn} | ${ratios} |`,
      );
    }
  }
  lines.push('');
  for (const { aim, answers, concurrency, found, met } of aims)
    lines.push(`${met ? 'met' : 'MISSED'}: ${aim} (${answers}, ${concurrency} in flight): ${found}`);
  lines.push(
    '',
    `Read back: ${readBack.map(({ contestant, answers, turns }) => `${contestant}/${answers} ${turns}`).join(', ')} turns, all there.`,
  );
  return lines.join('\n');
}
