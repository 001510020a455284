/**
 * Routes for operators and their tools, which read whether the process is alive and ready, and its
 * metrics.
 */
import { Router } from 'express';
import { HttpProblem } from '#channels/problem.ts';
import type { Secret } from '#machines/secret.ts';
import { bearsToken } from './bearer.ts';
import { methodNotAllowed } from './method-not-allowed.ts';

/** Each part by name. The value is null if it works, else a sentence about what is wrong. */
export type Readiness = () => Promise<Readonly<Record<string, string | null>>>;

export interface ProbesParts {
  readonly readiness: Readiness;
  readonly renderMetrics: () => Promise<Rendered>;
  /** The bearer token that `/metrics` needs. Undefined if it needs none. */
  readonly metricsToken?: Secret | undefined;
}

interface Rendered {
  readonly contentType: string;
  readonly body: string;
}

/** How long a rendering of the metrics is served again, in milliseconds. It takes a few of them. */
const RENDERED_MS = 1_000;

export function probesRouter({ readiness, renderMetrics, metricsToken }: ProbesParts): Router {
  const router = Router();
  const render = keptFor(RENDERED_MS, renderMetrics);
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
    .get(async (request, response) => {
      if (metricsToken !== undefined && !bearsToken(request, metricsToken)) {
        throw new HttpProblem({
          status: 401,
          code: 'unauthorized',
          title: 'Unauthorized',
          detail: 'Send Authorization: Bearer with the token that STATECHAT_METRICS_TOKEN was set to.',
          headers: { 'WWW-Authenticate': 'Bearer realm="statechat"' },
        });
      }
      const { contentType, body } = await render();
      response.set('Content-Type', contentType).send(body);
    })
    .all(methodNotAllowed('GET'));
  return router;
}

/** `make` runs at most once in `ms`, for all callers. A failure is not kept. */
function keptFor<T>(ms: number, make: () => Promise<T>): () => Promise<T> {
  let kept: { readonly made: Promise<T>; readonly at: number } | undefined;
  return () => {
    if (kept === undefined || performance.now() - kept.at >= ms) {
      const made = make();
      kept = { made, at: performance.now() };
      made.catch(() => {
        kept = undefined;
      });
    }
    return kept.made;
  };
}
