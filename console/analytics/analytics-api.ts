/** Figures over HTTP. */
import * as z from 'zod/mini';
import type { ApiFile, ApiRequest } from '../inbox/api-request.ts';
import type { Days, Place } from './place.ts';

const figure = z.object({
  value: z.nullable(z.number()),
  n: z.number(),
  p90: z.optional(z.nullable(z.number())),
  p99: z.optional(z.nullable(z.number())),
  mean: z.optional(z.nullable(z.number())),
});
export type Figure = z.infer<typeof figure>;

const group = z.object({ name: z.string(), total: figure, before: z.nullable(figure), steps: z.array(figure) });

const measured = z.object({
  name: z.string(),
  unit: z.enum(['number', 'share', 'milliseconds', 'micros', 'score']),
  available: z.boolean(),
  groups: z.array(group),
});
export type Measured = z.infer<typeof measured>;

const progress = z.object({ complete: z.boolean(), backTo: z.nullable(z.number()), waiting: z.boolean() });
const figures = z.object({ starts: z.array(z.number()), ends: z.number(), measures: z.array(measured), progress });
export type Figures = z.infer<typeof figures>;

const retention = z.object({ weeks: z.array(z.object({ week: z.string(), customers: z.number(), returned: z.array(z.number()) })) });
export type RetentionWeek = z.infer<typeof retention>['weeks'][number];

const session = z.object({
  id: z.string(),
  openedAt: z.number(),
  lastAt: z.number(),
  assistant: z.string(),
  channel: z.string(),
  queue: z.string(),
  agent: z.string(),
});
export type SessionBehind = z.infer<typeof session>;
const sessions = z.object({ sessions: z.array(session), next: z.nullable(z.string()) });
const agents = z.object({ agents: z.array(z.object({ id: z.string(), name: z.string() })) });

export interface Asked extends Days {
  readonly timeZone: string;
  readonly filter: Place['filter'];
}

export interface AnalyticsApi {
  figures(
    asked: Asked,
    measures: readonly string[],
    options: { readonly step?: string; readonly by?: string; readonly compare?: boolean; readonly top?: number },
  ): Promise<Figures>;
  csv(asked: Asked, step: string): Promise<Blob>;
  retention(asked: Asked): Promise<readonly RetentionWeek[]>;
  sessions(asked: Asked, of: { readonly measure: string; readonly key: string }, cursor: string | null): Promise<z.infer<typeof sessions>>;
  /** Names by id. Empty if the viewer may not read them. */
  agents(): Promise<ReadonlyMap<string, string>>;
}

export function analyticsApi(request: ApiRequest, file: ApiFile): AnalyticsApi {
  const query = ({ from, to, timeZone, filter }: Asked, more: Readonly<Record<string, string | number | boolean | undefined>>): string => {
    const given = Object.entries({ from, to, timeZone, ...filter, ...more }).filter(([, value]) => value !== undefined);
    return new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  };
  const get = (path: string): Promise<unknown> => request('GET', path);
  return {
    figures: async (asked, measures, options) =>
      figures.parse(await get(`/analytics/figures?${query(asked, { measures: measures.join(','), ...options })}`)),
    csv: (asked, step) => file(`/analytics/figures.csv?${query(asked, { measures: 'all', step })}`),
    async retention({ from, to, filter: { channel, assistant } }) {
      const given = Object.entries({ from, to, channel, assistant }).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value]],
      );
      return retention.parse(await get(`/analytics/retention?${new URLSearchParams(given)}`)).weeks;
    },
    sessions: async (asked, of, cursor) =>
      sessions.parse(await get(`/analytics/sessions?${query(asked, { ...of, cursor: cursor ?? undefined })}`)),
    agents: async () => {
      const read = agents.safeParse(await get('/agents?limit=200').catch(() => undefined));
      return new Map((read.data?.agents ?? []).map(({ id, name }) => [id, name]));
    },
  };
}
