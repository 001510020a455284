/**
 * The command line, with its commands, flags and exit codes. `CliParts` has the implementations of
 * the commands.
 */
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
  /** Version of the program, such as `0.1.0`. */
  readonly version: string;
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
}

const HELP = `statechat <command>

  start               run the program, as npm start does. This is the default
  agent               run the agent process, which calls the models for apps with its AGENT_URL
  doctor              check the configuration and all it refers to, and print how to fix each problem
  migrate             apply pending database migrations, as every start does
  migrate --dry-run   try the machines' migrations on every open session and report, without any change
  retention           delete what is older than SESSION_RETENTION_DAYS, as the running program does by itself
  retention --dry-run count what would be deleted, without any change
  version             print the version, as --version and -v do
  help                print this text, as --help and -h do

Settings come from the environment and from .env: docs/reference/configuration.md.`;

const COMMANDS = ['start', 'agent', 'doctor', 'migrate', 'retention', 'version', 'help'] as const;
type Command = (typeof COMMANDS)[number];
const DRY_RUNS: readonly Command[] = ['migrate', 'retention'];
/** Options by all their spellings. */
const OPTIONS: ReadonlyMap<string, 'dry-run' | 'help' | 'version'> = new Map([
  ['--dry-run', 'dry-run'],
  ['--help', 'help'],
  ['-h', 'help'],
  ['--version', 'version'],
  ['-v', 'version'],
]);

/**
 * Resolves to the exit code, which is 0 if all is well, 1 if a check failed, and 2 if the command
 * line is wrong. Never rejects.
 */
export async function runCli(args: readonly string[], parts: CliParts): Promise<number> {
  const line = readLine(args);
  if ('fault' in line) {
    parts.err(line.fault);
    return 2;
  }
  try {
    return await run(line.command, line.dryRun, parts);
  } catch (error) {
    // An error of the program says what to do. A stack is for defects.
    if (error instanceof StatechatError) parts.err(error.message);
    else parts.err(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return 1;
  }
}

/** The fault is one line that names what there is. */
function readLine(args: readonly string[]): { readonly command: Command; readonly dryRun: boolean } | { readonly fault: string } {
  const words = args.filter((arg) => !arg.startsWith('-'));
  const unknown = args.find((arg) => arg.startsWith('-') && !OPTIONS.has(arg));
  if (unknown !== undefined) return { fault: `There is no option ${unknown}. The options are ${[...OPTIONS.keys()].join(', ')}.` };
  const options = new Set(args.map((arg) => OPTIONS.get(arg)));
  const [word = 'start', ...more] = words;
  const command = COMMANDS.find((known) => known === word);
  if (command === undefined) return { fault: `There is no command "${word}". The commands are ${COMMANDS.join(', ')}.` };
  if (more.length > 0) return { fault: `"${command}" takes no argument "${more[0]}". Run "statechat help" for what it takes.` };
  const dryRun = options.has('dry-run');
  if (dryRun && !DRY_RUNS.includes(command)) return { fault: `"${command}" takes no --dry-run. ${DRY_RUNS.join(' and ')} take it.` };
  if (options.has('help')) return { command: 'help', dryRun };
  return { command: options.has('version') ? 'version' : command, dryRun };
}

async function run(command: Command, dryRun: boolean, parts: CliParts): Promise<number> {
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
    case 'version':
      parts.out(`statechat ${parts.version}`);
      return 0;
    case 'help':
      parts.out(HELP);
      return 0;
  }
}
