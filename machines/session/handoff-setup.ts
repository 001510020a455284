/**
 * What the lifecycle of session@3 adds to the vocabulary of the machine (setup.ts): assignments by a
 * rule, agents who do not answer or are offline, and customers who come back.
 */

import { contextPolicy, localeOf, type SessionContext } from './context.ts';
import { isCourtesy } from './courtesy.ts';
import { deferringSession as base } from './deferred-setup.ts';
import { awaits, isAssignable, isAwaited, queued, RETURNED, returnDelayMs, returned, returnsToBot } from './handoff.ts';
import { NEEDS } from './needs.ts';
import { noticeLocale } from './notices.ts';
import { notify } from './setup.ts';
import { isWaitNews, waitNotice } from './wait-status.ts';

export const session = base.extend({
  delays: { agentReturn: ({ context }) => returnDelayMs(context) },
  guards: {
    isWaitNews: ({ context, event }) => event.type === 'wait.status' && isWaitNews(context.waiting, event),
    isAssignable: ({ context, event }) => event.type === 'agent.assign' && isAssignable(context, event),
    isAwaited: ({ context }) => isAwaited(context),
    awaitsNamed: ({ context, event }) => event.type === 'agent.offline' && awaits(context, event.agent),
    isReopened: ({ context, event }) => context.handoff?.reopened === true && event.type === 'customer.message' && !isCourtesy(event.text),
    returnsToBot: ({ context }) => returnsToBot(context),
    waitsForOne: ({ context }) => context.handoff?.reopened === true,
  },
  actions: {
    tellWait: base.enqueueActions(({ context, event, enqueue }) => {
      const { waiting } = context;
      if (event.type !== 'wait.status' || !waiting) return;
      const told = waitNotice(event, noticeLocale(localeOf(context), contextPolicy(context).texts));
      if (!told) return;
      enqueue.assign({ waiting: { ...waiting, told: { notice: told.notice, place: told.place } } });
      enqueue({ type: 'message.send', params: notify(context, told.notice, told.values) });
    }),
    notifyAssigned: base.enqueueActions(({ event, enqueue }) => {
      if (event.type === 'agent.assign') enqueue({ type: 'agents.notify', params: { reason: 'assigned', agentId: event.agent.id } });
    }),
    returnUnanswered: base.enqueueActions(({ context, enqueue }) => {
      for (const params of told(context)) enqueue({ type: 'message.send', params });
      enqueue.assign(returned(context, 'no answer'));
      enqueue({ type: 'agents.notify', params: calling(context, RETURNED['no answer']) });
    }),
    returnOffline: base.enqueueActions(({ context, enqueue }) => {
      for (const params of told(context)) enqueue({ type: 'message.send', params });
      enqueue.assign(returned(context, 'offline'));
      enqueue({ type: 'agents.notify', params: calling(context, RETURNED.offline) });
    }),
    /** The agent of before is not there, so the rules of the queue hold from now on. */
    waitForAny: base.assign(({ context: { handoff } }) => (handoff === undefined ? {} : { handoff: { ...handoff, reopened: false } })),
    /** Nothing is said to a customer whom the bot may answer. */
    waitReopened: base.enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'customer.message') return;
      const queue = context.handoff?.queue ?? null;
      const { handoff, ...facts } = queued(context, queue, event.at);
      const waiting = { reason: NEEDS.cameBack, queue, since: event.at, waits: 0 };
      enqueue.assign({ ...facts, ...(handoff === undefined ? {} : { handoff: { ...handoff, reopened: true } }), waiting });
      enqueue({ type: 'agents.notify', params: calling(context, waiting.reason) });
      if (contextPolicy(context).reopenElse === 'queue') enqueue({ type: 'message.send', params: notify(context, 'escalated') });
    }),
  },
});

/** A customer reads once that the session went back to the queue. */
function told(context: SessionContext) {
  return context.handoff?.toldReturn === true ? [] : [notify(context, 'reassigned')];
}

function calling({ handoff }: SessionContext, reason: string) {
  return { reason, ...(handoff?.queue == null ? {} : { queue: handoff.queue }) };
}
