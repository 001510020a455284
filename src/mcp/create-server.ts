/**
 * Makes the MCP server of one request or of one connection, for either revision of the protocol. It
 * has no state. All state is in the sessions that its operations read and change.
 */
import { McpServer, type McpServerOptions } from '@modelcontextprotocol/server';
import type { Scope } from '../operations/caller.ts';
import type { Perform } from './perform.ts';
import type { OnDefect } from './problems.ts';
import { type KnownSymbols, registerPrompts } from './prompts.ts';
import { registerResources } from './resources.ts';
import { registerTools } from './tools.ts';

export interface McpServerParts {
  /** For the caller that the server is for. */
  readonly perform: Perform;
  /** Of the program. */
  readonly version: string;
  /** Absent if the symbols are not known here. */
  readonly symbols?: KnownSymbols | undefined;
  readonly onDefect: OnDefect;
  /** Whether the caller has a scope. Absent if that is not known here. Then all tools are listed. */
  readonly allows?: (scope: Scope) => boolean;
  /** For a server that gets more tools, whose calls take several rounds. Ours take one. */
  readonly requestState?: McpServerOptions['requestState'];
}

const INSTRUCTIONS =
  'Statechat researches shares and coins in analysis sessions. Create a session, pass its session_id to every search, and read its resources for a report. A session expires after 24 hours unless it is extended, and records at most 1,000 queries.';

/** Elements of the arguments of one call. The tools need about ten. */
const MOST_ELEMENTS = 200;

const HOUR_MS = 3_600_000;
/** Lists that are the same for every caller until the program is updated. */
const SAME_FOR_ALL = { ttlMs: HOUR_MS, cacheScope: 'public' } as const;

export function createMcpServer({
  perform,
  version,
  symbols = { equities: [], coins: [] },
  onDefect,
  allows,
  requestState,
}: McpServerParts): McpServer {
  const server = new McpServer(
    { name: 'statechat', title: 'Statechat', version },
    {
      instructions: INSTRUCTIONS,
      maxToolInputElements: MOST_ELEMENTS,
      // The lists never change while the program runs.
      capabilities: { logging: {}, tools: { listChanged: false }, resources: { listChanged: false }, prompts: { listChanged: false } },
      ...(requestState === undefined ? {} : { requestState }),
      cacheHints: {
        'tools/list': allows === undefined ? SAME_FOR_ALL : { ttlMs: HOUR_MS, cacheScope: 'private' },
        'prompts/list': SAME_FOR_ALL,
        'resources/templates/list': SAME_FOR_ALL,
        'server/discover': SAME_FOR_ALL,
      },
    },
  );
  registerTools(server, perform, onDefect, allows);
  registerResources(server, perform, onDefect);
  registerPrompts(server, perform, symbols, onDefect);
  return server;
}
