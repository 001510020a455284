/**
 * What the tables of the lifecycle (table.ts, table-2.ts) are written in, which is the states, the
 * events, the names of actions and guards, and the cells.
 */
import type { SessionEvent } from './events.ts';
import type { NoticeName } from './notices.ts';

export const LIFECYCLE_STATES = ['NEW', 'ACTIVE.bot', 'ACTIVE.human', 'WAITING_AGENT', 'IDLE', 'CLOSED'] as const;
export type LifecycleState = (typeof LIFECYCLE_STATES)[number];

/**
 * Every event from outside, the timer of the current state, and that of a customer whose agent does
 * not answer.
 */
export type LifecycleEventType = SessionEvent['type'] | 'timeout' | 'unanswered';

/** Events that no journal of an older version has. */
export type EventTypeSince3 =
  | 'wait.status'
  | 'agent.update'
  | 'agent.clear'
  | 'agent.extend'
  | 'agent.snooze'
  | 'agent.unsnooze'
  | 'agent.schedule'
  | 'agent.unschedule'
  | 'snooze.due'
  | 'message.due'
  | 'agent.assign'
  | 'agent.offline'
  | 'agent.echo'
  | 'agent.reaction'
  | 'customer.revoke'
  | 'customer.reaction'
  | 'customer.call'
  | 'message.cost'
  | 'media.kept'
  | 'media.lost'
  | 'unanswered';

/** Timer of a state. It restarts whenever the state is entered or re-entered. */
export const STATE_TIMER = {
  NEW: null,
  'ACTIVE.bot': 'idle',
  'ACTIVE.human': 'idle',
  WAITING_AGENT: 'agentWait',
  IDLE: 'expiry',
  CLOSED: null,
} as const satisfies Record<LifecycleState, 'idle' | 'agentWait' | 'expiry' | null>;

export type LifecycleAction =
  | NamedAction
  /** The customer reads one of the machine's own notices. */
  | { readonly type: 'say'; readonly notice: NoticeName };

export type NamedAction =
  | 'touch'
  | 'recordMessage'
  | 'recordRequest'
  | 'editMessage'
  | 'ask'
  | 'askAgain'
  | 'askPending'
  | 'stopWork'
  | 'clearMessages'
  | 'requestAnalysis'
  | 'confirmAnalysis'
  | 'dropConfirmation'
  | 'tellAnalysisStatus'
  | 'hold'
  | 'holdNamed'
  | 'letGo'
  | 'sendAgentMessage'
  | 'sendReaction'
  | 'wait'
  | 'waitOn'
  | 'remind'
  | 'tellWait'
  | 'notifyAssigned'
  | 'waitReopened'
  | 'waitForAny'
  | 'returnUnanswered'
  | 'returnOffline'
  | 'close'
  | 'askRating'
  | 'expire'
  | 'countFailedEffect'
  | 'countSpent'
  | 'countNote'
  | 'update'
  | 'extend'
  | 'snooze'
  | 'unsnooze'
  | 'wake'
  | 'schedule'
  | 'unschedule'
  | 'sendScheduled'
  | 'recordEcho'
  | 'revokeMessage'
  | 'countCost'
  | 'noteMedia'
  /** Of session@2. See table-2.ts. */
  | 'recordMessage2'
  | 'requestAnalysis2';

export type LifecycleGuard =
  | 'isHeld'
  | 'byHolder'
  | 'mayActForHolder'
  | 'isStale'
  | 'isTooMuch'
  | 'changesFacts'
  | 'isSnoozed'
  | 'isDeferred'
  | 'isOutboxFull'
  | 'hasScheduled'
  | 'ownsScheduled'
  | 'ownsReturned'
  | 'isDue'
  | 'isNewsOfMedia'
  | 'namesAgent'
  | 'mayTransferTo'
  | 'heldByPhone'
  | 'isOutsideWindow'
  | 'isTemplate'
  | 'mayReact'
  | 'isDueTooLate'
  | 'knowsRevoked'
  | 'knowsMessage'
  | 'botBusy'
  | 'keepsWaiting'
  | 'isWaitNews'
  | 'isAssignable'
  | 'isAwaited'
  | 'awaitsNamed'
  | 'isReopened'
  | 'returnsToBot'
  | 'waitsForOne'
  | 'isStop'
  | 'isStopOfWork'
  | 'isReset'
  | 'isAgent'
  | 'isReturn'
  | 'isStart'
  | 'isStatus'
  | 'isAnalysis'
  | 'isSubject'
  | 'isYes'
  | 'isCourtesy'
  | 'analysing'
  /** Of session@2. See table-2.ts. */
  | 'isSubject2'
  | 'knowsMessage2';

/**
 * An event that is taken changes the state or the context. To a host, an event without any change
 * was not taken. If `to` is absent, the state stays and its timer runs on. If `to` is the state
 * itself, it is re-entered and its timer restarts.
 */
interface Take {
  readonly kind: 'take';
  readonly to?: LifecycleState;
  readonly actions: readonly LifecycleAction[];
  readonly when?: LifecycleGuard;
}
interface Ignore {
  readonly kind: 'ignore';
  readonly reason: string;
  readonly when?: LifecycleGuard;
}
/**
 * `held` means that another agent holds the session, and names them. `closed` means that it is
 * over. `window` means that the provider takes no free text for the customer now.
 */
export interface Refuse {
  readonly kind: 'refuse';
  readonly code: 'held' | 'closed' | 'window';
  readonly when?: LifecycleGuard;
}
/**
 * Only in the CLOSED row. The host opens a new session that links to this one, and gives the event
 * to it.
 */
interface Reopen {
  readonly kind: 'reopen';
}
export type Branch = Take | Ignore | Refuse | Reopen;
/** One cell, or several of which the first with a true guard is taken. The last has no guard. */
export type Cell = Branch | readonly [...(Take | Ignore | Refuse)[], Branch];

/** How a table writes its cells. */
export const take = (to: LifecycleState, ...actions: LifecycleAction[]): Take => ({ kind: 'take', to, actions });
export const stay = (...actions: LifecycleAction[]): Take => ({ kind: 'take', actions });
export const when = <T extends Take | Ignore | Refuse>(guard: LifecycleGuard, branch: T): T => ({ ...branch, when: guard });
export const ignore = (reason: string): Ignore => ({ kind: 'ignore', reason });
export const say = (notice: NoticeName): LifecycleAction => ({ type: 'say', notice });
