/**
 * Routes for operators and their tools, which read whether the process is alive and ready, and its
 * metrics.
 */
import { Router } from 'express';
import { methodNotAllowed } from './method-not-allowed.ts';

/** Each part by name. The value is null if it works, else a sentence about what is wrong. */
export type Readiness = () => Promise<Readonly<Record<string, string | null>>>;

export interface ProbesParts {
  readonly readiness: Readiness;
  readonly renderMetrics: () => Promise<{ readonly contentType: string; readonly body: string }>;
}

export function probesRouter({ readiness, renderMetrics }: ProbesParts): Router {
  const router = Router();
  // Alive means that the event loop turns. The database does not count, because a restart of the
  // process would not bring it back.
  router
    .route('/healthz')
    .get((_request, response) => {
      response.set('Cache-Control', 'no-store').json({ status: 'ok' });
    })
    .all(methodNotAllowed('GET'));
  router
    .route('/readyz')
    .get(async (_request, response) => {
      const checks = await readiness();
      const ready = Object.values(checks).every((fault) => fault === null);
      response
        .status(ready ? 200 : 503)
        .set('Cache-Control', 'no-store')
        .json({ status: ready ? 'ready' : 'not ready', checks });
    })
    .all(methodNotAllowed('GET'));
  router
    .route('/metrics')
    .get(async (_request, response) => {
      const { contentType, body } = await renderMetrics();
      response.set('Content-Type', contentType).send(body);
    })
    .all(methodNotAllowed('GET'));
  return router;
}
