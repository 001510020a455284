/**
 * The endpoint of MCP over streamable HTTP. Revision 2026-07-28 has no sessions, and older clients
 * are served without one too, so any instance takes any request.
 *
 * Owns the checks of `Host` and `Origin`, and the limit of a body. The bearer token and its limits
 * come from src/http.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { hostHeaderValidation, originValidation, toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, type McpServer } from '@modelcontextprotocol/server';
import { type RequestHandler, type Response, Router } from 'express';
import { StatechatError } from '#machines/errors.ts';
import type { Caller } from '../operations/caller.ts';

export const MCP_PATH = '/mcp';

/** Bytes of one request. The longest arguments take a few hundred. */
const MAX_BODY = 131_072;

/** Streams of changes that are open at once on this instance. */
const MAX_SUBSCRIPTIONS = 1_000;

export interface McpEndpointParts {
  /** Names under which clients may call. Ports do not count. An IPv6 address is in brackets. */
  readonly hosts: readonly string[];
  /** The caller of a request that the bearer token let through. */
  readonly callerOf: (response: Response) => Caller;
  readonly serverFor: (caller: Caller) => McpServer;
  readonly onError: (error: Error) => void;
}

export interface McpEndpoint {
  /** Runs before the token is read. */
  readonly before: RequestHandler;
  readonly router: RequestHandler;
  /** Ends the requests under way. */
  close(): Promise<void>;
}

export function mcpEndpoint({ hosts, callerOf, serverFor, onError }: McpEndpointParts): McpEndpoint {
  const callers = new AsyncLocalStorage<Caller>();
  const handler = createMcpHandler(
    () => {
      const caller = callers.getStore();
      if (caller === undefined) throw new StatechatError('defect', 'A request to MCP has no caller.', { expose: false });
      return serverFor(caller);
    },
    { legacy: 'stateless', maxRequestBodySize: MAX_BODY, maxSubscriptions: MAX_SUBSCRIPTIONS, onerror: onError },
  );
  const serve = toNodeHandler(handler, { maxRequestBodySize: MAX_BODY, onerror: onError });
  const router = Router();
  router.all('/', (request, response) => callers.run(callerOf(response), () => serve(request, response)));
  return { before: guardOf(hosts), router, close: () => handler.close() };
}

/**
 * A page of another site can make a browser call this program under the site's own name, which then
 * leads to this machine. Such a request has that name as its host or its origin.
 */
function guardOf(hosts: readonly string[]): RequestHandler {
  const isHost = hostHeaderValidation([...hosts]);
  const isOrigin = originValidation([...hosts]);
  return (request, response, next) => {
    if (isHost(request, response) && isOrigin(request, response)) next();
  };
}
