/** What operators and their tools ask: alive, ready, and how it goes. */
import { Router } from 'express';
import { methodNotAllowed } from './method-not-allowed.ts';

/** Each part by name; null: it is well. Else a sentence that says what is not. */
export type Readiness = () => Promise<Readonly<Record<string, string | null>>>;

export interface OperationParts {
  readonly readiness: Readiness;
  readonly renderMetrics: () => Promise<{ readonly contentType: string; readonly body: string }>;
}

export function operationRouter({ readiness, renderMetrics }: OperationParts): Router {
  const router = Router();
  // Alive: the event loop turns. Says nothing of the database, for starting us again would not mend that.
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
