/**
 * A number that a customer writes is the choice that has it in the last message, if the channel
 * shows its buttons as a list (channels/numbered-choices.ts). What was offered is read from the
 * journal, so that any instance finds it, after a restart too.
 */
import * as z from 'zod';
import { eventOfPress } from '#channels/command.ts';
import type { ChannelEvent, Intake } from '#channels/inbound.ts';
import { buttonNumbered, writtenNumber } from '#channels/numbered-choices.ts';
import type { Button } from '#channels/port.ts';
import type { Address } from '#machines/ids.ts';
import type { Store } from '#storage/port.ts';
import { Lookups } from './lookups.ts';

type Message = Extract<ChannelEvent, { readonly type: 'message' }>;

/** Last entries of a session among which the last message is found. */
const LAST_ENTRIES = 50;

const offered = z.object({ params: z.object({ buttons: z.array(z.object({ id: z.string(), label: z.string() })) }) });

export interface WrittenChoicesParts {
  readonly store: Pick<Store, 'load' | 'journal'>;
  /** Whether the channel of the address shows these buttons as a list. */
  readonly isList: (address: Address, buttons: readonly Button[]) => boolean;
}

/** The event of a press takes the place of the number. */
export function withWrittenChoices(intake: Intake, { store, isList }: WrittenChoicesParts): Intake {
  const lookups = new Lookups();

  function lookOf(event: ChannelEvent): (() => Promise<ChannelEvent | undefined>) | undefined {
    if (event.type !== 'message' || event.media?.length) return undefined;
    const number = writtenNumber(event.text);
    return number === undefined ? undefined : () => chosen(event, number);
  }

  async function chosen({ type: _, text: __, media: ___, ...by }: Message, number: number): Promise<ChannelEvent | undefined> {
    const row = await store.load({ address: by.address });
    // What a closed session offers is a rating, and ratings.ts reads a written score.
    if (row?.open !== true) return undefined;
    const entries = await store.journal(row.id, Math.max(0, row.version - LAST_ENTRIES), LAST_ENTRIES);
    // One that the customer wrote has taken the offer's place.
    const last = entries.findLast(({ kind }) => kind.endsWith('.message'));
    const buttons = offered.safeParse(last?.payload).data?.params.buttons ?? [];
    const button = buttonNumbered(number, buttons);
    return button !== undefined && isList(by.address, buttons) ? eventOfPress(button.id, by) : undefined;
  }

  return async (event) => {
    const looking = 'address' in event ? lookups.next(event.address, lookOf(event)) : undefined;
    return intake((looking && (await looking)) ?? event);
  };
}
