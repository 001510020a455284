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

type Run = Pick<InvocationContext, 'sessionId' | 'address' | 'runId'>;
/** `costMicros`: what the run has cost so far, in micro-dollars. */
type Work<T> = (provider: Provider, costMicros: () => number) => Promise<T>;

export interface Pay {
  /** Does a run with a provider that is paid for. Rejects with `budget_spent` where the next call might exceed a budget. */
  run<T>(run: Run, locale: string, work: Work<T>): Promise<T>;
  /** The same for an answer. When a budget is spent it says so, and brings a human where the configuration wants one. */
  answer(run: Run, locale: string, work: Work<AnswerOutput>): Promise<AnswerOutput>;
}

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
  /** A provider for one run, what it has cost, and why it was refused more. */
  function bill({ sessionId, address, runId }: Run, locale: string) {
    const made = { cost: 0, reason: '' };
    const gate = gateFor({
      tenant: TENANT,
      sessionId,
      address,
      locale,
      onRefused: ({ scope, reason }) => {
        made.reason = reason;
        log.warn({ sessionId, scope, reason }, 'a call to a model was not made');
      },
      onCharged: (microDollars) => {
        made.cost += microDollars;
        metrics.cost(microDollars);
      },
    });
    return { made, provider: paidProvider(provider, gate, runId) };
  }

  return {
    async run(run, locale, work) {
      const { made, provider: paid } = bill(run, locale);
      return work(paid, () => made.cost);
    },
    async answer(run, locale, work) {
      const { made, provider: paid } = bill(run, locale);
      try {
        return await work(paid, () => made.cost);
      } catch (error) {
        if (!(error instanceof StatechatError && error.code === 'budget_spent')) throw error;
        const escalate = budget.handOver ? { escalate: { reason: made.reason } } : {};
        return { text: error.message, usage: { costMicros: made.cost }, ...escalate };
      }
    },
  };
}

/** For who pays elsewhere, or not at all. */
export function unpaid(provider: Provider): Pay {
  const work = <T>(_run: Run, _locale: string, does: Work<T>): Promise<T> => does(provider, () => 0);
  return { run: work, answer: work };
}

function checkPrice(model: string, { prices }: Config['budget']): void {
  try {
    priceOf(model, prices);
  } catch (error) {
    throw new ConfigError([{ name: 'STATECHAT_MODEL_PRICES', fault: error instanceof Error ? error.message : String(error) }]);
  }
}
