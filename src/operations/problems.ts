/**
 * The problems of operations, apart from invalid input. A problem type is a value, so that an
 * operation can declare the ones it has and every projection can list them. A projection maps
 * `kind` to its own terms, such as a status of HTTP.
 */
import { StatechatError } from '#machines/errors.ts';

export type ProblemKind = 'forbidden' | 'not_found' | 'conflict' | 'stale' | 'unprocessable';

export interface ProblemType {
  /** Published. docs/reference/problems.md has what to do about it. */
  readonly code: string;
  readonly kind: ProblemKind;
  readonly title: string;
}

export const problemTypes = {
  /**
   * The caller lacks the scope, or names an agent that it may not act for. Any operation may have
   * it.
   */
  forbidden: { code: 'forbidden', kind: 'forbidden', title: 'Forbidden' },
  notFound: { code: 'not_found', kind: 'not_found', title: 'Not found' },
  noContext: { code: 'no_context', kind: 'conflict', title: 'No context' },
  notAllowed: { code: 'not_allowed', kind: 'forbidden', title: 'Not yours to decide' },
  notOpen: { code: 'not_open', kind: 'conflict', title: 'No longer open' },
  held: { code: 'held', kind: 'conflict', title: 'Held by somebody else' },
  closed: { code: 'closed', kind: 'conflict', title: 'Closed' },
  window: { code: 'window', kind: 'conflict', title: 'Only a template can be sent' },
  /** A machine of an assistant's own may refuse under a code of its own. */
  refused: { code: 'refused', kind: 'conflict', title: 'Refused' },
  unseen: { code: 'unseen', kind: 'conflict', title: 'Something was written meanwhile' },
  taken: { code: 'taken', kind: 'conflict', title: 'Login taken' },
  changed: { code: 'changed', kind: 'conflict', title: 'Changed meanwhile' },
  lastAdmin: { code: 'last_admin', kind: 'conflict', title: 'The last admin' },
  wrongPassword: { code: 'wrong_password', kind: 'forbidden', title: 'Wrong password' },
  budgetSpent: { code: 'budget_spent', kind: 'conflict', title: 'Budget spent' },
  notWritten: { code: 'not_written', kind: 'unprocessable', title: 'Nothing was written' },
  badFile: { code: 'bad_file', kind: 'unprocessable', title: 'File refused' },
  unreplayable: { code: 'unreplayable', kind: 'unprocessable', title: 'Cannot be replayed' },
  noRoom: { code: 'no_room', kind: 'conflict', title: 'No room' },
  expired: { code: 'expired', kind: 'conflict', title: 'Expired' },
  queryLimit: { code: 'query_limit', kind: 'conflict', title: 'No more queries' },
  ttlLimit: { code: 'ttl_limit', kind: 'conflict', title: 'It cannot last longer' },
  noData: { code: 'no_data', kind: 'unprocessable', title: 'No data' },
  exists: { code: 'exists', kind: 'conflict', title: 'Open already' },
  open: { code: 'open', kind: 'conflict', title: 'Still open' },
  onHold: { code: 'on_hold', kind: 'conflict', title: 'On legal hold' },
  inProgress: { code: 'in_progress', kind: 'conflict', title: 'Under way' },
  doneBefore: { code: 'done_before', kind: 'conflict', title: 'Done before' },
  keyReused: { code: 'key_reused', kind: 'unprocessable', title: 'Idempotency key used before' },
  stale: { code: 'stale', kind: 'stale', title: 'Another version by now' },
  parked: { code: 'parked', kind: 'unprocessable', title: 'Put aside' },
} as const satisfies Readonly<Record<string, ProblemType>>;

/** A refusal of a declared type. Its message and facts are meant for the caller. */
export class OperationProblem extends StatechatError {
  readonly type: ProblemType;

  /** @param code instead of the type's own. */
  constructor(type: ProblemType, detail: string, facts: Record<string, unknown> = {}, code: string = type.code) {
    super(code, detail, { facts });
    this.name = 'OperationProblem';
    this.type = type;
  }
}
