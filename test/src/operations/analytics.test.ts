/**
 * Figures over roll-ups that the test wrote, the days of zones, and CSV that no spreadsheet runs.
 */

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { agentCaller } from '#src/agents/scopes.ts';
import { withDays } from '#src/analytics/active-customers.ts';
import { analyticsFigures, analyticsSessions, customerRetention, exportFigures, listMeasures } from '#src/operations/analytics.ts';
import { dayOfDate, rangeBefore, stepsOf } from '#src/operations/analytics-ranges.ts';
import { csvOf } from '#src/operations/csv.ts';
import { durationClass, percentile } from '#src/operations/duration-classes.ts';
import { runOperation } from '#src/operations/operation.ts';
import { BUCKET_MS, type RollupCount, type Rollups } from '#storage/rollups.ts';
import { bytesIn } from '#test/file-bytes.ts';
import { testContext } from './test-context.ts';

const HOUR = 3_600_000;
const bucketOf = (iso: string): number => Math.floor(Date.parse(iso) / BUCKET_MS);
const range = (timeZone: string, from: string, to: string) => ({ timeZone, from: dayOfDate(from) ?? 0, to: dayOfDate(to) ?? 0 });

async function apply(rollups: Rollups, counts: readonly Partial<RollupCount>[]): Promise<void> {
  const whole = counts.map((count) => ({
    ...{ measure: 'opened', bucket: 0, assistant: 'companion', channel: 'web', queue: '', agent: '', key: '', n: 1, total: 0 },
    ...count,
  }));
  const { position } = await rollups.rollupProgress();
  await rollups.applyRollup({ position, sessions: [], counts: whole, labels: [], customers: [], marks: [], backTo: null, complete: true });
}

describe('the days of a zone', () => {
  test('have as many hours as its clocks show', () => {
    const hours = (zone: string, from: string, to: string): number[] => {
      const { times } = stepsOf(range(zone, from, to), 'day', 'monday');
      return times.slice(1).map((time, index) => (time - (times[index] ?? 0)) / HOUR);
    };
    expect(hours('Europe/Berlin', '2026-03-28', '2026-03-31')).toEqual([24, 23, 24]);
    expect(hours('Africa/Cairo', '2026-10-29', '2026-11-01')).toEqual([25, 24, 24]);
    expect(hours('Asia/Kolkata', '2026-11-01', '2026-11-03')).toEqual([24, 24]);
  });

  test('begin at a bucket in every zone', () => {
    for (const zone of Intl.supportedValuesOf('timeZone')) {
      const { times, edges } = stepsOf(range(zone, '2026-11-01', '2026-11-03'), 'day', 'monday');
      expect([zone, times.map((time) => time / BUCKET_MS)]).toEqual([zone, edges]);
    }
  });

  test('make weeks and months, cut at the ends of the range', () => {
    const starts = (step: 'week' | 'month', weekStart: 'monday' | 'saturday' | 'sunday') =>
      stepsOf(range('UTC', '2026-10-28', '2026-11-12'), step, weekStart).times.map((time) => new Date(time).toISOString().slice(5, 10));
    expect(starts('week', 'monday')).toEqual(['10-28', '11-02', '11-09', '11-12']);
    expect(starts('week', 'saturday')).toEqual(['10-28', '10-31', '11-07', '11-12']);
    expect(starts('week', 'sunday')).toEqual(['10-28', '11-01', '11-08', '11-12']);
    expect(starts('month', 'monday')).toEqual(['10-28', '11-01', '11-12']);
  });

  test('are compared with as many before, and a month with a month', () => {
    expect(rangeBefore(range('UTC', '2026-03-01', '2026-04-01'))).toEqual(range('UTC', '2026-02-01', '2026-03-01'));
    expect(rangeBefore(range('UTC', '2026-03-02', '2026-03-09'))).toEqual(range('UTC', '2026-02-23', '2026-03-02'));
    expect(dayOfDate('2026-02-30')).toBeUndefined();
  });
});

test('a percentile is within 9 % of the exact one', () => {
  const durations = fc.array(fc.integer({ min: 1, max: 10_000_000 }), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(durations, fc.constantFrom(0.5, 0.9, 0.99), (all, share) => {
      const sorted = all.toSorted((a, b) => a - b);
      const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? 0;
      const classes = [...Map.groupBy(all, durationClass)].map(([key, { length }]) => ({ key, n: length }));
      const found = percentile(classes, share) ?? 0;
      expect(Math.abs(found - exact)).toBeLessThanOrEqual(1 + exact * 0.0906);
    }),
  );
  expect(percentile([], 0.5)).toBeNull();
});

test('customers amount to the same in whatever order their days are learnt', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 20_000, max: 20_400 }), { minLength: 1, maxLength: 12 }), (days) => {
      const sumsOf = (order: readonly number[]) => {
        const sums = new Map<string, number>();
        let customer = { key: 'k', days: [] as readonly number[] };
        for (const day of order) {
          const activity = withDays(customer, [day], { assistant: 'a', channel: 'web' });
          if (activity === undefined) throw new Error('the day is new');
          customer = activity.customer;
          for (const { measure, bucket, key, n } of activity.counts) {
            const place = `${measure} ${bucket} ${key}`;
            sums.set(place, (sums.get(place) ?? 0) + n);
          }
        }
        return Object.fromEntries([...sums].filter(([, n]) => n !== 0).toSorted());
      };
      expect(sumsOf(days)).toEqual(sumsOf(days.toSorted((a, b) => b - a)));
    }),
  );
});

test('no cell of a CSV is a formula', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom('=', '+', '-', '@', '\t', '\r', ' =', '|', '%', '＝'), (text, first) => {
      const [, line = ''] = csvOf(['a'], [[first + text]]).split(/\r\n(?=")/);
      expect(line.startsWith(`"'`)).toBe(true);
    }),
  );
  expect(
    csvOf(
      ['name', 'n'],
      [
        ['a "b", c', -3],
        ['ن', null],
      ],
    ),
  ).toBe('\uFEFFname,n\r\n"a ""b"", c",-3\r\nن,\r\n');
});

describe('figures', () => {
  const ask = { from: '2026-11-01', to: '2026-11-02', timeZone: 'Asia/Kolkata' };

  test('are of the days of the zone, beside those before', async () => {
    const { context, lifecycle } = testContext({ now: () => Date.parse('2026-11-10T00:00:00Z') });
    await apply(lifecycle.rollups, [
      { bucket: bucketOf('2026-10-31T18:15:00Z') },
      { bucket: bucketOf('2026-10-31T18:30:00Z'), n: 2 },
      { bucket: bucketOf('2026-11-01T18:30:00Z'), n: 4, channel: 'telegram' },
      { bucket: bucketOf('2026-11-02T18:30:00Z'), n: 8 },
      { measure: 'cost', bucket: bucketOf('2026-11-01T10:00:00Z'), key: 'model', n: 3, total: 3_000 },
    ]);
    const measures = 'sessions,cost_per_session,human_first_response';
    const found = await runOperation(analyticsFigures, context, () => ({ ...ask, measures, step: 'day', compare: true }));
    expect(found.starts).toEqual([Date.parse('2026-10-31T18:30:00Z'), Date.parse('2026-11-01T18:30:00Z')]);
    expect(found.measures[0]?.groups[0]).toMatchObject({ total: { value: 6 }, before: { value: 1 }, steps: [{ value: 2 }, { value: 4 }] });
    expect(found.measures[1]?.groups[0]?.total).toEqual({ value: 500, n: 6 });
    expect(found.measures[2]?.groups[0]?.total).toMatchObject({ value: null, n: 0 });
    const split = await runOperation(analyticsFigures, context, () => ({ ...ask, measures: 'sessions', by: 'channel', top: 1 }));
    expect(split.measures[0]?.groups.map(({ name, total }) => [name, total.value])).toEqual([
      ['telegram', 4],
      ['…', 2],
    ]);
    const unfit = await runOperation(analyticsFigures, context, () => ({ ...ask, measures: 'sessions,wait', queue: 'sales' }));
    expect(unfit.measures.map(({ available }) => available)).toEqual([false, true]);
  });

  test('average customers over the days that have come', async () => {
    const { context, lifecycle } = testContext({ now: () => Date.parse('2026-11-02T08:00:00Z') });
    for (const [date, n] of [
      ['2026-11-01', 4],
      ['2026-11-02', 2],
    ] as const)
      await apply(lifecycle.rollups, [{ measure: 'active_days', bucket: bucketOf(`${date}T12:00:00Z`), n }]);
    const input = { from: '2026-11-01', to: '2026-11-30', measures: 'active_customers_daily,active_customers_weekly' };
    const { measures } = await runOperation(analyticsFigures, context, () => input);
    expect(measures.map(({ groups }) => groups[0]?.total.value)).toEqual([3, 0]);
  });

  test('are lines of a CSV', async () => {
    const { context, lifecycle } = testContext();
    await apply(lifecycle.rollups, [{ measure: 'questions', bucket: bucketOf('2026-11-01T10:00:00Z'), key: '=cmd' }]);
    const file = await runOperation(exportFigures, context, () => ({ ...ask, measures: 'questions', by: 'key' }));
    const [head, line] = new TextDecoder().decode(await bytesIn(file)).split('\r\n');
    expect(file.name).toBe('analytics-2026-11-01-2026-11-02.csv');
    expect(head).toBe('measure,unit,split,group,begins,ends,value,n,p90,p99,mean');
    expect(line).toBe(`questions,number,key,"'=cmd",2026-10-31T18:30:00.000Z,2026-11-02T18:30:00.000Z,1,1,,,`);
  });

  test('are refused for what cannot be', async () => {
    const { context } = testContext();
    const wrong = [
      { measures: 'nothing' },
      { measures: 'all', to: '2026-10-01' },
      { measures: 'all', timeZone: 'Mars/Base' },
      { measures: 'all', from: '2026-02-30' },
      { measures: 'all', from: '2020-01-01' },
      { measures: 'all', from: '2026-01-01', step: 'hour' },
    ];
    for (const input of wrong) await expect(runOperation(analyticsFigures, context, () => ({ ...ask, ...input }))).rejects.toThrow(/:/);
    await expect(runOperation(analyticsSessions, context, () => ({ ...ask, measure: 'sessions', key: 'x' }))).rejects.toThrow('keeps no');
  });

  test('are for supervisors', async () => {
    const agent = { id: 'maha', name: 'Maha' };
    const { context } = testContext({ caller: agentCaller({ ...agent, role: 'agent' }) });
    await expect(runOperation(listMeasures, context, () => ({}))).rejects.toThrow('analytics:read');
    const { context: allowed } = testContext({ caller: agentCaller({ ...agent, role: 'supervisor' }) });
    expect((await runOperation(listMeasures, allowed, () => ({}))).measures.length).toBeGreaterThan(30);
  });

  test('of customers who came back are by their first week', async () => {
    const { context, lifecycle } = testContext({ now: () => Date.parse('2026-11-18T00:00:00Z') });
    const monday = bucketOf('2026-11-02T12:00:00Z');
    await apply(lifecycle.rollups, [
      { measure: 'cohorts', bucket: monday, key: '0', n: 10 },
      { measure: 'cohorts', bucket: monday, key: '2', n: 3 },
    ]);
    const { weeks } = await runOperation(customerRetention, context, () => ({ from: '2026-11-04', to: '2026-11-18' }));
    expect(weeks[0]).toEqual({ week: '2026-11-02', customers: 10, returned: [0, 3] });
    expect(weeks.map(({ week }) => week)).toEqual(['2026-11-02', '2026-11-09', '2026-11-16']);
  });
});
