import { expect, it } from 'vitest';
import { Parts } from '#src/parts.ts';
import { Shutdown } from '#src/shutdown.ts';

function recorder() {
  const events: string[] = [];
  const record = (event: string) => (): void => void events.push(event);
  return { events, record, log: { debug: () => {}, error: ({ part }: { part?: string }) => void events.push(`error of ${part}`) } };
}

it('parts start in order, each with those above it, and stop in reverse, once', async () => {
  const { events, record, log } = recorder();
  const { parts, stop } = await Parts.of({ base: 1 })
    .part('one', async ({ base }) => ({ one: base + 1 }), record('stop one'))
    .part(
      'two',
      ({ base, one }) => ({ two: base + one }),
      ({ two }) => events.push(`stop two, which was ${two}`),
    )
    .start(log);
  expect(parts).toEqual({ base: 1, one: 2, two: 3 });
  await stop();
  await stop();
  expect(events).toEqual(['stop two, which was 3', 'stop one']);
});

it('a part that does not start stops those above it, and no other', async () => {
  const { events, record, log } = recorder();
  const started = Parts.of({})
    .part('one', () => ({}), record('stop one'))
    .part('two', () => Promise.reject(new Error('no port')), record('stop two'))
    .part('three', () => ({}), record('stop three'))
    .start(log);
  await expect(started).rejects.toThrow('no port');
  expect(events).toEqual(['stop one']);
});

it('a part that does not stop well is logged, and the others stop', async () => {
  const { events, record, log } = recorder();
  const { stop } = await Parts.of({})
    .part('one', () => ({}), record('stop one'))
    .part(
      'two',
      () => ({}),
      () => Promise.reject(new Error('busy')),
    )
    .start(log);
  await stop();
  expect(events).toEqual(['error of two', 'stop one']);
});

it('a part that waits during a stop has its own share of the time, and what the one before left', () => {
  const shutdown = new Shutdown(10_000);
  expect(shutdown.begun).toBe(false);
  shutdown.begin();
  expect(shutdown.begun).toBe(true);
  expect(shutdown.share()).toBe(10_000);
  const second = shutdown.share();
  expect(second).toBeGreaterThan(19_000);
  expect(second).toBeLessThanOrEqual(20_000);
});
