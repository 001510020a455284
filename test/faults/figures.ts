/** Figures of a round, and of all rounds of a run together. */
import { entriesAt, firedTimers } from '#test/faults/checks.ts';
import type { Duplicates } from '#test/faults/duplicates.ts';
import type { Evidence } from '#test/faults/evidence.ts';
import type { MessengerDuplicates } from '#test/faults/messenger-duplicates.ts';
import type { Recovered } from '#test/faults/recovery.ts';

export const POSTGRES_KILLED = 'PostgreSQL killed';

export interface Figures {
  readonly conversations: number;
  /** Faults of all kinds, deaths among them. */
  readonly faults: Readonly<Record<string, number>>;
  /** While there were faults, in milliseconds. */
  readonly underFireMs: number;
  /** SIGKILLs by where they hit. `postgres` counts those of PostgreSQL. */
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
  /** Messages of customers on WhatsApp and Discord, and those that were sent to them. */
  readonly messengers: { readonly received: number; readonly delivered: number; readonly again: number };
  /** To customers on all messengers, Telegram among them. */
  readonly toMessengers: { readonly places: number; readonly reactions: number };
  /** Requests of webhooks, and those of events that came before. */
  readonly webhooks: { readonly requests: number; readonly again: number };
  /**
   * Milliseconds after they were due, of all timers, and of those that were due after the last
   * kill.
   */
  readonly timersLate: readonly number[];
  readonly calmTimersLate: readonly number[];
  readonly recovery: readonly Recovered[];
  readonly findings: readonly string[];
}

export function figuresOf(
  evidence: Evidence,
  repeated: Duplicates & { readonly messengers: MessengerDuplicates },
  recovery: readonly Recovered[],
  findings: readonly string[],
): Figures {
  const kills: Record<string, number> = {};
  for (const { cause } of evidence.deaths) if (cause !== 'stopped' && cause !== 'could not start') kills[cause] = (kills[cause] ?? 0) + 1;
  const postgres = evidence.postgresKills.length + evidence.outages.filter(({ kind }) => kind === POSTGRES_KILLED).length;
  if (postgres > 0) kills.postgres = postgres;
  const sent = evidence.visitors.flatMap((visitor) => visitor.sent);
  const fired = firedTimers(evidence).map(({ at, payload }) => ({ due: Number(payload.due), late: at - Number(payload.due) }));
  const onMessengers = [...evidence.reactions.keys()].flatMap((address) => entriesAt(evidence, address)).map(({ payload }) => payload);
  const count = (what: string): number => findings.filter((finding) => finding.startsWith(what)).length;
  const faults: Record<string, number> = {};
  for (const { kind } of evidence.outages) faults[kind] = (faults[kind] ?? 0) + 1;
  return {
    conversations: evidence.visitors.length + evidence.chats.length + evidence.messengers.length,
    faults,
    underFireMs: evidence.calmSince - evidence.began,
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
    messengers: {
      received: evidence.messengers.reduce((sum, { said }) => sum + said.length, 0),
      delivered: repeated.messengers.delivered,
      again: repeated.messengers.again,
    },
    toMessengers: {
      places: onMessengers.filter(({ params }) => Object(params).card !== undefined).length,
      reactions: onMessengers.filter(({ effect }) => effect === 'reaction.send').length,
    },
    webhooks: {
      requests: evidence.webhookRequests.length,
      again: evidence.webhookRequests.length - new Set(evidence.webhookRequests.map(({ id }) => id)).size,
    },
    timersLate: fired.map(({ late }) => late),
    calmTimersLate: fired.filter(({ due }) => due > evidence.calmSince + 1_000).map(({ late }) => late),
    recovery,
    findings,
  };
}

export function total(all: readonly Figures[]): Figures {
  const sum = (of: (figures: Figures) => number): number => all.reduce((so, figures) => so + of(figures), 0);
  const sums = (of: (figures: Figures) => Readonly<Record<string, number>>): Record<string, number> => {
    const summed: Record<string, number> = {};
    for (const figures of all) for (const [what, count] of Object.entries(of(figures))) summed[what] = (summed[what] ?? 0) + count;
    return summed;
  };
  return {
    conversations: sum((f) => f.conversations),
    faults: sums((f) => f.faults),
    underFireMs: sum((f) => f.underFireMs),
    kills: sums((f) => f.kills),
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
    messengers: {
      received: sum((f) => f.messengers.received),
      delivered: sum((f) => f.messengers.delivered),
      again: sum((f) => f.messengers.again),
    },
    toMessengers: { places: sum((f) => f.toMessengers.places), reactions: sum((f) => f.toMessengers.reactions) },
    webhooks: { requests: sum((f) => f.webhooks.requests), again: sum((f) => f.webhooks.again) },
    timersLate: all.flatMap((f) => f.timersLate),
    calmTimersLate: all.flatMap((f) => f.calmTimersLate),
    recovery: all.flatMap((f) => f.recovery),
    findings: all.flatMap((f) => f.findings),
  };
}

export function killsOf({ kills }: Pick<Figures, 'kills'>): number {
  return Object.values(kills).reduce((sum, count) => sum + count, 0);
}
