/**
 * The gate before every call to a model: none is made that might exceed a budget.
 *
 * Owns: what is reserved for a call, what is charged for it, what is said when there is not enough left. Does not own: the counting
 * (the ledger), what the limits are (configuration), what becomes of a refused run (its caller).
 *
 * Invariants
 * 1. It fails closed: a ledger that cannot be reached (`Unavailable`) or a model without a price (`unknown_price`) is no permit.
 * 2. What a call used is charged once, however often `afterCall` is called, and by the account it was reserved in, whatever period it is then.
 * 3. A call whose process died gives its reservation back when `ttlMs` is over. What it used then is not known to anybody here.
 */
import type { Clock } from '#channels/clock.ts';
import { StatechatError } from '#machines/errors.ts';
import type { Balance, Ledger, Limit } from '#storage/ledger.ts';
import type { Usage } from '../provider.ts';
import { type BudgetSettings, limitsOf, type Scope, type Spender } from './accounts.ts';
import { amountOf, type CallEstimate } from './estimate-call.ts';
import { costOf, type ModelPrice, type Prices, priceOf } from './prices.ts';
import { type BudgetRefusal, refusalText } from './refusal.ts';

export interface Call extends CallEstimate {
  /** Unique for each call of each attempt, such as `{runId}.{attempt}.{number}`. */
  readonly id: string;
  readonly spender: Spender;
  /** The customer's language, BCP 47. Default English. */
  readonly locale?: string;
}

export interface Permit {
  readonly granted: true;
  readonly id: string;
  readonly tenant: string;
  readonly price: ModelPrice;
}

export interface BudgetGate {
  /** Reserves what the call may come to. Rejects with `Unavailable` or `unknown_price`; then the call must not be made. */
  beforeCall(call: Call): Promise<Permit | ({ readonly granted: false } & BudgetRefusal)>;
  /**
   * Charges what the call used and gives the rest back; without `usage`, when nothing was sent, all of it. Resolves to the cost in
   * micro-dollars. A ledger that is away is tried again, and never costs the customer the answer: this does not reject.
   */
  afterCall(permit: Permit, usage: Usage | undefined): Promise<number>;
}

export interface BudgetGateOptions {
  readonly ledger: Ledger;
  readonly settings: BudgetSettings;
  readonly prices: Prices;
  /** The store's clock: it says which period it is. */
  readonly clock: Clock;
  /** Whether a customer who is refused is handed to a human. */
  readonly handOver: boolean;
  /** Hears of charges that could not be made. */
  readonly trouble: (where: string, error: unknown) => void;
  /** Milliseconds that a reservation holds. Default 900,000: longer than any answer takes. */
  readonly ttlMs?: number;
}

/** Milliseconds between attempts to charge. */
const PAUSES = [100, 500, 2_000];

export function createBudgetGate(options: BudgetGateOptions): BudgetGate {
  const { ledger, settings, prices, clock, handOver, trouble, ttlMs = 900_000 } = options;

  async function charge(permit: Permit, used: { readonly tokens: number; readonly microDollars: number }): Promise<void> {
    for (const pause of [...PAUSES, undefined]) {
      try {
        const settled = await ledger.settle(permit.tenant, permit.id, used);
        if (settled === 'unknown')
          trouble('budget', new Error(`The reservation ${permit.id} is gone: ${JSON.stringify(used)} is not counted.`));
        return;
      } catch (error) {
        if (pause === undefined || !(error instanceof StatechatError && error.retryable)) return trouble('budget', error);
        await clock.sleep(pause);
      }
    }
  }

  return {
    async beforeCall(call) {
      const { id, spender, model, locale = 'en' } = call;
      const price = priceOf(model, prices);
      const amount = amountOf(call, price);
      const scoped = limitsOf(spender, settings, clock.now());
      const limits = scoped.map(({ scope: _, ...limit }) => limit);
      const reserved = await ledger.reserve(spender.tenant, { id, amount, limits, ttlMs });
      if (reserved.ok) return { granted: true, id, tenant: spender.tenant, price };
      if (reserved.reason === 'settled')
        throw new StatechatError('defect', `The call ${id} was made before: each call needs an id of its own.`, { expose: false });
      const [first] = reserved.exceeded;
      const scope = scoped.find(({ account }) => account === first?.account)?.scope ?? 'tenant';
      return { granted: false, ...figures(scope, first, amount), text: refusalText(scope, locale, handOver), handOver };
    },

    async afterCall(permit, usage) {
      if (usage === undefined) {
        await charge(permit, { tokens: 0, microDollars: 0 });
        return 0;
      }
      const microDollars = costOf(permit.price, usage);
      const tokens = usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
      await charge(permit, { tokens, microDollars });
      return microDollars;
    },
  };
}

function figures(
  scope: Scope,
  exceeded: (Balance & { readonly limit: Limit }) | undefined,
  amount: { readonly tokens: number; readonly microDollars: number },
) {
  const over = (unit: 'tokens' | 'microDollars') => {
    const limit = exceeded?.limit[unit] ?? null;
    return limit !== null && (exceeded?.spent[unit] ?? 0) + (exceeded?.reserved[unit] ?? 0) + amount[unit] > limit;
  };
  const key = over('microDollars') ? 'microDollars' : 'tokens';
  const [limit, spent, reserved] = [exceeded?.limit[key] ?? 0, exceeded?.spent[key] ?? 0, exceeded?.reserved[key] ?? 0];
  const unit = key === 'tokens' ? ('tokens' as const) : ('money' as const);
  const shown = (value: number) => (unit === 'tokens' ? `${value} tokens` : `$${(value / 1_000_000).toFixed(4)}`);
  const reason = `the budget of the ${scope} is spent: ${shown(spent)} of ${shown(limit)}, ${shown(reserved)} held by calls under way, ${shown(amount[key])} asked for`;
  return { scope, unit, limit, spent, reserved, asked: amount[key], reason };
}
