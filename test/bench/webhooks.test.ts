import { expect, test } from 'vitest';
import { measureWebhooks } from '../../bench/webhooks/run.ts';

test('every webhook is acknowledged, and every message is in the journal once', async () => {
  const [figures] = await measureWebhooks([{ rate: 20, seconds: 1, people: 4, statuses: 1 }], () => {});
  expect(figures).toMatchObject({ webhooks: 20, refused: 0, lost: 0, twice: 0 });
  expect(figures?.p50Ms).toBeGreaterThan(0);
  expect(figures?.p99Ms).toBeGreaterThanOrEqual(figures?.p50Ms ?? 0);
});
