/** The report as Markdown, to be put into docs/performance.md as it is. */
import type { Figures, Report } from './report.ts';

export function tables({ environment, versions, parameters, figures, goals, failures, readBack }: Report): string {
  const lines = [
    `${parameters.rounds} rounds of ${parameters.seconds} s on ${String(environment.date).slice(0, 10)}, ${parameters.conversations} conversations: Node ${environment.node}, ${environment.cpus} CPUs (${environment.cpu}), ${environment.memoryGiB} GiB, load ${String(environment.loadAverage)}.`,
    '',
    `PostgreSQL: ${pairs(environment.postgres)}.`,
    '',
    `Versions: ${pairs(versions)}.`,
  ];
  for (const concurrency of parameters.concurrency) {
    lines.push(
      '',
      `### ${concurrency} in flight`,
      '',
      '| | turns/s | p50 ms | p95 ms | p99 ms | CPU µs/turn | WAL bytes/turn | ours live ÷ it | ours outbox ÷ it |',
      '| :-- | --: | --: | --: | --: | --: | --: | --: | --: |',
      ...figures.filter((one) => one.concurrency === concurrency).map(row),
      ...failures.map(({ name, why }) => `| ${name}: **failed**, ${why} | | | | | | | | |`),
    );
  }
  if (goals.length > 0) lines.push('', '| goal | in flight | found | |', '| :-- | --: | --: | :-- |');
  for (const { goal, concurrency, found, met } of goals)
    lines.push(`| ${goal} | ${concurrency} | ${found} | ${met ? 'met' : '**missed**'} |`);
  lines.push('', `Read back, every turn there once: ${readBack.map(({ name, turns }) => `${name} ${turns}`).join(', ')}.`);
  for (const { name, why } of failures) lines.push('', `**${name} failed**: ${why}`);
  return lines.join('\n');
}

function row({ title, durable, turnsPerSecond, latencyMs, cpuMicrosPerTurn, walBytesPerTurn, timesOfIt }: Figures): string {
  const { p50, p95, p99 } = latencyMs;
  const name = durable ? title : `${title} (*not durable*)`;
  return `| ${name} | ${turnsPerSecond} | ${p50} | ${p95} | ${p99} | ${cpuMicrosPerTurn} | ${walBytesPerTurn ?? '–'} | ${timesOfIt.live ?? ''} | ${timesOfIt.outbox ?? ''} |`;
}

function pairs(values: unknown): string {
  return Object.entries(Object(values))
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}
