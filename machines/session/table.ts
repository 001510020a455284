/**
 * Lifecycle of a session as one total table. Every state has a cell for every event, and a missing
 * cell does not compile. lifecycle.ts makes the XState region of it. The CLOSED row is the host's,
 * because a final machine takes no events.
 *
 * Owns which state follows, which actions are taken, what is ignored or refused and why. Does not
 * own the body of an action or guard (setup.ts), the answer and analysis regions.
 */
import { type Cell, ignore, type LifecycleEventType, type LifecycleState, type Refuse, say, stay, take, when } from './table-cells.ts';

const HELD: Refuse = { kind: 'refuse', code: 'held' };

/** Refused at once, with a reason, because the provider would refuse it later. */
const OUTSIDE_WINDOW = when('isOutsideWindow', { kind: 'refuse', code: 'window' });

const NO_TIMER = ignore('this state has no timer');
const WAITS_FOR_NOBODY = ignore('it does not wait for a human');
const NOBODY_HOLDS = ignore('no agent holds this session');

/** Bot's reaction to a command. The bot is, or becomes, the handler. */
const BOT_COMMANDS: Cell = [
  when('isStopOfWork', take('ACTIVE.bot', 'touch', 'stopWork', say('stopped'))),
  when('isStop', take('ACTIVE.bot', 'touch', 'dropConfirmation', say('nothingToStop'))),
  when('isReset', take('ACTIVE.bot', 'touch', 'stopWork', 'clearMessages', say('reset'))),
  when('isAgent', take('WAITING_AGENT', 'touch', 'recordRequest', 'wait')),
  when('isReturn', take('ACTIVE.bot', 'touch', say('withAssistant'))),
  when('isStart', take('ACTIVE.bot', 'touch', say('welcome'))),
  when('isStatus', take('ACTIVE.bot', 'touch', 'tellAnalysisStatus')),
  when('isAnalysis', take('ACTIVE.bot', 'touch', 'requestAnalysis')),
  take('ACTIVE.bot', 'touch', say('help')),
];

/** What the bot makes of a text. */
const BOT_MESSAGES: Cell = [
  when('isYes', take('ACTIVE.bot', 'touch', 'recordMessage', 'confirmAnalysis')),
  // A thank-you to the human who released the session wants no answer.
  when('isCourtesy', take('ACTIVE.bot', 'touch', 'recordMessage')),
  when('isSubject', take('ACTIVE.bot', 'touch', 'recordMessage', 'requestAnalysis')),
  take('ACTIVE.bot', 'touch', 'recordMessage', 'dropConfirmation', 'ask'),
];

const NOTE = stay('countNote');
const CLOSE = take('CLOSED', 'close', 'askRating');
const HELD_CLOSE: Cell = [when('mayActForHolder', CLOSE), HELD];
const FAILED_EFFECT = stay('countFailedEffect');
const SPENT = stay('countSpent');
const PROGRESS: Cell = [when('analysing', stay()), ignore('no analysis is running')];
const UNKNOWN_MESSAGE = ignore('that message is not among those that are kept, or its text is the same');
/** Also one that is not kept is something that the writer of a scheduled message has not seen. */
const UNSEEN_EDIT = when('hasScheduled', stay());
const UNSEEN_EDIT_OF_HELD = when('hasScheduled', take('ACTIVE.human'));

const UPDATE: Cell = [
  when('isStale', ignore('a value was changed meanwhile: read it again')),
  when('isTooMuch', ignore('the session has as many tags or entities as it takes')),
  when('changesFacts', stay('update')),
  ignore('it is so already'),
];
const CLEAR = stay('stopWork', 'clearMessages');
const EXTEND = { 'agent.extend': stay('extend') } as const;
/** The journal has it in any case, by which pages show what came with a message. */
const NOTE_MEDIA: Cell = [
  when('isNewsOfMedia', stay('noteMedia')),
  ignore('that message is not among those that are kept, or it is known'),
];
const MEDIA = { 'media.kept': NOTE_MEDIA, 'media.lost': NOTE_MEDIA } as const;
const NOT_SNOOZED = ignore('it is not snoozed');
const CLAIM_FIRST = ignore('claim the session first');
const UNKNOWN_REVOKED = ignore('that message is not among those that are kept, or not of the customer');
const REVOKE = when('knowsRevoked', stay('revokeMessage'));
/** What a provider reports beside what customers write. */
const REPORTS = { 'customer.revoke': [REVOKE, UNKNOWN_REVOKED], 'message.cost': stay('countCost') } as const;
const REACT: Cell = [OUTSIDE_WINDOW, when('mayReact', stay('touch', 'sendReaction')), HELD];
/** A person wrote on the phone, so the bot is silent from now on. */
const ECHO = take('ACTIVE.human', 'touch', 'hold', 'recordEcho');
const OUTBOX_FULL = when('isOutboxFull', ignore('as many messages are scheduled as the session takes: cancel one first'));
const NOT_SCHEDULED = ignore('no such message of yours is scheduled');
const TAKE_BACK: Cell = [when('ownsReturned', stay('unschedule')), NOT_SCHEDULED];
/** What a session without a holder makes of what only a holder can put off. */
const UNHELD = {
  ...EXTEND,
  'agent.clear': CLEAR,
  'agent.update': UPDATE,
  'agent.snooze': NOBODY_HOLDS,
  'agent.unsnooze': NOT_SNOOZED,
  'agent.schedule': CLAIM_FIRST,
  'agent.unschedule': TAKE_BACK,
  'snooze.due': NOT_SNOOZED,
  'message.due': NOT_SCHEDULED,
} as const;
const WAKE: Cell = [when('isSnoozed', take('ACTIVE.human', 'touch', 'wake')), NOT_SNOOZED];
const UNSNOOZE: Cell = [when('isSnoozed', take('ACTIVE.human', 'touch', 'unsnooze')), NOT_SNOOZED];
const UNSCHEDULE: Cell = [
  when('ownsReturned', stay('unschedule')),
  when('ownsScheduled', take('ACTIVE.human', 'touch', 'unschedule')),
  NOT_SCHEDULED,
];
const SEND_SCHEDULED: Cell = [
  when('isDueTooLate', take('ACTIVE.human', 'touch')),
  when('isDue', take('ACTIVE.human', 'touch', 'sendScheduled')),
  NOT_SCHEDULED,
];

export const LIFECYCLE: Record<LifecycleState, Record<LifecycleEventType, Cell>> = {
  NEW: {
    'customer.message': [when('isReopened', take('WAITING_AGENT', 'touch', 'recordMessage', 'waitReopened')), ...BOT_MESSAGES],
    'customer.edit': ignore('there is no message yet'),
    'customer.command': BOT_COMMANDS,
    'customer.call': take('ACTIVE.bot', 'touch'),
    'agent.echo': ECHO,
    'customer.reaction': ignore('there is no message yet'),
    'customer.revoke': ignore('there is no message yet'),
    'message.cost': stay('countCost'),
    escalate: take('WAITING_AGENT', 'touch', 'wait'),
    'agent.claim': take('ACTIVE.human', 'touch', 'hold'),
    'agent.assign': WAITS_FOR_NOBODY,
    'agent.offline': NOBODY_HOLDS,
    // To a customer whose session is closed. The host opens this one for it.
    'agent.message': [
      when('isTemplate', take('ACTIVE.human', 'touch', 'hold', 'sendAgentMessage')),
      ignore('the conversation has no message yet. Claim the session first'),
    ],
    'agent.reaction': ignore('there is no message yet'),
    'agent.release': NOBODY_HOLDS,
    'agent.transfer': NOBODY_HOLDS,
    ...UNHELD,
    'agent.clear': ignore('there is no message yet'),
    ...MEDIA,
    note: NOTE,
    close: CLOSE,
    'effect.failed': FAILED_EFFECT,
    'wait.status': WAITS_FOR_NOBODY,
    'run.spent': SPENT,
    'analysis.progress': ignore('no analysis is running'),
    timeout: NO_TIMER,
    unanswered: NO_TIMER,
  },
  'ACTIVE.bot': {
    'customer.message': BOT_MESSAGES,
    'customer.edit': [when('knowsMessage', take('ACTIVE.bot', 'touch', 'editMessage', 'askAgain')), UNKNOWN_MESSAGE],
    'customer.command': BOT_COMMANDS,
    'customer.call': take('ACTIVE.bot', 'touch'),
    'agent.echo': ECHO,
    'customer.reaction': take('ACTIVE.bot', 'touch'),
    ...REPORTS,
    'customer.revoke': [when('knowsRevoked', stay('revokeMessage', 'askAgain')), UNKNOWN_REVOKED],
    escalate: take('WAITING_AGENT', 'touch', 'wait'),
    'agent.claim': take('ACTIVE.human', 'touch', 'hold'),
    'agent.assign': WAITS_FOR_NOBODY,
    'agent.offline': NOBODY_HOLDS,
    'agent.message': [OUTSIDE_WINDOW, take('ACTIVE.human', 'touch', 'hold', 'sendAgentMessage')],
    'agent.reaction': REACT,
    'agent.release': NOBODY_HOLDS,
    'agent.transfer': NOBODY_HOLDS,
    ...UNHELD,
    ...MEDIA,
    note: NOTE,
    close: CLOSE,
    'effect.failed': FAILED_EFFECT,
    'wait.status': WAITS_FOR_NOBODY,
    'run.spent': SPENT,
    'analysis.progress': PROGRESS,
    timeout: [when('botBusy', take('ACTIVE.bot')), take('IDLE')],
    unanswered: NO_TIMER,
  },
  'ACTIVE.human': {
    'customer.message': take('ACTIVE.human', 'touch', 'recordMessage'),
    'customer.edit': [when('knowsMessage', take('ACTIVE.human', 'touch', 'editMessage')), UNSEEN_EDIT_OF_HELD, UNKNOWN_MESSAGE],
    'customer.command': take('ACTIVE.human', 'touch', 'recordMessage'),
    'customer.call': take('ACTIVE.human', 'touch'),
    // It was said already. A colleague who holds the session keeps it.
    'agent.echo': take('ACTIVE.human', 'touch', 'recordEcho'),
    'customer.reaction': take('ACTIVE.human', 'touch'),
    ...REPORTS,
    escalate: ignore('a human already holds this session'),
    'agent.claim': [when('byHolder', take('ACTIVE.human', 'touch')), when('heldByPhone', take('ACTIVE.human', 'touch', 'hold')), HELD],
    'agent.assign': ignore('a human already holds this session'),
    'agent.offline': [when('awaitsNamed', take('WAITING_AGENT', 'returnOffline')), ignore('the customer does not wait for that agent')],
    'agent.message': [
      OUTSIDE_WINDOW,
      when('byHolder', take('ACTIVE.human', 'touch', 'sendAgentMessage')),
      when('heldByPhone', take('ACTIVE.human', 'touch', 'hold', 'sendAgentMessage')),
      HELD,
    ],
    'agent.reaction': REACT,
    // A supervisor may free a session whose holder has gone home.
    'agent.release': [when('mayActForHolder', take('ACTIVE.bot', 'touch', 'letGo')), HELD],
    'agent.transfer': [
      when('mayTransferTo', take('ACTIVE.human', 'touch', 'holdNamed')),
      when('mayActForHolder', take('WAITING_AGENT', 'touch', 'wait')),
      HELD,
    ],
    'agent.update': UPDATE,
    'agent.clear': CLEAR,
    ...EXTEND,
    // The return timer begins anew, since nobody awaits an agent who has put the session off.
    'agent.snooze': [when('byHolder', take('ACTIVE.human', 'snooze')), HELD],
    'agent.unsnooze': UNSNOOZE,
    'agent.schedule': [OUTBOX_FULL, when('byHolder', take('ACTIVE.human', 'touch', 'schedule')), HELD],
    'agent.unschedule': UNSCHEDULE,
    'snooze.due': WAKE,
    'message.due': SEND_SCHEDULED,
    ...MEDIA,
    note: NOTE,
    close: HELD_CLOSE,
    'effect.failed': FAILED_EFFECT,
    'wait.status': WAITS_FOR_NOBODY,
    'run.spent': SPENT,
    'analysis.progress': PROGRESS,
    timeout: take('IDLE'),
    unanswered: [when('isAwaited', take('WAITING_AGENT', 'returnUnanswered')), ignore('the customer waits for no answer')],
  },
  WAITING_AGENT: {
    'customer.message': stay('touch', 'recordMessage'),
    'customer.edit': [when('knowsMessage', stay('touch', 'editMessage')), UNKNOWN_MESSAGE],
    'customer.command': [
      when('isReturn', take('ACTIVE.bot', 'touch', 'letGo', say('returned'), 'askPending')),
      when('isStop', take('ACTIVE.bot', 'touch', 'letGo', say('returned'), 'askPending')),
      stay('touch', 'recordMessage'),
    ],
    'customer.call': stay('touch'),
    'agent.echo': ECHO,
    'customer.reaction': stay('touch'),
    ...REPORTS,
    escalate: ignore('it already waits for a human'),
    'agent.claim': take('ACTIVE.human', 'touch', 'hold'),
    'agent.assign': [
      when('isAssignable', take('ACTIVE.human', 'touch', 'hold', 'notifyAssigned')),
      ignore('that agent did not answer in time'),
    ],
    'agent.offline': [
      when('returnsToBot', take('ACTIVE.bot', 'letGo', 'askPending')),
      when('waitsForOne', stay('waitForAny')),
      ignore('it waits for any agent'),
    ],
    'agent.message': [OUTSIDE_WINDOW, take('ACTIVE.human', 'touch', 'hold', 'sendAgentMessage')],
    'agent.reaction': REACT,
    'agent.release': take('ACTIVE.bot', 'touch', 'letGo', 'askPending'),
    'agent.transfer': take('WAITING_AGENT', 'touch', 'waitOn'),
    ...UNHELD,
    ...MEDIA,
    note: NOTE,
    close: CLOSE,
    'effect.failed': FAILED_EFFECT,
    'wait.status': [when('isWaitNews', stay('tellWait')), ignore('the customer knows it')],
    'run.spent': SPENT,
    'analysis.progress': PROGRESS,
    timeout: [when('keepsWaiting', take('WAITING_AGENT', 'remind')), take('ACTIVE.bot', 'letGo', say('backToBot'), 'askPending')],
    unanswered: NO_TIMER,
  },
  IDLE: {
    'customer.message': [when('isHeld', take('ACTIVE.human', 'touch', 'recordMessage')), ...BOT_MESSAGES],
    'customer.edit': [when('knowsMessage', stay('editMessage')), UNSEEN_EDIT, UNKNOWN_MESSAGE],
    'customer.command': [when('isHeld', take('ACTIVE.human', 'touch', 'recordMessage')), ...BOT_COMMANDS],
    'customer.call': [when('isHeld', take('ACTIVE.human', 'touch')), take('ACTIVE.bot', 'touch')],
    'agent.echo': [when('isHeld', take('ACTIVE.human', 'touch', 'recordEcho')), ECHO],
    'customer.reaction': take('IDLE', 'touch'),
    ...REPORTS,
    escalate: take('WAITING_AGENT', 'touch', 'wait'),
    'agent.claim': take('ACTIVE.human', 'touch', 'hold'),
    'agent.assign': WAITS_FOR_NOBODY,
    'agent.offline': ignore('it is idle: the next message decides'),
    'agent.message': [OUTSIDE_WINDOW, take('ACTIVE.human', 'touch', 'hold', 'sendAgentMessage')],
    'agent.reaction': REACT,
    'agent.release': ignore('it is idle: the next message decides'),
    'agent.transfer': ignore('it is idle: claim or escalate it'),
    'agent.update': UPDATE,
    'agent.clear': CLEAR,
    // Its timer begins anew.
    'agent.extend': take('IDLE', 'extend'),
    'agent.snooze': [when('byHolder', stay('snooze')), ignore('only the agent who holds it can snooze it')],
    'agent.unsnooze': UNSNOOZE,
    'agent.schedule': [OUTBOX_FULL, when('byHolder', take('ACTIVE.human', 'touch', 'schedule')), CLAIM_FIRST],
    'agent.unschedule': UNSCHEDULE,
    'snooze.due': WAKE,
    'message.due': SEND_SCHEDULED,
    ...MEDIA,
    note: NOTE,
    close: HELD_CLOSE,
    'effect.failed': FAILED_EFFECT,
    'wait.status': WAITS_FOR_NOBODY,
    'run.spent': SPENT,
    'analysis.progress': PROGRESS,
    // What is put off keeps the session open.
    timeout: [when('isDeferred', take('IDLE')), take('CLOSED', 'expire')],
    unanswered: NO_TIMER,
  },
  CLOSED: {
    'customer.message': { kind: 'reopen' },
    'customer.edit': ignore('it is closed'),
    'customer.command': { kind: 'reopen' },
    'customer.call': { kind: 'reopen' },
    'agent.echo': { kind: 'reopen' },
    'customer.reaction': ignore('it is closed'),
    'customer.revoke': ignore('it is closed'),
    'message.cost': ignore('it is closed'),
    escalate: ignore('it is closed'),
    'agent.claim': ignore('it is closed'),
    'agent.assign': ignore('it is closed'),
    'agent.offline': ignore('it is closed'),
    'agent.message': { kind: 'refuse', code: 'closed' },
    'agent.reaction': ignore('it is closed'),
    'agent.release': ignore('it is closed'),
    'agent.transfer': ignore('it is closed'),
    'agent.update': ignore('it is closed'),
    'agent.clear': ignore('it is closed'),
    'agent.extend': ignore('it is closed'),
    'agent.snooze': ignore('it is closed'),
    'agent.unsnooze': ignore('it is closed'),
    'agent.schedule': ignore('it is closed'),
    'agent.unschedule': ignore('it is closed'),
    'snooze.due': ignore('it is closed'),
    'message.due': ignore('it is closed'),
    'media.kept': ignore('it is closed'),
    'media.lost': ignore('it is closed'),
    note: ignore('it is closed'),
    close: ignore('it is closed already'),
    'effect.failed': ignore('it is closed'),
    'wait.status': ignore('it is closed'),
    'run.spent': ignore('it is closed'),
    'analysis.progress': ignore('it is closed'),
    timeout: NO_TIMER,
    unanswered: NO_TIMER,
  },
};
