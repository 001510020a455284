import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import * as z from 'zod';

const called = z.array(z.object({ file: z.string(), name: z.string(), calls: z.number().int().positive() }));
const pathSchema = z.object({ beforeAcknowledgement: called, afterAcknowledgement: called, answerMs: z.array(z.number().positive()) });

/** As a process of its own, as people run it. V8 names the files of a test by other addresses. */
async function path(...args: string[]) {
  const { stdout } = await promisify(execFile)(process.execPath, ['bench/message-path/main.ts', '--json', ...args]);
  return pathSchema.parse(JSON.parse(stdout));
}

test('a warm message is counted up to its acknowledgement, and from there to its answer', async () => {
  const { beforeAcknowledgement, afterAcknowledgement, answerMs } = await path('--storage', 'memory', '--warm-up', '5');
  const before = new Set(beforeAcknowledgement.map(({ file }) => file));
  const after = new Set(afterAcknowledgement.map(({ file }) => file));
  expect([...before]).toEqual(expect.arrayContaining(['channels/web/router.ts', 'src/intake/intake.ts', 'actors/session/turn.ts']));
  expect([...after]).toEqual(expect.arrayContaining(['agent-service/loop.ts', 'src/web/visitor-feed.ts']));
  expect(before).not.toContain('agent-service/loop.ts');
  expect(answerMs).toHaveLength(5);
});

test('no function is called for each character of a prompt', async () => {
  const { afterAcknowledgement } = await path('--storage', 'memory', '--warm-up', '5');
  const inTokens = afterAcknowledgement.filter(({ file }) => file === 'machines/tokens.ts');
  expect(inTokens.length).toBeGreaterThan(0);
  expect(inTokens.reduce((sum, { calls }) => sum + calls, 0)).toBeLessThan(1_000);
});
