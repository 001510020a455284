import { expect, test } from 'vitest';
import { atMost } from '#storage/postgres/at-most.ts';

test('calls beyond the limit begin in order, also after one that failed', async () => {
  const inTurn = atMost(2);
  const begun: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<string>>();
  const call = (name: string): Promise<string> =>
    inTurn(() => {
      begun.push(name);
      const end = Promise.withResolvers<string>();
      ends.set(name, end);
      return end.promise;
    });
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(call);
  await Promise.resolve();
  expect(begun).toEqual(['a', 'b']);
  ends.get('b')?.reject(new Error('lost'));
  await expect(b).rejects.toThrow('lost');
  await expect.poll(() => begun).toEqual(['a', 'b', 'c']);
  ends.get('a')?.resolve('done');
  await expect(a).resolves.toBe('done');
  await expect.poll(() => begun).toEqual(['a', 'b', 'c', 'd']);
  for (const name of ['c', 'd']) ends.get(name)?.resolve(name);
  expect(await Promise.all([c, d])).toEqual(['c', 'd']);
  await expect(inTurn(async () => 'free again')).resolves.toBe('free again');
});
