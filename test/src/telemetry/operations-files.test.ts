/**
 * The dashboard and the alert rules name metrics that exist, in queries that Prometheus can read.
 */
import { readFileSync } from 'node:fs';
import { parser } from '@prometheus-io/lezer-promql';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { createMetrics } from '#src/telemetry/metrics.ts';

const read = (name: string): string => readFileSync(new URL(`../../../docs/operations/${name}`, import.meta.url), 'utf8');

const dashboard = z
  .object({
    uid: z.string(),
    schemaVersion: z.number(),
    panels: z.array(
      z.object({
        id: z.number(),
        title: z.string().min(1),
        description: z.string().min(1),
        gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
        targets: z.array(z.object({ expr: z.string() })).min(1),
      }),
    ),
  })
  .parse(JSON.parse(read('grafana-dashboard.json')));

const rules = z
  .strictObject({
    groups: z.array(
      z.strictObject({
        name: z.string(),
        rules: z.array(
          z.strictObject({
            alert: z.string().regex(/^[A-Z]\w+$/),
            expr: z.string(),
            for: z
              .string()
              .regex(/^\d+[smhd]$/)
              .optional(),
            labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
            annotations: z.strictObject({ summary: z.string(), description: z.string() }),
          }),
        ),
      }),
    ),
  })
  .parse(parse(read('alerts.yml')))
  .groups.flatMap((group) => group.rules);

/** What Grafana puts in. */
const filled = (expr: string): string => expr.replaceAll('$job', 'statechat').replaceAll('$__rate_interval', '5m');
const queries = [
  ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ where: title, expr: filled(expr) }))),
  ...rules.map(({ alert, expr }) => ({ where: alert, expr })),
];

/** Names of metrics in a query. Throws where it cannot be read. */
function metricsIn(expr: string): string[] {
  const names: string[] = [];
  parser.parse(expr).iterate({
    enter(node) {
      if (node.type.isError) throw new Error(`not PromQL at ${node.from}: ${expr}`);
      if (node.name === 'VectorSelector') names.push(/^[\w:]+/.exec(expr.slice(node.from))?.[0] ?? '');
    },
  });
  return names;
}

async function known(): Promise<Set<string>> {
  const { metrics, render } = createMetrics();
  for (const gauge of [metrics.liveSessions, metrics.instances, metrics.disabledWebhooks]) gauge(() => 0);
  const { body } = await render();
  const names = [...body.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  return new Set(
    names.flatMap(([, name = '', type]) => (type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name])),
  );
}

test.each(queries)('$where: $expr', async ({ expr }) => {
  const names = metricsIn(expr);
  expect(names.length).toBeGreaterThan(0);
  const all = await known();
  expect(names.filter((name) => !all.has(name))).toEqual([]);
});

test('a query that cannot be read, and a metric that does not exist, are found', async () => {
  expect(() => metricsIn('sum by (job (rate(statechat_tokens_total[5m]))')).toThrow(/not PromQL/);
  expect((await known()).has('statechat_nothing_total')).toBe(false);
});

test('panels do not overlap, and every metric of our own is shown', async () => {
  const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, index) => `${x + (index % w)} ${y + Math.floor(index / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  const shown = new Set(queries.flatMap(({ expr }) => metricsIn(expr)).map((name) => name.replace(/_(bucket|count|sum)$/, '')));
  const ours = [...(await known())].map((name) => name.replace(/_(bucket|count|sum)$/, '')).filter((name) => name.startsWith('statechat_'));
  expect([...new Set(ours)].filter((name) => !shown.has(name))).toEqual([]);
});
