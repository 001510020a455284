import { expect, test } from 'vitest';
import { sessionOf } from '#assistants/run-session.ts';

test.each([
  ['web:default:v1', true, true],
  ['web:default:v1', false, undefined],
  // Its customers are elsewhere, wherever the program listens.
  ['telegram:12:34', true, undefined],
])('a session at %s, with web visitors on this machine alone %s, is local: %s', (address, alone, local) => {
  expect(sessionOf({ address, assistant: 'companion', locale: 'en' }, alone)).toEqual({
    address,
    assistant: 'companion',
    locale: 'en',
    ...(local === undefined ? {} : { local }),
  });
});
