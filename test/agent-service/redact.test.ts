/**
 * Secrets in tool results are removed at any depth, in arrays, in strings, in JSON inside strings
 * (A5).
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSecretName, REDACTED, redactSecrets, redactText } from '#agent-service/redact.ts';
import type { Json } from '#machines/definition.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const word = (length: number, from = LETTERS) =>
  fc.array(fc.constantFrom(...from), { minLength: length, maxLength: length }).map((characters) => characters.join(''));
/** Never a piece of anything that stays. */
const canary = word(36).map((text) => `Zq7${text}`);

/** Secrets that show by themselves what they are. `[what is planted, what must be gone]`. */
const looks = fc.oneof(
  ...[
    (text: string) => `sk-ant-api03-${text}`,
    (text: string) => `sk-proj-${text}`,
    (text: string) => `sk_live_${text}`,
    (text: string) => `ghp_${text}`,
    (text: string) => `github_pat_${text}`,
    (text: string) => `glpat-${text}`,
    (text: string) => `xoxb-1234-${text}`,
    (text: string) => `AIza${text}`,
    (text: string) => `npm_${text}`,
    (text: string) => `hf_${text}`,
    (text: string) => `123456789:AA${text}`,
    (text: string) => `eyJhbGciOi.${text}.${text}`,
    (text: string) => `Bearer ${text}`,
    (text: string) => `Authorization: Bearer ${text}`,
    (text: string) => `authorization: basic ${text}`,
    (text: string) => `Cookie: a=1; sid=${text}; b=2`,
    (text: string) => `postgres://app:${text}@db.example:5432/main`,
    (text: string) => `redis://:p@/${text}#?!@cache.example:6379`,
    (text: string) => `https://${text}@git.example/repository`,
    (text: string) => `https://data.example/v3/quote?symbol=AAPL&apikey=${text}`,
    (text: string) => `https://data.example/v3/quote?key=${text}&symbol=AAPL`,
    (text: string) => `FMP_API_KEY=${text}`,
    (text: string) => `export DISCORD_TOKEN="x ${text} y"`,
    (text: string) => `password: '${text}'`,
    (text: string) => `it said {"client_secret": "a \\"${text}\\" b"} to me`,
    (text: string) => `note = "the passphrase: ${text}"`,
    (text: string) => `-----BEGIN RSA PRIVATE KEY-----\nMIIE${text}\n${text}\n-----END RSA PRIVATE KEY-----`,
    (text: string) => `-----BEGIN PRIVATE KEY-----\n${text}`,
  ].map((dress) => canary.map((secret) => ({ planted: dress(secret), secret }))),
  word(16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567').map((text) => ({ planted: `AKIA${text}`, secret: text })),
);
const secretNames = fc.constantFrom(
  'password',
  'apiKey',
  'API_KEY',
  'x-api-key',
  'clientSecret',
  'access_token',
  'dbPassword',
  'Set-Cookie',
  'AWS_SECRET_ACCESS_KEY',
  'token',
  'privateKey',
  'credentials',
  'connectionString',
);

type Planted = { readonly value: Json; readonly secret: string };
const plain: fc.Arbitrary<Json> = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)));
const text = fc.string({ maxLength: 20 }).map((some) => some.replaceAll(/["'\\]/g, ''));

/**
 * A secret somewhere in a value. In the middle of a text, under a name, behind arrays, objects and
 * JSON in strings.
 */
const planted: fc.Arbitrary<Planted> = fc.letrec<{ readonly value: Planted }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.tuple(text, looks, text).map(([before, { planted, secret }, after]) => ({ value: `${before} ${planted} ${after}`, secret })),
    fc.tuple(secretNames, canary, plain).map(([name, secret, beside]) => ({ value: { beside, [name]: secret }, secret })),
    fc.tuple(secretNames, canary).map(([name, secret]) => ({ value: { [name]: { inner: [secret, 1] } }, secret })),
    fc.tuple(tie('value'), fc.array(plain, { maxLength: 3 })).map(([{ value, secret }, others]) => ({ value: [...others, value], secret })),
    fc.tuple(tie('value'), fc.string(), plain).map(([{ value, secret }, name, beside]) => ({ value: { beside, [name]: value }, secret })),
    tie('value').map(({ value, secret }) => ({ value: JSON.stringify(value), secret })),
    tie('value').map(({ value, secret }) => ({ value: ` ${JSON.stringify(value, null, 2)}\n`, secret })),
    looks.map(({ planted, secret }) => ({ value: { [planted]: 1 }, secret })),
  ),
})).value;

describe('a planted secret', () => {
  it('is gone, wherever it was', () => {
    fc.assert(
      fc.property(planted, ({ value, secret }) => {
        expect(JSON.stringify(value)).toContain(secret);
        expect(JSON.stringify(redactSecrets(value))).not.toContain(secret);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    [`{\\"api_key\\":\\"Zq7canary\\"}`],
    ['curl -H "X-Api-Key: Zq7canary" https://data.example'],
    ['{"level":"error","url":"https://u:Zq7canary@h/"}\n{"level":"info","password":"Zq7canary"}'],
    ['Fehler: Passwort password=Zq7canary'],
    ['{"a":"{\\"b\\":\\"{\\\\\\"token\\\\\\":\\\\\\"Zq7canary\\\\\\"}\\"}"}'],
    ['mongodb+srv://app:Zq7canary@cluster.example/?retryWrites=true'],
    ['{"password":"Zq7canary'],
  ])('is gone from %s', (given) => {
    expect(redactText(given)).not.toContain('Zq7canary');
  });

  it('at a depth that no stack holds is cut away', () => {
    let value: Json = { password: 'Zq7canary' };
    for (let depth = 0; depth < 5_000; depth++) value = depth % 2 === 0 ? [value] : { value };
    expect(JSON.stringify(redactSecrets(value))).not.toContain('Zq7canary');
  });
});

describe('what is no secret', () => {
  it.each<[string, Json]>([
    [
      'figures',
      {
        symbol: 'AAPL',
        fiscalYear: '2025',
        key: 'revenue',
        revenue: 391_035_000_000,
        maxTokens: 4_096,
        tokens: 12,
        nextPageToken: 'abc123',
        items: [null, true, 'Basic earnings per share', 'EPS: 6.13', 'diluted: 6.08'],
      },
    ],
    ['prose', 'Basic earnings rose; the key: margins. Tokens: 512. See https://example.com:8080/a?b=c@d and mail@example.com at 10:30.'],
    ['JSON with numbers that JavaScript cannot hold', '{"id":12345678901234567890, "a" : 1.0}'],
    ['names without values', { password: null, token: '', hasPassword: true }],
    ['hashes', 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'],
  ])('stays: %s', (_name, value) => {
    expect(redactSecrets(value)).toEqual(value);
  });

  it('says by its name what it is', () => {
    expect(['tokenizer', 'secretary', 'compass', 'maxTokens', 'keyFigures', 'pinned', 'authors', 'symbol'].filter(isSecretName)).toEqual(
      [],
    );
    expect(['fmpApiKey', 'APIKEY', 'SessionToken', 'X-Auth-Token', 'DB_PASS_WORD', 'jwt'].filter((name) => !isSecretName(name))).toEqual(
      [],
    );
  });
});

it('keeps the places: names, order and length stay, and what was taken out says so', () => {
  expect(redactSecrets({ url: 'postgres://app:hunter2@db/x', list: [{ apiKey: 'abc' }, 2], cookies: ['a'] })).toEqual({
    url: `postgres://app:${REDACTED}@db/x`,
    list: [{ apiKey: REDACTED }, 2],
    cookies: REDACTED,
  });
});

it('takes no long time over hostile text', () => {
  const began = performance.now();
  for (const piece of [
    'a://b:',
    'password=',
    '{"a":',
    '-----BEGIN PRIVATE KEY-----',
    'eyJaaaaaa.',
    'bearer ',
    "token:'",
    'a'.repeat(50),
    '\\"',
  ])
    redactText(piece.repeat(Math.ceil(100_000 / piece.length)));
  expect(performance.now() - began).toBeLessThan(5_000);
});
