/** Accounts that a call spends from. They belong to its session, its customer and its tenant. */
import type { Address, SessionId } from '#machines/ids.ts';
import type { SpendingLimit } from '#storage/ledger.ts';

export const BUDGET_SCOPES = ['session', 'customer', 'tenant'] as const;
export type BudgetScope = (typeof BUDGET_SCOPES)[number];

/** Null means no limit. Spending is counted nevertheless. */
export interface BudgetLimit {
  readonly tokens: number | null;
  readonly microDollars: number | null;
}

export interface BudgetSettings {
  readonly limits: Readonly<Record<BudgetScope, BudgetLimit>>;
  /**
   * Period of the limits of customers and tenants, by the calendar in UTC. A session's limit holds
   * for its whole life.
   */
  readonly period: 'day' | 'month';
}

/** Session, customer and tenant that spend. */
export interface Spender {
  /** The ledger's book. */
  readonly tenant: string;
  readonly sessionId: SessionId;
  readonly address: Address;
}

/** Two months, longer than any session lives and any period lasts. */
const KEEP_MS = 62 * 86_400_000;

/** In UTC, `2026-11` or `2026-11-21`. */
export function periodAt(period: BudgetSettings['period'], now: number): string {
  return new Date(now).toISOString().slice(0, period === 'day' ? 10 : 7);
}

export function accountOf(scope: BudgetScope, { sessionId, address }: Spender, period: BudgetSettings['period'], now: number): string {
  if (scope === 'session') return `session:${sessionId}`;
  const current = periodAt(period, now);
  return scope === 'customer' ? `customer:${address}/${current}` : `tenant/${current}`;
}

export function limitsOf(
  spender: Spender,
  { limits, period }: BudgetSettings,
  now: number,
): (SpendingLimit & { readonly scope: BudgetScope })[] {
  return BUDGET_SCOPES.map((scope) => ({ scope, account: accountOf(scope, spender, period, now), ...limits[scope], keepMs: KEEP_MS }));
}
