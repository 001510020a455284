import * as z from 'zod';
import type { Json } from '#machines/definition.ts';
import type { SessionId } from '#machines/ids.ts';
import { type Approval, type ApprovalRequest, ROLES, statusAt } from '#storage/approvals.ts';
import { reading } from '#storage/redis/decode.ts';

const document = z.object({
  id: z.string(),
  sessionId: z.custom<SessionId>((value) => typeof value === 'string' && value.length === 36),
  tool: z.string(),
  shown: z.custom<Json>((value) => value !== undefined),
  fingerprint: z.string(),
  approvers: z.array(z.union([z.object({ role: z.enum(ROLES) }), z.object({ agent: z.string() })])),
});

const decision = z.object({ by: z.string(), at: z.int(), comment: z.string().nullable() });

/** Text, state, request time, expiry time, decision, now, and in a listing the number. */
const stored = z
  .tuple([
    z.string(),
    z.enum(['open', 'approved', 'denied', 'used']),
    z.coerce.number().int(),
    z.coerce.number().int(),
    z.string(),
    z.number(),
  ])
  .rest(z.string());

export function encodeApproval({ id, sessionId, tool, shown, fingerprint, approvers }: ApprovalRequest): string {
  return JSON.stringify({ id, sessionId, tool, shown, fingerprint, approvers });
}

/** Undefined where there is none. */
export function decodeApproval(reply: unknown): { readonly approval: Approval; readonly number: string } | undefined {
  if (!Array.isArray(reply) || reply[0] === null) return undefined;
  return reading('approval', () => {
    const [text, state, askedAt, expiresAt, decided, now, number = ''] = stored.parse(reply);
    const approval: Approval = {
      ...document.parse(JSON.parse(text)),
      status: statusAt(state, expiresAt, now),
      askedAt,
      expiresAt,
      decision: decided === '' ? null : decision.parse(JSON.parse(decided)),
    };
    return { approval, number };
  });
}
