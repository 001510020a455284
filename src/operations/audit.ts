/** The audit port. It gets one entry for each call of an operation, whatever the outcome. */
import { Unavailable } from '#machines/errors.ts';
import type { AuditRecord, AuditTrail } from '#storage/audit-trail.ts';
import type { Log } from '../telemetry/log.ts';

export interface AuditEntry {
  /** Milliseconds since the epoch, when the call ended. */
  readonly at: number;
  readonly caller: { readonly kind: AuditRecord['kind']; readonly role: string; readonly agent: string };
  /** The operation's name. */
  readonly operation: string;
  readonly effect: 'read' | 'write';
  /** The id of what was read or changed. Null for lists and for invalid input. */
  readonly target: string | null;
  /** `done`, or the code of the error. `internal` is a defect. */
  readonly outcome: string;
  /** What was changed, in short and without secrets. */
  readonly detail?: string | undefined;
  /** Network address of the caller. Null if the projection has none. */
  readonly network: string | null;
}

/** Must not throw. */
export type Audit = (entry: AuditEntry) => void;

/** Writes changes to the log at `info`, and reads at `debug`. */
export function auditLog(log: Pick<Log, 'debug' | 'info'>): Audit {
  return (entry) => log[entry.effect === 'write' ? 'info' : 'debug'](entry, 'operation');
}

/** Entries of one statement. */
const BATCH = 200;
/** Entries that wait while the store is away. Beyond them the oldest are in the log alone. */
const MOST_WAITING = 10_000;

function recordOf({ caller, detail = '', ...entry }: AuditEntry): AuditRecord {
  return { ...entry, ...caller, detail: detail === '' ? null : detail };
}

/** Both audits of an instance, the log and the trail. */
export function openAudit(trail: Pick<AuditTrail, 'appendAudit'>, log: Pick<Log, 'debug' | 'info' | 'warn' | 'error'>): AuditWriter {
  const toTrail = auditWriter(trail, log);
  const toLog = auditLog(log);
  return {
    audit(entry) {
      toLog(entry);
      toTrail.audit(entry);
    },
    flush: () => toTrail.flush(),
  };
}

export interface AuditWriter {
  readonly audit: Audit;
  /** Resolves once all that was written before is stored, or the store refused it. */
  flush(): Promise<void>;
}

/**
 * Stores entries in the audit trail, in the background. It stores all changes, and the reads of
 * people. A program with the API token polls, and its reads would bury the rest.
 */
export function auditWriter(trail: Pick<AuditTrail, 'appendAudit'>, log: Pick<Log, 'warn' | 'error'>): AuditWriter {
  const waiting: AuditEntry[] = [];
  let writing: Promise<void> | undefined;

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, BATCH);
      const left = await append(batch);
      if (left.length === 0) continue;
      // The next entry tries again.
      waiting.unshift(...left);
      drop();
      return;
    }
  }

  /** Resolves to the entries that the store was too far away for. */
  async function append(batch: readonly AuditEntry[]): Promise<readonly AuditEntry[]> {
    try {
      await trail.appendAudit(batch.map(recordOf));
      return [];
    } catch (error) {
      if (error instanceof Unavailable) {
        log.warn({ error, waiting: waiting.length + batch.length }, 'the audit trail is not written');
        return batch;
      }
      const [entry] = batch;
      if (batch.length === 1) log.error({ error, entry }, 'the store refused an entry of the audit trail');
    }
    if (batch.length === 1) return [];
    // One entry that the store refuses must not keep the others out.
    for (const [index, entry] of batch.entries()) if ((await append([entry])).length > 0) return batch.slice(index);
    return [];
  }

  function drop(): void {
    if (waiting.length > MOST_WAITING) waiting.splice(0, waiting.length - MOST_WAITING);
  }

  function start(): Promise<void> {
    writing ??= write().finally(() => {
      writing = undefined;
    });
    return writing;
  }

  return {
    audit(entry) {
      if (entry.effect === 'read' && entry.caller.kind === 'token') return;
      waiting.push(entry);
      drop();
      void start();
    },
    async flush() {
      await writing;
      await start();
    },
  };
}
