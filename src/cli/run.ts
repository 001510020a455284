/**
 * The command line, with its commands, flags and exit codes. What the commands do is given by
 * `CliParts`.
 */
import { parseArgs } from 'node:util';
import { StatechatError } from '#machines/errors.ts';
import type { Expired } from '#storage/archive.ts';
import type { Deleted } from '../storage/retention.ts';
import { type Check, runDoctor } from './doctor.ts';
import { dryRunLines, type MigrationReport } from './dry-run-report.ts';

export interface CliParts {
  /** Resolves when the program has stopped, to its exit code. */
  start(): Promise<number>;
  /** The same for the agent process. */
  agent(): Promise<number>;
  /** The checks of `doctor`, in order. */
  checks(): readonly Check[];
  /** Applies pending migrations under a lock. Resolves to their names. */
  migrate(): Promise<readonly string[]>;
  /** Tries the declared machine migrations on every live session. Changes nothing. */
  dryRun(): Promise<MigrationReport>;
  /** Deletes what is older than the retention. */
  retention(): Promise<Deleted>;
  /** Counts what `retention` would delete, and what a hold keeps. Changes nothing. */
  retentionDryRun(): Promise<Expired>;
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
}

const HELP = `statechat <command>

  start               run the program (what npm start does); the default
  agent               run the agent process, which calls the models for apps that have its AGENT_URL
  doctor              check the configuration and everything that it names, and say how to fix what is wrong
  migrate             apply pending database migrations, as every start does
  migrate --dry-run   try the machines' migrations on every live session and report; changes nothing
  retention           delete what is older than SESSION_RETENTION_DAYS now, as the running program does by itself
  retention --dry-run count what that would be; changes nothing
  help                this text

Settings come from the environment and from .env: docs/reference/configuration.md.`;

/**
 * Resolves to the exit code, which is 0 if all is well, 1 if a check failed, and 2 if the command
 * line is wrong. Never rejects.
 */
export async function runCli(args: readonly string[], parts: CliParts): Promise<number> {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    parts.err(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return 2;
  }
  const { values, positionals } = parsed;
  const [command = values.help ? 'help' : 'start', ...rest] = positionals;
  if (rest.length > 0 || (values['dry-run'] === true && command !== 'migrate' && command !== 'retention')) {
    parts.err(`"${args.join(' ')}" is more than ${command} takes.\n\n${HELP}`);
    return 2;
  }
  try {
    return values.help ? help(parts) : await run(command, values['dry-run'] === true, parts);
  } catch (error) {
    // An error of the program says what to do. A stack is for defects.
    if (error instanceof StatechatError) parts.err(error.message);
    else parts.err(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return 1;
  }
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: { 'dry-run': { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
  });
}

function help({ out }: CliParts): number {
  out(HELP);
  return 0;
}

async function run(command: string, dryRun: boolean, parts: CliParts): Promise<number> {
  switch (command) {
    case 'start':
      return parts.start();
    case 'agent':
      return parts.agent();
    case 'doctor':
      return (await runDoctor(parts.checks(), parts.out)) ? 0 : 1;
    case 'migrate': {
      if (dryRun) {
        const report = await parts.dryRun();
        for (const line of dryRunLines(report)) parts.out(line);
        return report.unreadable.length === 0 ? 0 : 1;
      }
      const applied = await parts.migrate();
      parts.out(applied.length === 0 ? 'The database is up to date.' : `Applied: ${applied.join(', ')}.`);
      return 0;
    }
    case 'retention': {
      if (dryRun) {
        const { sessions, held, deadLetters } = await parts.retentionDryRun();
        const kept = held === 0 ? '' : ` ${held} more sessions are as old and stay under a legal hold.`;
        parts.out(`Would delete ${sessions} closed sessions and ${deadLetters} dead letters.${kept} Nothing was changed.`);
        return 0;
      }
      const { sessions, deadLetters } = await parts.retention();
      parts.out(`Deleted ${sessions} closed sessions and ${deadLetters} dead letters.`);
      return 0;
    }
    case 'help':
      return help(parts);
    default:
      parts.err(`There is no command "${command}".\n\n${HELP}`);
      return 2;
  }
}
