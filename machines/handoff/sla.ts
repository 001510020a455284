/**
 * Service levels. Targets for the first response, the next response and the resolution of a
 * session, counted in business hours. Everything follows from facts of the session and a time, so a
 * page can compute it as well as the server.
 */
import * as z from 'zod';
import type { BusinessHours } from './business-hours.ts';

const TARGETS = ['firstResponse', 'nextResponse', 'resolution'] as const;
export type SlaTarget = (typeof TARGETS)[number];

/** Milliseconds of open time. */
const ms = z.number().int().positive();

const targets = z.strictObject({
  /** Until a human answers for the first time. */
  firstResponse: ms.optional(),
  /** Until the customer has a response, after a human has answered once. */
  nextResponse: ms.optional(),
  /** From the customer's first message until the session closes. */
  resolution: ms.optional(),
});

export const slaPolicy = z.strictObject({
  /** A priority that is not named has no targets. */
  targets: z.partialRecord(z.enum(['low', 'normal', 'high', 'urgent']), targets),
  /**
   * Whether an answer of the bot is a response. Default true, since a session that waits for a
   * human gets none. With false, customers may wait for a human from their first message on.
   */
  botResponds: z.boolean().default(true),
  /** Share of a target after which its state is `soon`. Default 0.8. */
  soonAfter: z.number().positive().max(1).default(0.8),
});
export type SlaPolicy = z.output<typeof slaPolicy>;

/**
 * What happened in a session, in the order of time. `customer` is a message, a command or a request
 * for a human. `human` and `bot` are answers.
 */
export interface SlaFact {
  readonly type: 'customer' | 'human' | 'bot' | 'closed';
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** One target and how it stands. Times are milliseconds since the epoch. */
export interface SlaClock {
  readonly target: SlaTarget;
  readonly since: number;
  /** `ok` becomes `soon` at this moment. Null if the business hours never reach it. */
  readonly soonAt: number | null;
  /** A response at this moment is in time. Null if the business hours never reach it. */
  readonly due: number | null;
  /** When the response or the end came. Null while it is awaited. The state then stays. */
  readonly settledAt: number | null;
  readonly state: 'ok' | 'soon' | 'breached';
}

export interface SlaTerms {
  readonly policy: SlaPolicy;
  readonly priority: keyof SlaPolicy['targets'];
  readonly hours: BusinessHours;
}

/**
 * Every clock that ran in a session, in the order in which they began. A response clock begins with
 * the first message that has no response, and more messages do not restart it. Only a response or
 * the end of the session settles it. To know how a session stands now, the facts that matter are
 * the first message, one answer of a human if there was any, and the first message without a
 * response.
 */
export function slaClocks(facts: readonly SlaFact[], terms: SlaTerms, now: number): readonly SlaClock[] {
  const { policy, priority } = terms;
  const clocks: SlaClock[] = [];
  const add = (target: SlaTarget, since: number, settledAt: number | null): void => {
    const limit = policy.targets[priority]?.[target];
    if (limit !== undefined) clocks.push(clockOf(target, { limit, since, settledAt }, terms, now));
  };

  const first = facts.find(({ type }) => type === 'customer');
  const closedAt = facts.find(({ type }) => type === 'closed')?.at ?? null;
  if (first !== undefined) add('resolution', first.at, closedAt);

  let since: number | undefined;
  let humanResponded = false;
  const settle = (at: number | null): void => {
    if (since !== undefined) add(humanResponded ? 'nextResponse' : 'firstResponse', since, at);
    since = undefined;
  };
  for (const { type, at } of facts) {
    if (type === 'customer') since ??= at;
    if (type === 'human' || (type === 'bot' && policy.botResponds)) settle(at);
    if (type === 'human') humanResponded = true;
    if (type === 'closed') {
      settle(at);
      break;
    }
  }
  settle(null);
  return clocks;
}

function clockOf(
  target: SlaTarget,
  { limit, since, settledAt }: { readonly limit: number; readonly since: number; readonly settledAt: number | null },
  { policy, hours }: SlaTerms,
  now: number,
): SlaClock {
  const soonAt = hours.addOpenMs(since, Math.ceil(limit * policy.soonAfter)) ?? null;
  const due = hours.addOpenMs(since, limit) ?? null;
  const breached = due !== null && (settledAt ?? now) > due;
  const soon = settledAt === null && soonAt !== null && now >= soonAt;
  return { target, since, soonAt, due, settledAt, state: breached ? 'breached' : soon ? 'soon' : 'ok' };
}

const URGENCY = { breached: 0, soon: 1, ok: 2 } as const;

/** The running clock that a list shows. The worst state first, then the one that is due first. */
export function mostPressing(clocks: readonly SlaClock[]): SlaClock | undefined {
  const due = (clock: SlaClock): number => clock.due ?? Number.MAX_SAFE_INTEGER;
  const running = clocks.filter(({ settledAt }) => settledAt === null);
  return running.toSorted((a, b) => URGENCY[a.state] - URGENCY[b.state] || due(a) - due(b))[0];
}
