/** The audit trail, for those who answer for what agents do. */
import * as z from 'zod';
import { auditRecordSchema } from '#storage/audit-trail.ts';
import { defineOperation } from './operation.ts';
import { pageInput, pageOutput, wholeNumber } from './paging.ts';

const text = z.string().min(1).max(200).exactOptional();
const time = wholeNumber(0, Number.MAX_SAFE_INTEGER).exactOptional();

export const listAudit = defineOperation({
  name: 'audit.list',
  scope: 'audit:read',
  effect: 'read',
  summary: 'Lists who read and changed what, newest first.',
  input: z.strictObject({
    agent: text.describe('Id of the agent.'),
    operation: text,
    target: text.describe('Id of what was read or changed.'),
    effect: z.enum(['read', 'write']).exactOptional(),
    from: time.describe('Inclusive, in milliseconds since the epoch.'),
    to: time.describe('Exclusive.'),
    ...pageInput({ mostItems: 500, items: 100 }),
  }),
  output: z.strictObject({ entries: z.array(auditRecordSchema), ...pageOutput }),
  async run({ auditTrail }, { limit, cursor, ...filter }) {
    const { items, next } = await auditTrail.audit(filter, limit, cursor);
    return { entries: items, next };
  },
});
