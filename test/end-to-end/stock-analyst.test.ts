/**
 * The stock analyst in the web chat, with its sample and the offline model, as a visitor on a fresh
 * machine sees it (SPEC A4, A7, S4).
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PATIENCE, type RunningApp, runApp } from './running-app.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await runApp({ SESSION_STORAGE_TYPE: 'memory', STATECHAT_ASSISTANTS: 'web=stock-analyst' });
});
afterAll(() => app.stop());

it.each([
  {
    locale: 'en',
    analysis: '## Executive summary\n**Apple Inc. (AAPL)**',
    question: 'What are the risks?',
    answer: /^assistant: The analysis of AAPL says:\n\n- Debt of USD/,
    unknown: 'I have no data about ZZZZ',
  },
  {
    locale: 'ar',
    analysis: '## الملخص التنفيذي\n**Apple Inc. (AAPL)**',
    question: 'ما هي المخاطر؟',
    answer: /^assistant: يقول التحليل \(AAPL\):\n\n- الدين /,
    unknown: 'لا توجد لدي بيانات عن ZZZZ',
  },
])(
  'analyses a share, gives the report, answers from the analysis, and says what it does not have ($locale)',
  async (told) => {
    const visitor = await app.visitor({ locale: told.locale });
    await visitor.listen();
    await visitor.write('/dcf ZZZZ');
    await expect.poll(() => visitor.messages.at(-1), PATIENCE).toContain(told.unknown);

    await visitor.write('AAPL');
    await expect.poll(() => visitor.messages.at(-1), PATIENCE).toMatch(/^assistant: AAPL-\d{4}-\d\d-\d\d\.pdf$/);
    const text = visitor.messages.at(-2);
    expect(text).toContain(told.analysis);
    expect(visitor.streamed.some((streamed) => text === `assistant: ${streamed}`)).toBe(true);

    await visitor.write(told.question);
    await expect.poll(() => visitor.messages.at(-1), PATIENCE).toMatch(told.answer);
    // The section's last line is there too, so the prompt contains the whole analysis.
    expect(visitor.messages.at(-1)?.split('\n- ')).toHaveLength(5);
    expect(visitor.messages.at(-1)).toMatch(/71(?:\u00A0)?%/);
  },
  60_000,
);
