/**
 * Table of session@1 and session@2, by which their journals are replayed. It is written out,
 * because a change of today's table (table.ts) must not change the past. It never changes, and
 * table.test.ts compares it with its digest.
 *
 * Its names that end in 2 are what session@3 does otherwise. A thank-you to an agent is a message
 * like any other, words with `/agent` are not kept, a symbol is read as it stands, an edit that
 * leaves the text as it is counts, and a customer who waits for a human has no way back.
 */
import {
  type Cell,
  type EventTypeSince3,
  ignore,
  type LifecycleEventType,
  type LifecycleState,
  say,
  stay,
  take,
  when,
} from './table-cells.ts';

const NO_TIMER = ignore('this state has no timer');
const NOBODY_HOLDS = ignore('no agent holds this session');
const HELD: Cell = { kind: 'refuse', code: 'held' };

const BOT_COMMANDS: Cell = [
  when('isStopOfWork', take('ACTIVE.bot', 'touch', 'stopWork', say('stopped'))),
  when('isStop', take('ACTIVE.bot', 'touch', 'dropConfirmation', say('nothingToStop'))),
  when('isReset', take('ACTIVE.bot', 'touch', 'stopWork', 'clearMessages', say('reset'))),
  when('isAgent', take('WAITING_AGENT', 'touch', 'wait')),
  when('isStart', take('ACTIVE.bot', 'touch', say('welcome'))),
  when('isStatus', take('ACTIVE.bot', 'touch', 'tellAnalysisStatus')),
  when('isAnalysis', take('ACTIVE.bot', 'touch', 'requestAnalysis2')),
  take('ACTIVE.bot', 'touch', say('help')),
];

const BOT_MESSAGES: Cell = [
  when('isYes', take('ACTIVE.bot', 'touch', 'recordMessage2', 'confirmAnalysis')),
  when('isSubject2', take('ACTIVE.bot', 'touch', 'recordMessage2', 'requestAnalysis2')),
  take('ACTIVE.bot', 'touch', 'recordMessage2', 'dropConfirmation', 'ask'),
];

const NOTE = stay('countNote');
const CLOSE = take('CLOSED', 'close');
const FAILED_EFFECT = stay('countFailedEffect');
const SPENT = stay('countSpent');
const PROGRESS: Cell = [when('analysing', stay()), ignore('no analysis is running')];
const UNKNOWN_MESSAGE = ignore('that message is not among those that are kept, or its text is the same');

/** No journal of these versions has the events that session@3 added. */
export const LIFECYCLE_2: Record<LifecycleState, Record<Exclude<LifecycleEventType, EventTypeSince3>, Cell>> = {
  NEW: {
    'customer.message': BOT_MESSAGES,
    'customer.edit': ignore('there is no message yet'),
    'customer.command': BOT_COMMANDS,
    escalate: take('WAITING_AGENT', 'touch', 'wait'),
    'agent.claim': take('ACTIVE.human', 'touch', 'hold'),
    'agent.message': ignore('the conversation has no message yet. Claim the session first'),
    'agent.release': NOBODY_HOLDS,
    'agent.transfer': NOBODY_HOLDS,
    note: NOTE,
    close: CLOSE,
    'effect.failed': FAILED_EFFECT,
    'run.spent': SPENT,
    'analysis.progress': ignore('no analysis is running'),
    timeout: NO_TIMER,
  },
  'ACTIVE.bot': {
    'customer.message': BOT_MESSAGES,
    'customer.edit': [when('knowsMessage2', take('ACTIVE.bot', 'touch', 'editMessage', 'askAgain')), UNKNOWN_MESSAGE],
    'customer.command': BOT_COMMANDS,
    escalate: take('WAITING_AGENT', 'touch', 'wait'),
    'agent.claim': take('ACTIVE.human', 'touch', 'hold'),
    'agent.message': take('ACTIVE.human', 'touch', 'hold', 'sendAgentMessage'),
    'agent.release': NOBODY_HOLDS,
    'agent.transfer': NOBODY_HOLDS,
    note: NOTE,
    close: CLOSE,
    'effect.failed': FAILED_EFFECT,
    'run.spent': SPENT,
    'analysis.progress': PROGRESS,
    timeout: [when('botBusy', take('ACTIVE.bot')), take('IDLE')],
  },
  'ACTIVE.human': {
    'customer.message': take('ACTIVE.human', 'touch', 'recordMessage2'),
    'customer.edit': [when('knowsMessage2', take('ACTIVE.human', 'touch', 'editMessage')), UNKNOWN_MESSAGE],
    'customer.command': take('ACTIVE.human', 'touch', 'recordMessage2'),
    escalate: ignore('a human already holds this session'),
    'agent.claim': [when('byHolder', take('ACTIVE.human', 'touch')), HELD],
    'agent.message': [when('byHolder', take('ACTIVE.human', 'touch', 'sendAgentMessage')), HELD],
    'agent.release': take('ACTIVE.bot', 'touch', 'letGo'),
    'agent.transfer': [when('namesAgent', take('ACTIVE.human', 'touch', 'holdNamed')), take('WAITING_AGENT', 'touch', 'wait')],
    note: NOTE,
    close: CLOSE,
    'effect.failed': FAILED_EFFECT,
    'run.spent': SPENT,
    'analysis.progress': PROGRESS,
    timeout: take('IDLE'),
  },
  WAITING_AGENT: {
    'customer.message': stay('touch', 'recordMessage2'),
    'customer.edit': [when('knowsMessage2', stay('touch', 'editMessage')), UNKNOWN_MESSAGE],
    'customer.command': stay('touch', 'recordMessage2'),
    escalate: ignore('it already waits for a human'),
    'agent.claim': take('ACTIVE.human', 'touch', 'hold'),
    'agent.message': take('ACTIVE.human', 'touch', 'hold', 'sendAgentMessage'),
    'agent.release': take('ACTIVE.bot', 'touch', 'letGo', 'askPending'),
    'agent.transfer': take('WAITING_AGENT', 'touch', 'waitOn'),
    note: NOTE,
    close: CLOSE,
    'effect.failed': FAILED_EFFECT,
    'run.spent': SPENT,
    'analysis.progress': PROGRESS,
    timeout: [when('keepsWaiting', take('WAITING_AGENT', 'remind')), take('ACTIVE.bot', 'letGo', say('backToBot'), 'askPending')],
  },
  IDLE: {
    'customer.message': [when('isHeld', take('ACTIVE.human', 'touch', 'recordMessage2')), ...BOT_MESSAGES],
    'customer.edit': [when('knowsMessage2', stay('editMessage')), UNKNOWN_MESSAGE],
    'customer.command': [when('isHeld', take('ACTIVE.human', 'touch', 'recordMessage2')), ...BOT_COMMANDS],
    escalate: take('WAITING_AGENT', 'touch', 'wait'),
    'agent.claim': take('ACTIVE.human', 'touch', 'hold'),
    'agent.message': take('ACTIVE.human', 'touch', 'hold', 'sendAgentMessage'),
    'agent.release': ignore('it is idle: the next message decides'),
    'agent.transfer': ignore('it is idle: claim or escalate it'),
    note: NOTE,
    close: CLOSE,
    'effect.failed': FAILED_EFFECT,
    'run.spent': SPENT,
    'analysis.progress': PROGRESS,
    timeout: take('CLOSED', 'expire'),
  },
  CLOSED: {
    'customer.message': { kind: 'reopen' },
    'customer.edit': ignore('it is closed'),
    'customer.command': { kind: 'reopen' },
    escalate: ignore('it is closed'),
    'agent.claim': ignore('it is closed'),
    'agent.message': { kind: 'refuse', code: 'closed' },
    'agent.release': ignore('it is closed'),
    'agent.transfer': ignore('it is closed'),
    note: ignore('it is closed'),
    close: ignore('it is closed already'),
    'effect.failed': ignore('it is closed'),
    'run.spent': ignore('it is closed'),
    'analysis.progress': ignore('it is closed'),
    timeout: NO_TIMER,
  },
};
