/** A draft in the composer: streamed, stopped, taken back. */
import { beforeEach, expect, it } from 'vitest';
import { ApiRefusal } from '#console/inbox/api-request.ts';
import type { WrittenDraft } from '#console/inbox/assist-api.ts';
import { Briefs, behind } from '#console/inbox/briefs.ts';
import { Suggestion } from '#console/inbox/suggestion.ts';
import { entry, said } from './fixture.ts';

interface Run {
  readonly sessionId: string;
  readonly signal: AbortSignal;
  readonly write: (text: string) => void;
  done(draft: WrittenDraft): Promise<void>;
  fail(error: Error): Promise<void>;
}

let runs: Run[];
let replies: Map<string, string>;
let suggestion: Suggestion;
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
beforeEach(() => {
  runs = [];
  replies = new Map([['s1', 'my words']]);
  suggestion = new Suggestion({
    api: {
      suggest: (sessionId, signal, write) =>
        new Promise((resolve, reject) =>
          runs.push({
            sessionId,
            signal,
            write,
            done: (draft) => {
              resolve(draft);
              return settled();
            },
            fail: (error) => {
              reject(error);
              return settled();
            },
          }),
        ),
    },
    replyOf: (id) => replies.get(id) ?? '',
    setReply: (id, text) => void replies.set(id, text),
  });
});

it('writes into the composer, and undo gives back what stood there, also after a second draft', async () => {
  void suggestion.start('s1');
  void suggestion.start('s1');
  expect(runs).toHaveLength(1);
  runs[0]?.write('It le');
  expect(replies.get('s1')).toBe('It le');
  await runs[0]?.done({ text: 'It left.', offline: true });
  expect(replies.get('s1')).toBe('It left.');
  expect(suggestion.snapshot()).toEqual({ kind: 'written', sessionId: 's1', before: 'my words', offline: true, whole: true });
  void suggestion.start('s1');
  await runs[1]?.done({ text: 'It left Cairo.', offline: false });
  suggestion.undo();
  expect([replies.get('s1'), suggestion.snapshot().kind]).toEqual(['my words', 'none']);
});

it('keeps what is written when it is stopped, and nothing late', async () => {
  void suggestion.start('s1');
  runs[0]?.write('It left');
  suggestion.stop();
  expect(runs[0]?.signal.aborted).toBe(true);
  runs[0]?.write('It left Cairo');
  await runs[0]?.done({ text: 'late', offline: false });
  expect([replies.get('s1'), suggestion.snapshot()]).toEqual(['It left', expect.objectContaining({ kind: 'written', whole: false })]);
  suggestion.undo();
  // Stopped before anything was written.
  void suggestion.start('s1');
  suggestion.stop();
  expect([replies.get('s1'), suggestion.snapshot().kind]).toEqual(['my words', 'none']);
});

it('gives back the words of the agent who turns to another session, and forgets a draft that was sent', async () => {
  void suggestion.start('s1');
  runs[0]?.write('It left');
  suggestion.leave();
  expect([runs[0]?.signal.aborted, replies.get('s1')]).toEqual([true, 'my words']);
  void suggestion.start('s1');
  await runs[1]?.done({ text: 'It left.', offline: false });
  suggestion.leave();
  expect([replies.get('s1'), suggestion.snapshot().kind]).toEqual(['It left.', 'none']);
});

it.each([
  [new ApiRefusal('budget_spent', 'spent'), 'budget'],
  [new ApiRefusal('not_written', 'declined'), 'declined'],
  [new ApiRefusal('unavailable', 'later'), 'passing'],
  [new TypeError('no network'), 'passing'],
  [new ApiRefusal('no_context', 'none'), 'other'],
])('says why there is none: %s', async (error, why) => {
  void suggestion.start('s1');
  runs[0]?.write('It');
  await runs[0]?.fail(error);
  expect([replies.get('s1'), suggestion.snapshot()]).toEqual(['my words', { kind: 'failed', sessionId: 's1', why }]);
});

it('asks for a brief once, and again only when it is wanted', async () => {
  const asked: unknown[] = [];
  let fails = false;
  const briefs = new Briefs(
    {
      brief: async (...request) => {
        asked.push(request);
        if (fails) throw new Error('away');
        return { text: 'wants a table', offline: false, at: 5, behind: 0 };
      },
    },
    'ar',
  );
  await Promise.all([briefs.load('s1'), briefs.load('s1')]);
  await briefs.load('s1');
  expect(asked).toEqual([['s1', 'ar', false]]);
  fails = true;
  await briefs.load('s1', true);
  // The older one is still shown.
  expect(briefs.of('s1')).toMatchObject({ kind: 'failed', brief: { text: 'wants a table' } });
  expect(behind({ text: '', offline: false, at: 5, behind: 0 }, [said(4, 'a'), said(6, 'b'), entry(7, 'run'), entry(8, 'note')])).toBe(2);
});
