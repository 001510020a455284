/** Tool calls that wait for a human's approval (SPEC A6), and the decision. */
import * as z from 'zod';
import { type Approval, ROLES } from '#storage/approvals.ts';
import { actingAgent } from './caller.ts';
import { defineOperation } from './operation.ts';
import { pageInput, pageOutput } from './paging.ts';
import { OperationProblem, problemTypes } from './problems.ts';
import { json } from './session-view.ts';

const approvalSchema = z.strictObject({
  id: z.string(),
  sessionId: z.string(),
  tool: z.string(),
  shown: json.describe('The input of the call, without secrets.'),
  approvers: z
    .array(z.union([z.strictObject({ role: z.enum(ROLES) }), z.strictObject({ agent: z.string() })]))
    .describe('Any one of them decides.'),
  status: z.enum(['open', 'approved', 'denied', 'used', 'expired']),
  askedAt: z.number(),
  expiresAt: z.number(),
  decision: z.strictObject({ by: z.string(), at: z.number(), comment: z.string().nullable() }).nullable(),
});

const approvalIdInput = z.string().describe('From the list of approvals.');

export const listApprovals = defineOperation({
  name: 'approvals.list',
  scope: 'approvals:read',
  effect: 'read',
  summary: 'Lists tool calls that wait for approval, oldest first.',
  input: z.strictObject(pageInput({ mostItems: 200, items: 50 })),
  output: z.strictObject({ approvals: z.array(approvalSchema), ...pageOutput }),
  async run({ approvals }, { limit, cursor }) {
    const { items, next } = await approvals.open(limit, cursor);
    return { approvals: items.map(approvalView), next };
  },
});

export const getApproval = defineOperation({
  name: 'approvals.get',
  scope: 'approvals:read',
  effect: 'read',
  summary: 'Reads one approval, whatever its status.',
  input: z.strictObject({ approvalId: approvalIdInput }),
  output: approvalSchema,
  errors: [problemTypes.notFound],
  target: ({ approvalId }) => approvalId,
  async run({ approvals }, { approvalId }) {
    const approval = await approvals.get(checkedId(approvalId));
    if (approval === undefined) throw noSuchApproval();
    return approvalView(approval);
  },
});

export const decideApproval = defineOperation({
  name: 'approvals.decide',
  scope: 'approvals:decide',
  effect: 'write',
  summary: 'Approves or denies a tool call. The first decision counts.',
  input: z.strictObject({
    approvalId: approvalIdInput,
    decision: z.enum(['approve', 'deny'], 'expected approve or deny'),
    comment: z.string().trim().min(1).max(2_000).optional(),
    by: z.string().trim().min(1).max(100).describe('The id of the agent that decides.').optional(),
  }),
  output: approvalSchema,
  errors: [problemTypes.notFound, problemTypes.notAllowed, problemTypes.notOpen],
  target: ({ approvalId }) => approvalId,
  async run({ approvals, caller }, { approvalId, decision, comment = null, by: named }) {
    const { id: by } = actingAgent(caller, named);
    const outcome = await approvals.decide(checkedId(approvalId), { agent: by, role: caller.role }, decision === 'approve', comment);
    if (outcome.ok) return approvalView(outcome.approval);
    if (outcome.reason === 'unknown') throw noSuchApproval();
    const { status, approvers, decision: made } = outcome.approval;
    if (outcome.reason === 'not allowed') {
      const detail = `"${by}" may not decide on this. \`approvers\` lists the people and roles that may. If one of them decided, name them as \`by\`.`;
      throw new OperationProblem(problemTypes.notAllowed, detail, { approvers });
    }
    const detail =
      status === 'expired'
        ? 'It has expired. If the call is still wanted, a new approval will be requested.'
        : `It was decided before${made === null ? '' : `, by "${made.by}"`}: it is ${status}.`;
    throw new OperationProblem(problemTypes.notOpen, detail, { state: status });
  },
});

/** Without its fingerprint, which means nothing to people. */
function approvalView({ fingerprint: _, ...shown }: Approval) {
  return shown;
}

/** Throws `not_found` for text that cannot be an id, without a query of the store. */
function checkedId(text: string): string {
  if (!/^[^\p{Cc}\p{Cs}]{1,200}$/u.test(text)) throw noSuchApproval();
  return text;
}

function noSuchApproval(): OperationProblem {
  const detail = 'There is no such approval: it is gone, or never was. GET /api/approvals lists the ones that are open.';
  return new OperationProblem(problemTypes.notFound, detail);
}
