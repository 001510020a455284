/** Texts of a refused budget, for the customer in English or Arabic and for the operator. */
import type { Amount, Balance, SpendingLimit } from '#storage/ledger.ts';
import type { BudgetScope } from './accounts.ts';

export interface BudgetRefusal {
  /** Whose budget is spent. */
  readonly scope: BudgetScope;
  readonly unit: 'tokens' | 'money';
  /** Level of the budget that is spent. */
  readonly limit: number;
  readonly spent: number;
  readonly reserved: number;
  readonly asked: number;
  /**
   * Tokens or micro-dollars. The limit, the amount spent and reserved by calls under way, and the
   * estimate of this call.
   */
  readonly text: string;
  /** The conversation has to be handed over to a human, with `reason`. */
  readonly handOver: boolean;
  /** For the customer, in their language. Without figures, which are for the operator. */
  readonly reason: string;
}

const TEXTS = {
  en: {
    session: 'I have reached the limit of what I may do in this conversation.',
    customer: 'I have reached the limit of what I may do for you right now.',
    tenant: 'I cannot answer right now, because there are too many requests. Please try again later.',
    handOver: 'A colleague can help you.',
    ask: 'If you need a human, write /agent.',
  },
  ar: {
    session: 'بلغتُ الحد المسموح لي به في هذه المحادثة.',
    customer: 'بلغتُ الحد المسموح لي به في خدمتك حاليًا.',
    tenant: 'لا أستطيع الإجابة الآن لكثرة الطلبات. حاول مرة أخرى لاحقًا من فضلك.',
    handOver: 'يستطيع أحد الزملاء مساعدتك.',
    ask: 'إذا احتجت إلى موظف فاكتب ‎/agent.',
  },
} as const satisfies Record<string, Record<BudgetScope | 'handOver' | 'ask', string>>;

export interface OverBudget {
  readonly scope: BudgetScope;
  /** Balance of the account that had too little left. */
  readonly exceeded: Balance & { readonly limit: SpendingLimit };
  /** The amount that was requested. */
  readonly amount: Amount;
  readonly locale: string;
  readonly handOver: boolean;
}

export function refusalOf({ scope, exceeded, amount, locale, handOver }: OverBudget): BudgetRefusal {
  const over = (unit: keyof Amount) =>
    exceeded.spent[unit] + exceeded.reserved[unit] + amount[unit] > (exceeded.limit[unit] ?? Number.POSITIVE_INFINITY);
  const unit = over('microDollars') ? 'microDollars' : 'tokens';
  const [limit, spent, reserved, asked] = [exceeded.limit[unit] ?? 0, exceeded.spent[unit], exceeded.reserved[unit], amount[unit]];
  const shown = (value: number) => (unit === 'tokens' ? `${value} tokens` : `$${(value / 1_000_000).toFixed(4)}`);
  return {
    scope,
    unit: unit === 'tokens' ? 'tokens' : 'money',
    limit,
    spent,
    reserved,
    asked,
    text: textOf(scope, locale, handOver),
    handOver,
    reason: `the budget of the ${scope} is spent: ${shown(spent)} of ${shown(limit)}, ${shown(reserved)} held by calls under way, ${shown(asked)} requested`,
  };
}

/** In Arabic where `locale` (BCP 47) is, else in English. */
function textOf(scope: BudgetScope, locale: string, handOver: boolean): string {
  const texts = TEXTS[locale.toLowerCase().split('-')[0] === 'ar' ? 'ar' : 'en'];
  return `${texts[scope]} ${handOver ? texts.handOver : texts.ask}`;
}
