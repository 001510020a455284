/** The built web pages. `/chat` is the chat page, and `/pages` has the files that it loads. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { Router } from 'express';
import { HttpProblem } from '#channels/problem.ts';
import { methodNotAllowed } from './method-not-allowed.ts';

/** Files under pages/ have the digest of their content in their names, so they never change. */
const ONE_YEAR_MS = 31_536_000_000;

export function pagesRouter(folder: string): Router {
  const router = Router();
  router.get('/', (_request, response) => response.redirect('/chat'));
  router
    .route('/chat')
    .get((_request, response) => {
      if (!existsSync(join(folder, 'chat/index.html'))) {
        const detail = 'The web pages are not built. Run npm run build:pages.';
        throw new HttpProblem({ status: 404, code: 'not_found', title: 'No pages', detail });
      }
      response.set('Cache-Control', 'no-cache').sendFile('chat/index.html', { root: folder });
    })
    .all(methodNotAllowed('GET'));
  router.use('/pages', express.static(join(folder, 'pages'), { immutable: true, maxAge: ONE_YEAR_MS, index: false, redirect: false }));
  return router;
}
