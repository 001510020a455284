import { expect, test } from 'vitest';
import { CallRecords } from '#agent-service/call-records.ts';
import type { Json } from '#machines/definition.ts';
import { answerOutput } from '#machines/session/runs.ts';

const called = (turn: number, id: string, input: Json = {}) => ({ type: 'tool', turn, id, name: 'fetch_company_data', input }) as const;
const returned = (turn: number, id: string, text = 'it worked', ok = true) =>
  ({ type: 'tool_result', turn, id, name: 'fetch_company_data', ok, text, ms: 12 }) as const;

test('calls are kept in their order, with what they returned', () => {
  const records = new CallRecords();
  records.note(called(1, 'a', { symbol: 'AAPL' }));
  records.note(called(1, 'b'));
  records.note(returned(1, 'b', 'no such company', false));
  records.note(returned(1, 'a'));
  // Another turn numbers its calls anew.
  records.note(called(2, 'a', { symbol: 'MSFT' }));
  records.note({ type: 'thinking', turn: 2, text: '' });
  const tool = 'fetch_company_data';
  expect(records.list()).toEqual([
    { tool, input: { symbol: 'AAPL' }, result: 'it worked', ok: true, ms: 12 },
    { tool, input: {}, result: 'no such company', ok: false, ms: 12 },
    { tool, input: { symbol: 'MSFT' } },
  ]);
});

test('what is kept has a bound', () => {
  const records = new CallRecords();
  for (let n = 0; n < 100; n += 1) {
    records.note(called(1, `${n}`, { text: 'long '.repeat(10_000) }));
    records.note(returned(1, `${n}`, `${'x'.repeat(999)}👋 and more`));
  }
  const list = records.list();
  expect(list).toHaveLength(20);
  expect(JSON.stringify(list).length).toBeLessThan(60_000);
  // Never half a character.
  expect(list[0]?.result).toBe('x'.repeat(999));
});

test('an outcome whose calls are none is an answer all the same', () => {
  expect(answerOutput.parse({ text: 'Hello', calls: 'nonsense' })).toMatchObject({ text: 'Hello', calls: undefined });
});
