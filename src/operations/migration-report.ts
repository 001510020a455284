/** What the machines' migrations would do to the live sessions. Reads them, and changes nothing. */
import type { Registry } from '#actors/contract/registry.ts';
import { readSession } from '#actors/session/activation.ts';
import { StatechatError } from '#machines/errors.ts';
import type { SessionRow, Store } from '#storage/port.ts';

export interface MigrationReport {
  /** Live sessions that were read. */
  readonly sessions: number;
  /** False if there were more than were to be read. */
  readonly isWhole: boolean;
  /** Sessions that stay as they are, and sessions that a migration would take on, by machine. */
  readonly machines: readonly {
    readonly machine: string;
    readonly from: number;
    /** If it equals `from`, there is nothing to do. */
    readonly to: number;
    readonly sessions: number;
  }[];
  /** Sessions that would be quarantined and handed to a human. */
  readonly unreadable: readonly {
    readonly sessionId: string;
    readonly machine: string;
    readonly version: number;
    readonly reason: string;
  }[];
}

export interface ReportOptions {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Only sessions of this machine and version. Default is all. */
  readonly only?: { readonly machineId: string; readonly version: number };
  /** Live sessions of any machine that are read at most, the newest first. Default is all. */
  readonly most?: number;
}

/** Reads each live session with the registered machines. */
export async function reportOn(registry: Registry, store: Pick<Store, 'sessions'>, options: ReportOptions): Promise<MigrationReport> {
  const { now, only, most = Number.POSITIVE_INFINITY } = options;
  const machines = new Map<string, { machine: string; from: number; to: number; sessions: number }>();
  const unreadable: MigrationReport['unreadable'][number][] = [];
  let sessions = 0;
  let seen = 0;
  for await (const row of liveSessions(store)) {
    seen++;
    if (seen > most) break;
    const { id: sessionId, machineId: machine, machineVersion: version } = row;
    if (only !== undefined && (machine !== only.machineId || version !== only.version)) continue;
    sessions++;
    try {
      const { version: to } = readSession(registry, row, now).machine.definition;
      const key = `${machine}@${version}→${to}`;
      const counted = machines.get(key) ?? { machine, from: version, to, sessions: 0 };
      counted.sessions++;
      machines.set(key, counted);
    } catch (error) {
      if (!(error instanceof StatechatError)) throw error;
      unreadable.push({ sessionId, machine, version, reason: error.message });
    }
  }
  return { sessions, isWhole: seen <= most, machines: [...machines.values()], unreadable };
}

async function* liveSessions(store: Pick<Store, 'sessions'>): AsyncGenerator<SessionRow> {
  for (let cursor: string | undefined; ; ) {
    const { items, next } = await store.sessions({ open: true }, 200, cursor);
    yield* items;
    if (next === null) return;
    cursor = next;
  }
}
