/**
 * Gate before every call to a model and of a tool that has a price. It admits no call that might
 * exceed a budget.
 *
 * Owns what is reserved for a call, what is charged for it, the refusal when too little is left.
 * Does not own counting (the ledger), the limits (configuration), what becomes of a refused run
 * (its caller).
 *
 * Invariants
 * 1. The gate fails closed. A ledger that cannot be reached for some seconds (`Unavailable`) or a
 *    model without a price (`unknown_price`) gives no permit.
 * 2. A call's usage is charged once, however often `afterCall` is called, and to the accounts of
 *    its reservation, even if the period has changed.
 * 3. A call that is repeated because its process died takes over the reservation. If it is not
 *    repeated, the reservation ends after `ttlMs`. The usage of the dead process is unknown here. A
 *    charge that was made stays, and a call repeated after it is a new call.
 */
import { randomUUID } from 'node:crypto';
import { type Clock, sleep } from '#machines/clock.ts';
import { InvalidInput, StatechatError } from '#machines/errors.ts';
import { type Amount, type Ledger, NOTHING, type SpendingLimit } from '#storage/ledger.ts';
import type { Admission, CallEstimate, Permit, ToolGate } from '../gate.ts';
import type { Usage } from '../provider.ts';
import { type BudgetSettings, limitsOf, periodAt, type Spender } from './accounts.ts';
import { mostOf } from './estimate-cost.ts';
import { costOf, type ModelPrice, type Prices, priceOf } from './prices.ts';
import { type BudgetRefusal, refusalOf } from './refusal.ts';

/**
 * Facts about a request before it is made. `runId` and `turn` name it, also when the run restarts.
 */
export type PlannedCall = Omit<CallEstimate, 'sessionId' | 'workflow'>;

/** For the calls of one run. */
export interface BudgetGate extends ToolGate {
  /**
   * Reserves the estimated cost of the call. Rejects with `Unavailable` or `unknown_price`, in
   * which case the call must not be made.
   */
  beforeCall(call: PlannedCall): Promise<Admission>;
  /**
   * Charges the call's usage, or nothing if it was not sent, and releases the rest of the
   * reservation. If the ledger is away, the gate retries for some seconds and then gives up without
   * rejecting, because the customer's answer is paid for. The next call will find the ledger away
   * too. Resolves to the cost in micro-dollars, and to 0 the second time.
   */
  afterCall(permit: Permit, spending: { readonly usage: Usage }): Promise<number>;
}

/** Session, customer and tenant of a run. */
export interface Payer extends Spender {
  /** The customer's language, BCP 47. Default English. */
  readonly locale?: string;
  /** Called with the reason of a refusal before the run sees it. */
  readonly onRefused?: (refusal: BudgetRefusal) => void;
  /** Called with the cost of each call, in micro-dollars. */
  readonly onCharged?: (microDollars: number) => void;
}

export interface BudgetOptions {
  readonly ledger: Ledger;
  readonly settings: BudgetSettings;
  readonly prices: Prices;
  /** Micro-dollars of a call by the tool's name, over the tools' own prices. */
  readonly toolPrices?: Readonly<Record<string, number>>;
  /** Store's clock. It decides the period. */
  readonly clock: Clock;
  /** Whether a refused customer reads that a human takes over. See `BudgetRefusal.handOver`. */
  readonly handOver: boolean;
  /** Called with charges that could not be made. */
  readonly onError: (where: string, error: unknown) => void;
  /** Lifetime of a reservation in milliseconds. Default 900,000, longer than any answer takes. */
  readonly ttlMs?: number;
}

/**
 * Milliseconds between attempts. A run that failed because the store was away for a moment would
 * make its calls again.
 */
const PAUSES = [100, 500, 2_000];

/** What the gate knows of a permit that it gave. */
interface Given {
  /** Undefined for a tool. */
  readonly price?: ModelPrice;
  readonly amount: Amount;
  readonly limits: readonly SpendingLimit[];
  charged: boolean;
}

export function budgetGates(options: BudgetOptions): (payer: Payer) => BudgetGate {
  const { ledger, settings, prices, toolPrices = {}, clock, handOver, onError, ttlMs = 900_000 } = options;

  /** Asks a ledger that is away again for some seconds, and then rejects as it did. */
  async function answered<T>(ask: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await ask();
      } catch (error) {
        const pause = PAUSES[attempt];
        if (pause === undefined || !(error instanceof StatechatError && error.retryable)) throw error;
        await sleep(clock, pause);
      }
    }
  }

  /** Resolves to false if another attempt of the run, which was thought dead, settled it. */
  async function settle(tenant: string, id: string, used: Amount): Promise<boolean> {
    let attempts = 0;
    try {
      const settled = await answered(() => {
        attempts += 1;
        return ledger.settle(tenant, id, used);
      });
      if (settled === 'unknown') onError('budget', new Error(`The reservation ${id} is gone: ${JSON.stringify(used)} is not counted.`));
      // An earlier attempt may have been done, and only its answer was lost.
      return settled !== 'already' || attempts > 1;
    } catch (error) {
      onError('budget', error);
      return true;
    }
  }

  /**
   * Charges a call whose reservation was settled for another attempt. It is charged by itself,
   * whatever the limits.
   */
  async function chargeApart(tenant: string, id: string, used: Amount, limits: readonly SpendingLimit[]): Promise<void> {
    const apart = `${id}.${randomUUID()}`;
    try {
      const free = limits.map((limit) => ({ ...limit, tokens: null, microDollars: null }));
      await answered(() => ledger.reserve(tenant, { id: apart, amount: used, limits: free, ttlMs }));
    } catch (error) {
      return onError('budget', error);
    }
    await settle(tenant, apart, used);
  }

  return ({ locale = 'en', onRefused, onCharged, ...spender }) => {
    const permits = new Map<string, Given>();

    async function reserve(call: string, limits: readonly SpendingLimit[], amount: Amount, now: number) {
      const name = `${call}.${periodAt(settings.period, now)}`;
      for (let nth = 1; ; nth += 1) {
        const id = nth === 1 ? name : `${name}.${nth}`;
        // Sent again under the same id, it takes the place of one whose answer was lost.
        const reserved = await answered(() => ledger.reserve(spender.tenant, { id, amount, limits, ttlMs }));
        // An attempt before this one made the call and paid for it.
        if (reserved.ok || reserved.reason === 'exceeded') return { id, exceeded: reserved.ok ? undefined : reserved.exceeded[0] };
      }
    }

    /** `call` names it, also when the run restarts. */
    async function admit(call: string, amount: Amount, price?: ModelPrice): Promise<Admission> {
      const now = clock.now();
      const scoped = limitsOf(spender, settings, now);
      const limits = scoped.map(({ scope: _, ...limit }) => limit);
      const { id, exceeded } = await reserve(call, limits, amount, now);
      if (exceeded === undefined) {
        permits.set(id, { amount, limits, charged: false, ...(price ? { price } : {}) });
        return { permit: { id } };
      }
      const scope = scoped.find(({ account }) => account === exceeded.account)?.scope ?? 'tenant';
      const refusal = refusalOf({ scope, exceeded, amount, locale, handOver });
      onRefused?.(refusal);
      return { refusal: { code: 'budget_spent', message: refusal.text, reason: refusal.reason } };
    }

    async function charge({ id }: Permit, usedOf: (given: Given) => Amount): Promise<number> {
      const given = permits.get(id);
      if (given === undefined) throw new InvalidInput(`"${id}" is no permit of this run.`);
      if (given.charged) return 0;
      given.charged = true;
      const used = usedOf(given);
      if (!(await settle(spender.tenant, id, used))) await chargeApart(spender.tenant, id, used, given.limits);
      onCharged?.(used.microDollars);
      return used.microDollars;
    }

    return {
      async beforeCall(call) {
        const price = priceOf(call.model, prices);
        return admit(`${call.runId}.${call.turn}`, mostOf(call, price), price);
      },

      async afterCall(permit, { usage }) {
        const tokens = usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
        return charge(permit, ({ price }) => ({ tokens, microDollars: price === undefined ? 0 : costOf(price, usage) }));
      },

      async beforeTool({ runId, turn, index, tool, price: own }) {
        const price = Object.hasOwn(toolPrices, tool) ? (toolPrices[tool] ?? own) : own;
        return price === 0 ? undefined : admit(`${runId}.${turn}.tool${index}`, { tokens: 0, microDollars: price });
      },

      async afterTool(permit, made) {
        return charge(permit, ({ amount }) => (made ? amount : NOTHING));
      },
    };
  };
}
