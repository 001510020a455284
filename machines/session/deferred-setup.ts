/**
 * Vocabulary of the session machine for what agents put off and for the facts that they change,
 * beside that of setup.ts. Each timer is a delayed event of XState under an id of its own, so that
 * it can be cancelled, and fires at its own time after the program was down.
 */
import { session } from './analysis-setup.ts';
import * as change from './deferred.ts';
import * as facts from './facts.ts';
import { MAX_DELAY_MS } from './policy.ts';

/** A time that has passed is now. The edge refuses one that is too far away. */
const delayUntil = (time: number, now: number): number => Math.min(MAX_DELAY_MS, Math.max(0, time - now));

export const deferringSession = session.extend({
  guards: {
    isStale: ({ context, event }) => event.type === 'agent.update' && facts.isStale(context, event),
    isTooMuch: ({ context, event }) => event.type === 'agent.update' && facts.isTooMuch(context, event),
    changesFacts: ({ context, event }) => event.type === 'agent.update' && facts.changesFacts(context, event),
    isSnoozed: ({ context }) => context.snoozed != null,
    isDeferred: ({ context }) => context.snoozed != null || change.scheduledIn(context).length > 0,
    hasScheduled: ({ context }) => change.scheduledIn(context).length > 0,
    isOutboxFull: ({ context, event }) => event.type === 'agent.schedule' && change.isOutboxFull(context, event),
    ownsScheduled: ({ context, event }) =>
      event.type === 'agent.unschedule' && change.findScheduled(context, event.id)?.agent.id === event.agent.id,
    ownsReturned: ({ context, event }) => {
      const message = event.type === 'agent.unschedule' ? change.findScheduled(context, event.id) : undefined;
      return message?.returned !== undefined && 'agent' in event && message.agent.id === event.agent.id;
    },
    isDue: ({ context, event }) => event.type === 'message.due' && change.scheduledIn(context).some(({ id }) => id === event.id),
  },
  actions: {
    update: session.assign(({ context, event }) => (event.type === 'agent.update' ? facts.updatedWithSources(context, event) : {})),
    extend: session.assign(({ event }) => (event.type === 'agent.extend' ? { keepUntil: event.until } : {})),
    snooze: session.enqueueActions(({ event, enqueue }) => {
      if (event.type !== 'agent.snooze') return;
      const { until, agent, at } = event;
      enqueue.cancel(change.SNOOZE_TIMER);
      enqueue.assign({ snoozed: { until, by: agent } });
      enqueue.raise({ type: 'snooze.due', at: until }, { id: change.SNOOZE_TIMER, delay: delayUntil(until, at) });
    }),
    unsnooze: session.enqueueActions(({ enqueue }) => {
      enqueue.cancel(change.SNOOZE_TIMER);
      enqueue.assign({ snoozed: null });
    }),
    wake: session.enqueueActions(({ context, enqueue }) => {
      enqueue.assign({ snoozed: null });
      if (context.snoozed) enqueue({ type: 'agents.notify', params: { reason: 'snooze_over', agentId: context.snoozed.by.id } });
    }),
    schedule: session.enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'agent.schedule') return;
      const { id, sendAt, at } = event;
      enqueue.cancel(change.messageTimer(id));
      enqueue.assign(change.scheduling(context, event));
      enqueue.raise({ type: 'message.due', at: Math.max(sendAt, at), id }, { id: change.messageTimer(id), delay: delayUntil(sendAt, at) });
    }),
    unschedule: session.enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'agent.unschedule') return;
      enqueue.cancel(change.messageTimer(event.id));
      enqueue.assign(change.unscheduled(context, event.id));
    }),
    sendScheduled: session.enqueueActions(({ context, event, enqueue }) => {
      const message = event.type === 'message.due' ? change.findScheduled(context, event.id) : undefined;
      if (message === undefined) return;
      enqueue.assign(change.scheduledSent(context, message, message.at));
      enqueue({ type: 'message.send', params: change.sendingScheduled(message) });
    }),
    /** First in each transition of the lifecycle. */
    sendBefore: session.enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'close' && event.type !== 'agent.release' && event.type !== 'agent.transfer') return;
      for (const message of change.sentBefore(context, event)) {
        enqueue.cancel(change.messageTimer(message.id));
        enqueue.assign(({ context: before }) => change.scheduledSent(before, message, event.at));
        enqueue({ type: 'message.send', params: change.sendingScheduled(message) });
      }
    }),
    /** Last in each transition of the lifecycle. */
    reviewDeferred: session.enqueueActions(({ context, event, enqueue }) => {
      const review = change.reviewed(context, event);
      if (review === undefined) return;
      enqueue.assign(review.patch);
      for (const timer of review.timers) enqueue.cancel(timer);
      for (const params of review.notices) enqueue({ type: 'agents.notify', params });
    }),
  },
});
