/** What a customer is told when a budget is spent. English and Arabic. */
import type { Scope } from './accounts.ts';

export interface BudgetRefusal {
  /** Whose budget is spent. */
  readonly scope: Scope;
  readonly unit: 'tokens' | 'money';
  /** In tokens or micro-dollars: what is allowed, what is spent and held by calls under way, and what this call might have come to. */
  readonly limit: number;
  readonly spent: number;
  readonly reserved: number;
  readonly asked: number;
  /** For the customer, in their language. It names no figures: those are the operator's. */
  readonly text: string;
  /** The conversation is to be handed to a human, with `reason`. */
  readonly handOver: boolean;
  /** For people who look after the program. */
  readonly reason: string;
}

const TEXTS = {
  en: {
    session: 'I have reached the limit of what I may do in this conversation.',
    customer: 'I have reached the limit of what I may do for you for now.',
    tenant: 'I cannot answer for now: too much has been asked of me. Please try again later.',
    handOver: 'A colleague will help you from here.',
    ask: 'If you need a human, write /agent.',
  },
  ar: {
    session: 'بلغتُ الحد المسموح لي به في هذه المحادثة.',
    customer: 'بلغتُ الحد المسموح لي به في خدمتك حاليًا.',
    tenant: 'لا أستطيع الإجابة الآن لكثرة الطلبات. حاول مرة أخرى لاحقًا من فضلك.',
    handOver: 'سيتولى أحد الزملاء مساعدتك من الآن.',
    ask: 'إذا احتجت إلى موظف فاكتب ‎/agent.',
  },
} as const satisfies Record<string, Record<Scope | 'handOver' | 'ask', string>>;

/** In Arabic where `locale` (BCP 47) is, else in English. */
export function refusalText(scope: Scope, locale: string, handOver: boolean): string {
  const texts = TEXTS[locale.toLowerCase().split('-')[0] === 'ar' ? 'ar' : 'en'];
  return `${texts[scope]} ${handOver ? texts.handOver : texts.ask}`;
}
