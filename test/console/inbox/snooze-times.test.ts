/** Times to choose from, in the time zones of agents. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { fieldTime, MOST_AHEAD_MS, timeChoices, timeOfField } from '#console/inbox/snooze-times.ts';

afterEach(() => vi.unstubAllEnvs());

function chosen(zone: string, now: string): Record<string, string> {
  vi.stubEnv('TZ', zone);
  return Object.fromEntries(timeChoices(Date.parse(now)).map(({ name, at }) => [name, fieldTime(at)]));
}

describe('times to choose from', () => {
  test('are of the agent’s own day', () => {
    expect(chosen('Africa/Cairo', '2026-11-26T12:30:00Z')).toEqual({
      inAnHour: '2026-11-26T15:30',
      thisEvening: '2026-11-26T18:00',
      tomorrowMorning: '2026-11-27T09:00',
      nextMonday: '2026-11-30T09:00',
    });
  });

  test('have no evening once it has begun, and on a Monday the next one', () => {
    expect(chosen('Africa/Cairo', '2026-11-30T17:00:00Z')).toEqual({
      inAnHour: '2026-11-30T20:00',
      tomorrowMorning: '2026-12-01T09:00',
      nextMonday: '2026-12-07T09:00',
    });
  });

  test('are in the order in which they come', () => {
    expect(Object.keys(chosen('Africa/Cairo', '2026-11-26T15:30:00Z'))).toEqual([
      'thisEvening',
      'inAnHour',
      'tomorrowMorning',
      'nextMonday',
    ]);
  });

  test('have each time once, on a Sunday too', () => {
    expect(Object.keys(chosen('Africa/Cairo', '2026-11-29T17:00:00Z'))).toEqual(['inAnHour', 'tomorrowMorning']);
  });

  test('are at nine o’clock also over a night of 23 hours', () => {
    expect(chosen('Europe/Berlin', '2027-03-27T12:00:00Z')).toMatchObject({
      tomorrowMorning: '2027-03-28T09:00',
      nextMonday: '2027-03-29T09:00',
    });
    vi.stubEnv('TZ', 'Europe/Berlin');
    const [, , tomorrow] = timeChoices(Date.parse('2027-03-27T12:00:00Z'));
    expect(new Date(tomorrow?.at ?? 0).toISOString()).toBe('2027-03-28T07:00:00.000Z');
  });
});

test('a field has a time ahead that the server takes, or none', () => {
  vi.stubEnv('TZ', 'UTC');
  const now = Date.parse('2026-11-29T12:00:00Z');
  expect(timeOfField('2026-11-29T12:01', now)).toBe(now + 60_000);
  for (const wrong of ['', 'x', '2026-11-29T12:00', fieldTime(now + MOST_AHEAD_MS + 60_000)])
    expect(timeOfField(wrong, now)).toBeUndefined();
});
