/** Questions about an analysis, which the offline model answers from the analysis (SPEC S4, A4). */

import { describe, expect, it } from 'vitest';
import { buildContext, type ContextSource } from '#agent-service/memory/context.ts';
import { createOfflineProvider } from '#agent-service/offline/adapter.ts';
import { analysisIn, fromAnalysis } from '#agent-service/offline/from-analysis.ts';
import { reply } from '#agent-service/offline/reply.ts';
import { systemPrompt } from '#agent-service/prompt.ts';

const summary = `## Executive summary
**Apple Inc. (AAPL)** · Type: equity

- The value is USD 97.51 a share, 17.4 % below the price.
- Cash is USD 72.7B, debt USD 104B: there is more debt.

## Risks
- Regulators may cut its fees.
- A beta of 1.20 moves it more than the market.

## Sources and limits
- Data: a test.`;

const analysis = { command: 'analyze', args: 'AAPL', summary };
const system = systemPrompt('You analyse.', { analysis });
const ask = (text: string) => reply([{ role: 'user', text }], analysisIn(system));

it('is found in the prompt, and nowhere else', () => {
  expect(analysisIn(system)).toEqual({ args: 'AAPL', summary });
  expect(analysisIn(systemPrompt('You analyse.', {}))).toBeUndefined();
});

it('answers with the lines of the section that is asked about', () => {
  const text = ask('What are the main risks?');
  expect(text).toContain('The analysis of AAPL says:');
  expect(text).toContain('- Regulators may cut its fees.');
  expect(text).toContain('- A beta of 1.20');
  expect(text).not.toContain('72.7B');
});

it('answers with the line that has the words, and words that mean the same', () => {
  expect(ask('How much do they owe?')).toContain('debt USD 104B');
  expect(ask('is it expensive')).toContain('17.4 % below the price');
  expect(ask('What about the beta?')).toContain('beta of 1.20');
});

it('says that it does not find an answer, and shows how the analysis begins', () => {
  const text = ask('Who is the chief executive of this firm?');
  expect(text).toContain('does not say');
  expect(text).toContain('**Apple Inc. (AAPL)**');
});

describe('while an analysis is being made', () => {
  const running = { command: 'analyze', args: 'MSFT', summary: null };
  const said = async (text: string, analysis: Partial<ContextSource>['analysis']): Promise<string> => {
    const session = { assistant: 'companion', messages: [{ role: 'customer' as const, text, at: 1 }], analysis };
    const { system, messages } = buildContext(session, { prompt: 'You are kind.' });
    const model = createOfflineProvider({ delayMs: 0 });
    let answer = '';
    for await (const event of model.stream({ system, messages, model: 'any', maxTokens: 1_000 }, new AbortController().signal))
      if (event.type === 'text') answer += event.text;
    return answer;
  };

  it.each(['Is it worth its price?', 'How is Microsoft doing?', 'and hurry up'])('"%s" is not called unanswered', async (text) => {
    expect(await said(text, running)).toMatch(/^The analysis of MSFT is under way\. Its result comes here by itself/);
  });

  it('nor in Arabic', async () => {
    expect(await said('هل السعر مناسب؟', running)).toMatch(/^التحليل \(MSFT\) قيد التنفيذ/);
  });

  it('the one that it replaces still answers', async () => {
    const before = { command: 'analyze', args: 'AAPL', summary: '## Risks\n- Regulators may cut its fees.' };
    expect(await said('What are the risks?', { ...running, before })).toContain('- Regulators may cut its fees.');
    expect(await said('Who leads it?', { ...running, before })).toContain('The analysis of MSFT is under way');
  });

  it('afterwards the answer comes from it', async () => {
    expect(await said('Who leads it?', { ...running, summary: 'Fine.' })).toContain('does not say');
  });
});

it('answers in Arabic', () => {
  const arabic = { args: 'AAPL', summary: '## المخاطر\n- الدين أكثر من النقد.\n\n## القوة\n- هامش واسع.' };
  const text = reply([{ role: 'user', text: 'ما هي المخاطر؟' }], arabic);
  expect(text).toContain('يقول التحليل (AAPL):');
  expect(text).toContain('- الدين أكثر من النقد.');
  expect(text).not.toContain('هامش واسع');
});

it('still greets, thanks and reckons', () => {
  expect(ask('hello')).toContain('Hello!');
  expect(ask('thank you')).toContain('You are welcome');
  expect(ask('12 * 3')).toContain('36');
});

it('gives at most four lines, in their order', () => {
  const many = { args: '', summary: `## Risks\n${Array.from({ length: 9 }, (_, index) => `- Risk number ${index}.`).join('\n')}` };
  expect(fromAnalysis(many, 'risks?')).toEqual([0, 1, 2, 3].map((index) => `Risk number ${index}.`));
});
