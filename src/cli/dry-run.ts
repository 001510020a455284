/**
 * `statechat migrate --dry-run` tries the machines' migrations on every live session and changes
 * nothing.
 */
import { allAssistants } from '../assistants/all-assistants.ts';
import type { Config } from '../config/config.ts';
import { type MigrationReport, reportOn } from '../operations/migration-report.ts';
import { openStoreUnchanged } from '../storage/open-store.ts';
import type { Log } from '../telemetry/log.ts';
import { createReadingRegistry } from './reading-registry.ts';

export async function dryRun(config: Config, log: Log): Promise<MigrationReport> {
  const assistants = await allAssistants(config, log);
  const { store, close } = await openStoreUnchanged(config, log);
  try {
    const registry = createReadingRegistry({ assistants });
    return await reportOn(registry, store, { now: Date.now() });
  } finally {
    await close();
  }
}
