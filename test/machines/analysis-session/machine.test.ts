/**
 * The machine of an analysis session against a model of ten lines, over generated scripts, with its
 * snapshot through JSON before every event.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AnyEventObject, createActor, initialTransition, type SnapshotFrom, transition } from 'xstate';
import * as z from 'zod';
import { analysisSessionContext, withQuery } from '#machines/analysis-session/context.ts';
import { analysisSessionDefinition, ownerTag } from '#machines/analysis-session/definition.ts';
import { ANALYSIS_KINDS, type QueryRecord } from '#machines/analysis-session/events.ts';
import { HOUR_MS, MAX_QUERIES, MAX_TTL_HOURS, RECENT_QUERIES } from '#machines/analysis-session/limits.ts';
import { analysisSessionMachine } from '#machines/analysis-session/machine.ts';

const START = Date.UTC(2026, 10, 29);
const INPUT = { owner: 'token', kind: 'equity' as const, title: null, ttlHours: 24, now: START };

const query = (changes: Partial<QueryRecord> = {}): QueryRecord => ({
  type: 'symbol',
  subject: 'AAPL',
  parameters: {},
  summary: 'AAPL Apple',
  durationMs: 5,
  cacheHit: false,
  outcome: 'found',
  ...changes,
});

const raised = z.object({ delay: z.number(), event: z.looseObject({ type: z.string() }) });

/** The smallest host. Its timer is due at `due`. */
function session(input = INPUT) {
  let due = Number.POSITIVE_INFINITY;
  let timer: AnyEventObject | undefined;
  let stored = '';
  let emitted: AnyEventObject[] = [];
  const take = ([next, actions]: ReturnType<typeof initialTransition<typeof analysisSessionMachine>>, now: number): void => {
    emitted = [];
    for (const { type: name, params } of actions) {
      const type: string = name;
      if (type === 'xstate.raise') {
        const { delay, event } = raised.parse(params);
        due = now + delay;
        timer = event;
      } else if (type === 'xstate.cancel') timer = undefined;
      else if (type === 'xstate.emit') emitted.push(z.object({ event: z.looseObject({ type: z.string() }) }).parse(params).event);
    }
    stored = JSON.stringify(createActor(analysisSessionMachine, { input, snapshot: next }).getPersistedSnapshot());
  };
  const snapshot = (): SnapshotFrom<typeof analysisSessionMachine> =>
    createActor(analysisSessionMachine, { input, snapshot: JSON.parse(stored) }).getSnapshot();
  take(initialTransition(analysisSessionMachine, input), input.now);
  return {
    /** What the machine emitted, as a code. Undefined if it took the event. */
    send(event: AnyEventObject, now: number): string | undefined {
      if (snapshot().status !== 'active') return 'closed';
      // What the host sends need not be an event that the machine knows.
      take(Reflect.apply(transition, undefined, [analysisSessionMachine, snapshot(), event]), now);
      const [first] = emitted;
      return first === undefined ? undefined : String(first.code ?? first.type);
    },
    /** Fires the timer if it is due. */
    wake(now: number): void {
      if (timer !== undefined && now >= due && snapshot().status === 'active') this.send(timer, now);
    },
    due: () => due,
    state: () => String(snapshot().value),
    context: () => analysisSessionContext.parse(snapshot().context),
  };
}

type Command = { readonly wait: number } & (
  | { readonly do: 'query'; readonly subject: string; readonly hit: boolean; readonly outcome: string }
  | { readonly do: 'extend'; readonly hours: number }
  | { readonly do: 'close' }
  | { readonly do: 'junk'; readonly type: string }
);

const wait = fc.oneof(fc.integer({ min: 0, max: HOUR_MS }), fc.integer({ min: 0, max: 30 * HOUR_MS }));
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('query' as const),
      wait,
      subject: fc.constantFrom('AAPL', 'MSFT', '__proto__', 'constructor'),
      hit: fc.boolean(),
      outcome: fc.constantFrom('found', 'invalid_input'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('extend' as const), wait, hours: fc.integer({ min: 1, max: MAX_TTL_HOURS }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const), wait }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('junk' as const), wait, type: fc.constantFrom('customer.message', 'agent.claim', 'x') }),
  },
);

describe('the machine of an analysis session', () => {
  it('does what its model does, and its timer is due when the session expires', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: MAX_TTL_HOURS }), fc.array(command, { maxLength: 40 }), (ttlHours, script) => {
        const real = session({ ...INPUT, ttlHours });
        const last = START + MAX_TTL_HOURS * HOUR_MS;
        let now = START;
        let expiresAt = START + ttlHours * HOUR_MS;
        let state = 'ACTIVE';
        const taken: string[] = [];
        for (const one of script) {
          now += one.wait;
          const isPast = now >= expiresAt;
          if (state === 'ACTIVE' && isPast && one.do !== 'query' && one.do !== 'extend') state = 'EXPIRED';
          if (one.do !== 'query' && one.do !== 'extend') real.wake(now);
          let expected: string | undefined;
          let event: AnyEventObject;
          if (one.do === 'query') {
            event = { type: 'query', at: now, query: query({ subject: one.subject, cacheHit: one.hit, outcome: one.outcome }) };
            expected = isPast ? 'expired' : undefined;
            if (state === 'ACTIVE' && !isPast) taken.push(one.subject);
          } else if (one.do === 'extend') {
            event = { type: 'extend', at: now, hours: one.hours };
            const later = expiresAt + one.hours * HOUR_MS;
            expected = isPast ? 'expired' : later > last ? 'ttl_limit' : undefined;
            if (state === 'ACTIVE' && expected === undefined) expiresAt = later;
          } else if (one.do === 'close') event = { type: 'close', at: now, by: 'amira' };
          else {
            event = { type: one.type, at: now };
            expected = 'ignored';
          }
          expect(real.send(event, now)).toBe(state === 'ACTIVE' ? expected : 'closed');
          if (one.do === 'close' && state === 'ACTIVE') state = 'CLOSED';
          expect(real.state()).toBe(state);
          const context = real.context();
          expect(context.expiresAt).toBe(expiresAt);
          expect(expiresAt).toBeLessThanOrEqual(last);
          if (state === 'ACTIVE') expect(real.due()).toBe(expiresAt);
          expect(context.queries).toBe(taken.length);
          expect(context.bySubject.reduce((sum, [, count]) => sum + count, 0)).toBe(taken.length);
          expect(context.recent.map(({ subject }) => subject)).toEqual(taken.slice(-RECENT_QUERIES));
        }
      }),
    );
  });

  it(`records ${MAX_QUERIES} queries and refuses the next one`, () => {
    const real = session();
    const results = new Set<string | undefined>();
    for (let n = 0; n < MAX_QUERIES; n += 1) results.add(real.send({ type: 'query', at: START + n, query: query() }, START + n));
    expect([...results]).toEqual([undefined]);
    expect(real.send({ type: 'query', at: START + 5_000, query: query() }, START + 5_000)).toBe('query_limit');
    expect(real.context()).toMatchObject({ queries: MAX_QUERIES, durationMs: 5 * MAX_QUERIES });
    expect(JSON.stringify(real.context()).length).toBeLessThan(5_000);
  });

  it('counts hits, failures, types and symbols', () => {
    const records = [query(), query({ cacheHit: true }), query({ type: 'coin', subject: 'BTC' }), query({ outcome: 'unavailable' })];
    const context = records.reduce((before, one) => withQuery(before, one, START), session().context());
    expect(context).toMatchObject({
      cacheHits: 1,
      failures: 1,
      byType: { symbol: 3, coin: 1 },
      bySubject: [
        ['AAPL', 3],
        ['BTC', 1],
      ],
    });
  });

  it.each(ANALYSIS_KINDS)('shows a session of the kind %s in lists, with its owner', (kind) => {
    const context = { ...session().context(), kind, owner: 'agent.amira' };
    const facts = analysisSessionDefinition.facts?.({ value: 'ACTIVE', context, status: 'active' });
    expect(facts).toEqual({ state: 'ACTIVE', handler: 'none', tags: [ownerTag('agent.amira'), kind] });
    const after = withQuery(context, query(), START + 9);
    expect(analysisSessionDefinition.preview?.(after)).toMatchObject({
      customer: `${kind} analysis`,
      last: { text: 'AAPL Apple', at: START + 9 },
    });
  });
});
