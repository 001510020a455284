/**
 * Table of session@1 and session@2, by which their journals are replayed. It is today's table
 * without what session@3 changed. A thank-you to an agent was a message like any other, words with
 * `/agent` were not kept, a symbol was read as it stood, an edit that left the text as it was
 * counted, and a customer who waited for a human had no way back.
 */
import { type Branch, type Cell, LIFECYCLE, LIFECYCLE_STATES, type LifecycleGuard, type NamedAction, type Take } from './table.ts';

const ACTIONS: Partial<Record<NamedAction, NamedAction>> = { recordMessage: 'recordMessage2', requestAnalysis: 'requestAnalysis2' };
const GUARDS: Partial<Record<LifecycleGuard, LifecycleGuard>> = { isSubject: 'isSubject2', knowsMessage: 'knowsMessage2' };
const NEW_ACTIONS: ReadonlySet<unknown> = new Set(['recordRequest']);
const NEW_GUARDS: ReadonlySet<unknown> = new Set(['isReturn', 'isCourtesy']);

const BEFORE_3 = Object.fromEntries(
  LIFECYCLE_STATES.map((state) => [
    state,
    Object.fromEntries(Object.entries(LIFECYCLE[state]).map(([event, cell]) => [event, before(cell)])),
  ]),
) as typeof LIFECYCLE;

export const LIFECYCLE_2: typeof LIFECYCLE = {
  ...BEFORE_3,
  WAITING_AGENT: { ...BEFORE_3.WAITING_AGENT, 'customer.command': { kind: 'take', actions: ['touch', 'recordMessage2'] } },
};

function before(cell: Cell): Cell {
  if ('kind' in cell) return branchBefore(cell);
  const guarded = cell.filter((branch): branch is Take => branch.kind === 'take' && branch.when !== undefined);
  const last = cell.at(-1) ?? { kind: 'ignore', reason: 'this cell is empty' };
  return [...guarded.filter((branch) => !NEW_GUARDS.has(branch.when)).map(takeBefore), branchBefore(last)];
}

function branchBefore(branch: Branch): Branch {
  return branch.kind === 'take' ? takeBefore(branch) : branch;
}

function takeBefore({ when, actions, ...rest }: Take): Take {
  return {
    ...rest,
    ...(when === undefined ? {} : { when: GUARDS[when] ?? when }),
    actions: actions
      .filter((action) => !NEW_ACTIONS.has(action))
      .map((action) => (typeof action === 'string' ? (ACTIONS[action] ?? action) : action)),
  };
}
