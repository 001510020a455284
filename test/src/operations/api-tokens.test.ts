import { expect, test } from 'vitest';
import { createToken, listTokens, revokeToken, rotateToken } from '#src/operations/api-tokens.ts';
import { type Caller, SCOPES, type Scope, tokenCaller } from '#src/operations/caller.ts';
import type { OperationContext } from '#src/operations/context.ts';
import { runOperation } from '#src/operations/operation.ts';
import { randomPart } from '../api-tokens/random-part.ts';
import { testContext } from './test-context.ts';

const DAY_MS = 86_400_000;

function callerWith(scopes: readonly Scope[], more: Partial<Caller> = {}): Caller {
  return { ...tokenCaller('admin'), scopes: new Set(scopes), ...more };
}

const create = (context: OperationContext, input: object) => runOperation(createToken, context, () => input);
const rotate = (context: OperationContext, input: object) => runOperation(rotateToken, context, () => input);
const revoke = (context: OperationContext, input: object) => runOperation(revokeToken, context, () => input);

test('makes, lists, rotates and revokes tokens, and the secret is in no list and no audit', async () => {
  const { context, audited } = testContext();
  const made = await create(context, { name: ' Reports ', scopes: ['sessions:read', 'sessions:read'] });
  expect(made).toMatchObject({ name: 'Reports', scopes: ['sessions:read'], createdBy: 'admin', expiresAt: 1_000 + 365 * DAY_MS });
  const rotated = await rotate(context, { tokenId: made.id, graceMinutes: 5, days: null });
  expect(rotated).toMatchObject({ id: made.id, formerUntil: 301_000, expiresAt: null });
  const { tokens } = await runOperation(listTokens, context, () => ({}));
  expect(tokens).toEqual([expect.objectContaining({ id: made.id, name: 'Reports', lastUsedAt: null })]);
  expect(await revoke(context, { tokenId: made.id })).toEqual({ revoked: true });
  await expect(revoke(context, { tokenId: made.id })).rejects.toMatchObject({ code: 'not_found' });
  await expect(rotate(context, { tokenId: made.id })).rejects.toMatchObject({ code: 'not_found' });
  const written = JSON.stringify([tokens, audited]);
  for (const { token } of [made, rotated]) expect(written).not.toContain(randomPart(token));
  expect(audited.map(({ operation, target, detail }) => [operation, target, detail])).toContainEqual([
    'tokens.create',
    null,
    'Reports: sessions:read sessions:read',
  ]);
});

test('gives no scope that the caller lacks, by making a token or by rotating one', async () => {
  const { context } = testContext();
  const strong = await create(context, { name: 'All', scopes: [...SCOPES] });
  const weak = { ...context, caller: callerWith(['tokens:write', 'sessions:read']) };
  await expect(create(weak, { name: 'More', scopes: ['sessions:read', 'agents:write'] })).rejects.toMatchObject({
    code: 'forbidden',
    facts: { scope: 'agents:write' },
  });
  await expect(rotate(weak, { tokenId: strong.id })).rejects.toMatchObject({ code: 'forbidden' });
  const own = await create(weak, { name: 'Less', scopes: ['sessions:read'] });
  expect((await rotate(weak, { tokenId: own.id })).id).toBe(own.id);
  const junior = { ...context, caller: callerWith([...SCOPES], { role: 'agent' }) };
  await expect(rotate(junior, { tokenId: own.id })).rejects.toMatchObject({ code: 'forbidden' });
});

test('makes no token that outlives the one that makes it', async () => {
  const { context } = testContext();
  const lasting = await create(context, { name: 'Lasting', scopes: ['sessions:read'], days: null });
  const passing = { ...context, caller: callerWith([...SCOPES], { validUntil: 5_000, token: { id: 'x', requestsPerMinute: null } }) };
  for (const days of [1, null]) {
    expect((await create(passing, { name: 'Passing', scopes: ['sessions:read'], days })).expiresAt).toBe(5_000);
    expect((await rotate(passing, { tokenId: lasting.id, days })).expiresAt).toBe(5_000);
  }
  const person = { ...context, caller: callerWith([...SCOPES], { kind: 'agent', validUntil: 5_000 }) };
  expect((await create(person, { name: 'Of a person', scopes: ['sessions:read'], days: null })).expiresAt).toBeNull();
});

test('has room for 500 tokens', async () => {
  const { context } = testContext();
  for (let n = 0; n < 500; n += 1) await create(context, { name: `Token ${n}`, scopes: ['sessions:read'] });
  await expect(create(context, { name: 'One more', scopes: ['sessions:read'] })).rejects.toMatchObject({ code: 'no_room' });
});
