/** The questions of the benchmark about a month, with the time that each takes. */

import { type AnalyticsApi, type Asked, analyticsApi } from '#console/analytics/analytics-api.ts';
import { pageFigures } from '#console/analytics/page-figures.ts';
import { analyticsFigures, customerRetention } from '#src/operations/analytics.ts';
import { figuresOf, type Split } from '#src/operations/analytics-figures.ts';
import { MEASURE_NAMES, type MeasureName, measureOf } from '#src/operations/analytics-measures.ts';
import { dateOfDay, stepsOf } from '#src/operations/analytics-ranges.ts';
import { runOperation } from '#src/operations/operation.ts';
import type { RollupFilter, Rollups } from '#storage/rollups.ts';
import { testContext } from '#test/src/operations/test-context.ts';

export interface QuestionsOptions {
  readonly rollups: Rollups;
  /** The first day of the month, since the epoch, and the number of its days. */
  readonly from: number;
  readonly days: number;
  readonly timeZone: string;
  readonly repeat: number;
}

interface Timed {
  readonly name: string;
  readonly p50: number;
  readonly p95: number;
}

export async function askQuestions(options: QuestionsOptions, print: (line: string) => void): Promise<void> {
  print('| question about a month, by day | p50 ms | p95 ms |\n| :-- | --: | --: |');
  for await (const { name, p50, p95 } of questions(options)) print(`| ${name} | ${p50} | ${p95} |`);
}

async function* questions({ rollups, from, days, timeZone, repeat }: QuestionsOptions): AsyncGenerator<Timed> {
  const timed = async (name: string, ask: () => Promise<unknown>): Promise<Timed> => {
    const times: number[] = [];
    for (let count = 0; count < repeat; count += 1) {
      const began = performance.now();
      await ask();
      times.push(performance.now() - began);
    }
    const sorted = times.toSorted((a, b) => a - b);
    const at = (share: number): number => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
    return { name, p50: at(0.5), p95: at(0.95) };
  };
  const { edges } = stepsOf({ timeZone, from, to: from + days }, 'day', 'monday');
  const figures = (names: readonly MeasureName[], filter: RollupFilter = {}, by?: Split) =>
    figuresOf(rollups, names, { filter, edges, by, top: 20, now: Date.now() });

  for (const name of MEASURE_NAMES) {
    const { dimensions, keys } = measureOf(name);
    yield timed(name, () => figures([name]));
    const splits = [...dimensions, ...(keys === undefined ? [] : (['key'] as const))];
    const split: Timed[] = [];
    for (const by of splits) split.push(await timed(`${name} by ${by}`, () => figures([name], {}, by)));
    const slowest = split.toSorted((a, b) => b.p95 - a.p95)[0];
    if (slowest !== undefined) yield { ...slowest, name: `its slowest split, ${slowest.name}` };
  }
  yield timed('all measures at once', () => figures(MEASURE_NAMES));
  const filters = [{ channel: 'web' }, { agent: 'agent-3' }, { agent: 'agent-3', channel: 'web' }, { channel: 'web', queue: 'sales' }];
  for (const filter of filters) yield timed(`all measures of ${Object.values(filter).join(' and ')}`, () => figures(MEASURE_NAMES, filter));

  const range = { from: edges[0] ?? 0, to: edges.at(-1) ?? 0 };
  yield timed('sessions that were opened', () => rollups.listedSessions({ ...range, filter: {} }, 30));
  for (const label of ['outcome:completed', 'outcome:abandoned', 'handover:request', 'intent:complaint', 'rating:9'])
    yield timed(`sessions of ${label}`, () => rollups.listedSessions({ ...range, filter: {}, label }, 30));
  const rare = { ...range, filter: { agent: 'nobody' }, label: 'outcome:completed' };
  yield timed('sessions of outcome:completed, of an agent with none', () => rollups.listedSessions(rare, 30));

  const api = apiOver(rollups);
  for (const filter of [{}, { channel: 'web' }, { agent: 'agent-3', channel: 'web' }]) {
    const asked: Asked = { from: dateOfDay(from), to: dateOfDay(from + days - 1), timeZone, filter };
    const of = Object.values(filter).join(' and ');
    yield timed(`the page, with the month before${of === '' ? '' : `, of ${of}`}`, () =>
      pageFigures(api, asked, { step: 'day', compare: true }),
    );
  }
}

/** What the page asks, without HTTP. */
function apiOver(rollups: Rollups): AnalyticsApi {
  const { context } = testContext({ rollups, now: Date.now, checkResults: false });
  const request = (_method: string, path: string): Promise<unknown> => {
    const { pathname, searchParams } = new URL(path, 'http://page');
    if (pathname === '/agents') return Promise.resolve({ agents: [] });
    const { compare, top, ...input } = Object.fromEntries(searchParams);
    if (pathname === '/analytics/retention') return runOperation(customerRetention, context, () => input);
    const given = { ...input, compare: compare === 'true', ...(top === undefined ? {} : { top: Number(top) }) };
    return runOperation(analyticsFigures, context, () => given);
  };
  return analyticsApi(request, () => Promise.reject(new Error('the page saves nothing here')));
}
