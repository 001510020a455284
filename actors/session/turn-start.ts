/** Where a turn starts from: what is known to be stored at an address. */
import type { Json, MachineEvent } from '#machines/definition.ts';
import type { SessionRow } from '#storage/port.ts';
import type { RegisteredMachine } from '../contract/registry.ts';
import type { HostedActor } from '../interpreter/hosted-actor.ts';
import type { Envelope } from '../interpreter/stored-snapshot.ts';

/** What is known to be stored at an address: a session that can hear, or none, after a closed one. */
export type AddressState =
  | { readonly open: true; readonly start: TurnStart }
  | { readonly open: false; readonly previous: SessionRow | undefined };

/** Where a turn starts: an open session as it is stored, or one about to be opened (its row has version 0). */
export interface TurnStart {
  readonly row: SessionRow;
  readonly machine: RegisteredMachine;
  /** Where the machine stands. Absent: it begins in its initial state, from `input`. */
  readonly envelope?: Envelope;
  /** An actor that stands where the envelope says. The turn takes it over: it is of no use to anyone else afterwards. */
  readonly actor?: HostedActor;
  readonly input?: Json | undefined;
  /** What the beginning of a session that nothing can read is journalled as, and what it adds to the entry. Default: `opened`. */
  readonly beginning?: { readonly kind: string; readonly payload: { readonly [key: string]: Json } };
  /** What a beginning hears before anything that waits for it. */
  readonly firstEvent?: MachineEvent;
  /** The machine was brought here from an older version: journalled before anything else. */
  readonly migratedFrom?: { readonly id: string; readonly version: number };
  /** The first serial that a beginning may use. */
  readonly firstSerial?: number;
  /** Earlier sessions of the address that an event may still belong to. */
  readonly lineage: Lineage;
}

/** Earlier sessions of an address, closed so lately that a provider may still send their events again. */
export type Lineage = NonNullable<Envelope['lineage']>;
