/** Typing is shown for as long as there is nothing else to show, and no longer (C8). */
import { describe, expect, it } from 'vitest';
import { typingDraft } from '#src/delivery/typing-draft.ts';

function open(signal = new AbortController().signal) {
  const calls: string[] = [];
  const waiting: (() => void)[] = [];
  const draft = typingDraft({
    draft: { update: (text) => void calls.push(text), close: async () => 'm-1' },
    typing: async () => void calls.push('typing'),
    after: (_ms, callback) => {
      waiting.push(callback);
      return () => void waiting.splice(waiting.indexOf(callback), 1);
    },
    everyMs: 4_500,
    signal,
  });
  return { draft, calls, waiting, pass: () => waiting.splice(0).forEach((callback) => void callback()) };
}

describe('typing', () => {
  it('is shown again and again until there is text', () => {
    const { draft, calls, waiting, pass } = open();
    pass();
    pass();
    draft.update('Once');
    expect(waiting).toEqual([]);
    expect(calls).toEqual(['typing', 'typing', 'typing', 'Once']);
  });

  it.each([
    ['is stopped', (stop: AbortController) => stop.abort()],
    ['ends without a text', (_: AbortController, close: () => Promise<unknown>) => void close()],
  ])('ends when its run %s', async (_name, end) => {
    const stop = new AbortController();
    const { draft, calls, waiting } = open(stop.signal);
    end(stop, draft.close);
    expect(waiting).toEqual([]);
    expect(calls).toEqual(['typing']);
    expect(await draft.close()).toBe('m-1');
  });

  it('ends after a while, though there is nothing else to show', () => {
    const { calls, pass } = open();
    for (let times = 0; times < 1_000; times += 1) pass();
    expect(calls).toHaveLength(27);
  });

  it('is not shown for a run that is stopped already', () => {
    expect(open(AbortSignal.abort()).calls).toEqual([]);
  });
});
