/** `statechat start` and `statechat agent` run until a signal stops them. */
import { startAgent } from '../agent-process/compose-agent.ts';
import { startApp } from '../compose.ts';
import type { ComposeOptions } from '../compose-options.ts';
import type { Config } from '../config/config.ts';
import { createLog } from '../telemetry/log.ts';

/** Resolves to the exit code once everything has stopped. Rejects if the program cannot start. */
export async function serve(config: Config, out: (line: string) => void, options: Pick<ComposeOptions, 'runtime'> = {}): Promise<number> {
  const log = createLog({ level: config.logLevel });
  for (const warning of config.warnings) log.warn({}, warning);
  const stopped = stopSignal();
  const app = await startApp(config, log, options);
  const invitation = await app.inviteFirstAdmin();
  out(`
Statechat is running.

  Start page  ${app.url}/
  Console     ${app.url}/console
  Machines    ${app.url}/machines
  Chat        ${app.url}/chat
  API         ${app.url}/api/sessions   (token: ${app.apiToken.file ?? 'STATECHAT_API_TOKEN'})
  Health      ${app.url}/healthz   ${app.url}/readyz   ${app.url}/metrics
${invitation === undefined ? '' : firstLink(app.url, invitation)}${config.model.apiKey ? '' : '\nNo ANTHROPIC_API_KEY is set, so the offline model answers and says so.\n'}`);
  const signal = await stopped;
  log.info({ signal }, 'stopping, and finishing what is under way');
  await app.stop();
  log.info({}, 'stopped');
  return 0;
}

/** The link by which the first agent joins. Each start makes one, until somebody has joined. */
function firstLink(url: string, { path, expiresAt }: { readonly path: string; readonly expiresAt: number }): string {
  return `
Nobody can sign in to the console yet. Open this link to become its first admin. It can be used once, until ${new Date(expiresAt).toLocaleString()}.

  ${url}${path}
`;
}

/** `statechat agent` does the same for the agent process. */
export async function serveAgent(config: Config, out: (line: string) => void): Promise<number> {
  const log = createLog({ level: config.logLevel });
  for (const warning of config.warnings) log.warn({}, warning);
  const stopped = stopSignal();
  const agent = await startAgent({ config, log });
  out(`
The agent process is running.

  For the app   AGENT_URL=${agent.url}   (token: ${agent.apiToken.file ?? 'STATECHAT_API_TOKEN'}, the same for both)
  Health        ${agent.url}/healthz   ${agent.url}/readyz   ${agent.url}/metrics
${config.model.apiKey ? '' : '\nNo ANTHROPIC_API_KEY is set, so the offline model answers and says so.\n'}`);
  const signal = await stopped;
  log.info({ signal }, 'stopping, and finishing what is under way');
  await agent.stop();
  log.info({}, 'stopped');
  return 0;
}

/** The first signal drains. A second one ends the process at once, which is Node's default. */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
}
