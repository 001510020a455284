/** Who pays for a run, and what becomes of it when they cannot: the budgets of the configuration, put around a provider. */
import { budgetGates } from '#actors/agent/budget/gate.ts';
import { paidProvider } from '#actors/agent/budget/paid-provider.ts';
import { priceOf } from '#actors/agent/budget/prices.ts';
import type { Provider } from '#actors/agent/provider.ts';
import type { InvocationContext } from '#actors/api.ts';
import { systemClock } from '#channels/clock.ts';
import { StatechatError } from '#machines/errors.ts';
import type { AnswerOutput } from '#machines/session/runs.ts';
import type { Ledger } from '#storage/ledger.ts';
import { type Config, ConfigError } from './config.ts';
import type { Log } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';

/**
 * Does a run with a provider that is paid for; `costMicros` is what it has cost so far. When a budget is spent the answer is to say so,
 * and to bring a human where the configuration wants one.
 */
export type Pay = (
  run: Pick<InvocationContext, 'sessionId' | 'address' | 'runId'>,
  locale: string,
  work: (provider: Provider, costMicros: () => number) => Promise<AnswerOutput>,
) => Promise<AnswerOutput>;

export interface PayOptions {
  readonly provider: Provider;
  readonly ledger: Ledger;
  readonly config: Pick<Config, 'budget'>;
  /** The store's clock, in milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'cost'>;
}

/** One tenant a program, until there are more. */
const TENANT = 'default';

/** Throws `ConfigError` where the provider's model has no price: it would refuse every customer. */
export function createPay({ provider, ledger, config: { budget }, now, log, metrics }: PayOptions): Pay {
  checkPrice(provider.defaultModel, budget);
  const gateFor = budgetGates({
    ledger,
    settings: budget,
    prices: budget.prices,
    clock: { now, sleep: systemClock.sleep },
    handOver: budget.handOver,
    trouble: (where, error) => log.error({ where, error }, 'what a call cost could not be charged'),
  });
  return async ({ sessionId, address, runId }, locale, work) => {
    let cost = 0;
    let reason = '';
    const gate = gateFor({
      tenant: TENANT,
      sessionId,
      address,
      locale,
      onRefused: (refusal) => {
        reason = refusal.reason;
        log.warn({ sessionId, scope: refusal.scope, reason }, 'a call to a model was not made');
      },
      onCharged: (microDollars) => {
        cost += microDollars;
        metrics.cost(microDollars);
      },
    });
    try {
      return await work(paidProvider(provider, gate, runId), () => cost);
    } catch (error) {
      if (!(error instanceof StatechatError && error.code === 'budget_spent')) throw error;
      return { text: error.message, usage: { costMicros: cost }, ...(budget.handOver ? { escalate: { reason } } : {}) };
    }
  };
}

/** For who pays elsewhere, or not at all. */
export function unpaid(provider: Provider): Pay {
  return (_run, _locale, work) => work(provider, () => 0);
}

function checkPrice(model: string, { prices }: Config['budget']): void {
  try {
    priceOf(model, prices);
  } catch (error) {
    throw new ConfigError([{ name: 'STATECHAT_MODEL_PRICES', fault: error instanceof Error ? error.message : String(error) }]);
  }
}
