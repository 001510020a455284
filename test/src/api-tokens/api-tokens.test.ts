import { describe, expect, test } from 'vitest';
import type { Clock } from '#machines/clock.ts';
import { apiTokensOver } from '#src/api-tokens/api-tokens.ts';
import { TokenUses } from '#src/api-tokens/token-uses.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { randomPart } from './random-part.ts';

const NOW = 1_790_000_000_000;
const WHAT = {
  name: 'Reports',
  scopes: ['sessions:read'],
  role: 'admin',
  requestsPerMinute: 5,
  createdBy: 'amira',
  expiresAt: NOW + 1_000,
} as const;

function tokensAt(time: { now: number }) {
  const used: string[] = [];
  const { apiTokens: stored } = createMemoryStore();
  const tokens = apiTokensOver({ tokens: stored, now: () => time.now, onUse: (id) => used.push(id) });
  return { stored, tokens, used };
}

async function made<T>(token: Promise<T | undefined>): Promise<T> {
  const given = await token;
  if (given === undefined) throw new Error('no token was made');
  return given;
}

/** A clock whose timers run when the test says so. */
function manualClock() {
  const timers = new Set<() => void>();
  const clock = {
    now: () => NOW,
    after: (_ms: number, work: () => void) => {
      timers.add(work);
      return () => timers.delete(work);
    },
  } satisfies Pick<Clock, 'now' | 'after'>;
  return {
    clock,
    tick: () => {
      for (const work of [...timers]) {
        timers.delete(work);
        work();
      }
    },
  };
}

describe('an API token', () => {
  test('lets its program in with its scopes until it expires, and keeps its secret out of the store', async () => {
    const time = { now: NOW };
    const { tokens, stored, used } = tokensAt(time);
    const { token, secret } = await made(tokens.issue(WHAT));
    expect(secret).toMatch(/^sct_[0-9a-f-]{36}_[\w-]{43}$/);
    expect(await tokens.caller(secret)).toEqual({
      kind: 'token',
      agent: { id: `token:${token.id}`, name: 'Reports' },
      role: 'admin',
      scopes: new Set(['sessions:read']),
      token: { id: token.id, requestsPerMinute: 5 },
      validUntil: NOW + 1_000,
    });
    expect(used).toEqual([token.id]);
    expect(JSON.stringify([await stored.apiTokens(10), await tokens.list()])).not.toContain(randomPart(secret));
    time.now = NOW + 1_000;
    expect(await tokens.caller(secret)).toBeUndefined();
    expect(used).toHaveLength(1);
  });

  test('is refused with another secret, under another id, and after it was revoked', async () => {
    const { tokens } = tokensAt({ now: NOW });
    const { token, secret } = await made(tokens.issue(WHAT));
    const other = await made(tokens.issue(WHAT));
    const wrong = `${secret.slice(0, -1)}${secret.endsWith('A') ? 'B' : 'A'}`;
    for (const text of ['', 'sct_', wrong, secret.replace(token.id, other.token.id), `${secret}x`, token.id])
      expect(await tokens.caller(text)).toBeUndefined();
    expect(await tokens.revoke(token.id)).toBe(true);
    expect(await tokens.caller(secret)).toBeUndefined();
    expect(await tokens.caller(other.secret)).toBeDefined();
  });

  test('has a new secret after a rotation, and the one before for the time of grace', async () => {
    const time = { now: NOW };
    const { tokens } = tokensAt(time);
    const first = await made(tokens.issue({ ...WHAT, expiresAt: null }));
    const second = await made(tokens.rotate(first.token.id, { graceMs: 500 }));
    expect(second.token).toMatchObject({ id: first.token.id, formerUntil: NOW + 500, expiresAt: null });
    expect(await tokens.caller(first.secret)).toMatchObject({ token: { id: first.token.id } });
    expect(await tokens.caller(second.secret)).toBeDefined();
    time.now = NOW + 500;
    expect(await tokens.caller(first.secret)).toBeUndefined();
    expect((await tokens.list())[0]?.formerUntil).toBeNull();
    const third = await made(tokens.rotate(first.token.id, { graceMs: 0, expiresAt: NOW + 900 }));
    expect(await tokens.caller(second.secret)).toBeUndefined();
    expect(await tokens.caller(third.secret)).toMatchObject({ validUntil: NOW + 900 });
    expect(await tokens.rotate('nothing', { graceMs: 0 })).toBeUndefined();
  });

  test('loses a scope that the program does not know any more', async () => {
    const { tokens, stored } = tokensAt({ now: NOW });
    const { token, secret } = await made(tokens.issue(WHAT));
    const kept = await stored.apiToken(token.id);
    if (kept !== undefined) await stored.putApiToken({ ...kept, scopes: ['sessions:read', 'gone:read'], version: 2 });
    expect((await tokens.caller(secret))?.scopes).toEqual(new Set(['sessions:read']));
  });
});

describe('the last use', () => {
  test('is written once a minute, and what the store could not take is written later', async () => {
    const written: unknown[] = [];
    const errors: unknown[] = [];
    let isAway = true;
    const { clock, tick } = manualClock();
    const uses = new TokenUses({
      tokens: {
        recordApiTokenUses: async (given) => {
          if (isAway) throw new Error('away');
          written.push(given);
        },
      },
      clock,
      onError: (_where, error) => errors.push(error),
    });
    for (let call = 0; call < 100; call += 1) uses.used('a');
    uses.used('b');
    tick();
    await expect.poll(() => errors).toHaveLength(1);
    isAway = false;
    await uses.close();
    expect(written).toEqual([
      [
        { id: 'a', at: NOW },
        { id: 'b', at: NOW },
      ],
    ]);
  });
});
