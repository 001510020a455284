/** Lifecycle region of each version of the session machine, made from its table. */
import type { SessionContext } from './context.ts';
import { session } from './media-setup.ts';
import { notify } from './setup.ts';
import { LIFECYCLE } from './table.ts';
import { LIFECYCLE_2 } from './table-2.ts';
import { type Branch, type Cell, type LifecycleAction, type LifecycleState, STATE_TIMER } from './table-cells.ts';

/** CLOSED is the machine's own final state, not one of this region. */
const targetOf = (state: LifecycleState): string => `#${state}`;

function actionOf(action: LifecycleAction) {
  if (typeof action === 'string') return action;
  const params = ({ context }: { context: SessionContext }) => notify(context, action.notice);
  return { type: 'message.send' as const, params };
}

function transitionOf(branch: Branch, first: readonly 'sendBefore'[], last: readonly ('keepMedia' | 'reviewDeferred')[]) {
  switch (branch.kind) {
    case 'take':
      return {
        ...(branch.to === undefined ? {} : { target: targetOf(branch.to), reenter: true }),
        ...(branch.when === undefined ? {} : { guard: branch.when }),
        actions: [...first, ...branch.actions.map(actionOf), ...last],
      };
    case 'ignore':
      return {
        ...(branch.when === undefined ? {} : { guard: branch.when }),
        actions: [{ type: 'ignore' as const, params: { reason: branch.reason } }],
      };
    case 'refuse':
      return {
        ...(branch.when === undefined ? {} : { guard: branch.when }),
        actions: [branch.code === 'window' ? ('refuseOutsideWindow' as const) : ('refuseHeld' as const)],
      };
    case 'reopen':
      throw new TypeError('Only the CLOSED row may reopen: it is not part of the machine');
  }
}

type Table = typeof LIFECYCLE | typeof LIFECYCLE_2;
type Row = { readonly timeout: Cell; readonly unanswered?: Cell; readonly [type: string]: Cell };

function stateOf(table: Table, state: Exclude<LifecycleState, 'CLOSED'>) {
  const { timeout, unanswered, ...events }: Row = table[state];
  const timer = STATE_TIMER[state];
  // Nothing can be put off in an older version, and what its customers send is not kept.
  const [first, last] = table === LIFECYCLE ? ([['sendBefore'], ['keepMedia', 'reviewDeferred']] as const) : [[], []];
  const transitionsOf = (cell: Cell) => ('kind' in cell ? [cell] : [...cell]).map((branch) => transitionOf(branch, first, last));
  const timers = [
    ...(timer === null ? [] : [[timer, transitionsOf(timeout)] as const]),
    ...(unanswered === undefined || state !== 'ACTIVE.human' ? [] : [['agentReturn', transitionsOf(unanswered)] as const]),
  ];
  return {
    on: Object.fromEntries(Object.entries(events).map(([type, cell]) => [type, transitionsOf(cell)])),
    ...(timers.length === 0 ? {} : { after: Object.fromEntries(timers) }),
  };
}

function lifecycleOf(table: Table) {
  const bot = stateOf(table, 'ACTIVE.bot');
  return session.createStateConfig({
    initial: 'NEW',
    states: {
      NEW: { id: 'NEW', ...stateOf(table, 'NEW') },
      ACTIVE: {
        id: 'ACTIVE',
        initial: 'bot',
        states: {
          // An answer is activity too, so the idle timer restarts.
          bot: { ...bot, on: { ...bot.on, 'answer.given': { target: '#ACTIVE.bot', reenter: true } } },
          human: stateOf(table, 'ACTIVE.human'),
        },
      },
      WAITING_AGENT: { id: 'WAITING_AGENT', ...stateOf(table, 'WAITING_AGENT') },
      IDLE: { id: 'IDLE', ...stateOf(table, 'IDLE') },
    },
  });
}

export const lifecycle = lifecycleOf(LIFECYCLE);

/** Of session@1 and session@2. */
export const lifecycle2 = lifecycleOf(LIFECYCLE_2);
