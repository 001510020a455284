/**
 * The tools. Each is the projection of an operation, as a route of HTTP is. Its arguments reach the
 * operation unchecked but for their names, so that the scope is checked first and every call has
 * its entry in the audit.
 */
import type { CallToolResult, McpServer, ServerContext, StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import * as z from 'zod';
import type { Scope } from '../operations/caller.ts';
import type { OperationProgress } from '../operations/context.ts';
import type { Operation } from '../operations/operation.ts';
import { operations } from '../operations/operations.ts';
import type { Perform } from './perform.ts';
import { mcpProblem, type OnDefect, toolError } from './problems.ts';
import { fieldsOf, wireInput, wireNames, wireOutput } from './wire-schema.ts';

interface ToolProjection {
  readonly name: string;
  readonly title: string;
  readonly operation: Operation;
  /** The result in one line, which is read before its JSON. */
  readonly line: (result: unknown) => string;
  /** A repetition changes nothing more. */
  readonly idempotent: boolean;
  /** It reads a source outside of Statechat. */
  readonly openWorld?: true;
}

const session = z.object({
  session_id: z.string(),
  kind: z.string(),
  state: z.string(),
  expires_at: z.number(),
  queries: z.number(),
  queries_left: z.number(),
});

function sessionLine(result: unknown): string {
  const { session_id: id, kind, state, expires_at: at, queries, queries_left: left } = session.parse(result);
  const until = `${state === 'ACTIVE' ? 'expires' : 'expired'} at ${new Date(at).toISOString()}`;
  return `Analysis session ${id} (${kind}) is ${state} and ${until}. It has recorded ${queries} queries and can record ${left} more.`;
}

const searched = z.object({ session, query: z.object({ summary: z.string() }) });

function searchLine(result: unknown): string {
  const { session: after, query } = searched.parse(result);
  return `${query.summary}. The session can record ${after.queries_left} more queries.`;
}

const listed = z.object({ sessions: z.array(z.unknown()), next: z.string().nullable() });

export const tools: readonly ToolProjection[] = [
  {
    name: 'create-analysis-session',
    title: 'Create an analysis session',
    operation: operations['analysis_sessions.create'],
    line: sessionLine,
    idempotent: false,
  },
  {
    name: 'get-session-info',
    title: 'Get an analysis session',
    operation: operations['analysis_sessions.get'],
    line: sessionLine,
    idempotent: true,
  },
  {
    name: 'list-sessions',
    title: 'List analysis sessions',
    operation: operations['analysis_sessions.list'],
    line: (result) => {
      const { sessions, next } = listed.parse(result);
      return `${sessions.length} analysis sessions${next === null ? '' : ', and more with this cursor'}.`;
    },
    idempotent: true,
  },
  {
    name: 'extend-session',
    title: 'Extend an analysis session',
    operation: operations['analysis_sessions.extend'],
    line: sessionLine,
    idempotent: false,
  },
  {
    name: 'get-session-analytics',
    title: 'Analytics of an analysis session',
    operation: operations['analysis_sessions.analytics'],
    line: sessionLine,
    idempotent: true,
  },
  {
    name: 'search-by-symbol',
    title: 'Search by symbol of a share',
    operation: operations['analysis_sessions.search_symbol'],
    line: searchLine,
    idempotent: false,
    openWorld: true,
  },
  {
    name: 'search-by-coin',
    title: 'Search by coin',
    operation: operations['analysis_sessions.search_coin'],
    line: searchLine,
    idempotent: false,
    openWorld: true,
  },
];

/** The dialect of JSON Schema that MCP has. */
const DIALECT = { target: 'draft-2020-12' } as const;

/** Compiled once, because a server is made for each request. */
const compiled = tools.map(({ name, title, operation, line, idempotent, openWorld = false }) => {
  const input = advertised(wireInput(operation.input));
  const output = wireOutput(operation.output);
  const about = {
    title,
    description: operation.summary,
    annotations: {
      readOnlyHint: operation.effect === 'read',
      destructiveHint: false,
      idempotentHint: idempotent,
      openWorldHint: openWorld,
    },
  };
  const schemas = {
    inputSchema: asObject(input['~standard'].jsonSchema.input(DIALECT)),
    outputSchema: asObject(output.schema['~standard'].jsonSchema.output(DIALECT)),
  };
  return { name, operation, line, input, output, about, listed: { name, ...about, ...schemas } };
});

/** @param allows whether the caller has a scope. Absent if it is not known here. */
export function registerTools(server: McpServer, perform: Perform, onDefect: OnDefect, allows?: (scope: Scope) => boolean): void {
  // The SDK lists all tools. A tool that is called without being listed is refused by its
  // operation, which names the scope.
  if (allows !== undefined) {
    const listed = compiled.filter(({ operation }) => allows(operation.scope)).map((tool) => tool.listed);
    server.server.setRequestHandler('tools/list', () => ({ tools: listed }));
  }
  for (const { name, operation, input, output, line, about } of compiled) {
    server.registerTool(
      name,
      { ...about, inputSchema: input, outputSchema: output.schema },
      async (args, context): Promise<CallToolResult> => {
        const progress = progressOf(context);
        try {
          const { signal } = context.mcpReq;
          const readInput = () => fieldsOf(operation.input, args);
          const result = output.encode(await perform(operation, readInput, { signal, onProgress: progress.report }, wireNames));
          await progress.sent();
          return {
            content: [
              { type: 'text', text: line(result) },
              { type: 'text', text: JSON.stringify(result) },
            ],
            structuredContent: output.schema.parse(result),
          };
        } catch (error) {
          await progress.sent();
          const problem = mcpProblem(name, error, onDefect);
          // Only for a client that wants such messages. One that left needs none.
          await context.mcpReq.log('warning', { tool: name, code: problem.code }, 'statechat').catch(() => {});
          return toolError(problem);
        }
      },
    );
  }
}

function asObject(schema: Record<string, unknown>) {
  return { ...schema, type: 'object' as const };
}

/** The published schema, which lets everything through. The operation decides. */
function advertised(schema: z.ZodType): StandardSchemaWithJSON<unknown, unknown> {
  return { '~standard': { ...schema['~standard'], validate: (value: unknown) => ({ value }) } };
}

/** Progress for a caller that wants it. `sent` resolves once all of it is on its way. */
function progressOf({ mcpReq }: ServerContext) {
  const token = mcpReq._meta?.progressToken;
  let last = Promise.resolve();
  return {
    report({ done, total, message }: OperationProgress): void {
      if (token === undefined) return;
      const params = { progressToken: token, progress: done, total, message };
      // A caller that left needs no progress.
      last = last.then(() => mcpReq.notify({ method: 'notifications/progress', params })).catch(() => {});
    },
    sent: () => last,
  };
}
