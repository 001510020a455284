/**
 * The real app, in this process, on the file's own database, with what a test needs to use it from
 * outside.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, startApp } from '#src/compose.ts';
import type { ComposeOptions } from '#src/compose-options.ts';
import { readConfig } from '#src/config/config.ts';
import { createLog } from '#src/telemetry/log.ts';
import { PATIENCE_MS } from '#test/patience.ts';
import { Api } from './api.ts';
import { Visitor } from './visitor.ts';

export const API_TOKEN = 'the-token-of-these-tests';

export const PATIENCE = { timeout: PATIENCE_MS, interval: 15 };

export interface RunningApp {
  readonly url: string;
  readonly api: Api;
  /** What the app logged, a line each. */
  readonly log: readonly string[];
  /** An invitation for the first admin, as `npm start` prints it. */
  readonly inviteFirstAdmin: App['inviteFirstAdmin'];
  visitor(options?: { readonly assistant?: string; readonly locale?: string }): Promise<Visitor>;
  stop(): Promise<void>;
}

/** `settings` are names of the environment. It listens on a free port of the loopback interface. */
export async function runApp(settings: Readonly<Record<string, string>>, options: ComposeOptions = {}): Promise<RunningApp> {
  const dataDir = await mkdtemp(join(tmpdir(), 'statechat-app-'));
  const log: string[] = [];
  // Only the program's own assistants load, whatever the user's own folder contains.
  const none = { STATECHAT_ASSISTANTS_DIR: join(dataDir, 'assistants') };
  const config = readConfig({ PORT: '0', STATECHAT_DATA_DIR: dataDir, STATECHAT_API_TOKEN: API_TOKEN, ...none, ...settings });
  const app: App = await startApp(
    config,
    createLog({ level: 'debug', destination: { write: (line) => void log.push(line) }, readable: false }),
    { checkResults: true, ...options },
  );
  const visitors: Visitor[] = [];
  return {
    url: app.url,
    log,
    api: new Api(app.url, settings.STATECHAT_API_TOKEN ?? API_TOKEN),
    inviteFirstAdmin: app.inviteFirstAdmin,
    async visitor(wishes = {}) {
      const visitor = await Visitor.arrive(app.url, wishes);
      visitors.push(visitor);
      return visitor;
    },
    async stop() {
      for (const visitor of visitors.splice(0)) visitor.leave();
      await app.stop();
      await rm(dataDir, { recursive: true, force: true, maxRetries: 20 });
    },
  };
}
