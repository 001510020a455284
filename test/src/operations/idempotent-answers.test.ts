/** A write under a key is done once, whoever sends it again, when, and what dies between. */
import { expect, it } from 'vitest';
import * as z from 'zod';
import { StatechatError } from '#machines/errors.ts';
import { agentCaller } from '#src/agents/scopes.ts';
import { tokenCaller } from '#src/operations/caller.ts';
import type { OperationContext } from '#src/operations/context.ts';
import { runOnce } from '#src/operations/idempotent-answers.ts';
import { defineOperation } from '#src/operations/operation.ts';
import { testContext } from './test-context.ts';

const HOUR_MS = 3_600_000;
let now = 1_000;
let done: string[] = [];
let work: (text: string) => Promise<void> = async () => {};

const facts = {
  scope: 'sessions:act',
  effect: 'write',
  summary: 'Writes a text.',
  input: z.strictObject({ text: z.string() }),
  output: z.strictObject({ place: z.number() }),
} as const;
const write = defineOperation({
  ...facts,
  name: 'texts.write',
  async run(_, { text }) {
    await work(text);
    return { place: done.push(text) };
  },
});
const issue = defineOperation({
  ...facts,
  name: 'texts.issue',
  secret: true,
  async run(_, { text }) {
    return { place: done.push(text) };
  },
});

function opened(): OperationContext {
  now = 1_000;
  done = [];
  work = async () => {};
  return testContext({ now: () => now }).context;
}

const send = (context: OperationContext, key: string, text: string, operation = write) =>
  runOnce(operation, context, key, () => ({ text }));
const codeOf = (work: Promise<unknown>) =>
  work.then(String, (error: unknown) => (error instanceof StatechatError ? error.code : String(error)));

it('gives the first answer again for a day', async () => {
  const context = opened();
  expect([await send(context, 'k', 'a'), await send(context, 'k', 'a')]).toEqual([{ place: 1 }, { place: 1 }]);
  now += 23 * HOUR_MS;
  expect(await send(context, 'k', 'a')).toEqual({ place: 1 });
  now += 2 * HOUR_MS;
  expect(await send(context, 'k', 'a')).toEqual({ place: 2 });
});

it('refuses the key with another input, and takes it from another caller and for another operation', async () => {
  const context = opened();
  await send(context, 'k', 'a');
  expect(await codeOf(send(context, 'k', 'b'))).toBe('key_reused');
  const amira = { ...context, caller: agentCaller({ id: 'amira', name: 'Amira', role: 'admin' }) };
  expect(await send(amira, 'k', 'b')).toEqual({ place: 2 });
  expect(await send(context, 'k', 'b', issue)).toEqual({ place: 3 });
  expect(done).toEqual(['a', 'b', 'b']);
});

it('does the work of twins once, and tells the later one to wait', async () => {
  const context = opened();
  const { promise, resolve } = Promise.withResolvers<void>();
  work = () => promise;
  const first = send(context, 'k', 'a');
  expect(await codeOf(send(context, 'k', 'a'))).toBe('in_progress');
  resolve();
  expect([await first, await send(context, 'k', 'a')]).toEqual([{ place: 1 }, { place: 1 }]);
  const twins = await Promise.all(Array.from({ length: 20 }, () => codeOf(send(context, 'twins', 'b'))));
  expect([done.filter((text) => text === 'b').length, twins.filter((code) => code !== 'in_progress').length]).toEqual([1, 1]);
});

it('runs again after a failure, and two minutes after an instance died in the middle', async () => {
  const context = opened();
  work = async () => {
    throw new StatechatError('unavailable', 'The store is away.');
  };
  expect(await codeOf(send(context, 'k', 'a'))).toBe('unavailable');
  await new Promise<void>((resolve) => {
    work = () => new Promise(() => resolve());
    void send(context, 'k', 'a');
  });
  work = async () => {};
  expect(await codeOf(send(context, 'k', 'a'))).toBe('in_progress');
  now += 119_000;
  expect(await codeOf(send(context, 'k', 'a'))).toBe('in_progress');
  now += 2_000;
  expect(await send(context, 'k', 'a')).toEqual({ place: 1 });
});

it('keeps no secret, and nothing of a caller without the scope', async () => {
  const context = opened();
  await send(context, 'k', 'a', issue);
  expect(await codeOf(send(context, 'k', 'a', issue))).toBe('done_before');
  const stranger = { ...context, caller: { ...tokenCaller('stranger'), scopes: new Set<never>() } };
  expect(await codeOf(send(stranger, 'k', 'a'))).toBe('forbidden');
  expect(await context.keptAnswers.expiringRecord('idempotency', 'stranger', now)).toBeUndefined();
  expect(done).toEqual(['a']);
});
