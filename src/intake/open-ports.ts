/** What channels receive of the intake beside `Intake`: dead letters, counts and old accounts. */
import type { IgnoredEvent, KeepDeadLetter } from '#channels/inbound.ts';
import type { Archive } from '#storage/archive.ts';
import { type AccountAdopterParts, accountAdopter } from './adopt-account.ts';
import { deadLettersIn } from './dead-letters.ts';
import { countIgnored, type IgnoredParts } from './ignored.ts';

export interface IntakePortsParts extends Omit<AccountAdopterParts, 'log'>, Pick<IgnoredParts, 'metrics'> {
  readonly archive: Pick<Archive, 'keepDeadLetter'>;
  readonly log: AccountAdopterParts['log'] & IgnoredParts['log'];
}

export interface IntakePorts {
  readonly deadLetter: KeepDeadLetter;
  readonly ignored: (channel: string, event: IgnoredEvent) => void;
  readonly adoptAccount: ReturnType<typeof accountAdopter>;
}

export function openIntakePorts({ archive, metrics, addresses, store, actors, log }: IntakePortsParts): IntakePorts {
  return {
    deadLetter: deadLettersIn(archive),
    ignored: countIgnored({ metrics, log }),
    adoptAccount: accountAdopter({ addresses, store, actors, log }),
  };
}
