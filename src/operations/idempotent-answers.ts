/**
 * Runs an operation once for each idempotency key of a caller. The answer is kept for a day, and a
 * repeated request gets it again. Operations on the events of sessions need none of this, because
 * the journal knows each event's id.
 *
 * Invariants
 * 1. A key belongs to one caller, one operation and one input.
 * 2. A failed run leaves nothing behind, so the same request runs again.
 * 3. An answer with a secret is not kept. A repeated request is told that it was done.
 */
import { createHash } from 'node:crypto';
import type * as z from 'zod';
import type { ExpiringRecord } from '#storage/expiring-records.ts';
import type { OperationContext } from './context.ts';
import type { KeptAnswers } from './kept-answers.ts';
import { type FieldNames, type Operation, runOperation } from './operation.ts';
import { OperationProblem, problemTypes } from './problems.ts';

/** Longer than any run, in milliseconds. After it, a request whose instance died runs again. */
const RUNNING_MS = 120_000;
const KEPT_MS = 86_400_000;

/** Problems of any operation that changes something and is sent with a key. */
export const IDEMPOTENCY_PROBLEMS = [problemTypes.inProgress, problemTypes.doneBefore, problemTypes.keyReused];

/** Whether the operation takes its key as a field, and so needs no kept answer. */
export function takesKey({ input }: Pick<Operation, 'input'>): boolean {
  return 'idempotencyKey' in input.shape;
}

export async function runOnce(
  operation: Operation,
  context: OperationContext,
  key: string,
  readInput: () => unknown,
  fieldNames?: FieldNames,
): Promise<object> {
  const { keptAnswers: records, caller, now } = context;
  const run = () => runOperation<z.ZodObject, z.ZodObject, boolean>(operation, context, readInput, fieldNames);
  if (!caller.scopes.has(operation.scope)) return run();
  const id = digestOf([caller.agent.id, operation.name, key]);
  const at = now();
  const fingerprint = operation.secret === true ? null : fingerprintOf(readInput);
  const running: ExpiringRecord = {
    kind: 'idempotency',
    id,
    owner: caller.agent.id,
    version: 1,
    content: { fingerprint, answer: null },
    createdAt: at,
    expiresAt: at + RUNNING_MS,
  };
  const before = await records.expiringRecord('idempotency', id, at);
  if (before !== undefined) return answerIn(before, fingerprint, operation);
  if (!(await records.putExpiringRecord(running, at))) throw inProgress();
  try {
    const answer = await run();
    const kept = operation.secret === true ? { done: true } : { done: true, answer: JSON.parse(JSON.stringify(answer)) };
    await keep(records, { ...running, version: 2, content: { fingerprint, ...kept }, expiresAt: now() + KEPT_MS }, now());
    return answer;
  } catch (error) {
    await records.removeExpiringRecord('idempotency', id).catch(() => false);
    throw error;
  }
}

/** What was done is done, also if its answer is too long to be kept or the store is away now. */
async function keep(records: KeptAnswers, record: ExpiringRecord, now: number): Promise<void> {
  await records.putExpiringRecord(record, now).catch(() => false);
}

function answerIn({ content }: ExpiringRecord, fingerprint: string | null, { name }: Operation): object {
  const kept = Object(content);
  if (kept.fingerprint !== fingerprint) {
    throw new OperationProblem(problemTypes.keyReused, 'This Idempotency-Key was sent with another input. Choose a new one.');
  }
  if (kept.done !== true) throw inProgress();
  if (typeof kept.answer === 'object' && kept.answer !== null) return kept.answer;
  throw new OperationProblem(
    problemTypes.doneBefore,
    `${name} was done under this Idempotency-Key. Its answer has a secret, which is shown once.`,
  );
}

function inProgress(): OperationProblem {
  return new OperationProblem(problemTypes.inProgress, 'A request with this Idempotency-Key is under way. Send it again in some seconds.');
}

/** Null for input that cannot be read, which the operation refuses. */
function fingerprintOf(readInput: () => unknown): string | null {
  try {
    return digestOf(readInput());
  } catch {
    return null;
  }
}

function digestOf(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(value) ?? '')
    .digest('hex');
}
