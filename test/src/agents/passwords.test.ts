import { expect, test } from 'vitest';
import { createPasswords, passwordSchema } from '#src/agents/passwords.ts';

const passwords = createPasswords();
const PHRASE = 'قهوة بالحليب every morning';

test('a password matches its own hash, also where a keyboard composes its letters in another way', async () => {
  const hash = await passwords.hash(`${PHRASE} é`);
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  expect(await passwords.matches(`${PHRASE} e\u0301`, hash)).toBe(true);
  expect(await passwords.matches(`${PHRASE} e`, hash)).toBe(false);
  expect(await passwords.matches('', hash)).toBe(false);
  expect(await passwords.hash(PHRASE)).not.toBe(await passwords.hash(PHRASE));
});

test('matches the reference hash of another implementation, with parameters of its own', async () => {
  // A vector of the reference implementation's own tests, with the salt "somesalt".
  const reference = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
  expect(await passwords.matches('password', reference)).toBe(true);
  expect(await passwords.matches('passwort', reference)).toBe(false);
});

test('nothing matches where there is no hash, or one that cannot be read', async () => {
  for (const hash of [null, '', '$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR', '$2b$10$abcdefghijklmnopqrstuv'])
    expect(await passwords.matches(PHRASE, hash)).toBe(false);
});

test.each([
  ['short', 'fourteen chars', /15 characters/],
  ['of one letter', 'aaaaaaaaaaaaaaaaaaaa', /five different/],
  ['endless', 'abcdef'.repeat(100), /at most 256/],
])('a password that is %s is refused', (_, password, message) => {
  expect(() => passwordSchema.parse(password)).toThrow(message);
  expect(passwordSchema.parse(PHRASE)).toBe(PHRASE);
});

test('are computed a few at a time, and refused for now beyond a short queue', async () => {
  const flooded = createPasswords();
  const outcomes = await Promise.allSettled(Array.from({ length: 60 }, () => flooded.matches(PHRASE, null)));
  const refused = outcomes.filter(({ status }) => status === 'rejected');
  expect(refused.length).toBeGreaterThanOrEqual(15);
  for (const outcome of refused) expect(outcome).toMatchObject({ reason: { code: 'unavailable', retryable: true } });
  expect(await flooded.matches(PHRASE, await flooded.hash(PHRASE))).toBe(true);
});
