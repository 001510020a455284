/** What an entrant is made of, with its version as it is installed. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { Entrant } from './entrants.ts';

const PEERS = new URL('../peers/', import.meta.url);
const INSTALL = 'npm ci --prefix bench/peers';

const packageSchema = z.object({ version: z.string() });

/** Throws, with how to install them, if the packages of a peer are not there. */
export async function versionsOf(entrants: readonly Entrant[]): Promise<Record<string, string>> {
  const versions: Record<string, string> = {};
  const names = entrants.flatMap((entrant) => (entrant.kind === 'peer' ? entrant.packages : []));
  for (const name of new Set(names)) {
    const text = await readFile(new URL(`node_modules/${name}/package.json`, PEERS), 'utf8').catch((cause: unknown) => {
      throw new Error(`The peers are not installed (${name} is missing): ${INSTALL}`, { cause });
    });
    versions[name] = packageSchema.parse(JSON.parse(text)).version;
  }
  if (entrants.some((entrant) => entrant.kind === 'peer' && !entrant.durable)) versions['redis-server'] = await redisVersion();
  return versions;
}

/** Those that need it report for themselves that it is missing. */
async function redisVersion(): Promise<string> {
  const answer = await promisify(execFile)('redis-server', ['--version']).catch(() => undefined);
  return answer?.stdout.match(/v=(\S+)/)?.[1] ?? 'not on this machine';
}
