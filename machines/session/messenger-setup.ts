/**
 * What the lifecycle of session@3 adds to the vocabulary of the machine (setup.ts) for messengers,
 * which are people who write on the phone, windows, reactions, deleted messages and what messages
 * cost.
 */
import { emit } from 'xstate';
import { findScheduled } from './deferred.ts';
import { session as base } from './handoff-setup.ts';
import { charged, echoed, isOutsideWindow, knowsRevoked, revoked } from './messenger.ts';
import { PHONE_AGENT } from './phone-agent.ts';

export const session = base.extend({
  guards: {
    heldByPhone: ({ context }) => context.agent?.id === PHONE_AGENT.id,
    isOutsideWindow: ({ context, event }) =>
      (event.type === 'agent.reaction' || (event.type === 'agent.message' && event.template === undefined)) &&
      isOutsideWindow(context, event.at),
    /** A colleague who holds the session is not disturbed in it. */
    mayReact: ({ context: { agent }, event }) =>
      event.type === 'agent.reaction' && (agent === null || agent.id === PHONE_AGENT.id || agent.id === event.agent.id),
    isTemplate: ({ event }) => event.type === 'agent.message' && event.template !== undefined,
    isDueTooLate: ({ context, event }) =>
      event.type === 'message.due' && isOutsideWindow(context, event.at) && findScheduled(context, event.id)?.returned === undefined,
    knowsRevoked: ({ context, event }) => event.type === 'customer.revoke' && knowsRevoked(context, event.id),
  },
  actions: {
    refuseOutsideWindow: emit({
      type: 'refused',
      code: 'window',
      message: 'the customer last wrote too long ago for a free text: send a template',
    }),
    sendReaction: base.enqueueActions(({ event, enqueue }) => {
      if (event.type !== 'agent.reaction') return;
      const { id: messageId, emoji, agent } = event;
      enqueue({ type: 'reaction.send', params: { messageId, emoji, author: 'agent', agent } });
    }),
    recordEcho: base.assign(({ context, event }) => (event.type === 'agent.echo' ? echoed(context, event) : {})),
    revokeMessage: base.assign(({ context, event }) => (event.type === 'customer.revoke' ? revoked(context, event) : {})),
    countCost: base.assign(({ context, event }) => (event.type === 'message.cost' ? charged(context, event) : {})),
  },
});
