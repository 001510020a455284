/** What the page shows, as the end of the address, so that a view can be sent to a colleague. */

export const RANGES = ['7', '28', '90', 'month', 'last-month', 'custom'] as const;
export type RangeName = (typeof RANGES)[number];

export const FILTERS = ['channel', 'assistant', 'queue', 'agent'] as const;
export type FilterName = (typeof FILTERS)[number];

export interface Place {
  readonly range: RangeName;
  /** Of a range of one's own. Days such as `2026-11-30`. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly filter: Readonly<Partial<Record<FilterName, string>>>;
  /** In which days begin. Undefined for the viewer's own. */
  readonly zone: string | undefined;
  /** The measure of the large chart. */
  readonly measure: string;
  readonly compare: boolean;
  /** The measure and the key whose sessions are listed. */
  readonly behind: { readonly measure: string; readonly key: string } | undefined;
}

const DATE = /^\d{4}-\d\d-\d\d$/;

export function placeIn(hash: string): Place {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const [from, to] = ['from', 'to'].map((name) => given.get(name) ?? '').map((date) => (DATE.test(date) ? date : undefined));
  const range = RANGES.find((name) => name === given.get('range')) ?? '28';
  const [measure, key] = [given.get('of'), given.get('key')];
  return {
    range: range === 'custom' && (from === undefined || to === undefined || from > to) ? '28' : range,
    from,
    to,
    filter: Object.fromEntries(FILTERS.flatMap((name) => (given.has(name) ? [[name, given.get(name) ?? '']] : []))),
    zone: zoneIn(given.get('zone')),
    measure: given.get('measure') ?? 'sessions',
    compare: given.get('compare') !== 'no',
    behind: measure === null || key === null ? undefined : { measure, key },
  };
}

/** Undefined for one that the browser does not know. */
function zoneIn(name: string | null): string | undefined {
  if (name === null) return undefined;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

export function hashOf({ range, from, to, filter, zone, measure, compare, behind }: Place): string {
  const given = new URLSearchParams({ range });
  if (range === 'custom') for (const [name, date] of Object.entries({ from, to })) if (date !== undefined) given.set(name, date);
  for (const [name, value] of Object.entries(filter)) given.set(name, value);
  if (zone !== undefined) given.set('zone', zone);
  if (measure !== 'sessions') given.set('measure', measure);
  if (!compare) given.set('compare', 'no');
  if (behind !== undefined) {
    given.set('of', behind.measure);
    given.set('key', behind.key);
  }
  return `#${given}`;
}

export interface Days {
  readonly from: string;
  readonly to: string;
}

const DAY = 86_400_000;

/** @param today the day of the viewer, such as `2026-11-30`. */
export function daysOf({ range, from, to }: Pick<Place, 'range' | 'from' | 'to'>, today: string): Days {
  const at = Date.parse(`${today}T00:00:00Z`);
  const date = (time: number): string => new Date(time).toISOString().slice(0, 10);
  const [year, month] = [new Date(at).getUTCFullYear(), new Date(at).getUTCMonth()];
  switch (range) {
    case 'custom':
      return { from: from ?? today, to: to ?? today };
    case 'month':
      return { from: date(Date.UTC(year, month)), to: today };
    case 'last-month':
      return { from: date(Date.UTC(year, month - 1)), to: date(Date.UTC(year, month) - DAY) };
    default:
      return { from: date(at - (Number(range) - 1) * DAY), to: today };
  }
}

/** Few enough steps to tell apart. */
export function stepOf({ from, to }: Days): 'hour' | 'day' | 'week' | 'month' {
  const days = (Date.parse(to) - Date.parse(from)) / DAY + 1;
  return days <= 2 ? 'hour' : days <= 62 ? 'day' : days <= 370 ? 'week' : 'month';
}
