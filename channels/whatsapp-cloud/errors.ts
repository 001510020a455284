/**
 * What each error code of WhatsApp means for a message. docs/reference/whatsapp-cloud.md has the
 * table with the documentation of each. The same code comes as an answer, in a status, or in both.
 */
import { type StatechatError, Unavailable } from '#machines/errors.ts';
import type { KnownProblem } from '../channel-problem.ts';
import { RateLimited, Refused } from '../port.ts';
import { MENDS, type Mend, mendProblem } from './problems.ts';

/** What WhatsApp says of a failure. */
export interface Failure {
  readonly code: number;
  /** Meta's own explanation. It may change, so it decides only what the code leaves open. */
  readonly details: string;
  /** Meta expects that the same request succeeds soon. */
  readonly transient?: boolean;
  /** Status of the HTTP answer. 0 for one that came by webhook. */
  readonly status: number;
}

export type Meaning =
  /** The service is unwell. The outbox tries again with its own pauses, and gives up in the end. */
  | { readonly type: 'soon' }
  /** The same request succeeds later, after this many milliseconds at the soonest. */
  | { readonly type: 'later'; readonly afterMs: number; readonly scope: 'pair' | 'number' }
  /** Nothing is sent for anybody until an operator acts. Then it is sent. */
  | { readonly type: 'operator'; readonly mend: Mend }
  /** It is never sent. `reason` is a word for programs, `why` a sentence for people. */
  | { readonly type: 'never'; readonly reason: string; readonly why: string };

const SECOND = 1_000;
const MINUTE = 60_000;

const SOON: Meaning = { type: 'soon' };
const later = (afterMs: number, scope: 'pair' | 'number'): Meaning => ({ type: 'later', afterMs, scope });
const operator = (mend: Mend): Meaning => ({ type: 'operator', mend });
const never = (reason: string, why: string): Meaning => ({ type: 'never', reason, why });

export const MEANINGS: ReadonlyMap<number, Meaning> = new Map([
  [0, operator('token')],
  [1, SOON],
  [2, SOON],
  [3, operator('permission')],
  [4, later(MINUTE, 'number')],
  [10, operator('permission')],
  [33, operator('number_deleted')],
  [100, never('invalid_request', 'WhatsApp does not take this message as it is')],
  [190, operator('token')],
  [368, operator('account_blocked')],
  [80007, later(MINUTE, 'number')],
  [130429, later(2 * SECOND, 'number')],
  [130472, never('experiment', 'the customer is part of an experiment in which Meta delivers no marketing')],
  [130497, never('country', 'the business may not write to customers in this country')],
  [131000, SOON],
  [131005, operator('permission')],
  [131008, never('invalid_request', 'a parameter of the message is missing')],
  [131009, never('invalid_request', 'a parameter of the message has a wrong value')],
  [131016, SOON],
  [131021, never('own_number', 'the recipient is the business itself')],
  [131026, never('undeliverable', 'the customer cannot be reached on WhatsApp')],
  [131030, never('not_allowed', 'a test number reaches only the recipients that are added to it')],
  [131031, operator('account_locked')],
  [131037, operator('display_name')],
  [131042, operator('payment')],
  [131045, operator('register_again')],
  [131047, never('window_closed', 'the customer last wrote more than 24 hours ago, so only a template can be sent')],
  [131048, later(10 * MINUTE, 'number')],
  [131049, never('marketing_cap', 'Meta does not deliver it, because the customer got enough marketing')],
  [131050, never('marketing_stopped', 'the customer stopped marketing messages of the business')],
  [131051, never('unsupported', 'WhatsApp does not support this kind of message')],
  [131052, never('media', 'WhatsApp could not download the file')],
  [131053, never('media', 'WhatsApp does not take the file')],
  [131056, later(6 * SECOND, 'pair')],
  [131057, later(MINUTE, 'number')],
  [131062, never('needs_phone', 'an authentication template needs the number of the customer, and only a user id is known')],
  [132000, never('template', 'the template has another number of parameters')],
  [132001, never('template', 'there is no such template in this language, or it is not approved')],
  [132005, never('template', 'the text of the template becomes too long')],
  [132007, never('template', 'the content of the template violates a policy')],
  [132012, never('template', 'a parameter of the template has the wrong form')],
  [132015, never('template', 'the template is paused because of its low quality')],
  [132016, never('template', 'the template is disabled')],
  [132018, never('template', 'a parameter of the template has the wrong form')],
  [132068, never('flow', 'the flow is blocked')],
  [132069, never('flow', 'the flow is throttled')],
  [133000, SOON],
  [133004, SOON],
  [133006, operator('verify_again')],
  [133010, operator('register')],
  [134011, operator('payment_terms')],
  [135000, never('invalid_request', 'WhatsApp does not take this message, and does not say why')],
]);

/** Codes of permissions that are missing. */
const PERMISSIONS = { from: 200, to: 299 };

/** `100` is a wrong parameter of any kind, and in some versions of the API a closed window. */
const WINDOW_DETAILS = /24 hours|re-?engagement|customer service window/i;
/** The same code is the answer for a phone number id that the token may not use. */
const MISSING_DETAILS = /does not exist|missing permissions/i;
const WRONG_NUMBER = operator('wrong_number');

export function meaningOf({ code, details, transient, status }: Failure): Meaning {
  if (transient === true) return SOON;
  if (code === 100 && WINDOW_DETAILS.test(details)) return meaningOf({ code: 131047, details: '', status });
  if (code === 100 && MISSING_DETAILS.test(details)) return WRONG_NUMBER;
  const known = MEANINGS.get(code);
  if (known !== undefined) return known;
  if (code >= PERMISSIONS.from && code <= PERMISSIONS.to) return operator('permission');
  if (status === 429) return later(MINUTE, 'number');
  if (status >= 500) return SOON;
  return never('refused', 'WhatsApp refused it');
}

/** The reason of a failure, for people. Nothing of it was written by the customer. */
export function reasonOf(failure: Failure): string {
  const meaning = meaningOf(failure);
  const why =
    meaning.type === 'never' ? meaning.why : meaning.type === 'operator' ? MENDS[meaning.mend] : 'WhatsApp could not send it at that time';
  return `${why} (${detailOf(failure)})`.slice(0, 500);
}

function detailOf({ code, details }: Failure): string {
  return `${code}${details === '' ? '' : `: ${details}`}`;
}

/** `Refused`, `RateLimited` or `Unavailable`, for whoever sent the request. */
export function errorOf(failure: Failure): StatechatError {
  const meaning = meaningOf(failure);
  const facts = { code: failure.code, details: failure.details, status: failure.status };
  const message = `WhatsApp: ${reasonOf(failure)}`;
  switch (meaning.type) {
    case 'soon':
      return new Unavailable(message, facts);
    case 'later':
      return new RateLimited(message, meaning.afterMs, { ...facts, scope: meaning.scope });
    case 'operator':
      return new Misconfigured(message, mendProblem(meaning.mend, detailOf(failure)), facts);
    case 'never':
      return new Refused(message, { ...facts, reason: meaning.reason });
  }
}

/**
 * Nothing can be sent until an operator changed something. What waits is kept and tried again, as
 * with a provider that is away.
 */
export class Misconfigured extends Unavailable {
  readonly problem: KnownProblem;
  constructor(message: string, problem: KnownProblem, facts: Record<string, unknown>) {
    super(message, facts);
    this.problem = problem;
    this.name = 'Misconfigured';
  }
}
