/** Operations of analytics. All read the roll-ups, and none reads a journal. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { InvalidInput } from '#machines/errors.ts';
import { contentOf } from '#machines/file-content.ts';
import { isTimeZone } from '#machines/handoff/zone-clock.ts';
import { BUCKET_MS, MAX_EDGES, ROLLUP_DIMENSIONS, type RollupDimension, type RollupFilter } from '#storage/rollups.ts';
import { type Figure, figuresOf, type Group, isMeasure } from './analytics-figures.ts';
import { MEASURE_NAMES, MEASURES, type MeasureName, measureOf } from './analytics-measures.ts';
import { dateOfDay, dayOfDate, type Range, rangeBefore, STEPS, stepsOf, WEEK_STARTS } from './analytics-ranges.ts';
import type { OperationContext } from './context.ts';
import { type CsvCell, csvOf } from './csv.ts';
import { defineOperation, fileHead } from './operation.ts';
import { pageInput, pageOutput, wholeNumber } from './paging.ts';

const EXPECTED_DATE = 'expected a day such as 2026-11-30';
const date = z.iso.date(EXPECTED_DATE).refine((text) => dayOfDate(text) !== undefined, EXPECTED_DATE);
const value = z.string().max(100);

const filterInput = {
  channel: value.describe('The first part of the address, such as `telegram`.').exactOptional(),
  assistant: value.exactOptional(),
  queue: value.describe('The last queue in which the session waited before. `-` is the default queue.').exactOptional(),
  agent: value.describe('The id of the agent who had the session last before.').exactOptional(),
} satisfies Record<RollupDimension, z.ZodType>;

const rangeInput = {
  from: date.describe('The first day.'),
  to: date.describe('The last day.'),
  timeZone: z.string().max(60).refine(isTimeZone, 'expected a name such as Africa/Cairo').default('UTC').describe('In which days begin.'),
};

const figuresInput = {
  ...rangeInput,
  ...filterInput,
  measures: z
    .string()
    .min(1)
    .max(2_000)
    .describe(`Names, with commas between them. \`all\` is all of them. ${MEASURE_NAMES.join(', ')}.`),
  step: z.enum(STEPS).exactOptional().describe('Figures of each step beside those of the range.'),
  weekStart: z.enum(WEEK_STARTS).default('monday'),
  by: z
    .enum([...ROLLUP_DIMENSIONS, 'key'])
    .exactOptional()
    .describe('Splits the figures by a dimension, or by what the measure tells apart itself.'),
  top: wholeNumber(1, 100).default(20).describe('Groups at most. The others are one group.'),
};

const inputSchema = z.strictObject({
  ...figuresInput,
  compare: z.boolean('expected true or false').default(false).describe('Figures of the range before beside them.'),
});
type Input = z.output<typeof inputSchema>;

const figureSchema = z.strictObject({
  value: z.number().nullable().describe('Null if there was nothing to measure. Of durations the median.'),
  n: z.number().describe('On how many it stands.'),
  p90: z.number().nullable().exactOptional(),
  p99: z.number().nullable().exactOptional(),
  mean: z.number().nullable().exactOptional(),
});

const progressSchema = z.strictObject({
  complete: z.boolean().describe('Every session from before there were roll-ups is counted.'),
  backTo: z.number().nullable().describe('While it is false, sessions that were opened since are counted. Milliseconds since the epoch.'),
  waiting: z.boolean().describe('Turns of just now wait to be counted.'),
});

/** The longest range. */
const MOST_DAYS = 800;

export const analyticsFigures = defineOperation({
  name: 'analytics.figures',
  scope: 'analytics:read',
  effect: 'read',
  summary: 'Reads figures of measures in a range of days, whole and by steps, with those of the range before.',
  input: inputSchema,
  output: z.strictObject({
    range: z.strictObject({ from: z.string(), to: z.string() }),
    before: z.strictObject({ from: z.string(), to: z.string() }).nullable().describe('The range that it is compared with.'),
    starts: z.array(z.number()).describe('When each step begins. Milliseconds since the epoch.'),
    ends: z.number().describe('When the range ends.'),
    measures: z.array(
      z.strictObject({
        name: z.string(),
        unit: z.enum(['number', 'share', 'milliseconds', 'micros', 'score']),
        available: z.boolean().describe('False: a filter or the split does not fit the measure.'),
        groups: z.array(
          z.strictObject({
            name: z.string().describe('Empty without `by`. `…` is the rest.'),
            total: figureSchema,
            before: figureSchema.nullable(),
            steps: z.array(figureSchema),
          }),
        ),
      }),
    ),
    progress: progressSchema,
  }),
  async run(context, input) {
    const { names, range, steps, filter } = read(input);
    const question = { filter, by: input.by, top: input.top, now: context.now() };
    const previous = input.compare ? rangeBefore(range) : undefined;
    const [groups, before, progress] = await Promise.all([
      figuresOf(context.rollups, names, { ...question, edges: steps.edges }),
      // Every group of the range is to be found in the one before.
      previous && figuresOf(context.rollups, names, { ...question, top: 10_000, edges: stepsOf(previous, undefined, 'monday').edges }),
      progressOf(context),
    ]);
    return {
      range: shownRange(range),
      before: previous === undefined ? null : shownRange(previous),
      starts: steps.times.slice(0, -1),
      ends: steps.times.at(-1) ?? 0,
      measures: names.map((name) => ({
        name,
        unit: MEASURES[name].unit,
        available: groups.has(name),
        groups: (groups.get(name) ?? []).map((group) => ({
          ...group,
          steps: input.step === undefined ? [] : group.steps,
          before: before?.get(name)?.find((other) => other.name === group.name)?.total ?? null,
        })),
      })),
      progress,
    };
  },
});

export const exportFigures = defineOperation({
  name: 'analytics.export',
  scope: 'analytics:read',
  effect: 'read',
  summary: 'Writes figures of measures as CSV, a line for each figure.',
  input: z.strictObject(figuresInput),
  output: fileHead,
  binary: true,
  async run(context, input) {
    const { names, range, steps, filter } = read(input);
    const question = { filter, by: input.by, top: input.top, edges: steps.edges, now: context.now() };
    const groups = await figuresOf(context.rollups, names, question);
    const rows = names.flatMap((name) => (groups.get(name) ?? []).flatMap((group) => [...rowsOf(name, group, steps.times, input)]));
    const text = csvOf(['measure', 'unit', 'split', 'group', 'begins', 'ends', 'value', 'n', 'p90', 'p99', 'mean'], rows);
    const bytes = new TextEncoder().encode(text);
    const id = createHash('sha256').update(bytes).digest('base64url');
    const { from, to } = shownRange(range);
    return { id, name: `analytics-${from}-${to}.csv`, mimeType: 'text/csv; charset=utf-8', ...contentOf(bytes) };
  },
});

function* rowsOf(
  name: MeasureName,
  group: Group,
  times: readonly number[],
  { step, by }: Pick<Input, 'step' | 'by'>,
): Generator<CsvCell[]> {
  const row = (from: number | undefined, to: number | undefined, { value: of, n, p90, p99, mean }: Figure): CsvCell[] => {
    const when = [from, to].map((time) => (time === undefined ? null : new Date(time).toISOString()));
    return [name, MEASURES[name].unit, by ?? '', group.name, ...when, of, n, p90 ?? null, p99 ?? null, mean ?? null];
  };
  if (step === undefined) yield row(times[0], times.at(-1), group.total);
  else for (const [index, figure] of group.steps.entries()) yield row(times[index], times[index + 1], figure);
}

export const listMeasures = defineOperation({
  name: 'analytics.measures',
  scope: 'analytics:read',
  effect: 'read',
  summary: 'Lists the measures, by what each can be filtered and split, and how far the counting is.',
  input: z.strictObject({}),
  output: z.strictObject({
    measures: z.array(
      z.strictObject({
        name: z.string(),
        unit: z.string(),
        dimensions: z.array(z.enum(ROLLUP_DIMENSIONS)),
        keys: z.string().nullable().describe('What `by=key` tells apart. Null if nothing.'),
      }),
    ),
    progress: progressSchema,
  }),
  async run(context) {
    const measures = MEASURE_NAMES.map((name) => {
      const { unit, dimensions, keys = null } = measureOf(name);
      return { name, unit, dimensions: [...dimensions], keys };
    });
    return { measures, progress: await progressOf(context) };
  },
});

/** Weeks of one table at most. */
const MOST_WEEKS = 53;

export const customerRetention = defineOperation({
  name: 'analytics.retention',
  scope: 'analytics:read',
  effect: 'read',
  summary: 'Reads how many customers of each first week wrote again in the weeks after it.',
  input: z.strictObject({
    from: rangeInput.from,
    to: rangeInput.to,
    channel: filterInput.channel,
    assistant: filterInput.assistant,
  }),
  output: z.strictObject({
    weeks: z.array(
      z.strictObject({
        week: z.string().describe('Its Monday. Weeks are those of UTC.'),
        customers: z.number().describe('Who wrote for the first time.'),
        returned: z.array(z.number()).describe('How many of them wrote 1, 2, … weeks later, up to the current week.'),
      }),
    ),
    progress: progressSchema,
  }),
  async run(context, { from, to, ...filter }) {
    const range = rangeOf({ from, to, timeZone: 'UTC' });
    const first = range.from - ((((range.from + 3) % 7) + 7) % 7);
    const days = Array.from({ length: Math.ceil((range.to - first) / 7) + 1 }, (_, index) => first + index * 7);
    if (days.length > MOST_WEEKS + 1) throw new InvalidInput(`to: expected a range of at most ${MOST_WEEKS} weeks.`);
    const edges = days.map((day) => (day * 86_400_000) / BUCKET_MS);
    const sums = await context.rollups.rollupSums({ measures: ['cohorts'], edges, filter: present(filter), byKey: true });
    const thisWeek = Math.floor(context.now() / 86_400_000);
    const weeks = days.slice(0, -1).map((day, step) => {
      const found = new Map(sums.filter((sum) => sum.step === step).map(({ key, n }) => [Number(key), n]));
      const since = Math.max(0, Math.floor((thisWeek - day) / 7));
      return {
        week: dateOfDay(day),
        customers: found.get(0) ?? 0,
        returned: Array.from({ length: since }, (_, index) => found.get(index + 1) ?? 0),
      };
    });
    return { weeks: weeks.filter(({ week }) => (dayOfDate(week) ?? 0) <= thisWeek), progress: await progressOf(context) };
  },
});

export const analyticsSessions = defineOperation({
  name: 'analytics.sessions',
  scope: 'analytics:read',
  effect: 'read',
  summary: 'Lists the sessions behind a figure, the latest first.',
  input: z.strictObject({
    ...rangeInput,
    ...filterInput,
    measure: z
      .string()
      .max(100)
      .exactOptional()
      .describe('Sessions that counted for this measure in the range. Without it those that were opened in it.'),
    key: value.describe('What the measure tells apart, if it does.').exactOptional(),
    ...pageInput({ mostItems: 100, items: 30 }),
  }),
  output: z.strictObject({
    sessions: z.array(
      z.strictObject({
        id: z.string(),
        openedAt: z.number(),
        lastAt: z.number().describe('Of its last entry that is counted.'),
        assistant: z.string(),
        channel: z.string(),
        queue: z.string(),
        agent: z.string(),
        labels: z.array(z.string()).describe('What it counts for, such as `outcome:abandoned`.'),
      }),
    ),
    ...pageOutput,
  }),
  async run({ rollups }, { from, to, timeZone, measure, key, limit, cursor, ...filter }) {
    const { edges } = stepsOf(rangeOf({ from, to, timeZone }), undefined, 'monday');
    const label = measure === undefined ? undefined : labelOf(measure, key);
    const query = { from: edges[0] ?? 0, to: edges.at(-1) ?? 0, filter: present(filter), ...(label === undefined ? {} : { label }) };
    const { items, next } = await rollups.listedSessions(query, limit, cursor);
    return {
      sessions: items.map(({ sessionId: id, openedAt, lastAt, assistant, channel, queue, agent, labels }) => {
        return { id, openedAt, lastAt, assistant, channel, queue, agent, labels: [...labels] };
      }),
      next,
    };
  },
});

/** The label of the sessions behind a measure. Undefined for those that were opened. */
function labelOf(name: string, key: string | undefined): string | undefined {
  const { label, keys } = isMeasure(name) ? measureOf(name) : {};
  if (name === 'sessions' && key === undefined) return undefined;
  if (label === undefined || (keys === undefined) !== (key === undefined))
    throw new InvalidInput(`measure: "${name.slice(0, 80)}" keeps no sessions ${key === undefined ? 'without' : 'by'} key.`);
  return key === undefined ? label : `${label}:${key}`;
}

function read({ measures, from, to, timeZone, step, weekStart, ...rest }: z.output<z.ZodObject<typeof figuresInput>>) {
  const { channel, assistant, queue, agent } = rest;
  const range = rangeOf({ from, to, timeZone });
  const steps = stepsOf(range, step, weekStart);
  if (steps.edges.length > MAX_EDGES)
    throw new InvalidInput(`step: expected at most ${MAX_EDGES - 1} steps, found ${steps.edges.length - 1}.`);
  const names = measures === 'all' ? [...MEASURE_NAMES] : [...new Set(measures.split(',').map((name) => name.trim()))];
  const unknown = names.filter((name) => !isMeasure(name));
  if (unknown.length > 0) throw new InvalidInput(`measures: "${unknown.join(', ').slice(0, 200)}" is none. Try \`all\`.`);
  return { names: names.filter(isMeasure), range, steps, filter: present({ channel, assistant, queue, agent }) };
}

function rangeOf({ from, to, timeZone }: { readonly from: string; readonly to: string; readonly timeZone: string }): Range {
  const [first, last] = [dayOfDate(from) ?? 0, dayOfDate(to) ?? 0];
  if (last < first) throw new InvalidInput('to: expected a day that is not before `from`.');
  if (last - first >= MOST_DAYS) throw new InvalidInput(`to: expected a range of at most ${MOST_DAYS} days.`);
  return { timeZone, from: first, to: last + 1 };
}

function shownRange({ from, to }: Range) {
  return { from: dateOfDay(from), to: dateOfDay(to - 1) };
}

function present(filter: { readonly [D in RollupDimension]?: string | undefined }): RollupFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, of]) => of !== undefined));
}

async function progressOf({ rollups }: Pick<OperationContext, 'rollups'>) {
  const [{ complete, backTo }, marks] = await Promise.all([rollups.rollupProgress(), rollups.rollupMarks(1)]);
  // The first 48 bits of an id are the time at which it was made.
  return {
    complete,
    backTo: backTo === null ? null : Number.parseInt(backTo.replaceAll('-', '').slice(0, 12), 16),
    waiting: marks.length > 0,
  };
}
