/**
 * The built web pages. `/` is the start page, `/chat` is the chat page, `/console` is the agents'
 * console, `/console/analytics` has its figures, `/machines` draws machines and shows what sessions
 * lived through, and `/pages` has the files that they load. `/start.json` has what the start page
 * shows to people on this machine alone.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { type RequestHandler, Router } from 'express';
import { HttpProblem } from '#channels/problem.ts';
import { isLocal } from './local-request.ts';
import { methodNotAllowed } from './method-not-allowed.ts';

/** What a person who runs the program may know of it. */
export interface ThisMachine {
  readonly pid: number;
  /** File of the API token. Null if the configuration has the token. */
  readonly tokenFile: string | null;
  /** The offline model answers, because no model is configured. */
  readonly offline: boolean;
}

/** Files under pages/ have the digest of their content in their names, so they never change. */
const ONE_YEAR_MS = 31_536_000_000;

/**
 * @param folder absolute path of the built pages.
 * @param machine null if the program serves others than this machine, also through a proxy.
 */
export function pagesRouter(folder: string, machine: ThisMachine | null): Router {
  const router = Router();
  router.route('/').get(page(folder, 'start')).all(methodNotAllowed('GET'));
  router.route('/chat').get(page(folder, 'chat')).all(methodNotAllowed('GET'));
  router.route('/console').get(page(folder, 'inbox')).all(methodNotAllowed('GET'));
  router.route('/console/analytics').get(page(folder, 'analytics')).all(methodNotAllowed('GET'));
  router.route('/machines').get(page(folder, 'machines')).all(methodNotAllowed('GET'));
  router
    .route('/start.json')
    .get((request, response) => {
      response.set('Cache-Control', 'no-store').json({ local: isLocal(request) ? machine : null });
    })
    .all(methodNotAllowed('GET'));
  router.use('/pages', express.static(join(folder, 'pages'), { immutable: true, maxAge: ONE_YEAR_MS, index: false, redirect: false }));
  return router;
}

/** The page of the API. It needs no token, and asks its reader for one. */
export function apiPageRouter(folder: string): Router {
  const router = Router();
  router.route('/').get(page(folder, 'api')).all(methodNotAllowed('GET'));
  return router;
}

function page(folder: string, name: string): RequestHandler {
  const file = `${name}/index.html`;
  return (_request, response) => {
    if (!existsSync(join(folder, file))) {
      const detail = 'The web pages are not built. Run npm run build:pages.';
      throw new HttpProblem({ status: 404, code: 'not_found', title: 'No pages', detail });
    }
    response.set('Cache-Control', 'no-cache').sendFile(file, { root: folder });
  };
}
