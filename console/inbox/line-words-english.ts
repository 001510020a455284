/** English lines of a transcript, which say what happened between messages. */
import type { Need } from '#machines/session/needs.ts';
import type { FactChange } from './fact-changes.ts';
import type { LineRow } from './rows.ts';
import { type LineWords, named, needed } from './strings.ts';

export const englishPriority = { low: 'Low', normal: 'Normal', high: 'High', urgent: 'Urgent' } as const;

/** Why a message was not sent. */
const englishReturned = {
  phone: 'somebody wrote on the phone before',
  window: 'the customer had last written too long ago',
  customer: 'the customer wrote before',
  holder: 'somebody else has the conversation now',
  closed: 'the conversation was closed before',
} as const;

/** Why a person is needed, where the journal has no words for people. */
const englishNeeds: Partial<Record<Need, string>> = { still_waiting: 'the customer is still waiting' };

export function englishLine(row: LineRow, words: LineWords): string {
  const { line, name, to, queue, reason, changes = [], until, seconds } = row;
  switch (line) {
    case 'opened':
      return 'The conversation began';
    case 'needs':
      return `A person is needed${reason === undefined ? '' : `: ${needed(reason, englishNeeds)}`}`;
    case 'claimed':
      return `${named(name, 'An agent')} took over`;
    case 'assigned':
      return `A rule gave it to ${named(name, 'an agent')}`;
    case 'released':
      return `${named(name, 'An agent')} gave it back to the assistant`;
    case 'transferred':
      return `${named(name, 'An agent')} passed it to ${to === undefined ? (queue === undefined ? 'the queue' : `the queue \u2068${queue}\u2069`) : `\u2068${to}\u2069`}`;
    case 'back':
      return 'The customer went back to the assistant';
    case 'closed':
      return `${name === undefined ? 'Closed' : `Closed by \u2068${name}\u2069`}${reason === undefined ? '' : `: ${reason}`}`;
    case 'updated':
      return `${named(name, 'An agent')} noted ${changes.map((change) => changed(change, words)).join(', ')}`;
    case 'snoozed':
      return `${named(name, 'An agent')} snoozed it${until === undefined ? '' : ` until ${words.time(until)}`}`;
    case 'unsnoozed':
      return `${named(name, 'An agent')} ended the snooze`;
    case 'woke':
      return 'The snooze is over';
    case 'called':
      return `The customer called${seconds === undefined ? '' : `, for ${seconds} s`}`;
    case 'calling':
      return 'The customer is calling';
    case 'reacted':
      return `${englishReacted({ by: row.by, name, emoji: reason ?? '' })}${notArrived(row)}`;
    case 'unreacted':
      return `${whoReacted(row)} took a reaction back${notArrived(row)}`;
    case 'notSent':
      return `The message of ${named(name, 'an agent')} was not sent, because ${returnedBecause(reason)}`;
  }
}

type Reacted = Pick<LineRow, 'by' | 'name'>;

export function englishReacted(reaction: Reacted & { readonly emoji: string }): string {
  return `${whoReacted(reaction)} reacted with \u2068${reaction.emoji}\u2069`;
}

function whoReacted({ by, name }: Reacted): string {
  return by === 'agent' ? named(name, 'An agent') : by === 'assistant' ? 'The assistant' : 'The customer';
}

function notArrived({ failure }: LineRow): string {
  return failure === undefined ? '' : `. It did not reach the customer${failure === '' ? '' : `: \u2068${failure}\u2069`}`;
}

function changed(change: FactChange, { label, value }: LineWords): string {
  switch (change.what) {
    case 'tag added':
      return `the tag \u2068${change.tag}\u2069`;
    case 'tag removed':
      return `no tag \u2068${change.tag}\u2069`;
    case 'priority':
      return `the priority ${englishPriority[change.priority]}`;
    case 'topic':
      return `the topic: ${named(change.topic ?? undefined, 'nothing')}`;
    case 'fact': {
      const { name, was, is } = change;
      const values = [...(was == null ? [] : [was]), is];
      const texts = values.map((one) => (one === null ? 'nothing' : `\u2068${value(name, one)}\u2069`));
      return `\u2068${label(name)}\u2069: ${texts.join(' → ')}`;
    }
  }
}

function returnedBecause(reason: string | undefined): string {
  const known = Object.entries(englishReturned).find(([name]) => name === reason);
  return known?.[1] ?? englishReturned.customer;
}
