/** What a new analysis is given of the ones before it in the session. */
import { expect, it } from 'vitest';
import { estimateTokens } from '#machines/tokens.ts';
import { type LiveSession, liveSession } from './live-session.ts';

const policy = { debounceMs: 0, analyses: true, analysisCommands: ['analyze'] };

async function analyse(s: LiveSession, args: string, summary = `About ${args}.`): Promise<void> {
  s.command('analyze', args);
  if (s.value().analysis.confirmation === 'asked') s.say('yes');
  await s.analyses.at(-1)?.done({ text: summary, summary });
}

const given = (s: LiveSession) => s.analyses.at(-1)?.input.earlier?.map(({ args }) => args);

it('the last five, newest first, and how many there may be', async () => {
  const s = liveSession(policy);
  for (const args of ['A', 'B', 'C', 'D', 'E', 'F', 'G']) await analyse(s, args);
  expect(given(s)).toEqual(['F', 'E', 'D', 'C', 'B']);
  expect(s.analyses.at(-1)?.input).toMatchObject({
    earlierMost: 5,
    earlier: [{ command: 'analyze', args: 'F', at: s.now(), summary: 'About F.' }, {}, {}, {}, {}],
  });
});

it('as many as the policy says, none for 0, and none of a failed one', async () => {
  const two = liveSession({ ...policy, earlierAnalyses: 2 });
  for (const args of ['A', 'B', 'C', 'D']) await analyse(two, args);
  expect(given(two)).toEqual(['C', 'B']);
  const none = liveSession({ ...policy, earlierAnalyses: 0 });
  for (const args of ['A', 'B']) await analyse(none, args);
  expect(given(none)).toEqual([]);
  expect(none.context().analyses).toEqual([]);
  const failed = liveSession(policy);
  failed.command('analyze', 'A');
  await failed.analyses[0]?.done({ text: 'There is no A.', summary: '', failed: true });
  await analyse(failed, 'B');
  expect(given(failed)).toEqual([]);
});

it('the beginning of a long one', async () => {
  const s = liveSession(policy);
  await analyse(s, 'A', 'word '.repeat(2_000));
  expect(estimateTokens(s.context().analyses?.[0]?.summary ?? '')).toBeLessThanOrEqual(300);
});
