/** Each question that a button offers has an answer in the analysis that it stands below. */
import { describe, expect, it } from 'vitest';
import { fromAnalysis } from '#agent-service/offline/from-analysis.ts';
import { asked, runWorkflow } from './analyst.ts';

describe.each(['en', 'ar'])('in %s', (locale) => {
  it.each([
    ['analyze', 'AAPL', 3],
    ['dcf', 'AAPL', 2],
    ['analyze', 'macro', 0],
    ['analyze', 'AAPL MSFT', 0],
  ] as const)('/%s %s', async (command, args, count) => {
    const { workflow, params, next } = asked(command, args, locale);
    const { text } = await runWorkflow(workflow, params);
    expect(next).toHaveLength(count);
    for (const question of next) expect(fromAnalysis({ args, summary: text }, question), question).toBeDefined();
  });
});
