/** What a run of storms came to, in numbers. */
import { firedTimers } from '#test/faults/checks.ts';
import type { Duplicates } from '#test/faults/duplicates.ts';
import type { Evidence } from '#test/faults/evidence.ts';

export interface Figures {
  /** SIGKILLs by where they hit; `postgres` are those of PostgreSQL. */
  readonly kills: Readonly<Record<string, number>>;
  /** Starts that failed because PostgreSQL was away. */
  readonly failedStarts: number;
  readonly acknowledged: number;
  readonly attempts: number;
  readonly telegramUpdates: number;
  readonly journalEntries: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly outOfOrder: number;
  readonly effects: Duplicates['effects'];
  readonly telegram: Duplicates['telegram'];
  /** Milliseconds after they were due: of all timers, and of those that were due when nothing was killed any more. */
  readonly timersLate: readonly number[];
  readonly calmTimersLate: readonly number[];
  /** Milliseconds from a kill to the next acknowledged message at that port. */
  readonly recovery: readonly number[];
  readonly findings: readonly string[];
}

export function figuresOf(evidence: Evidence, repeated: Duplicates, recovery: readonly number[], findings: readonly string[]): Figures {
  const kills: Record<string, number> = {};
  for (const { cause } of evidence.deaths) if (cause !== 'stopped' && cause !== 'could not start') kills[cause] = (kills[cause] ?? 0) + 1;
  if (evidence.postgresKills.length > 0) kills.postgres = evidence.postgresKills.length;
  const sent = evidence.visitors.flatMap((visitor) => visitor.sent);
  const fired = firedTimers(evidence).map(({ at, payload }) => ({ due: Number(payload.due), late: at - Number(payload.due) }));
  const count = (what: string): number => findings.filter((finding) => finding.startsWith(what)).length;
  return {
    kills,
    failedStarts: evidence.deaths.filter(({ cause }) => cause === 'could not start').length,
    acknowledged: sent.filter(({ acknowledgedAt }) => acknowledgedAt !== undefined).length,
    attempts: sent.reduce((sum, { attempts }) => sum + attempts, 0),
    telegramUpdates: evidence.chats.reduce((sum, { said }) => sum + said.length, 0),
    journalEntries: evidence.journal.length,
    lost: count('lost'),
    duplicated: count('duplicated'),
    outOfOrder: count('out of order'),
    effects: repeated.effects,
    telegram: repeated.telegram,
    timersLate: fired.map(({ late }) => late),
    calmTimersLate: fired.filter(({ due }) => due > evidence.calmSince + 1_000).map(({ late }) => late),
    recovery,
    findings,
  };
}

export function total(all: readonly Figures[]): Figures {
  const sum = (of: (figures: Figures) => number): number => all.reduce((so, figures) => so + of(figures), 0);
  const kills: Record<string, number> = {};
  for (const figures of all) for (const [where, count] of Object.entries(figures.kills)) kills[where] = (kills[where] ?? 0) + count;
  return {
    kills,
    failedStarts: sum((f) => f.failedStarts),
    acknowledged: sum((f) => f.acknowledged),
    attempts: sum((f) => f.attempts),
    telegramUpdates: sum((f) => f.telegramUpdates),
    journalEntries: sum((f) => f.journalEntries),
    lost: sum((f) => f.lost),
    duplicated: sum((f) => f.duplicated),
    outOfOrder: sum((f) => f.outOfOrder),
    effects: { delivered: sum((f) => f.effects.delivered), again: sum((f) => f.effects.again) },
    telegram: {
      delivered: sum((f) => f.telegram.delivered),
      again: sum((f) => f.telegram.again),
      leftDrafts: sum((f) => f.telegram.leftDrafts),
    },
    timersLate: all.flatMap((f) => f.timersLate),
    calmTimersLate: all.flatMap((f) => f.calmTimersLate),
    recovery: all.flatMap((f) => f.recovery),
    findings: all.flatMap((f) => f.findings),
  };
}

export function killsOf({ kills }: Pick<Figures, 'kills'>): number {
  return Object.values(kills).reduce((sum, count) => sum + count, 0);
}

function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

export function describeFigures(figures: Figures): string {
  const spread = (values: readonly number[]): string =>
    values.length === 0
      ? 'none'
      : `${values.length}, p50 ${percentile(values, 0.5)} ms, p99 ${percentile(values, 0.99)} ms, most ${percentile(values, 1)} ms`;
  return `${killsOf(figures)} kills: ${Object.entries(figures.kills)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([where, count]) => `${where} ${count}`)
    .join(', ')}
starts that failed while PostgreSQL was away: ${figures.failedStarts}
web messages acknowledged: ${figures.acknowledged}, in ${figures.attempts} attempts; Telegram updates: ${figures.telegramUpdates}; journal entries: ${figures.journalEntries}
lost: ${figures.lost}, duplicated: ${figures.duplicated}, out of order: ${figures.outOfOrder}
effects delivered: ${figures.effects.delivered}, of these again in the window: ${figures.effects.again}
Telegram messages delivered: ${figures.telegram.delivered}, of these again in the window: ${figures.telegram.again}, drafts left standing: ${figures.telegram.leftDrafts}
timers fired: ${spread(figures.timersLate)} late; of these in the calm: ${spread(figures.calmTimersLate)} late
from a kill to the next acknowledged message there: ${spread(figures.recovery)}
findings: ${figures.findings.length}${figures.findings.map((finding) => `\n  - ${finding}`).join('')}`;
}
