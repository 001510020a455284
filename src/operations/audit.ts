/** The audit port. It gets one entry for each call of an operation, whatever the outcome. */
import type { Log } from '../telemetry/log.ts';
import type { Caller } from './caller.ts';

export interface AuditEntry {
  /** Milliseconds since the epoch, when the call ended. */
  readonly at: number;
  readonly caller: Pick<Caller, 'kind' | 'role'> & { readonly agent: string };
  /** The operation's name. */
  readonly operation: string;
  readonly effect: 'read' | 'write';
  /** The id of what was read or changed. Null for lists and for invalid input. */
  readonly target: string | null;
  /** `done`, or the code of the error. `internal` is a defect. */
  readonly outcome: string;
}

/** Must not throw. */
export type Audit = (entry: AuditEntry) => void;

/** Writes changes to the log at `info`, and reads at `debug`. */
export function auditLog(log: Pick<Log, 'debug' | 'info'>): Audit {
  return (entry) => log[entry.effect === 'write' ? 'info' : 'debug'](entry, 'operation');
}
