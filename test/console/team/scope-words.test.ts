import { expect, it } from 'vitest';
import { scopeWords } from '#console/team/scope-words.ts';
import { SCOPES } from '#src/operations/caller.ts';

it.each(Object.entries(scopeWords))('the page of tokens says in %s what each scope allows', (_, words) => {
  expect(Object.keys(words).toSorted()).toEqual(SCOPES.toSorted());
  expect(new Set(Object.values(words)).size).toBe(SCOPES.length);
});
