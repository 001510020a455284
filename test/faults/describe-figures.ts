/** Figures for people and for programs. */
import { type Figures, killsOf } from '#test/faults/figures.ts';

function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

interface Spread {
  readonly count: number;
  readonly p50: number | undefined;
  readonly p99: number | undefined;
  readonly most: number | undefined;
}

const spreadOf = (values: readonly number[]): Spread => ({
  count: values.length,
  p50: percentile(values, 0.5),
  p99: percentile(values, 0.99),
  most: percentile(values, 1),
});

const told = ({ count, p50, p99, most }: Spread): string =>
  count === 0 ? 'none' : `${count}, p50 ${p50} ms, p99 ${p99} ms, most ${most} ms`;

/**
 * For each kind of fault, the time until an instance that it hit, and until any instance,
 * acknowledged a message again.
 */
function recoveries({ recovery }: Figures) {
  return [...Map.groupBy(recovery, ({ kind }) => kind)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, all]) => ({
      kind,
      instance: spreadOf(all.flatMap(({ instances }) => instances)),
      service: spreadOf(all.map(({ service }) => service)),
      silence: spreadOf(all.map(({ silence }) => silence)),
    }));
}

/** The content of `describeFigures`, for programs. */
export function summaryOf({ timersLate, calmTimersLate, recovery, ...figures }: Figures) {
  return {
    ...figures,
    timersLate: spreadOf(timersLate),
    calmTimersLate: spreadOf(calmTimersLate),
    recovery: recoveries({ timersLate, calmTimersLate, recovery, ...figures }),
  };
}

export function describeFigures(figures: Figures): string {
  const listed = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([what, count]) => `${what} ${count}`)
      .join(', ');
  const back = recoveries(figures).map(
    ({ kind, instance, service, silence }) =>
      `  ${kind.padEnd(36)} instance p50 ${instance.p50} most ${instance.most}; service p50 ${service.p50} most ${service.most}; longest silence p50 ${silence.p50} most ${silence.most}`,
  );
  return `${figures.conversations} conversations, ${Math.round(figures.underFireMs / 1_000)} s under fire
faults: ${listed(figures.faults)}
${killsOf(figures)} kills: ${listed(figures.kills)}
starts that failed while PostgreSQL was away: ${figures.failedStarts}
web messages acknowledged: ${figures.acknowledged}, in ${figures.attempts} attempts; Telegram updates: ${figures.telegramUpdates}; journal entries: ${figures.journalEntries}
lost: ${figures.lost}, duplicated: ${figures.duplicated}, out of order: ${figures.outOfOrder}
effects delivered: ${figures.effects.delivered}, of these again in the window: ${figures.effects.again}
Telegram messages delivered: ${figures.telegram.delivered}, of these again in the window: ${figures.telegram.again}, drafts left standing: ${figures.telegram.leftDrafts}
WhatsApp and Discord: ${figures.messengers.received} messages taken, ${figures.messengers.delivered} delivered, of these again in the window: ${figures.messengers.again}
to messengers, Telegram among them: ${figures.toMessengers.places} places and ${figures.toMessengers.reactions} reactions
webhooks: ${figures.webhooks.requests} requests, of these again: ${figures.webhooks.again}
timers fired: ${told(spreadOf(figures.timersLate))} late; of these in the calm: ${told(spreadOf(figures.calmTimersLate))} late
milliseconds from a fault (a death: its time; others: their end) to the next acknowledged message:
${back.join('\n')}
findings: ${figures.findings.length}${figures.findings.map((finding) => `\n  - ${finding}`).join('')}`;
}
