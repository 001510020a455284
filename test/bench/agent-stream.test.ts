import { expect, test } from 'vitest';
import { runAgentStream } from '../../bench/agent-stream/run.ts';

test('every contestant streams every chunk, and is timed beside the SDK bare', async () => {
  const figures = await runAgentStream({ rounds: 1, chunks: 100, paced: 10 }, () => {});
  expect(figures.map(({ contestant }) => contestant)).toEqual([
    'the SDK bare',
    'the agent service in process',
    'the agent service over HTTP',
  ]);
  for (const { firstMs, microsPerChunk, delayMs, ratio } of figures) {
    for (const figure of [firstMs, microsPerChunk, delayMs.p50, delayMs.p99, ...Object.values(ratio)]) expect(figure).toBeGreaterThan(0);
    expect(delayMs.p99).toBeGreaterThanOrEqual(delayMs.p50);
  }
  expect(figures[0]?.ratio).toEqual({ firstMs: 1, microsPerChunk: 1, delayMs: 1 });
});
