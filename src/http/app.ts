/**
 * The HTTP application of the program. It puts the routes together, in order. Owns no state.
 * server.ts listens and drains.
 */
import type { Express, RequestHandler } from 'express';
import type { OperationPorts } from '../operations/context.ts';
import { openApiRouter } from './openapi.ts';
import { projectRoutes } from './operation-routes.ts';
import { apiPageRouter, pagesRouter, type ThisMachine } from './pages.ts';
import { routes } from './routes.ts';
import { createServiceApp, type GuardedMount, type ServiceAppParts } from './service-app.ts';

export interface HttpParts extends ServiceAppParts {
  /** What the operations behind /api read from and act through. */
  readonly operations: OperationPorts;
  /**
   * Routers of the channels, each with the path that it is mounted at. They read their own bodies.
   */
  readonly routers: readonly { readonly path: string; readonly router: RequestHandler }[];
  /** Routers behind the token, beside the operations. */
  readonly guarded?: readonly GuardedMount[];
  /** Absolute path of the built web pages. */
  readonly pagesDir: string;
  /** Of the program. */
  readonly version: string;
  /** What the start page shows to people on this machine. Null if the program serves others too. */
  readonly machine: ThisMachine | null;
}

export function createHttpApp(parts: HttpParts): Express {
  return createServiceApp(parts, {
    reference: 'docs/reference/http-api.md',
    open: [
      ...parts.routers,
      { path: '/api/openapi.json', router: openApiRouter(routes, parts.version) },
      { path: '/api/docs', router: apiPageRouter(parts.pagesDir) },
    ],
    api: [{ path: '/api', router: projectRoutes(routes, parts.operations) }],
    guarded: parts.guarded ?? [],
    rest: pagesRouter(parts.pagesDir, parts.machine),
  });
}
