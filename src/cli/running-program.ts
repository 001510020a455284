/**
 * The Statechat that runs with this configuration, for commands that work through its HTTP API. A
 * second process has neither its connections nor an embedded store that is in use.
 */
import { join } from 'node:path';
import type * as z from 'zod';
import { HttpProblem } from '#channels/problem.ts';
import { Secret } from '#machines/secret.ts';
import { readKept } from '#storage/data-folder.ts';
import type { Config } from '../config/config.ts';
import type { Perform } from '../mcp/perform.ts';
import { listChannels } from '../operations/channels.ts';
import { type Finding, wrong } from './doctor.ts';
import { performRemotely } from './remote-operations.ts';

/** Milliseconds in which a program that runs says so. */
const PROBE_MS = 5_000;
/** Longer than the 10 s that the program gives a provider. */
const LIST_MS = 20_000;

export type RunningChannel = z.infer<typeof listChannels.output>['channels'][number];

export type RunningProgram =
  | { readonly state: 'absent'; readonly url: string }
  /** Something is in the way, which `finding` names. */
  | { readonly state: 'unusable'; readonly finding: Extract<Finding, { readonly status: 'wrong' }> }
  | { readonly state: 'usable'; readonly channels: readonly RunningChannel[]; readonly perform: Perform };

/** Where the program is on this machine, if it runs. */
export function localUrl({ host, port }: Pick<Config['http'], 'host' | 'port'>): string {
  const reached = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`;
}

/** The token of the API. Undefined where none is configured and no start has made one yet. */
export async function knownToken({ http, dataDir }: TokenPlaces): Promise<Secret | undefined> {
  if (http.apiToken !== undefined) return http.apiToken;
  const kept = await readKept(tokenFile(dataDir));
  return kept === undefined ? undefined : new Secret(kept.trim());
}

interface TokenPlaces {
  readonly http: Pick<Config['http'], 'apiToken'>;
  readonly dataDir: string;
}

export function tokenFile(dataDir: string): string {
  return join(dataDir, 'api-token');
}

/** Whether a Statechat answers there. */
export function answersAt(url: string, signal: AbortSignal): Promise<boolean> {
  return fetch(`${url}/healthz`, { signal, headers: { connection: 'close' } }).then(
    async (response) => (await response.text()).includes('"status":"ok"'),
    () => false,
  );
}

/** Asks the program for its channels, which shows whether it can be used. Never rejects. */
export async function findProgram(config: Pick<Config, 'http' | 'dataDir'>, listMs: number = LIST_MS): Promise<RunningProgram> {
  const url = localUrl(config.http);
  const absent = { state: 'absent', url } as const;
  if (config.http.port === 0 || !(await answersAt(url, AbortSignal.timeout(PROBE_MS)))) return absent;
  try {
    const token = await knownToken(config);
    if (token === undefined) return unusable(`the token of the one at ${url} is not known`, otherToken(config));
    const perform = performRemotely({ url, token, setting: 'HOST and PORT' });
    const answer = await perform(listChannels, () => ({}), { signal: AbortSignal.timeout(listMs) });
    const { data } = listChannels.output.safeParse(answer);
    if (data === undefined) return unusable(`the one at ${url} is of another version`, 'Restart it, so that it is of this version too.');
    return { state: 'usable', channels: data.channels, perform };
  } catch (error) {
    const { status, detail } = error instanceof HttpProblem ? error.problem : { status: 0, detail: reasonOf(error, listMs) };
    // An agent process has no channels.
    if (status === 404) return absent;
    if (status === 401) return unusable(`the one at ${url} refuses the token`, otherToken(config));
    return unusable(`the one at ${url} does not say how its channels are`, detail);
  }
}

function reasonOf(error: unknown, listMs: number): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === 'TimeoutError' ? `It has not answered within ${listMs / 1_000} s. See its log and its /readyz.` : error.message;
}

function unusable(detail: string, fix: string): RunningProgram {
  return { state: 'unusable', finding: wrong(detail, fix) };
}

function otherToken({ http, dataDir }: TokenPlaces): string {
  const token = http.apiToken === undefined ? `${tokenFile(dataDir)} has no token of it` : 'STATECHAT_API_TOKEN is another one here';
  return `${token}. Set STATECHAT_API_TOKEN, or STATECHAT_DATA_DIR, to what it was started with.`;
}
