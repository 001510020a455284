/**
 * The measures of analytics, each with what it is made of. docs/reference/analytics.md has the same
 * in words. The names are published.
 */
import type { RollupDimension } from '#storage/rollups.ts';

/** Sums of the roll-ups that a measure reads. Without keys it reads all. */
interface Sums {
  readonly of: string;
  readonly keys?: readonly string[];
}

/**
 * - `count` is a number of things, `sum` a total of amounts.
 * - `ratio` divides two sums. `mean` divides the total of a sum by its number.
 * - `duration` has percentiles, in milliseconds.
 * - `average` divides a count by the number of its periods.
 */
export type MeasureFormula =
  | { readonly form: 'count' | 'sum' | 'mean'; readonly sums: Sums }
  | { readonly form: 'ratio'; readonly over: readonly Sums[]; readonly under: readonly Sums[]; readonly total?: 'over' }
  | { readonly form: 'duration'; readonly sums: Sums }
  | { readonly form: 'average'; readonly sums: Sums; readonly period: 'day' | 'week' | 'month' };

export type MeasureUnit = 'number' | 'share' | 'milliseconds' | 'micros' | 'score';

export interface Measure {
  readonly unit: MeasureUnit;
  readonly formula: MeasureFormula;
  /** By which it can be filtered and split. */
  readonly dimensions: readonly RollupDimension[];
  /** What its keys are, if it can be split by them. */
  readonly keys?:
    | 'outcome'
    | 'author'
    | 'category'
    | 'intent'
    | 'reason'
    | 'ending'
    | 'subject'
    | 'error'
    | 'run'
    | 'direction'
    | 'source'
    | 'score'
    | 'result';
  /** What a session is labelled with that counts for it, or for a key of it. */
  readonly label?: string;
}

const OF_SESSION = ['assistant', 'channel'] as const;
const OF_QUEUE = [...OF_SESSION, 'queue'] as const;
const ALL = [...OF_QUEUE, 'agent'] as const;

const ENDED: readonly Sums[] = [{ of: 'outcomes', keys: ['completed', 'abandoned'] }];
const OPENED: readonly Sums[] = [{ of: 'opened' }];
const SERVICE = ['firstResponse', 'nextResponse', 'resolution'];

const count = (of: string, dimensions: Measure['dimensions'], more: Omit<Partial<Measure>, 'unit'> = {}): Measure => ({
  unit: 'number',
  formula: { form: 'count', sums: { of } },
  dimensions,
  ...more,
});
const duration = (of: string, dimensions: Measure['dimensions']): Measure => ({
  unit: 'milliseconds',
  formula: { form: 'duration', sums: { of } },
  dimensions,
});
const ratio = (
  over: readonly Sums[],
  under: readonly Sums[],
  dimensions: Measure['dimensions'],
  unit: MeasureUnit = 'share',
  total?: 'over',
): Measure => ({
  unit,
  formula: { form: 'ratio', over, under, ...(total === undefined ? {} : { total }) },
  dimensions,
});
const active = (of: string, period: 'day' | 'week' | 'month'): Measure => ({
  unit: 'number',
  formula: { form: 'average', sums: { of }, period },
  dimensions: OF_SESSION,
});

export const MEASURES = {
  sessions: count('opened', OF_SESSION),
  sessions_closed: count('outcomes', ALL, { keys: 'outcome', label: 'outcome' }),
  completion_rate: ratio([{ of: 'outcomes', keys: ['completed'] }], ENDED, ALL),
  abandonment_rate: ratio([{ of: 'outcomes', keys: ['abandoned'] }], ENDED, ALL),
  duration: duration('duration', ALL),
  bot_first_response: duration('bot_first_response', OF_SESSION),
  human_first_response: duration('human_first_response', ALL),
  wait: duration('wait', ALL),
  waits: count('waits', ALL, { keys: 'ending', label: 'wait' }),
  wait_abandonment_rate: ratio([{ of: 'waits', keys: ['closed'] }], [{ of: 'waits' }], ALL),
  service_level: ratio([{ of: 'service', keys: SERVICE.map((target) => `${target}:met`) }], [{ of: 'service' }], ALL),
  service_answers: count('service', ALL, { keys: 'result', label: 'service' }),
  handovers: count('handovers', OF_QUEUE, { keys: 'reason', label: 'handover' }),
  handover_rate: ratio([{ of: 'handed_over' }], OPENED, OF_SESSION),
  agent_sessions: count('taken', ALL, { label: 'taken' }),
  active_customers_daily: active('active_days', 'day'),
  active_customers_weekly: active('active_weeks', 'week'),
  active_customers_monthly: active('active_months', 'month'),
  new_customers: count('new_customers', OF_SESSION),
  messages: count('messages', ALL, { keys: 'author' }),
  questions: count('questions', OF_SESSION, { keys: 'category', label: 'question' }),
  questions_per_session: ratio([{ of: 'questions' }], OPENED, OF_SESSION, 'number'),
  intents: count('intents', OF_SESSION, { keys: 'intent', label: 'intent' }),
  analyses: count('analyses', OF_SESSION, { keys: 'subject', label: 'subject' }),
  analysis_time: duration('analysis_time', OF_SESSION),
  analysis_time_by_subject: {
    unit: 'milliseconds',
    formula: { form: 'mean', sums: { of: 'analyses' } },
    dimensions: OF_SESSION,
    keys: 'subject',
    label: 'subject',
  },
  runs: count('runs', ALL, { keys: 'run' }),
  tool_calls: count('tool_calls', ALL),
  errors: count('errors', ALL, { keys: 'error', label: 'error' }),
  error_rate: ratio([{ of: 'errors', keys: ['answer', 'analyse', 'summarise'] }], [{ of: 'runs' }], ALL),
  cache_hits: count('cache_hits', ALL),
  cache_hit_rate: ratio([{ of: 'cache_hits' }], [{ of: 'runs' }, { of: 'tool_calls' }], ALL),
  tokens: { unit: 'number', formula: { form: 'sum', sums: { of: 'tokens' } }, dimensions: ALL, keys: 'direction' },
  cost: { unit: 'micros', formula: { form: 'sum', sums: { of: 'cost' } }, dimensions: ALL, keys: 'source' },
  cost_per_session: ratio([{ of: 'cost' }], OPENED, OF_SESSION, 'micros', 'over'),
  ratings: count('ratings', ALL, { keys: 'score', label: 'rating' }),
  rating: { unit: 'score', formula: { form: 'mean', sums: { of: 'ratings' } }, dimensions: ALL },
  satisfaction: ratio([{ of: 'ratings', keys: ['4', '5'] }], [{ of: 'ratings' }], ALL),
} as const satisfies Readonly<Record<string, Measure>>;

export type MeasureName = keyof typeof MEASURES;
export const MEASURE_NAMES = Object.keys(MEASURES) as readonly MeasureName[];

export function measureOf(name: MeasureName): Measure {
  return MEASURES[name];
}

/** The sums that a measure reads. */
export function sumsOf({ formula }: Measure): readonly Sums[] {
  return formula.form === 'ratio' ? [...formula.over, ...formula.under] : [formula.sums];
}
