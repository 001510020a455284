/**
 * `statechat migrate --dry-run` tries the machines' migrations on every live session and changes
 * nothing.
 */

import type { Registry } from '#actors/contract/registry.ts';
import { readSession } from '#actors/session/activation.ts';
import { StatechatError } from '#machines/errors.ts';
import type { SessionRow, Store } from '#storage/port.ts';
import { allAssistants } from '../assistants/all-assistants.ts';
import type { Config } from '../config/config.ts';
import { openStoreUnchanged } from '../storage/open-store.ts';
import type { Log } from '../telemetry/log.ts';
import type { MigrationReport } from './dry-run-report.ts';
import { createReadingRegistry } from './reading-registry.ts';

export async function dryRun(config: Config, log: Log): Promise<MigrationReport> {
  const assistants = await allAssistants(config, log);
  const { store, close } = await openStoreUnchanged(config, log);
  try {
    const registry = createReadingRegistry({ assistants, log });
    return await reportOn(registry, store, Date.now());
  } finally {
    await close();
  }
}

/** Reads every live session with the registered machines. */
export async function reportOn(registry: Registry, store: Pick<Store, 'sessions'>, now: number): Promise<MigrationReport> {
  const machines = new Map<string, { machine: string; from: number; to: number; sessions: number }>();
  const unreadable: MigrationReport['unreadable'][number][] = [];
  let sessions = 0;
  for await (const row of liveSessions(store)) {
    sessions++;
    const { id: sessionId, machineId: machine, machineVersion: version } = row;
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
  return { sessions, machines: [...machines.values()], unreadable };
}

async function* liveSessions(store: Pick<Store, 'sessions'>): AsyncGenerator<SessionRow> {
  for (let cursor: string | undefined; ; ) {
    const { items, next } = await store.sessions({ open: true }, 200, cursor);
    yield* items;
    if (next === null) return;
    cursor = next;
  }
}
