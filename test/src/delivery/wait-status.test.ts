/**
 * What customers who wait for a human read of the business hours and of their place in the queue.
 */
import { v7 as uuidv7 } from 'uuid';
import { afterEach, expect, test, vi } from 'vitest';
import { Registry } from '#actors/contract/registry.ts';
import { replay } from '#actors/session/replay.ts';
import { TestRuntime } from '#actors/testing/test-runtime.ts';
import { ALWAYS_OPEN, BusinessHours, type Schedule, scheduleSchema } from '#machines/handoff/business-hours.ts';
import { type Address, parseSessionId } from '#machines/ids.ts';
import { sessionDefinitions } from '#machines/session/definition.ts';
import { messageEffects } from '#src/delivery/message-effects.ts';
import { type WaitOutlook, withWaitStatus } from '#src/delivery/wait-status.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { newAddress } from '#test/contracts/store-fixtures.ts';

const CAIRO = scheduleSchema.parse({
  timeZone: 'Africa/Cairo',
  week: { sunday: ['09:00-17:00'], monday: ['09:00-17:00'] },
  exceptions: [{ date: '2026-02-02', name: 'a holiday' }],
});
/** Sunday, 1 February 2026, in Cairo. */
const OPEN = Date.parse('2026-02-01T12:00+02:00');
const CLOSED = Date.parse('2026-02-01T18:00+02:00');

/** Nothing is known of agents and of other waits, unless a test says so. */
const outlook =
  (schedule: Schedule, known: Partial<WaitOutlook> = {}) =>
  (): WaitOutlook => ({
    schedule,
    hours: new BusinessHours(schedule),
    online: async () => undefined,
    minutes: async () => undefined,
    ...known,
  });

const desks: { runtime: TestRuntime }[] = [];
afterEach(async () => {
  for (const { runtime } of desks.splice(0)) await runtime.drain();
});

interface DeskOptions extends Partial<Pick<WaitOutlook, 'online' | 'minutes'>> {
  readonly schedule?: Schedule;
  readonly locale?: string;
  readonly at?: number;
}

function desk({ schedule = CAIRO, locale = 'en', at = OPEN, ...known }: DeskOptions = {}) {
  const { store } = createMemoryStore();
  const errors: unknown[] = [];
  const calls: string[] = [];
  const ready = Promise.withResolvers<TestRuntime>();
  const state = { at };
  const notifier = withWaitStatus(
    { notify: async ({ reason }) => void calls.push(reason) },
    {
      actors: ready.promise,
      store,
      outlookOf: outlook(schedule, known),
      now: () => state.at,
      onError: (where, error) => void errors.push(where, error),
    },
  );
  const registry = new Registry({
    assistants: [
      {
        name: 'companion',
        definitions: sessionDefinitions(),
        input: ({ address, assistant, now }) => ({ address, assistant, now, policy: { locale } }),
      },
    ],
    effects: messageEffects({
      channelOf: () => undefined,
      files: { get: async () => undefined },
      notifier,
      windowOf: async () => undefined,
    }).map((effect) => ({
      ...effect,
      ...(effect.type === 'message.send' ? { run: async () => undefined } : {}),
    })),
  });
  const runtime = new TestRuntime({
    store,
    registry,
    owner: uuidv7(),
    newSessionId: () => parseSessionId(uuidv7()),
    onError: (where, error) => void errors.push(where, error),
  });
  ready.resolve(runtime);
  desks.push({ runtime });

  const rowOf = async (address: Address) => {
    const row = await store.load({ address });
    if (!row) throw new Error('there is no session');
    return row;
  };
  const idle = () => vi.waitFor(() => expect(runtime.busy).toBe(false));
  return {
    state,
    errors,
    calls,
    async escalate(queue?: string): Promise<Address> {
      const address = newAddress();
      const event = { type: 'escalate', at: state.at, reason: 'asked', ...(queue === undefined ? {} : { queue }) };
      await runtime.deliver({ address, assistant: 'companion' }, event);
      await idle();
      state.at += 1_000;
      return address;
    },
    async remind(address: Address): Promise<void> {
      const { id } = await rowOf(address);
      await notifier.notify({ sessionId: id, address, key: uuidv7(), seq: 1, reason: 'still_waiting' });
      await idle();
    },
    async claim(address: Address): Promise<void> {
      await runtime.deliver(
        { sessionId: (await rowOf(address)).id },
        { type: 'agent.claim', at: state.at, agent: { id: 'a', name: 'Ann' } },
      );
      await idle();
    },
    notify: notifier.notify,
    rowOf,
    journal: async (address: Address) => store.journal((await rowOf(address)).id, 0, 100),
    async told(address: Address): Promise<(string | null)[]> {
      const entries = await store.journal((await rowOf(address)).id, 0, 100);
      return entries.filter(({ kind }) => kind === 'system.message').map(({ text }) => text);
    },
    registry,
  };
}

const ESCALATED = 'I am passing you to a colleague. They will see everything you write here. /assistant brings you back to me.';
const AWAY_UNTIL = (back: string) =>
  `Our colleagues are away right now. They are back on ${back}. They will read what you write here, and /assistant brings you back to me.`;

test('outside the hours the customer reads when agents are back, past a holiday, and once', async () => {
  const d = desk({ at: CLOSED });
  const address = await d.escalate();
  const told = [ESCALATED, AWAY_UNTIL('Sunday, February 8 at 9:00 AM GMT+2')];
  expect(await d.told(address)).toEqual(told);
  await d.remind(address);
  expect(await d.told(address)).toEqual(told);
  expect([d.calls, d.errors]).toEqual([['asked', 'still_waiting'], []]);
});

test('in Arabic, in digits like those of the texts', async () => {
  const d = desk({ at: CLOSED, locale: 'ar-EG' });
  const [, away] = await d.told(await d.escalate());
  expect(away).toMatch(/^زملاؤنا غير متاحين الآن، وموعد عودتهم: الأحد، 8 فبراير .*9:00 ص/u);
  expect(away).toContain('/assistant');
});

test.each(['fr', 'no locale', 'x'])('a date is in the language of the text for "%s"', async (locale) => {
  const d = desk({ at: CLOSED, locale });
  expect(await d.told(await d.escalate())).toContain(AWAY_UNTIL('Sunday, February 8 at 9:00 AM GMT+2'));
});

test('within the hours the customer reads the place behind others of the same queue', async () => {
  const d = desk();
  const first = await d.escalate();
  const second = await d.escalate();
  const third = await d.escalate();
  const elsewhere = await d.escalate('billing');
  expect(await d.told(first)).toEqual([ESCALATED]);
  expect(await d.told(second)).toEqual([ESCALATED, 'You are number 2 in line.']);
  expect(await d.told(third)).toEqual([ESCALATED, 'You are number 3 in line.']);
  expect(await d.told(elsewhere)).toEqual([ESCALATED]);
  expect(await d.told(await d.escalate())).toEqual([ESCALATED, 'You are number 4 in line.']);

  await d.remind(third);
  expect(await d.told(third)).toHaveLength(2);
  await d.claim(first);
  await d.claim(second);
  await d.remind(third);
  expect(await d.told(third)).toEqual([ESCALATED, 'You are number 3 in line.', 'You are number 1 in line.']);
  // Nobody reads a place who no longer waits, or who was never behind another.
  await d.remind(first);
  await d.remind(elsewhere);
  expect([await d.told(first), await d.told(elsewhere)]).toEqual([[ESCALATED], [ESCALATED]]);
  expect(d.errors).toEqual([]);
});

test('who came before the agents is told the place when they are there', async () => {
  const d = desk({ at: CLOSED });
  const first = await d.escalate();
  const second = await d.escalate();
  d.state.at = Date.parse('2026-02-08T09:00+02:00');
  await d.remind(second);
  expect((await d.told(second)).at(-1)).toBe('You are number 2 in line.');
  await d.remind(first);
  expect((await d.told(first)).at(-1)).toBe('You are number 1 in line.');
});

test('a call to one agent, and a schedule without a next opening, promise nothing', async () => {
  const never = scheduleSchema.parse({
    timeZone: 'UTC',
    week: { monday: ['09:00-17:00'] },
    exceptions: [{ date: '2026-01-01', until: '2099-01-01' }],
  });
  const d = desk({ schedule: never });
  const address = await d.escalate();
  expect(await d.told(address)).toEqual([
    ESCALATED,
    'Our colleagues are away right now. They will read what you write here, and /assistant brings you back to me.',
  ]);
  const { id, version } = await d.rowOf(address);
  await d.notify({ sessionId: id, address, key: 'k', seq: 1, reason: 'transfer', agentId: 'bob' });
  expect((await d.rowOf(address)).version).toBe(version);
});

test('without a schedule the hours never keep a customer waiting, and replay gives what is stored', async () => {
  const d = desk({ schedule: ALWAYS_OPEN, at: CLOSED });
  await d.escalate();
  const second = await d.escalate();
  expect(await d.told(second)).toEqual([ESCALATED, 'You are number 2 in line.']);
  const row = await d.rowOf(second);
  expect(JSON.parse(JSON.stringify(replay(d.registry, row, await d.journal(second)).snapshot))).toEqual(row.snapshot);
});

test('the agents are called although the report fails', async () => {
  const d = desk();
  await d.notify({ sessionId: parseSessionId(uuidv7()), address: newAddress(), key: 'k', seq: 1, reason: 'asked' });
  expect([d.calls, d.errors]).toEqual([['asked'], []]);
  const broken = withWaitStatus(
    { notify: async () => void d.calls.push('called') },
    {
      actors: new Promise(() => {}),
      store: { load: () => Promise.reject(new Error('the store is away')), sessions: () => Promise.reject(new Error('the store is away')) },
      outlookOf: outlook(CAIRO),
      now: () => OPEN,
      onError: (where, error) => void d.errors.push(where, String(error)),
    },
  );
  await broken.notify({ sessionId: parseSessionId(uuidv7()), address: newAddress(), key: 'k', seq: 1, reason: 'asked' });
  expect(d.calls).toEqual(['asked', 'called']);
  expect(d.errors).toEqual(['the report of the wait', 'Error: the store is away']);
});

test('within the hours the customer reads that nobody is online, once, and the place when somebody is', async () => {
  let isOnline = false;
  const d = desk({ online: async () => isOnline });
  await d.escalate();
  const second = await d.escalate();
  const absent = 'Our colleagues are away right now. They will read what you write here, and /assistant brings you back to me.';
  expect(await d.told(second)).toEqual([ESCALATED, absent]);
  await d.remind(second);
  isOnline = true;
  await d.remind(second);
  expect(await d.told(second)).toEqual([ESCALATED, absent, 'You are number 2 in line.']);
});

test('the first report has how long the wait will be, also for a customer who is next', async () => {
  const asked: number[] = [];
  const d = desk({ online: async () => true, minutes: async (waitedMs) => asked.push(waitedMs) && 5 });
  const first = await d.escalate();
  const second = await d.escalate();
  expect(await d.told(first)).toEqual([ESCALATED, 'The wait for a colleague is about 5 minutes right now.']);
  expect(await d.told(second)).toEqual([ESCALATED, 'You are number 2 in line. The wait is about 5 minutes right now.']);
  await d.remind(second);
  expect([await d.told(second), asked]).toEqual([expect.objectContaining({ length: 2 }), [0, 0]]);
});
