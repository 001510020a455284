/**
 * Times to choose from when a session or a message is put off, in the time zone of the browser.
 * Calendar days are counted by the calendar, so a day of 23 or 25 hours moves nothing.
 */

/** The server takes no later time. */
export const MOST_AHEAD_MS = 24 * 86_400_000;

export const TIME_NAMES = ['inAnHour', 'thisEvening', 'tomorrowMorning', 'nextMonday'] as const;
export type TimeName = (typeof TIME_NAMES)[number];

const EVENING = 18;
const MORNING = 9;
const MONDAY = 1;

export interface TimeChoice {
  readonly name: TimeName;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/**
 * Those that lie ahead, each time once, the soonest first. There is no evening today after it has
 * begun, and on a Sunday the next Monday is tomorrow.
 */
export function timeChoices(now: number): readonly TimeChoice[] {
  const today = new Date(now);
  const daysToMonday = (MONDAY - today.getDay() + 7) % 7 || 7;
  const times: Readonly<Record<TimeName, number>> = {
    inAnHour: now + 3_600_000,
    thisEvening: hourOf(today, 0, EVENING),
    tomorrowMorning: hourOf(today, 1, MORNING),
    nextMonday: hourOf(today, daysToMonday, MORNING),
  };
  const choices = TIME_NAMES.map((name) => ({ name, at: times[name] }));
  const ahead = choices.filter(({ at }, index) => at > now && choices.findIndex((one) => one.at === at) === index);
  return ahead.toSorted((a, b) => a.at - b.at);
}

function hourOf(day: Date, daysLater: number, hour: number): number {
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + daysLater, hour).getTime();
}

/** As a field for a date and time has it, such as `2026-11-29T09:00`. */
export function fieldTime(at: number): string {
  const day = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = `${String(day.getFullYear()).padStart(4, '0')}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
  return `${date}T${two(day.getHours())}:${two(day.getMinutes())}`;
}

/** Undefined unless the field has a time ahead that the server takes. */
export function timeOfField(value: string, now: number): number | undefined {
  const at = value === '' ? Number.NaN : new Date(value).getTime();
  return at > now && at - now <= MOST_AHEAD_MS ? at : undefined;
}
