/**
 * What the approvals of Redis read. Their answers are in the contract
 * (test/contracts/store-approvals.ts).
 */
import { expect, it } from 'vitest';
import { approvalsOf } from '#storage/redis/approvals.ts';
import { OPEN_APPROVALS_KEY } from '#storage/redis/keys.ts';
import { newId } from '#test/contracts/store-fixtures.ts';

it('the open ones of a session are one read of its own, however many there are of others', async () => {
  const read: (readonly string[])[] = [];
  const approvals = approvalsOf({
    run: async (_script, keys) => {
      read.push(keys.map(String));
      return [];
    },
  });
  const [one, other] = [newId(), newId()];
  await approvals.openOf(one);
  await approvals.openOf(other);
  expect(read).toEqual([[expect.stringContaining(one)], [expect.stringContaining(other)]]);
  await approvals.open(10);
  expect(read.at(-1)).toEqual([OPEN_APPROVALS_KEY]);
});
