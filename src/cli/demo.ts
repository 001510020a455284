/**
 * `statechat demo` shows the console at work. It runs the whole program with sessions in memory and
 * the offline model, two agents and a dozen visitors who write. It uses no key, account or channel
 * of the configuration, and keeps nothing when it ends.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import type { Role } from '#storage/approvals.ts';
import { startApp } from '../compose.ts';
import { type Config, readConfig } from '../config/config.ts';
import { createLog } from '../telemetry/log.ts';
import { CLOSE, DEMO_LIBRARY, DEMO_QUEUES, DEMO_SKILLS } from './demo-staff.ts';
import { DEMO_VISITORS, postJson, sendJson, visit } from './demo-visitors.ts';
import { stopSignal } from './serve.ts';

export interface Login {
  readonly login: string;
  readonly name: string;
  readonly role: Role;
  readonly password: string;
}

export interface Demo {
  readonly url: string;
  readonly logins: readonly Login[];
  stop(): Promise<void>;
}

const invited = z.object({ token: z.string() });
const signedIn = z.object({ accessToken: z.string(), agent: z.object({ id: z.string(), name: z.string() }) });

/** Runs until a signal ends it. Resolves to the exit code. */
export async function serveDemo(http: Pick<Config['http'], 'host' | 'port'>, out: (line: string) => void): Promise<number> {
  const stopped = stopSignal();
  const { url, logins, stop } = await startDemo(http, out);
  const rows = logins.map(({ login, password, role }) => `  ${login.padEnd(8)}${password}   (${role})`);
  out(`
The demo is running. A dozen visitors write, some of them wait for a person, and one is with omar.

  Console   ${url}/console
  Chat      ${url}/chat   (write as one more visitor)

Sign in to the console with one of these, and with the other one in a private window.

${rows.join('\n')}

Ctrl-C ends everything. Nothing is kept.
`);
  await stopped;
  await stop();
  return 0;
}

/** @param pace stretches the pauses of the visitors. 1 is the pace of people. */
export async function startDemo(
  { host, port }: Pick<Config['http'], 'host' | 'port'>,
  err: (line: string) => void,
  pace = 1,
): Promise<Demo> {
  const apiToken = randomBytes(16).toString('hex');
  const folder = await mkdtemp(join(tmpdir(), 'statechat-demo-'));
  const removeFolder = () => rm(folder, { recursive: true, force: true });
  const queuesFile = join(folder, 'queues.json');
  await writeFile(queuesFile, JSON.stringify(DEMO_QUEUES));
  const settings = {
    HOST: host,
    PORT: String(port),
    SESSION_STORAGE_TYPE: 'memory',
    STATECHAT_API_TOKEN: apiToken,
    STATECHAT_QUEUES_FILE: queuesFile,
  };
  const app = await startApp(readConfig(settings, folder), createLog({ level: 'error' })).catch(async (error: unknown) => {
    await removeFolder();
    throw error;
  });
  const leaving = new AbortController();
  const { signal } = leaving;
  const stop = async (): Promise<void> => {
    leaving.abort();
    await app.stop();
    await removeFolder();
  };

  async function joinAs({ login, name, role, password }: Login): Promise<z.infer<typeof signedIn>> {
    const invitation = invited.parse(await (await postJson(`${app.url}/api/invitations`, apiToken, { role }, signal)).json());
    const acceptance = { ...invitation, login, name, password };
    const accepted = await postJson(`${app.url}/console/auth/accept`, undefined, acceptance, signal);
    return signedIn.parse(await accepted.json());
  }

  /** A new account has the version 1. */
  async function knowSkills(agentId: string): Promise<void> {
    await sendJson('PATCH', `${app.url}/api/agents/${agentId}`, apiToken, { version: 1, skills: DEMO_SKILLS }, signal);
  }

  try {
    const password = () => randomBytes(12).toString('base64url');
    const amira: Login = { login: 'amira', name: 'Amira', role: 'admin', password: password() };
    const omar: Login = { login: 'omar', name: 'Omar', role: 'agent', password: password() };
    const amirasAccount = await joinAs(amira);
    const omarsAccount = await joinAs(omar);
    await knowSkills(omarsAccount.agent.id);
    for (const item of DEMO_LIBRARY) await postJson(`${app.url}/api/library`, amirasAccount.accessToken, { item, shared: true }, signal);
    const act = (sessionId: string, event: object): Promise<Response> =>
      postJson(`${app.url}/api/sessions/${sessionId}/events`, omarsAccount.accessToken, event, signal);
    for (const [index, visitor] of DEMO_VISITORS.entries()) {
      const answer = async (sessionId: string): Promise<void> => {
        for (const event of visitor.work?.({ now: Date.now(), amira: amirasAccount.agent }) ?? []) await act(sessionId, event);
      };
      const close = async (sessionId: string): Promise<void> => void (await act(sessionId, CLOSE));
      visit(visitor, { url: app.url, index, pace, answer, close, signal }).catch((error: unknown) => {
        if (!signal.aborted) err(`A visitor of the demo left: ${error instanceof Error ? error.message : String(error)}`);
      });
    }
    return { url: app.url, logins: [amira, omar], stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
