/**
 * Resources. Each analysis session is two of them, its facts as JSON and its report as Markdown.
 */
import { type McpServer, ResourceTemplate } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { operations } from '../operations/operations.ts';
import type { Perform } from './perform.ts';
import { mcpProblem, type OnDefect, protocolError } from './problems.ts';
import { wireOutput } from './wire-schema.ts';

const BASE = 'statechat://analysis-sessions';

function sessionUri(sessionId: string): string {
  return `${BASE}/${sessionId}`;
}

export function reportUri(sessionId: string): string {
  return `${BASE}/${sessionId}/report`;
}

/** Sessions of one page of the list. */
const PAGE = 50;
/** Values that a completion has at most, by the protocol. */
const MOST_VALUES = 100;

const analytics = wireOutput(operations['analysis_sessions.analytics'].output);
const report = z.object({ markdown: z.string() });
const page = z.object({
  sessions: z.array(z.object({ sessionId: z.string(), kind: z.string(), title: z.string().nullable(), state: z.string() })),
  next: z.string().nullable(),
});

const info = { title: 'Analysis session', description: 'An analysis session with its analytics, as JSON.', mimeType: 'application/json' };
const written = { title: 'Report', description: 'A report on an analysis session with all of its queries.', mimeType: 'text/markdown' };

export function registerResources(server: McpServer, perform: Perform, onDefect: OnDefect): void {
  const complete = { session_id: (value: string) => openSessionIds(perform, value) };
  /** Reads for the caller. A problem becomes an error of the protocol. */
  async function read<T>(uri: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw protocolError(mcpProblem(`read ${uri}`, error, onDefect), uri);
    }
  }

  server.registerResource(
    'analysis-session',
    new ResourceTemplate(`${BASE}/{session_id}`, { list: undefined, complete }),
    info,
    (uri, { session_id: sessionId }, { mcpReq: { signal } }) =>
      read(uri.href, async () => {
        const result = await perform(operations['analysis_sessions.analytics'], () => ({ sessionId }), { signal });
        const text = JSON.stringify(analytics.encode(result));
        return { contents: [{ uri: uri.href, mimeType: info.mimeType, text }] };
      }),
  );

  server.registerResource(
    'analysis-session-report',
    new ResourceTemplate(`${BASE}/{session_id}/report`, { list: undefined, complete }),
    written,
    (uri, { session_id: sessionId }, { mcpReq: { signal } }) =>
      read(uri.href, async () => {
        const result = await perform(operations['analysis_sessions.report'], () => ({ sessionId }), { signal });
        return { contents: [{ uri: uri.href, mimeType: written.mimeType, text: report.parse(result).markdown }] };
      }),
  );

  // In place of the SDK's own handler, which has all resources in one page.
  server.server.setRequestHandler('resources/list', async ({ params }, { mcpReq: { signal } }) => {
    const cursor = params?.cursor;
    const readInput = () => ({ limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
    const listed = await perform(operations['analysis_sessions.list'], readInput, { signal }).catch((error: unknown) => {
      throw protocolError(mcpProblem('list resources', error, onDefect));
    });
    const { sessions, next } = page.parse(listed);
    return {
      resources: sessions.flatMap(({ sessionId, kind, title, state }) => {
        const name = `${title ?? `${kind} analysis`} (${state})`;
        return [
          { ...info, uri: sessionUri(sessionId), name },
          { ...written, uri: reportUri(sessionId), name: `Report on ${name}` },
        ];
      }),
      ...(next === null ? {} : { nextCursor: next }),
    };
  });
}

/** Ids of the caller's newest open sessions that begin with this text. */
export async function openSessionIds(perform: Perform, beginning: string): Promise<string[]> {
  const result = await perform(operations['analysis_sessions.list'], () => ({ open: true, limit: MOST_VALUES })).catch(() => ({
    sessions: [],
    next: null,
  }));
  return page.parse(result).sessions.flatMap(({ sessionId }) => (sessionId.startsWith(beginning) ? [sessionId] : []));
}
