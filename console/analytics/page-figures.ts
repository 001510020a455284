/** What the page asks for when it is opened, all at once. */
import type { AnalyticsApi, Asked, Figures, Measured } from './analytics-api.ts';

/** The measures that the page names. */
const SHOWN_MEASURES = [
  ...['sessions', 'completion_rate', 'abandonment_rate', 'duration', 'bot_first_response', 'human_first_response'],
  ...['wait', 'service_level', 'handover_rate', 'satisfaction', 'questions_per_session', 'tool_calls', 'cache_hit_rate'],
  ...['error_rate', 'tokens', 'cost', 'cost_per_session', 'active_customers_daily', 'new_customers', 'analysis_time'],
] as const;

const KEYED = [
  'sessions_closed',
  'handovers',
  'waits',
  'questions',
  'intents',
  'analyses',
  'analysis_time_by_subject',
  'errors',
  'ratings',
];

export interface PageFigures {
  readonly overview: Figures;
  readonly keyed: Figures;
  readonly channels: Figures;
  readonly assistants: Figures;
  readonly queues: Figures;
  readonly agents: Figures;
  readonly customers: Readonly<Record<'daily' | 'weekly' | 'monthly' | 'fresh', Measured | undefined>>;
  readonly retention: Awaited<ReturnType<AnalyticsApi['retention']>>;
  readonly names: ReadonlyMap<string, string>;
}

export async function pageFigures(
  api: Omit<AnalyticsApi, 'csv' | 'sessions'>,
  asked: Asked,
  { step, compare }: { readonly step: string; readonly compare: boolean },
): Promise<PageFigures> {
  const split = (by: string, measures: readonly string[], top: number) => api.figures(asked, measures, { by, compare, top });
  const [overview, keyed, channels, assistants, queues, agents, days, weeks, months, retention, names] = await Promise.all([
    api.figures(asked, SHOWN_MEASURES, { step, compare }),
    split('key', KEYED, 12),
    split('channel', ['sessions'], 12),
    split('assistant', ['sessions'], 20),
    split('queue', ['handovers'], 12),
    split('agent', ['agent_sessions'], 20),
    api.figures(asked, ['active_customers_daily', 'new_customers'], {}),
    // Weeks and months count where they begin.
    api.figures({ ...asked, from: mondayOf(asked.from) }, ['active_customers_weekly'], {}),
    api.figures({ ...asked, from: `${asked.from.slice(0, 8)}01` }, ['active_customers_monthly'], {}),
    api.retention(retentionRange(asked)),
    api.agents(),
  ]);
  const [daily, fresh] = days.measures;
  const customers = { daily, weekly: weeks.measures[0], monthly: months.measures[0], fresh };
  return { overview, keyed, channels, assistants, queues, agents, customers, retention, names };
}

function mondayOf(date: string): string {
  const at = Date.parse(`${date}T00:00:00Z`);
  return new Date(at - ((new Date(at).getUTCDay() + 6) % 7) * 86_400_000).toISOString().slice(0, 10);
}

/** Twelve weeks to the end of the range, because customers come back later than in a few days. */
function retentionRange(asked: Asked): Asked {
  const from = new Date(Date.parse(`${asked.to}T00:00:00Z`) - 83 * 86_400_000).toISOString().slice(0, 10);
  return { ...asked, from };
}
