/** What a run side by side found, as one document. */
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { median, percentile } from '../load.ts';
import { type Goal, goalsOf } from './goals.ts';
import type { Options } from './options.ts';
import type { Result, Round } from './run.ts';

export interface Figures {
  readonly name: string;
  readonly title: string;
  readonly durable: boolean;
  /** Turns in flight. */
  readonly concurrency: number;
  /** Answered turns in a second, the median of the rounds. */
  readonly turnsPerSecond: number;
  readonly rounds: readonly number[];
  /** Of all rounds together. */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number };
  /** Of the whole machine, servers and load generator included, the median of the rounds. */
  readonly cpuMicrosPerTurn: number;
  /** Of PostgreSQL, the median of the rounds. Null for a store of another kind. */
  readonly walBytesPerTurn: number | null;
  /**
   * How many times as many turns a second the runtime makes, by its kind of turn. Null if it was
   * not measured.
   */
  readonly timesOfIt: { readonly live: number | null; readonly outbox: number | null };
}

export interface Report {
  readonly environment: Readonly<Record<string, unknown>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly parameters: Omit<Options, 'url' | 'json'>;
  readonly figures: readonly Figures[];
  readonly goals: readonly Goal[];
  readonly failures: readonly { readonly name: string; readonly why: string }[];
  readonly readBack: readonly { readonly name: string; readonly turns: number; readonly stored: Readonly<Record<string, number>> }[];
}

export function reportOf(
  results: readonly Result[],
  { url: _url, json: _json, ...parameters }: Options,
  postgres: Readonly<Record<string, string>>,
  versions: Readonly<Record<string, string>>,
): Report {
  const figures = parameters.concurrency.flatMap((concurrency) => figuresAt(results, concurrency));
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
    versions,
    parameters,
    figures,
    goals: parameters.concurrency.filter((concurrency) => concurrency > 1).flatMap((concurrency) => goalsOf(figures, concurrency)),
    failures: results.flatMap(({ entrant: { name }, failure }) => (failure === undefined ? [] : [{ name, why: failure }])),
    readBack: results.flatMap(({ entrant: { name }, turns, stored, failure }) =>
      stored === undefined || failure !== undefined ? [] : [{ name, turns, stored }],
    ),
  };
}

function figuresAt(results: readonly Result[], concurrency: number): Figures[] {
  const speedOf = (wanted: string) => {
    const found = results.find(({ entrant }) => entrant.name === wanted)?.rounds.get(concurrency);
    return found === undefined ? undefined : median(found.map(speed));
  };
  const [live, outbox] = [speedOf('runtime-live'), speedOf('runtime-outbox')];
  return results.flatMap(({ entrant, rounds: all }) => {
    const rounds = all.get(concurrency);
    if (rounds === undefined) return [];
    const latencies = rounds.flatMap((round) => [...round.latencies]);
    const [p50, p95, p99, max] = [50, 95, 99, 100].map((percent) => rounded(percentile(latencies, percent)));
    const own = median(rounds.map(speed));
    return {
      name: entrant.name,
      title: entrant.title,
      durable: entrant.kind === 'house' || entrant.durable,
      concurrency,
      turnsPerSecond: Math.round(own),
      rounds: rounds.map((round) => Math.round(speed(round))),
      latencyMs: { p50: p50 ?? 0, p95: p95 ?? 0, p99: p99 ?? 0, max: max ?? 0 },
      cpuMicrosPerTurn: Math.round(median(rounds.map(({ cpuMs, turns }) => (cpuMs * 1_000) / turns))),
      walBytesPerTurn:
        entrant.kind === 'house' || entrant.store === 'postgres'
          ? Math.round(median(rounds.map(({ walBytes, turns }) => walBytes / turns)))
          : null,
      timesOfIt: {
        live: live === undefined ? null : rounded(live / own),
        outbox: outbox === undefined ? null : rounded(outbox / own),
      },
    };
  });
}

function speed({ turns, ms }: Round): number {
  return (turns / ms) * 1_000;
}

/** Three digits that count. */
function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
