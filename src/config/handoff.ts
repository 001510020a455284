/** Settings of the handoff to human agents (SPEC H4). */
import * as z from 'zod';
import { scheduleSchema } from '#machines/handoff/business-hours.ts';
import { quantity } from '#machines/setting.ts';
import { name } from './setting.ts';

const EXAMPLE = '{"timeZone": "Africa/Cairo", "week": {"sunday": ["09:00-13:00", "14:00-17:00"]}}';

/** JSON of one schema. Each fault says where in the JSON it is. */
function json<T extends z.ZodType>(schema: T, example: string) {
  return z.string().transform((text, context): z.output<T> => {
    const parsed = schema.safeParse(readJson(text));
    if (parsed.success) return parsed.data;
    for (const message of faultsIn(parsed.error, `expected JSON such as ${example}`)) context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

/**
 * One text for each fault, with where in the JSON it is.
 * @param expected for a fault of the whole.
 */
export function faultsIn({ issues }: z.ZodError, expected: string): string[] {
  return issues.map(({ path, message, code }) => {
    const where = path.map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`)).join('');
    if (where !== '') return `${where}: ${message}`;
    return code === 'invalid_type' ? expected : message;
  });
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const HANDOFF_NAMES = {
  STATECHAT_BUSINESS_HOURS: name({
    group: 'Handoff',
    schema: json(scheduleSchema, EXAMPLE),
    about: `Hours in which human agents are there, as JSON such as \`${EXAMPLE}\` (docs/reference/business-hours.md). A customer who asks for an agent outside these hours is told when they are back. If it is unset, agents are always there.`,
  }),
  STATECHAT_QUEUES_FILE: name({
    group: 'Handoff',
    schema: z.string().min(1),
    about:
      'JSON file of the queues in which customers wait for humans, with skills, hours, the rule that assigns sessions, and service levels (docs/reference/queues.md). Relative to the folder in which the program is started. Unset: one queue, from which agents claim sessions.',
  }),
  STATECHAT_AGENT_CAPACITY: name({
    group: 'Handoff',
    schema: quantity('sessions', 0, 1_000, true),
    fallback: '5',
    about: 'Sessions that rules give an agent at most, where the account has no capacity of its own. Agents may claim more themselves.',
  }),
  STATECHAT_OFFLINE_AFTER_SECONDS: name({
    group: 'Handoff',
    schema: quantity('seconds', 0.3, 3_600),
    fallback: '60',
    about:
      'Seconds without a console after which an agent is offline, so that a reload is no absence. Customers who wait for an answer of that agent go back to the queue. Fractions are allowed.',
  }),
};
