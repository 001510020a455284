/**
 * The command line, with its commands, flags and exit codes. `CliParts` has the implementations of
 * the commands.
 */
import { parseArgs } from 'node:util';
import type * as z from 'zod';
import { InvalidInput, StatechatError } from '#machines/errors.ts';
import { type Address, parseAddress } from '#machines/ids.ts';
import { ROLES } from '#storage/approvals.ts';
import type { MigrationReport } from '../operations/migration-report.ts';
import type { Deleted } from '../storage/retention.ts';
import { type Checks, runDoctor } from './doctor.ts';
import { type DrawRequest, drawRequest } from './draw.ts';
import { dryRunLines } from './dry-run-report.ts';
import type { Invitee, PrintedInvitation } from './invite.ts';
import type { WouldDelete } from './retention.ts';
import { type TokenRequest, tokenRequest } from './token.ts';

export interface CliParts {
  /** Resolves when the program has stopped, to its exit code. */
  start(): Promise<number>;
  /** The same for the agent process. */
  agent(): Promise<number>;
  /** The same with demo data. */
  demo(): Promise<number>;
  /** Serves MCP over stdio. Resolves when the client has closed the connection. */
  mcp(): Promise<void>;
  /** The checks of `doctor`, in order. The last one sends a test message, if it is to. */
  checks(testAddress: Address | undefined): Checks;
  /** Applies pending migrations under a lock. Resolves to their names. */
  migrate(): Promise<readonly string[]>;
  /** Tries the declared machine migrations on every live session. Changes nothing. */
  dryRun(): Promise<MigrationReport>;
  /** Deletes what is older than the retention. */
  retention(): Promise<Deleted>;
  /** Counts what `retention` would delete, and what a hold keeps. Changes nothing. */
  retentionDryRun(): Promise<WouldDelete>;
  /** Makes an invitation. */
  invite(invitee: Invitee): Promise<PrintedInvitation>;
  /** Works on API tokens. Resolves to the lines to print. */
  token(request: TokenRequest): Promise<readonly string[]>;
  /** The text of the picture or diagram. */
  draw(request: DrawRequest): Promise<string>;
  /** Version of the program, such as `0.1.0`. */
  readonly version: string;
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
}

const HELP = `statechat <command>

  start               run the program, as npm start does. This is the default
  agent               run the agent process, which calls the models for apps with its AGENT_URL
  mcp                 serve MCP over stdio for a client on this machine, by calling the running program
  doctor              check the configuration and all it refers to, and print how to fix each problem. If the
                      program runs, show how its channels are, with codes to pair by and webhook addresses.
                      --test ADDRESS, such as telegram:100:123456, lets it send a test message there
  migrate             apply pending database migrations, as every start does
  migrate --dry-run   try the machines' migrations on every open session and report, without any change
  retention           delete what is older than SESSION_RETENTION_DAYS or STATECHAT_AUDIT_DAYS, as the running
                      program does by itself
  retention --dry-run count what would be deleted, without any change
  invite              print a link by which one person makes an account. --role agent, supervisor or admin
  invite --agent LOGIN
                      print a link by which an agent who cannot sign in sets a new password
  token create        print a new API token. --name, --scopes all or a list with commas, --days until it expires
                      (365 if absent), --limit of requests a minute
  token list          list the API tokens with their ids, scopes and last use
  token rotate ID     print another secret for a token. --grace minutes in which the one before is accepted, --days
  token revoke ID     end a token at once
  draw MACHINE        print a picture of a machine, which is a file, or an id such as session or session@2.
                      --active STATE,… lights states. --format svg or mmd. --detail overview, normal or full.
                      --theme light or dark
  demo                run the program with two agents and a dozen visitors who write, and keep nothing
  version             print the version, as --version and -v do
  help                print this text, as --help and -h do

Settings come from the environment and from .env: docs/reference/configuration.md.`;

const COMMANDS = ['start', 'agent', 'mcp', 'doctor', 'migrate', 'retention', 'invite', 'token', 'draw', 'demo', 'version', 'help'] as const;
type Command = (typeof COMMANDS)[number];

const OPTIONS = {
  'dry-run': { type: 'boolean', of: ['migrate', 'retention'] },
  test: { type: 'string', of: ['doctor'] },
  role: { type: 'string', of: ['invite'] },
  agent: { type: 'string', of: ['invite'] },
  active: { type: 'string', of: ['draw'] },
  format: { type: 'string', of: ['draw'] },
  detail: { type: 'string', of: ['draw'] },
  theme: { type: 'string', of: ['draw'] },
  name: { type: 'string', of: ['token'] },
  scopes: { type: 'string', of: ['token'] },
  days: { type: 'string', of: ['token'] },
  limit: { type: 'string', of: ['token'] },
  grace: { type: 'string', of: ['token'] },
  help: { type: 'boolean', short: 'h', of: COMMANDS },
  version: { type: 'boolean', short: 'v', of: COMMANDS },
} as const satisfies Readonly<Record<string, { type: 'boolean' | 'string'; short?: string; of: readonly Command[] }>>;
type Option = keyof typeof OPTIONS;

interface Line {
  readonly command: Command;
  readonly dryRun: boolean;
  /** Of `doctor` alone. */
  readonly testAddress: Address | undefined;
  readonly invitee: Invitee;
  /** Of `draw` alone. */
  readonly drawing: DrawRequest | undefined;
  /** Of `token` alone. */
  readonly token: TokenRequest | undefined;
}

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
    return await run(line, parts);
  } catch (error) {
    // An error of the program says what to do. A stack is for defects.
    if (error instanceof StatechatError) parts.err(error.message);
    else parts.err(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return 1;
  }
}

/** The fault is one line that names what there is. */
function readLine(args: readonly string[]): Line | { readonly fault: string } {
  const { tokens } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, strict: false, tokens: true });
  const given = new Map<Option, string | undefined>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    const takesValue = isOption(name) && OPTIONS[name].type === 'string';
    if (!isOption(name) || (!takesValue && value !== undefined))
      return { fault: `There is no option ${rawName}${value === undefined ? '' : `=${value}`}. The options are ${spellings()}.` };
    if (takesValue && (value === undefined || value === '')) return { fault: `${rawName} takes a value.` };
    given.set(name, value);
  }
  const [word = 'start', ...more] = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []));
  const command = COMMANDS.find((known) => known === word);
  if (command === undefined) return { fault: `There is no command "${word}". The commands are ${COMMANDS.join(', ')}.` };
  const [first, second] = more;
  if (command === 'draw' && more.length !== 1)
    return { fault: '"draw" takes one machine, which is a file, or an id such as session or session@2.' };
  if (command === 'token' && more.length > 2) return { fault: `"token" takes no argument "${more[2]}".` };
  if (command !== 'draw' && command !== 'token' && more.length > 0)
    return { fault: `"${command}" takes no argument "${more[0]}". Run "statechat help" for what it takes.` };
  for (const name of given.keys()) {
    const takenBy: readonly Command[] = OPTIONS[name].of;
    const they = takenBy.length === 1 ? `${takenBy[0]} takes it` : `${takenBy.join(' and ')} take it`;
    if (!takenBy.includes(command)) return { fault: `"${command}" takes no --${name}. ${they}.` };
  }
  const role = ROLES.find((known) => known === given.get('role'));
  if (given.has('role') && role === undefined)
    return { fault: `There is no role "${given.get('role')}". The roles are ${ROLES.join(', ')}.` };
  const drawing = command === 'draw' ? drawRequest.safeParse({ machine: first, ...optionsOf('draw', given) }) : undefined;
  if (drawing?.success === false)
    return { fault: drawing.error.issues.map(({ path, message }) => `--${path.map(String).join('.')}: ${message}`).join('\n') };
  const id = second === undefined ? {} : { id: second };
  const token = command === 'token' ? tokenRequest.safeParse({ verb: first, ...id, ...optionsOf('token', given) }) : undefined;
  if (token?.success === false) return { fault: tokenFault(token.error) };
  const test = given.get('test');
  const testAddress = test === undefined ? undefined : readAddress(test);
  if (typeof testAddress === 'object') return { fault: `--test: ${testAddress.message}` };
  const login = given.get('agent');
  if (role !== undefined && login !== undefined)
    return { fault: '--agent names an agent who has a role. Leave --role out. An admin can change the role.' };
  return {
    command: given.has('help') ? 'help' : given.has('version') ? 'version' : command,
    dryRun: given.has('dry-run'),
    testAddress,
    invitee: { role: role ?? 'agent', login },
    drawing: drawing?.data,
    token: token?.data,
  };
}

/** Options that this command alone takes. */
function optionsOf(command: Command, given: ReadonlyMap<Option, string | undefined>): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    [...given].filter(([name]) => {
      const takenBy: readonly Command[] = OPTIONS[name].of;
      return takenBy.join() === command;
    }),
  );
}

/** An id is an argument, and the other fields are options. */
function tokenFault({ issues }: z.ZodError): string {
  const nameOf = (field: PropertyKey | undefined): string =>
    field === undefined
      ? '"token"'
      : field === 'verb' || field === 'id'
        ? `"token" ${field === 'id' ? 'ID' : 'command'}`
        : `--${String(field)}`;
  return issues.map(({ path, message }) => `${nameOf(path[0])}: ${message}`).join('\n');
}

function readAddress(text: string): Address | InvalidInput {
  try {
    return parseAddress(text);
  } catch (error) {
    if (error instanceof InvalidInput) return error;
    throw error;
  }
}

function isOption(name: string): name is Option {
  return Object.hasOwn(OPTIONS, name);
}

function spellings(): string {
  return Object.entries(OPTIONS)
    .flatMap(([name, option]) => ('short' in option ? [`--${name}`, `-${option.short}`] : [`--${name}`]))
    .join(', ');
}

async function run({ command, dryRun, testAddress, invitee, drawing, token }: Line, parts: CliParts): Promise<number> {
  switch (command) {
    case 'start':
      return parts.start();
    case 'agent':
      return parts.agent();
    case 'demo':
      return parts.demo();
    case 'mcp':
      await parts.mcp();
      return 0;
    case 'doctor':
      return (await runDoctor(parts.checks(testAddress), parts.out)) ? 0 : 1;
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
        const { sessions, held, deadLetters, auditEntries } = await parts.retentionDryRun();
        const kept = held === 0 ? '' : ` ${held} more sessions are as old and stay under a legal hold.`;
        const counts = `${sessions} closed sessions, ${deadLetters} dead letters and ${auditEntries} entries of the audit trail`;
        parts.out(`Would delete ${counts}.${kept} Nothing was changed.`);
        return 0;
      }
      const { sessions, deadLetters, auditEntries, signIns, invitations, mentions, uploads, deliveries } = await parts.retention();
      const counts = `${sessions} closed sessions, ${deadLetters} dead letters and ${auditEntries} entries of the audit trail`;
      parts.out(
        `Deleted ${counts}. ${signIns} sign-ins and ${invitations} invitations had expired and were deleted too, and ${mentions} mentions, ${uploads} uploads and ${deliveries} deliveries of webhooks.`,
      );
      return 0;
    }
    case 'invite': {
      const { link, account, role, expiresAt } = await parts.invite(invitee);
      const whom = account === undefined ? `One person can make an account of the role ${role}` : `${account} can set a new password`;
      parts.out(`${whom} with this link. It can be used once, until ${new Date(expiresAt).toISOString()}.\n\n  ${link}\n`);
      return 0;
    }
    case 'token':
      if (token !== undefined) for (const line of await parts.token(token)) parts.out(line);
      return 0;
    case 'draw':
      if (drawing !== undefined) parts.out((await parts.draw(drawing)).trimEnd());
      return 0;
    case 'version':
      parts.out(`statechat ${parts.version}`);
      return 0;
    case 'help':
      parts.out(HELP);
      return 0;
  }
}
