/**
 * Vocabulary of the session machine, with its types, guards, delays, actions and actors. An effect
 * is an action whose function does nothing. The host runs it after the turn is committed.
 */
import { and, assign, emit, not, or, raise, setup, stateIn } from 'xstate';
import * as z from 'zod';
import * as change from './changes.ts';
import type { SessionCommand } from './commands.ts';
import { type AnalysisRequest, contextPolicy, localeOf, type SessionContext, type SessionInput } from './context.ts';
import { isCourtesyToAgent } from './courtesy.ts';
import type { AgentsNotifyParams, FileSendParams, MediaKeepParams, MessageSendParams, ReactionSendParams } from './effects.ts';
import type { SessionEvent } from './events.ts';
import { type Remedy, remedyOf } from './failures.ts';
import type { FileRef } from './files.ts';
import * as handoff from './handoff.ts';
import type { HostEvent } from './host-events.ts';
import { NEEDS } from './needs.ts';
import { type NoticeName, type NoticeValues, noticeButtons, noticeText } from './notices.ts';
import { delayMs, MAX_DELAY_MS } from './policy.ts';
import { askedAt, ratingQuestion } from './rating.ts';
import { analyse, answer, summarise } from './runs.ts';
import * as summaryChange from './summary-changes.ts';
import { dueCut } from './window.ts';

/**
 * Events between the regions of the machine, within one macrostep. They never come from outside.
 */
type InternalEvent =
  /** A message wants an answer. */
  | { type: 'answer.ask' }
  /** A message changed that may be part of the answer under way. */
  | { type: 'answer.again' }
  /** An answer was given, so the bot was active. */
  | { type: 'answer.given' }
  /** The customer wants nothing more of what is being made. */
  | { type: 'work.stop' }
  | ({ type: 'analysis.request' } & AnalysisRequest)
  | ({ type: 'analysis.start' } & AnalysisRequest)
  | { type: 'confirmation.drop' }
  /** The customer starts over. Earlier analyses are closed. */
  | { type: 'analysis.drop' }
  /** A summary under way may cover messages that have to leave the context. */
  | { type: 'memory.drop' };

/** Published live by the host and copied into the receipt. */
export type SessionEmitted =
  | { type: 'ignored'; reason: string }
  | { type: 'refused'; code: 'held' | 'window'; message: string; holder?: string };

type SessionMachineEvent = SessionEvent | HostEvent | InternalEvent;

const types: { context?: SessionContext; events?: SessionMachineEvent; input?: SessionInput; emitted?: SessionEmitted } = {};

/** Paths of the states that guards ask for. */
const at = {
  bot: { open: { lifecycle: { ACTIVE: 'bot' } } },
  quiet: { open: { answer: 'quiet' } },
  analysing: { open: { analysis: { phases: 'running' } } },
  analysed: { open: { analysis: { phases: 'completed' } } },
  asked: { open: { analysis: { confirmation: 'asked' } } },
} as const;

const stopped = z.object({ code: z.literal('stopped') });

const YES = /^(yes|y|yeah|yep|ok|okay|sure|نعم|ايوه|أيوه|أجل|تمام)[.!]*$/iu;

const commandIs = (event: SessionMachineEvent, name: SessionCommand): boolean => event.type === 'customer.command' && event.name === name;

/**
 * Two setup steps, because an action that calls others by name can only name those of an earlier
 * step.
 */
const words = setup({
  types,
  actors: { answer, analyse, summarise },
  delays: {
    idle: ({ context }) => delayMs.idle(contextPolicy(context)),
    expiry: ({ context, event }) => expiryOf(context, 'at' in event ? event.at : undefined),
    agentWait: ({ context }) => delayMs.agentWait(contextPolicy(context)),
    analysisExpiry: ({ context }) => delayMs.analysisExpiry(contextPolicy(context)),
    confirmation: ({ context }) => delayMs.confirmation(contextPolicy(context)),
    debounce: ({ context }) => delayMs.debounce(contextPolicy(context)),
  },
  guards: {
    isHeld: ({ context }) => context.agent !== null,
    byHolder: ({ context, event }) => 'agent' in event && event.agent.id === context.agent?.id,
    mayActForHolder: ({ context, event }) => {
      if (!('holderOnly' in event) || event.holderOnly === undefined || context.agent === null) return true;
      return context.agent.id === ('agent' in event ? event.agent.id : event.by);
    },
    namesAgent: ({ event }) => event.type === 'agent.transfer' && event.to !== undefined,
    knowsMessage2: ({ context, event }) =>
      event.type === 'customer.edit' && context.messages.some((message) => change.isEdited(message, event)),
    knowsMessage: ({ context, event }) =>
      event.type === 'customer.edit' && context.messages.some((message) => change.isEdited(message, event) && message.text !== event.text),
    keepsWaiting: ({ context }) => contextPolicy(context).agentWait === 'keep_waiting',
    isStop: ({ event }) => commandIs(event, 'stop'),
    isReset: ({ event }) => commandIs(event, 'reset'),
    isAgent: ({ event }) => commandIs(event, 'agent'),
    isReturn: ({ event }) => commandIs(event, 'assistant'),
    isStart: ({ event }) => commandIs(event, 'start'),
    isStatus: ({ context, event }) => commandIs(event, 'status') && contextPolicy(context).analyses,
    isCourtesy: ({ context, event }) => event.type === 'customer.message' && isCourtesyToAgent(context, event),
    saysYes: ({ event }) => event.type === 'customer.message' && YES.test(event.text.trim()),
    answersAtOnce: ({ context }) => contextPolicy(context).debounceMs === 0,
    interruptsAnswering: ({ context }) => overlapIn(context, 'answering') === 'interrupt',
    interruptsAnalysing: ({ context }) => overlapIn(context, 'analysing') === 'interrupt',
    hasPending: ({ context }) => context.pending > 0,
    summaryDue: ({ context }) => dueCut(context) !== undefined,
    nothingKept: ({ context }) => context.messages.length === 0,
    /** A run that was stopped at the service, and not by its session. */
    stoppedElsewhere: ({ event }) => 'error' in event && stopped.safeParse(event.error).success,
    failsTooOften: ({ context }) => context.failures + 1 >= contextPolicy(context).maxFailures,
    analysing: stateIn(at.analysing),
    analysed: stateIn(at.analysed),
    asked: stateIn(at.asked),
    quiet: stateIn(at.quiet),
    botSilent: not(stateIn(at.bot)),
  },
  actions: {
    'message.send': (_, _params: MessageSendParams) => {},
    'file.send': (_, _params: FileSendParams) => {},
    'reaction.send': (_, _params: ReactionSendParams) => {},
    'agents.notify': (_, _params: AgentsNotifyParams) => {},
    'media.keep': (_, _params: MediaKeepParams) => {},
  },
});

/**
 * How long a session that becomes idle now stays open. Its idle timer has no time of its own. It
 * fired at the end of the idle time or later, so the session closes in no case too early.
 */
function expiryOf(context: SessionContext, now: number | undefined): number {
  const policy = contextPolicy(context);
  const since = now ?? context.lastActivityAt + delayMs.idle(policy);
  return Math.min(MAX_DELAY_MS, Math.max(delayMs.expiry(policy), (context.keepUntil ?? 0) - since));
}

export const session = words.extend({
  guards: {
    analysisOpen: or(['analysing', 'analysed']),
    botBusy: or([not('quiet'), 'analysing']),
    isStopOfWork: and(['isStop', or([not('quiet'), 'analysing'])]),
    isYes: and(['asked', 'saysYes']),
    mayTransferTo: and(['namesAgent', 'mayActForHolder']),
    interrupts: or([and(['analysing', 'interruptsAnalysing']), and([not('analysing'), 'interruptsAnswering'])]),
  },
  actions: {
    ignore: emit((_, { reason }: { reason: string }) => ({ type: 'ignored', reason })),
    refuseHeld: emit(({ context }) => {
      const holder = context.agent?.name ?? 'another agent';
      return { type: 'refused', code: 'held', holder, message: `${holder} holds this session: ask them to release or transfer it` };
    }),

    touch: assign(({ context, event }) => ('at' in event && event.type !== 'analysis.progress' ? change.touched(context, event) : {})),
    recordMessage: assign(({ context, event }) =>
      event.type === 'customer.message' || event.type === 'customer.command' ? change.recorded(context, event) : {},
    ),
    recordMessage2: assign(({ context, event }) =>
      event.type === 'customer.message' || event.type === 'customer.command' ? change.recorded2(context, event) : {},
    ),
    /**
     * What came with a command, which the human or the next answer reads. A bare command has
     * nothing.
     */
    recordRequest: assign(({ context, event }) =>
      event.type === 'customer.command' && (event.args !== '' || event.media !== undefined) ? change.recorded(context, event) : {},
    ),
    editMessage: assign(({ context, event }) => (event.type === 'customer.edit' ? change.edited(context, event) : {})),
    clearMessages: words.enqueueActions(({ enqueue }) => {
      enqueue.assign(({ context }) => change.cleared(context));
      enqueue.raise({ type: 'analysis.drop' });
    }),
    ask: raise({ type: 'answer.ask' }),
    askAgain: raise({ type: 'answer.again' }),
    askPending: words.enqueueActions(({ context, enqueue }) => {
      if (context.pending > 0) enqueue.raise({ type: 'answer.ask' });
    }),
    stopWork: words.enqueueActions(({ enqueue }) => {
      enqueue.assign({ pending: 0, proposed: null });
      enqueue.raise({ type: 'work.stop' });
    }),

    hold: assign(({ context, event }) =>
      'agent' in event ? { ...change.held(event.agent), ...handoff.taken(context, event.agent, event) } : {},
    ),
    holdNamed: words.enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'agent.transfer' || !event.to) return;
      enqueue.assign({ ...change.held(event.to), ...handoff.taken(context, event.to, event) });
      enqueue({ type: 'agents.notify', params: { reason: 'transfer', agentId: event.to.id } });
    }),
    letGo: assign(({ context }) => ({ ...change.letGo(), ...handoff.givenToBot(context) })),
    sendAgentMessage: words.enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'agent.message') return;
      enqueue.assign(change.agentWrote(context, event));
      const { text, card, agent, files = [], template, replyTo } = event;
      const more = { ...(template === undefined ? {} : { template }), ...(card === undefined ? {} : { card }) };
      const sent = { text, author: 'agent' as const, agent, draft: null, ...more };
      const hasMessage = text !== '' || card !== undefined;
      // The first of what is sent answers it.
      const answering = replyTo === undefined ? {} : { replyTo };
      if (hasMessage) enqueue({ type: 'message.send', params: { ...sent, ...answering } });
      for (const [i, file] of files.entries()) {
        const first = hasMessage || i > 0 ? {} : answering;
        enqueue({ type: 'file.send', params: { ...sendingFile(context, file), author: 'agent', agent, ...first } });
      }
    }),

    wait: words.enqueueActions(({ context, event, enqueue }) => {
      const { reason, queue } = waitReason(event);
      const since = 'at' in event ? event.at : context.lastActivityAt;
      enqueue.assign({ ...change.waitingFor(reason, queue, since), ...handoff.queued(context, queue ?? null, since) });
      enqueue({ type: 'agents.notify', params: { reason, ...(queue === undefined ? {} : { queue }) } });
      // The customer reads this once. Messages during the wait are kept without a notice.
      const notice = event.type === 'agent.transfer' ? 'transferred' : 'escalated';
      enqueue({ type: 'message.send', params: notify(context, notice) });
    }),
    waitOn: words.enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'agent.transfer') return;
      const queue = event.queue ?? context.waiting?.queue ?? undefined;
      const since = context.waiting?.since ?? event.at;
      enqueue.assign({
        waiting: { reason: 'transfer', queue: queue ?? null, since, waits: 0 },
        ...handoff.queued(context, queue ?? null, event.at),
      });
      enqueue({
        type: 'agents.notify',
        params: { reason: 'transfer', ...(queue === undefined ? {} : { queue }), ...(event.to ? { agentId: event.to.id } : {}) },
      });
    }),
    remind: words.enqueueActions(({ context, enqueue }) => {
      const { waiting } = context;
      if (!waiting) return;
      enqueue.assign({ waiting: { ...waiting, waits: waiting.waits + 1 } });
      enqueue({
        type: 'agents.notify',
        params: { reason: NEEDS.stillWaiting, ...(waiting.queue === null ? {} : { queue: waiting.queue }) },
      });
      // A customer who knows that the agents are away need not read that they are busy.
      const away = waiting.told !== undefined && waiting.told.place === null;
      if (waiting.waits === 0 && !away) enqueue({ type: 'message.send', params: notify(context, 'stillWaiting') });
    }),

    /** What the model declined may stand in a summary under way, and in the analysis. */
    dropDeclined: words.enqueueActions(({ context, enqueue }) => {
      enqueue.raise({ type: 'memory.drop' });
      if (change.declinesAll(context)) enqueue.raise({ type: 'analysis.drop' });
    }),
    beginAnswer: assign(({ context }) => change.answerBegun(context)),
    forgetAnswer: assign({ answering: null }),
    giveUpAnswer: assign(({ context }) => change.answerStopped(context)),
    tellStopped: words.enqueueActions(({ context, enqueue }) => enqueue({ type: 'message.send', params: notify(context, 'stopped') })),
    /**
     * The customer reads an apology, and that another attempt may help only where it may. After too
     * many failures in a row a human is called.
     */
    failAnswer: words.enqueueActions(({ context, event, enqueue, check }) => {
      const tooOften = check('failsTooOften');
      enqueue.assign(change.answerFailed(context));
      enqueue({ type: 'message.send', params: notify(context, answerNotice(event)) });
      if (tooOften) enqueue.raise({ type: 'escalate', at: context.lastActivityAt, reason: NEEDS.failed });
    }),
    beginSummary: assign(({ context }) => summaryChange.summaryBegun(context)),
    forgetSummary: assign(({ context }) => summaryChange.summaryForgotten(context)),
    changeAddress: assign(({ context, event }) =>
      event.type === 'statechat.moved' ? { address: event.to } : { address: context.address },
    ),
    giveWay: assign(({ context, event }) => (event.type === 'statechat.superseded' ? change.superseded(context, event) : {})),
    close: assign(({ context, event }) => (event.type === 'close' ? change.closed(context, event) : {})),
    askRating: words.enqueueActions(({ context, event, enqueue }) => {
      const rating = event.type === 'close' ? askedAt(context, event.at) : undefined;
      if (rating === undefined) return;
      enqueue.assign({ rating });
      enqueue({ type: 'message.send', params: ratingQuestion(context, rating.askedAt) });
    }),
    expire: assign(({ context }) => {
      const policy = contextPolicy(context);
      // A timer carries no time. This is its due time, counted from the last activity.
      const closedAt = context.lastActivityAt + delayMs.idle(policy) + delayMs.expiry(policy);
      return { agent: null, closedAt, closedBy: 'system', closeReason: 'expired', ...handoff.ended(context) };
    }),
    countNote: words.enqueueActions(({ context: { counters }, event, enqueue }) => {
      enqueue.assign({ counters: { ...counters, notes: counters.notes + 1 } });
      if (event.type !== 'note') return;
      const { agent: by, at: time, mentions = [] } = event;
      for (const agentId of new Set(mentions)) {
        if (agentId !== by.id) enqueue({ type: 'agents.notify', params: { reason: 'mention', agentId, note: { by, at: time } } });
      }
    }),
    countSpent: assign(({ context, event }) => (event.type === 'run.spent' ? change.counted(context, event.usage) : {})),
    countFailedEffect: words.enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'effect.failed') return;
      enqueue.assign({ counters: { ...context.counters, errors: context.counters.errors + 1 } });
      // Only a failed message is reported to the agents. Reporting a failed `agents.notify` by
      // another one could continue for ever.
      if (event.effect === 'message.send' || event.effect === 'file.send')
        enqueue({ type: 'agents.notify', params: { reason: `undeliverable: ${event.reason}` } });
      // The text that names it has arrived. If a message did not arrive, another one would not
      // arrive either.
      if (event.effect === 'file.send') enqueue({ type: 'message.send', params: notify(context, 'fileNotSent') });
    }),
  },
});

export function failureIn(event: SessionMachineEvent): unknown {
  return 'error' in event ? event.error : undefined;
}

function answerNotice(event: SessionMachineEvent): NoticeName {
  const notices: Readonly<Partial<Record<Remedy, NoticeName>>> = { lasting: 'cannotAnswer', shorter: 'tooLong' };
  return notices[remedyOf(failureIn(event))] ?? 'apology';
}

/** The params of a notice to the customer, in their language. */
export function notify(context: SessionContext, notice: NoticeName, values: NoticeValues = {}): MessageSendParams {
  const text = noticeText(notice, localeOf(context), contextPolicy(context).texts, values);
  const buttons = noticeButtons(notice, localeOf(context));
  return { text, author: 'system', draft: null, notice, ...(buttons.length === 0 ? {} : { buttons }) };
}

/** The params of a file for the customer. */
export function sendingFile(context: SessionContext, file: FileRef): FileSendParams {
  return { file, author: 'assistant', otherwise: notify(context, 'fileNotShown', { subject: file.name }).text };
}

function overlapIn(context: SessionContext, state: 'answering' | 'analysing'): 'queue' | 'interrupt' {
  const { overlap } = contextPolicy(context);
  return typeof overlap === 'string' ? overlap : overlap[state];
}

function waitReason(event: SessionMachineEvent): { reason: string; queue?: string | undefined } {
  if (event.type === 'escalate') return { reason: event.reason, queue: event.queue };
  if (event.type === 'agent.transfer') return { reason: 'transfer', queue: event.queue };
  return { reason: NEEDS.asked };
}
