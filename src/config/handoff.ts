/** Settings of the handoff to human agents (SPEC H4). */
import * as z from 'zod';
import { scheduleSchema } from '#machines/handoff/business-hours.ts';
import { name } from './setting.ts';

const EXAMPLE = '{"timeZone": "Africa/Cairo", "week": {"sunday": ["09:00-13:00", "14:00-17:00"]}}';

/** JSON of one schema. Each fault says where in the JSON it is. */
function json<T extends z.ZodType>(schema: T, example: string) {
  return z.string().transform((text, context): z.output<T> => {
    const parsed = schema.safeParse(readJson(text));
    if (parsed.success) return parsed.data;
    for (const { path, message } of parsed.error.issues) {
      const where = path
        .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`))
        .join('');
      context.addIssue({ code: 'custom', message: where === '' ? `expected JSON such as ${example}` : `${where}: ${message}` });
    }
    return z.NEVER;
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
};
