/** SPEC A6: what waits for a human's approval, and their decision. Mounted at /api/approvals, behind a bearer token. */
import { type RequestHandler, Router } from 'express';
import * as z from 'zod';
import { HttpProblem } from '#channels/problem.ts';
import type { Approval, Approvals } from '#storage/approvals.ts';
import { methodNotAllowed } from './method-not-allowed.ts';
import { decodeBody, decodeQuery, json, paging } from './request-input.ts';

export interface ApprovalsParts {
  readonly approvals: Pick<Approvals, 'decide' | 'get' | 'open'>;
  /** Who decides where a request names nobody. */
  readonly defaultAgentId: string;
}

const MAX_BODY_BYTES = 16_384;

const listQuery = z.strictObject(paging);
const decisionBody = z.strictObject({
  decision: z.enum(['approve', 'deny'], 'expected approve or deny'),
  comment: z.string().trim().min(1).max(2_000).optional(),
  by: z.string().trim().min(1).max(100).optional(),
});

export function approvalsRouter({ approvals, defaultAgentId }: ApprovalsParts): Router {
  const router = Router();

  const list: RequestHandler = async (request, response) => {
    const { limit, cursor } = decodeQuery(listQuery, request.query);
    const { items, next } = await approvals.open(limit, cursor);
    response.json({ approvals: items.map(approvalView), next });
  };

  const one: RequestHandler = async (request, response) => {
    const approval = await approvals.get(nameOf(request.params.id));
    if (approval === undefined) throw noSuchApproval();
    response.json(approvalView(approval));
  };

  const decide: RequestHandler = async (request, response) => {
    const { decision, comment = null, by = defaultAgentId } = decodeBody(decisionBody, request.body);
    // The token is an admin's, who speaks for the agent that they name.
    const outcome = await approvals.decide(nameOf(request.params.id), { agent: by, role: 'admin' }, decision === 'approve', comment);
    if (outcome.ok) {
      response.json(approvalView(outcome.approval));
      return;
    }
    if (outcome.reason === 'unknown') throw noSuchApproval();
    const { status, decision: made } = outcome.approval;
    if (outcome.reason === 'not allowed') {
      const detail = `"${by}" may not decide on this. \`approvers\` says who may; name them as \`by\` if they did.`;
      throw new HttpProblem({
        status: 403,
        code: 'not_allowed',
        title: 'Not yours to decide',
        detail,
        facts: { approvers: outcome.approval.approvers },
      });
    }
    const detail =
      status === 'expired'
        ? 'Its time is over. If it is still wanted, it will be asked for again.'
        : `It was decided before${made === null ? '' : `, by "${made.by}"`}: it is ${status}.`;
    throw new HttpProblem({ status: 409, code: 'not_open', title: 'No longer open', detail, facts: { state: status } });
  };

  router.route('/').get(list).all(methodNotAllowed('GET'));
  router.route('/:id').get(one).post(json(MAX_BODY_BYTES), decide).all(methodNotAllowed('GET', 'POST'));
  return router;
}

/** Without its fingerprint, which tells people nothing. */
function approvalView({ fingerprint: _, ...shown }: Approval) {
  return shown;
}

/** What could not be an id is the id of nothing. */
function nameOf(id: unknown): string {
  const text = String(id);
  if (!/^[^\p{Cc}\p{Cs}]{1,200}$/u.test(text)) throw noSuchApproval();
  return text;
}

function noSuchApproval(): HttpProblem {
  const detail = 'There is no such approval: it is gone, or never was. GET /api/approvals lists the ones that are open.';
  return new HttpProblem({ status: 404, code: 'not_found', title: 'Not found', detail });
}
