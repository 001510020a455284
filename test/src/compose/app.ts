/** The app in a folder of its own, for tests of its composition. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, startApp } from '#src/compose.ts';
import type { ComposeOptions } from '#src/compose-options.ts';
import { readConfig } from '#src/config/config.ts';
import { createLog } from '#src/telemetry/log.ts';
import { echoModel } from '#test/end-to-end/models.ts';

export interface ComposedApp extends App {
  /** The folder that `STATECHAT_DATA_DIR` names. */
  readonly folder: string;
  /** Lines of the log. */
  readonly log: readonly string[];
}

/**
 * `settings` are names of the environment. Sessions are kept in memory unless they set another
 * storage.
 */
export async function compose(settings: Readonly<Record<string, string>>, options: ComposeOptions): Promise<ComposedApp> {
  const folder = await mkdtemp(join(tmpdir(), 'statechat-compose-'));
  const lines: string[] = [];
  const log = createLog({ level: 'debug', destination: { write: (line) => void lines.push(line) }, readable: false });
  try {
    const environment = {
      SESSION_STORAGE_TYPE: 'memory',
      PORT: '0',
      STATECHAT_DATA_DIR: folder,
      STATECHAT_API_TOKEN: 'of-these-tests-alone',
      ...settings,
    };
    const config = readConfig(environment, folder, options.channels);
    const app = await startApp(config, log, { provider: echoModel(), policy: { debounceMs: 0 }, ...options });
    return {
      ...app,
      folder,
      log: lines,
      stop: async () => {
        await app.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
