/**
 * A number that a customer writes is the choice that has it in the last message, where the channel
 * shows buttons as a list (channels/numbered-choices.ts). What was offered is read from the
 * journal, so that any instance finds it, after a restart too.
 */
import * as z from 'zod';
import { eventOfPress } from '#channels/command.ts';
import type { ChannelEvent, Intake } from '#channels/inbound.ts';
import { buttonNumbered, writtenNumber } from '#channels/numbered-choices.ts';
import type { Address } from '#machines/ids.ts';
import type { Store } from '#storage/port.ts';

type Message = Extract<ChannelEvent, { readonly type: 'message' }>;

/** Last entries of a session among which the last message is found. */
const LAST_ENTRIES = 50;

const offered = z.object({ params: z.object({ buttons: z.array(z.object({ id: z.string(), label: z.string() })) }) });

export interface WrittenChoicesParts {
  readonly store: Pick<Store, 'load' | 'journal'>;
  /** Whether the channel of the address shows every button as a list. */
  readonly listsButtons: (address: Address) => boolean;
}

/** The event of a press takes the place of the number. Events of an address stay in order. */
export function withWrittenChoices(intake: Intake, { store, listsButtons }: WrittenChoicesParts): Intake {
  /** Lookups under way. What comes after one at its address waits for it. */
  const lookups = new Map<Address, Promise<void>>();

  async function chosen(message: Message, number: number): Promise<ChannelEvent> {
    const { address } = message;
    const row = await store.load({ address });
    // What a closed session offers is a rating, and ratings.ts reads a written score.
    if (row?.open !== true) return message;
    const entries = await store.journal(row.id, Math.max(0, row.version - LAST_ENTRIES), LAST_ENTRIES);
    // One that the customer wrote has taken the offer's place.
    const last = entries.findLast(({ kind }) => kind.endsWith('.message'));
    const button = buttonNumbered(number, offered.safeParse(last?.payload).data?.params.buttons ?? []);
    if (button === undefined) return message;
    const { type: _, text: __, media: ___, ...by } = message;
    return eventOfPress(button.id, by);
  }

  return async (event) => {
    if (!('address' in event) || !listsButtons(event.address)) return intake(event);
    const { address } = event;
    const before = lookups.get(address);
    const number = event.type === 'message' && !event.media?.length ? writtenNumber(event.text) : undefined;
    if (number === undefined && before === undefined) return intake(event);
    const found = (before ?? Promise.resolve()).then(() =>
      number === undefined || event.type !== 'message' ? event : chosen(event, number),
    );
    const settled: Promise<void> = found.then(
      () => end(address, settled),
      () => end(address, settled),
    );
    lookups.set(address, settled);
    return intake(await found);
  };

  function end(address: Address, lookup: Promise<void>): void {
    if (lookups.get(address) === lookup) lookups.delete(address);
  }
}
