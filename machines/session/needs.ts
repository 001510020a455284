/**
 * Why a session needs a person, where the program itself decides so. Journals have these words, so
 * a word that changes stays known as an earlier one. Assistants and programs give reasons of their own.
 */
export const NEEDS = {
  asked: 'the customer asked for a human',
  cameBack: 'the customer came back',
  stillWaiting: 'still_waiting',
  noAnswer: 'the agent did not answer in time',
  offline: 'the agent is offline',
  failed: 'the assistant failed repeatedly',
  budget: 'a budget is spent',
} as const;
/** What earlier journals have for `asked`. */
export const EARLIER_ASKED = 'the customer asked for a person';
export type Need = (typeof NEEDS)[keyof typeof NEEDS] | typeof EARLIER_ASKED;
