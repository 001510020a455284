#!/usr/bin/env node
/**
 * The program. Connects the commands `start`, `agent`, `doctor`, `migrate`, `retention`, `invite`,
 * `token`, `demo` and `mcp` to what they do.
 */
import type { Address } from '#machines/ids.ts';
import { inspectRedis } from '#storage/redis/inspect.ts';
import program from '../package.json' with { type: 'json' };
import { allAssistants, checkChosen } from './assistants/all-assistants.ts';
import { channelChecks } from './cli/channel-checks.ts';
import {
  agentCheck,
  assistantsCheck,
  configCheck,
  databaseCheck,
  dataDirCheck,
  modelCheck,
  nodeCheck,
  portCheck,
  redisCheck,
} from './cli/checks.ts';
import { serveDemo } from './cli/demo.ts';
import type { Check } from './cli/doctor.ts';
import { draw } from './cli/draw.ts';
import { dryRun } from './cli/dry-run.ts';
import { invite } from './cli/invite.ts';
import { mcp } from './cli/mcp.ts';
import { retention, retentionDryRun } from './cli/retention.ts';
import { runCli } from './cli/run.ts';
import { findProgram } from './cli/running-program.ts';
import { serve, serveAgent } from './cli/serve.ts';
import { testMessageCheck } from './cli/test-message.ts';
import { token } from './cli/token.ts';
import { type Config, loadConfig } from './config/config.ts';
import { inspectDatabase, migrateDatabase } from './storage/open-store.ts';
import { createLog, type Log } from './telemetry/log.ts';

const out = (line: string): void => console.log(line);
const err = (line: string): void => console.error(line);

process.exitCode = await runCli(process.argv.slice(2), {
  start: () => serve(loadConfig(), out),
  agent: () => serveAgent(loadConfig(), out),
  demo: () => serveDemo(loadConfig().http, out),
  mcp: () => mcp(loadConfig(), program.version),
  checks: (testAddress) => checksOf(loadConfig(), testAddress),
  migrate: () => withQuietLog((config, log) => migrateDatabase(config, log)),
  dryRun: () => withQuietLog((config, log) => dryRun(config, log)),
  retention: () => withQuietLog((config, log) => retention(config, log)),
  retentionDryRun: () => withQuietLog((config, log) => retentionDryRun(config, log)),
  invite: (who) => withQuietLog((config, log) => invite(config, log, who)),
  token: (request) => withQuietLog((config, log) => token(config, log, request)),
  draw: (request) => withQuietLog((config, log) => draw(config, log, request)),
  version: program.version,
  out,
  err,
});

async function* checksOf(config: Config, testAddress: Address | undefined): AsyncGenerator<Check> {
  const log = createLog({ level: 'silent' });
  const { redis, storage } = config;
  yield nodeCheck();
  yield configCheck(config);
  yield assistantsCheck(() => assistantNames(config, log));
  yield dataDirCheck(config.dataDir);
  if (storage.type === 'postgres' || storage.type === 'embedded') yield databaseCheck({ inspect: () => inspectDatabase(config, log) });
  if (redis) yield redisCheck({ inspect: () => inspectRedis(redis.url.reveal()), keepsSessions: storage.type === 'redis' });
  yield portCheck(config.http);
  const program = await findProgram(config);
  yield* channelChecks(config, program);
  yield config.agent.url === undefined ? modelCheck(config.model) : agentCheck(config.agent.url, config.http.apiToken);
  if (testAddress !== undefined) yield testMessageCheck(program, testAddress);
}

async function assistantNames(config: Config, log: Log): Promise<readonly string[]> {
  const assistants = await allAssistants(config, log);
  checkChosen(config, assistants);
  return assistants.map(({ name }) => name);
}

function withQuietLog<T>(work: (config: Config, log: ReturnType<typeof createLog>) => Promise<T>): Promise<T> {
  const config = loadConfig();
  return work(config, createLog({ level: 'warn' }));
}
