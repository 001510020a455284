/** Reads the file of the queues. */
import { readFileSync } from 'node:fs';
import { NO_QUEUES, type QueuesInput, queuesSchema } from '#machines/handoff/queues.ts';
import type { SettingFault } from '#machines/setting.ts';
import { faultsIn } from './handoff.ts';

const NAME = 'STATECHAT_QUEUES_FILE';

/** Reports every fault of the file with how to fix it, and returns no queues then. */
export function readQueues(path: string | undefined, report: (fault: SettingFault) => void): QueuesInput {
  if (path === undefined) return NO_QUEUES;
  const fault = (text: string): void => report({ name: NAME, fault: `${path}: ${text}.` });
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    fault(
      error instanceof SyntaxError ? `it is not JSON (${reason})` : `it cannot be read (${reason}). Name a file that this user can read`,
    );
    return NO_QUEUES;
  }
  const parsed = queuesSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const text of faultsIn(parsed.error, 'expected a JSON object such as {"default": {}, "queues": {"billing": {}}}')) fault(text);
  return NO_QUEUES;
}
