/** Settings of budgets (SPEC A6), and the budgets that they make. */
import * as z from 'zod';
import type { BudgetLimit, BudgetSettings } from '#agent-service/budget/accounts.ts';
import { LIST_PRICES, type ModelPrice, type Prices, rates } from '#agent-service/budget/prices.ts';
import { name } from './setting.ts';

const UNLIMITED = 'unlimited';

/** Reads an amount. Null if there is no limit. */
function most(unit: string, example: string, pattern: RegExp, times: number) {
  const expected = `expected a number of ${unit} such as ${example}, or ${UNLIMITED}`;
  return z
    .string()
    .refine((text) => text === UNLIMITED || (pattern.test(text) && Number(text) * times <= 1_000_000_000_000), expected)
    .transform((text) => (text === UNLIMITED ? null : Math.round(Number(text) * times)));
}

/** In micro-dollars. */
const dollars = most('US dollars', '2.50', /^\d{1,7}(\.\d{1,6})?$/, 1_000_000);
const tokens = most('tokens', '200000', /^\d{1,12}$/, 1);

const PRICE = /^([^\s=,]{1,200})=(\d{1,4}(?:\.\d{1,6})?)\/(\d{1,4}(?:\.\d{1,6})?)\/(\d{1,4}(?:\.\d{1,6})?)\/(\d{1,4}(?:\.\d{1,6})?)$/;

/** Prices of the setting over the list prices. */
const prices = z.string().transform((text, context): Prices => {
  const own: Record<string, ModelPrice> = {};
  for (const part of text.split(',').map((one) => one.trim())) {
    const [, model, ...numbers] = PRICE.exec(part) ?? [];
    const [input = 0, output = 0, cacheRead = 0, cacheWrite = 0] = numbers.map(Number);
    if (model === undefined) {
      context.addIssue({
        code: 'custom',
        message: `"${part.slice(0, 80)}" is not model=input/output/cache read/cache write in dollars per million tokens. Expected for example my-model=3/15/0.3/3.75`,
      });
    } else own[model] = rates(input, output, cacheRead, cacheWrite);
  }
  return { ...LIST_PRICES, ...own };
});

const TOOL_PRICE = /^([a-zA-Z0-9_-]{1,64})=(\d{1,4}(?:\.\d{1,6})?)$/;

/** Micro-dollars of a call, by the name of the tool. */
const toolPrices = z.string().transform((text, context): Readonly<Record<string, number>> => {
  const entries = text.split(',').flatMap((part): [string, number][] => {
    const [, tool, dollars] = TOOL_PRICE.exec(part.trim()) ?? [];
    if (tool !== undefined) return [[tool, Math.ceil(Number(dollars) * 1_000_000)]];
    context.addIssue({
      code: 'custom',
      message: `"${part.trim().slice(0, 80)}" is not tool=dollars a call; expected for example fetch_company_data=0.50`,
    });
    return [];
  });
  return Object.fromEntries(entries);
});

export const BUDGET_NAMES = {
  STATECHAT_BUDGET_SESSION_USD: name({
    group: 'Budgets',
    schema: dollars,
    fallback: '5',
    about:
      'US dollars that models may cost in one session, from its opening to its closing, or `unlimited`. A call that might exceed the limit is not made, and the customer is told so. Long chats cost cents, so the default stops only what is out of control.',
  }),
  STATECHAT_BUDGET_SESSION_TOKENS: name({
    group: 'Budgets',
    schema: tokens,
    fallback: UNLIMITED,
    about: 'The same limit in tokens, input and output, cached or not.',
  }),
  STATECHAT_BUDGET_CUSTOMER_USD: name({
    group: 'Budgets',
    schema: dollars,
    fallback: '20',
    about: 'US dollars that models may cost for one customer (an address) in a `STATECHAT_BUDGET_PERIOD`, or `unlimited`.',
  }),
  STATECHAT_BUDGET_CUSTOMER_TOKENS: name({ group: 'Budgets', schema: tokens, fallback: UNLIMITED, about: 'The same limit in tokens.' }),
  STATECHAT_BUDGET_TENANT_USD: name({
    group: 'Budgets',
    schema: dollars,
    fallback: UNLIMITED,
    about:
      'US dollars that models may cost for all customers together in a `STATECHAT_BUDGET_PERIOD`. Set it to what you are ready to pay. The default assumes that customers are few.',
  }),
  STATECHAT_BUDGET_TENANT_TOKENS: name({ group: 'Budgets', schema: tokens, fallback: UNLIMITED, about: 'The same limit in tokens.' }),
  STATECHAT_BUDGET_PERIOD: name({
    group: 'Budgets',
    schema: z.enum(['day', 'month'], 'expected day or month'),
    fallback: 'month',
    about: 'Period of the budgets of customers and of all customers together, a `day` or a `month` of the calendar in UTC.',
  }),
  STATECHAT_BUDGET_SPENT: name({
    group: 'Budgets',
    schema: z.enum(['tell', 'human'], 'expected tell or human'),
    fallback: 'tell',
    about:
      'What happens if the budget of a customer is spent. `tell` tells the customer so, and that /agent brings a human. `human` also hands the conversation over at once. Choose it if agents watch the queue.',
  }),
  STATECHAT_TOOL_PRICES: name({
    group: 'Budgets',
    schema: toolPrices,
    about:
      'Prices of one call of a tool, as `tool=dollars` separated by commas, such as `fetch_company_data=0.50`. They are reserved and charged in the same budgets as models, and override the price that the tool declares. A tool without either costs 0.',
  }),
  STATECHAT_MODEL_PRICES: name({
    group: 'Budgets',
    schema: prices,
    about:
      'Prices of models that are not on the built-in list (docs/reference/budgets.md), or that have another price for you, as `model=input/output/cache read/cache write` in US dollars per million tokens, separated by commas. A model without a price is not called.',
  }),
};

/** What models may cost, and which budgets pay. */
export interface BudgetConfig extends BudgetSettings {
  readonly prices: Prices;
  /** Micro-dollars of a call, by the name of the tool, over the tools' own prices. */
  readonly toolPrices: Readonly<Record<string, number>>;
  /** Whether a customer whose budget is spent is handed to a human. */
  readonly handOver: boolean;
}

type BudgetNames = typeof BUDGET_NAMES;

export function budgetOf(read: <N extends keyof BudgetNames>(name: N) => z.output<BudgetNames[N]['schema']> | undefined): BudgetConfig {
  const limit = (money: number | null | undefined, count: number | null | undefined): BudgetLimit => ({
    tokens: count ?? null,
    microDollars: money ?? null,
  });
  return {
    limits: {
      session: limit(read('STATECHAT_BUDGET_SESSION_USD'), read('STATECHAT_BUDGET_SESSION_TOKENS')),
      customer: limit(read('STATECHAT_BUDGET_CUSTOMER_USD'), read('STATECHAT_BUDGET_CUSTOMER_TOKENS')),
      tenant: limit(read('STATECHAT_BUDGET_TENANT_USD'), read('STATECHAT_BUDGET_TENANT_TOKENS')),
    },
    period: read('STATECHAT_BUDGET_PERIOD') ?? 'month',
    handOver: read('STATECHAT_BUDGET_SPENT') === 'human',
    prices: read('STATECHAT_MODEL_PRICES') ?? LIST_PRICES,
    toolPrices: read('STATECHAT_TOOL_PRICES') ?? {},
  };
}
