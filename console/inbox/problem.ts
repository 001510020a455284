/** What the gateway answered to the last command, while it matters. */
import type { CommandError } from '../client/request.ts';
import type { ReturnReason } from './session-facts.ts';
import type { Strings } from './strings.ts';

type Reason =
  | { readonly kind: 'held'; readonly holder: string }
  | { readonly kind: 'unseen'; readonly seq: number }
  | { readonly kind: 'closed' }
  /** The customer last wrote too long ago for a free text. */
  | { readonly kind: 'window' }
  /** A reaction was too late. */
  | { readonly kind: 'notReacted'; readonly reason: 'closed' | 'window' }
  /** A message that was to be sent later came back. */
  | { readonly kind: 'returned'; readonly reason: ReturnReason }
  /** It cannot be taken back any more. */
  | { readonly kind: 'tooLate' }
  /** A message came back without its card, because the reply has another. */
  | { readonly kind: 'cardLeft' }
  | { readonly kind: 'refused'; readonly message: string };

export type Problem = Reason & {
  /** The message that came back has lost its card by it. */
  readonly cardLeft?: true;
};

export function problemOf({ code, message, holder, seq }: CommandError): Problem {
  if (code === 'held') return { kind: 'held', holder: holder ?? '' };
  if (code === 'unseen' && seq !== undefined) return { kind: 'unseen', seq };
  return code === 'closed' || code === 'window' ? { kind: code } : { kind: 'refused', message };
}

/** The same for a reaction, which has no text to keep and no template. */
export function reactionProblemOf(error: CommandError): Problem {
  const problem = problemOf(error);
  return problem.kind === 'closed' || problem.kind === 'window' ? { kind: 'notReacted', reason: problem.kind } : problem;
}

export function problemText(problem: Problem, { problems }: Pick<Strings, 'problems'>): string {
  const text = reasonText(problem, problems);
  return problem.cardLeft === true ? `${text} ${problems.cardLeft}` : text;
}

function reasonText(problem: Reason, problems: Strings['problems']): string {
  switch (problem.kind) {
    case 'held':
      return problems.held(problem.holder);
    case 'refused':
      return problems.refused(problem.message);
    case 'returned':
      return problems.returned[problem.reason];
    case 'notReacted':
      return problems.notReacted[problem.reason];
    default:
      return problems[problem.kind];
  }
}
