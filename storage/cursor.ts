/** Cursors of pages. Callers hand them back, so they are not trusted. */
import * as z from 'zod';
import { InvalidInput } from '#machines/errors.ts';

/** Of a listing of sessions, the last one's id. */
export const sessionsCursor = z.uuid();
/** Of a search, the kind of match, and the last entry's session and `seq`. A profile has 0. */
export const searchCursor = z.templateLiteral([z.enum(['e', 'n']), '.', z.uuid(), '.', z.string().regex(/^\d{1,10}$/)]);
/** Of dead letters, the last one's number. */
export const deadLetterCursor = z.string().regex(/^\d{1,15}$/);

/** Of sessions that analytics lists, the last one's place in the order (rollups.ts), and its id. */
export const rolledCursor = z.templateLiteral([z.string().regex(/^\d{1,16}$/), '.', z.uuid()]);

/** Of open approvals, the last one's number. */
export const approvalCursor = z.string().regex(/^\d{1,15}$/);

/** Of accounts of agents, the last one's login. */
export const agentsCursor = z.string().min(1).max(200);

/** Of the audit trail, the number of the last entry. */
export const auditCursor = z.string().regex(/^\d{1,15}$/);

/** Of mentions, the time and the id of the last one. */
export const mentionsCursor = z
  .string()
  .max(120)
  .regex(/^\d{1,16} \S+$/);

/** The same cursor. Throws `InvalidInput` if it cannot be one. */
export function checkedCursor(schema: z.ZodType<string>, cursor: string | undefined): string | undefined {
  if (cursor === undefined || schema.safeParse(cursor).success) return cursor;
  throw new InvalidInput('The cursor is not one of ours: hand back `next` of the page before, or leave it out.');
}
