import { expect, it } from 'vitest';
import { estimatePart, estimateRequest } from '#agent-service/estimate.ts';
import type { ProviderRequest } from '#agent-service/provider.ts';
import { estimateTokens } from '#machines/tokens.ts';

const prompt = 'You let flats. Be brief. '.repeat(100);
const tool = { name: 'flats', description: 'Lists the flats that are free.', inputSchema: { type: 'object' } };
const request: ProviderRequest = {
  system: [
    { text: prompt, cached: true },
    { text: '<customer_data>{"name":"Sara"}</customer_data>', cached: false },
  ],
  messages: [{ role: 'user', text: 'Is it free?' }],
  model: 'm',
  maxTokens: 100,
  tools: [tool],
  outputSchema: { type: 'object' },
};

it('adds up the parts of a request, the first time and from then on', () => {
  const texts = [...request.system.map(({ text }) => text), JSON.stringify(tool), JSON.stringify(request.outputSchema), 'Is it free?'];
  const sum = texts.reduce((total, text) => total + estimateTokens(text), 0);
  expect([1, 2, 3].map(() => estimateRequest(request))).toEqual([sum, sum, sum]);
});

it('tells constant texts apart, however alike they are', () => {
  const longer = { text: `${prompt}x`, cached: true };
  const other = { text: `${prompt.slice(0, -1)}!`, cached: true };
  expect([longer, other, longer].map(estimatePart)).toEqual([longer, other, longer].map(({ text }) => estimateTokens(text)));
});

it('estimates a constant text once', () => {
  const text = 'A very long prompt of an assistant. '.repeat(20_000);
  const first = elapsed(() => estimatePart({ text, cached: true }));
  const again = Math.min(...Array.from({ length: 5 }, () => elapsed(() => estimatePart({ text, cached: true }))));
  expect(again).toBeLessThan(first / 5);
});

function elapsed(work: () => void): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}
