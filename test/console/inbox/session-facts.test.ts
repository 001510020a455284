/** Facts of a session as the API gives them, and as an agent edits them. */
import { expect, test } from 'vitest';
import { factsIn, fieldOf, valueIn, waitingIn } from '#console/inbox/session-facts.ts';

test('facts are those of the session machine, and none of another', () => {
  const context = { intent: null, entities: { budget: 3 }, more: 1 };
  expect(factsIn({ snapshot: { context } })).toEqual({ intent: null, entities: { budget: 3 }, scheduled: [] });
  expect(factsIn({ snapshot: { context: { red: true } } })).toBeUndefined();
});

test('messages wait in the order of their times, without those that came back', () => {
  const agent = { id: 'a', name: 'Ann' };
  const [late, early, back] = [2, 1, 3].map((at) => ({ id: `message-${at}`, text: 'x', agent, at }));
  if (late === undefined || early === undefined || back === undefined) throw new Error('there are three');
  const scheduled = [late, early, { ...back, returned: 'holder' as const }];
  expect(waitingIn({ intent: null, entities: {}, scheduled })).toEqual([early, late]);
});

test.each([
  ['3', 3, 3],
  ['about 3', 3, 'about 3'],
  ['3', '2', '3'],
  [' Cairo ', undefined, 'Cairo'],
  ['true', false, true],
  ['["a"]', ['b'], ['a']],
  ['', 3, null],
])('%j in place of %j is %j', (text, was, is) => {
  expect(valueIn(text, was)).toEqual(is);
});

test('a list is edited as its JSON', () => {
  expect(valueIn(fieldOf(['a', 'b']), ['c'])).toEqual(['a', 'b']);
});
