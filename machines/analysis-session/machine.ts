/**
 * Machine of an analysis session. ACTIVE records queries until the session expires or is closed.
 *
 * Invariants
 * 1. It records at most `MAX_QUERIES` queries, and never one after `expiresAt`.
 * 2. `expiresAt` is at most `MAX_TTL_HOURS` after the beginning, and only grows.
 * 3. Every event has an answer. What the state does not take is ignored with a reason.
 *
 * | event | ACTIVE | EXPIRED, CLOSED |
 * | --- | --- | --- |
 * | `begin` | taken | – |
 * | `query` | recorded, or refused as `expired` or `query_limit` | – |
 * | `extend` | expires later, or refused as `expired` or `ttl_limit` | – |
 * | `close` | → CLOSED | – |
 * | timer | → EXPIRED | – |
 * | any other | ignored | – |
 *
 * Tests: test/machines/analysis-session.
 */
import { assign, emit, setup } from 'xstate';
import { type AnalysisSessionContext, type AnalysisSessionInput, hoursLeft, initialContext, withQuery } from './context.ts';
import type { AnalysisSessionEvent } from './events.ts';
import { HOUR_MS, MAX_QUERIES, MAX_TTL_HOURS } from './limits.ts';

export type AnalysisRefusal = 'expired' | 'query_limit' | 'ttl_limit';

type Emitted = { type: 'ignored'; reason: string } | { type: 'refused'; code: AnalysisRefusal; message: string };

const types: { context?: AnalysisSessionContext; events?: AnalysisSessionEvent; input?: AnalysisSessionInput; emitted?: Emitted } = {};

/** What the caller reads of a refusal. */
export const REFUSALS: Readonly<Record<AnalysisRefusal, (context: AnalysisSessionContext) => string>> = {
  expired: ({ expiresAt }) => `This analysis session expired at ${new Date(expiresAt).toISOString()}. Create another one.`,
  query_limit: () => `This analysis session has recorded ${MAX_QUERIES} queries, which is the most. Create another one.`,
  ttl_limit: (context) =>
    `An analysis session lasts at most ${MAX_TTL_HOURS} hours from its beginning. It can be extended by ${hoursLeft(context)} more.`,
};

export const analysisSessionMachine = setup({
  types,
  delays: { expiry: ({ context }) => context.expiresAt - context.countedFrom },
  guards: {
    isPast: ({ context, event }) => event.at >= context.expiresAt,
    isFull: ({ context }) => context.queries >= MAX_QUERIES,
    isTooLong: ({ context, event }) => event.type === 'extend' && event.hours > hoursLeft(context),
  },
  actions: {
    record: assign(({ context, event }) => (event.type === 'query' ? withQuery(context, event.query, event.at) : {})),
    prolong: assign(({ context, event }) =>
      event.type === 'extend' ? { expiresAt: context.expiresAt + event.hours * HOUR_MS, countedFrom: event.at } : {},
    ),
    refuse: emit(
      ({ context }, { code }: { code: AnalysisRefusal }): Emitted => ({ type: 'refused', code, message: REFUSALS[code](context) }),
    ),
    ignore: emit({ type: 'ignored', reason: 'an analysis session takes begin, query, extend and close' }),
  },
}).createMachine({
  id: 'analysis-session',
  context: ({ input }) => initialContext(input),
  initial: 'ACTIVE',
  states: {
    ACTIVE: {
      after: { expiry: 'EXPIRED' },
      on: {
        begin: { actions: [] },
        query: [
          { guard: 'isPast', actions: { type: 'refuse', params: { code: 'expired' } } },
          { guard: 'isFull', actions: { type: 'refuse', params: { code: 'query_limit' } } },
          { actions: 'record' },
        ],
        extend: [
          { guard: 'isPast', actions: { type: 'refuse', params: { code: 'expired' } } },
          { guard: 'isTooLong', actions: { type: 'refuse', params: { code: 'ttl_limit' } } },
          // Entered again, so that the timer counts from here.
          { target: 'ACTIVE', reenter: true, actions: 'prolong' },
        ],
        close: 'CLOSED',
        '*': { actions: 'ignore' },
      },
    },
    EXPIRED: { type: 'final' },
    CLOSED: { type: 'final' },
  },
});
