/** Puts the intake together, over the actors and the store. */
import type { Actors } from '#actors/contract/api.ts';
import type { Intake } from '#channels/inbound.ts';
import type { ChannelAdapter } from '#channels/port.ts';
import type { Address } from '#machines/ids.ts';
import type { Tracing } from '#machines/tracing.ts';
import type { Store } from '#storage/port.ts';
import type { Log } from '../telemetry/log.ts';
import { createIntake } from './intake.ts';
import { withoutOwnEchoes } from './own-echoes.ts';
import { withQuotes } from './quoted-messages.ts';
import { Ratings } from './ratings.ts';
import { receivedInTrace, tracedIntake } from './traced-intake.ts';
import { type WrittenChoicesParts, withWrittenChoices } from './written-choices.ts';

export interface OpenIntakeParts {
  readonly actors: Actors;
  readonly store: Store;
  readonly assistantOf: (address: Address) => string;
  readonly channelOf: (address: Address) => ChannelAdapter | undefined;
  readonly tracing: Tracing;
  readonly log: Pick<Log, 'info'>;
}

export function openIntake({ actors, store, assistantOf, channelOf, tracing, log }: OpenIntakeParts): Intake {
  const intake = createIntake({
    actors,
    assistantOf,
    latestAt: async (address) => (await store.load({ address }))?.id,
    isKept: async (id) => (await store.load({ id })) !== undefined,
    ratings: new Ratings(store),
    onMoved: (move) => log.info(move, 'an address moved'),
  });
  const traced = withoutOwnEchoes(tracedIntake(intake, tracing), store);
  const isList: WrittenChoicesParts['isList'] = (address, buttons) => channelOf(address)?.capabilities.buttons(buttons) === false;
  return receivedInTrace(withWrittenChoices(withQuotes(traced, store), { store, isList }), tracing);
}
