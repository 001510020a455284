/** The HTTP application of the program: puts its routes together, in order. Owns no state. Listening and draining are server.ts. */
import type { Express, RequestHandler } from 'express';
import { type ApprovalsParts, approvalsRouter } from './approvals.ts';
import { type ArchiveParts, archiveRouter } from './archive.ts';
import { pagesRouter } from './pages.ts';
import { createServiceApp, type ServiceAppParts } from './service-app.ts';
import { type SessionsParts, sessionsRouter } from './sessions.ts';

export interface HttpParts extends SessionsParts, ArchiveParts, ApprovalsParts, ServiceAppParts {
  /** Routers of the channels, each with the path that it is mounted at. They read their own bodies. */
  readonly routers: readonly { readonly path: string; readonly router: RequestHandler }[];
  /** Absolute path of the built web pages. */
  readonly pagesDir: string;
}

export function createHttpApp(parts: HttpParts): Express {
  return createServiceApp(parts, {
    reference: 'docs/reference/http-api.md',
    open: parts.routers,
    api: [
      { path: '/api/sessions', router: sessionsRouter(parts) },
      { path: '/api/approvals', router: approvalsRouter(parts) },
      { path: '/api', router: archiveRouter(parts) },
    ],
    rest: pagesRouter(parts.pagesDir),
  });
}
