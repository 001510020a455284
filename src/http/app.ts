/**
 * The HTTP application: puts the routes together, in order, and turns every error into a problem document.
 * Owns no state. Listening and draining are server.ts.
 */
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { HttpProblem, problemOf, sendProblem } from '#channels/problem.ts';
import type { ApiToken } from '../api-token.ts';
import { type ApprovalsParts, approvalsRouter } from './approvals.ts';
import { type ArchiveParts, archiveRouter } from './archive.ts';
import { requireBearer } from './bearer.ts';
import type { ApiLimits } from './limits.ts';
import { type OperationParts, operationRouter } from './operation.ts';
import { pagesRouter } from './pages.ts';
import { type RequestLogParts, requestLog } from './request-log.ts';
import { securityHeaders } from './security.ts';
import { type SessionsParts, sessionsRouter } from './sessions.ts';

export interface HttpParts extends SessionsParts, ArchiveParts, ApprovalsParts, OperationParts, RequestLogParts {
  readonly apiToken: ApiToken;
  readonly apiLimits: ApiLimits;
  /** Routers of the channels, each with the path that it is mounted at. They read their own bodies. */
  readonly routers: readonly { readonly path: string; readonly router: RequestHandler }[];
  /** How many proxies in front are believed about a visitor's address. */
  readonly trustedProxies: number;
  /** Absolute path of the built web pages. */
  readonly pagesDir: string;
}

export function createHttpApp(parts: HttpParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', parts.trustedProxies);
  // Plain strings only: `?a[b]=1` is a parameter named `a[b]`, which nothing takes.
  app.set('query parser', 'simple');
  app.use(requestLog(parts), securityHeaders());
  app.use(operationRouter(parts));
  for (const { path, router } of parts.routers) app.use(path, router);
  app.use('/api', noStore, requireBearer(parts.apiToken, parts.apiLimits.attempts), parts.apiLimits.requests);
  app.use('/api/sessions', sessionsRouter(parts));
  app.use('/api/approvals', approvalsRouter(parts));
  app.use('/api', archiveRouter(parts));
  app.use(['/api', '/channels'], notFound);
  app.use(pagesRouter(parts.pagesDir));
  app.use(notFound, problems(parts));
  return app;
}

const noStore: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};

const notFound: RequestHandler = (request) => {
  const detail = `There is nothing at ${request.originalUrl.split('?')[0]?.slice(0, 200)}. docs/reference/http-api.md lists what there is.`;
  throw new HttpProblem({ status: 404, code: 'not_found', title: 'Not found', detail });
};

/** The last handler. express knows it by its four parameters. */
function problems({ log }: Pick<HttpParts, 'log'>): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const requestId = String(response.getHeader('x-request-id'));
    const problem = problemOf(error);
    if (problem === undefined || problem.status >= 500)
      log.error({ error, requestId, method: request.method, path: request.path }, 'request failed');
    if (response.headersSent) {
      // Half an answer must not look like a whole one.
      response.destroy();
      return;
    }
    sendProblem(
      response,
      problem ?? {
        status: 500,
        code: 'internal',
        title: 'Our mistake',
        detail: `Something failed that should not. The log has it under request ${requestId}. Sending the same again may help, with the same Idempotency-Key.`,
      },
    );
  };
}
