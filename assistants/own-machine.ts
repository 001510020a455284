/**
 * Building blocks for your own machine. They are the program's effects as typed actions, and
 * the input of an answer.
 */
import type { AgentsNotifyParams, FileSendParams, MessageSendParams, ReactionSendParams } from '#machines/session/effects.ts';
import type { AnswerInput } from '#machines/session/runs.ts';

/**
 * For `setup({ actions: { ...hostActions } })`. The functions do nothing. The host runs the effect
 * once the turn is stored.
 */
export const hostActions = {
  /** The customer is sent a text, a card or both. */
  'message.send': (_: unknown, _params: MessageSendParams): void => {},
  /** The customer is sent a file, such as one of those that an `answer` gives. */
  'file.send': (_: unknown, _params: FileSendParams): void => {},
  /** A message of the customer gets a reaction. */
  'reaction.send': (_: unknown, _params: ReactionSendParams): void => {},
  /** Notifies the agents that a session needs one of them. */
  'agents.notify': (_: unknown, _params: AgentsNotifyParams): void => {},
};

/**
 * Input of an invoked `answer`. Absent fields are empty. The answer is for the customer's messages
 * at the end.
 */
export function answerFor(known: Pick<AnswerInput, 'address' | 'assistant' | 'messages'> & Partial<AnswerInput>): AnswerInput {
  const spoken = known.messages.findLastIndex(({ role }) => role !== 'customer');
  return {
    customer: {},
    locale: 'en',
    intent: null,
    entities: {},
    preferences: {},
    run: 1,
    pending: Math.max(1, known.messages.length - 1 - spoken),
    analysis: null,
    ...known,
  };
}
