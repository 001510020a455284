/** What the server shows of itself to people on its own machine, and the commands made of it. */
import * as z from 'zod/mini';

const machine = z.object({ pid: z.number(), tokenFile: z.nullable(z.string()), offline: z.boolean() });
export type Machine = z.infer<typeof machine>;

/** Undefined for a visitor from elsewhere, and while the server does not answer. */
export async function loadMachine(http: typeof fetch): Promise<Machine | undefined> {
  try {
    const response = await http('/start.json', { signal: AbortSignal.timeout(4_000) });
    return z.object({ local: z.nullable(machine) }).safeParse(await response.json()).data?.local ?? undefined;
  } catch {
    return undefined;
  }
}

export function killCommand({ pid }: Pick<Machine, 'pid'>): string {
  return `kill -9 ${pid}`;
}

/** As it was started, on the port of this page. */
export function startCommand(origin: string): string {
  const { port } = new URL(origin);
  return port === '' || port === DEFAULT_PORT ? 'npm start' : `PORT=${port} npm start`;
}

/** Of a program without settings. */
const DEFAULT_PORT = '3000';

export interface Colleague {
  readonly name: string;
  /** The first message. Without quotes, because it stands in a shell's quotes and in JSON. */
  readonly greeting: string;
}

/** Takes the newest open conversation over. The variables are for `giveBackCommand`. */
export function takeOverCommand({ tokenFile }: Pick<Machine, 'tokenFile'>, origin: string, { name, greeting }: Colleague): string {
  const token = tokenFile === null ? '$STATECHAT_API_TOKEN' : `$(cat ${quoted(tokenFile)})`;
  return [
    `TOKEN=${token} API=${origin}/api/sessions`,
    `ID=$(curl -s -H "Authorization: Bearer $TOKEN" "$API?open=true&limit=1" | sed -E 's/.*"id":"([0-9a-f-]{36})","address".*/\\1/')`,
    eventCommand({ type: 'agent.message', agent: agentOf(name), text: greeting }),
  ].join('\n');
}

export function giveBackCommand({ name }: Pick<Colleague, 'name'>): string {
  return eventCommand({ type: 'agent.release', agent: agentOf(name) });
}

const agentOf = (name: string) => ({ id: 'colleague', name });

function eventCommand(event: object): string {
  return `curl -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '${JSON.stringify(event)}' "$API/$ID/events"`;
}

/** For a POSIX shell. */
function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}
