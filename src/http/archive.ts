/** SPEC D5: what is kept beside the living sessions. Legal holds, search, and what no session could hear. */
import { type RequestHandler, Router } from 'express';
import * as z from 'zod';
import type { Archive } from '#storage/archive.ts';
import type { Store } from '#storage/port.ts';
import { methodNotAllowed } from './method-not-allowed.ts';
import { decodeBody, decodeQuery, idOf, json, noSuchSession, paging, wholeNumber } from './request-input.ts';
import { matchView } from './session-view.ts';

export interface ArchiveParts {
  readonly archive: Pick<Archive, 'hold' | 'holds' | 'rejected' | 'search'>;
  readonly store: Pick<Store, 'load' | 'journal' | 'sessions'>;
  /** Who acts where a request names nobody. */
  readonly defaultAgentId: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const MAX_BODY_BYTES = 16_384;

/** One of them has up to 65,536 characters. */
const rejectedQuery = z.strictObject({ ...paging, limit: wholeNumber(1, 20).default(20) });
const searchQuery = z.strictObject({ ...paging, q: z.string().trim().min(1).max(500) });
const holdBody = z.strictObject({
  held: z.boolean(),
  reason: z.string().trim().min(1, 'say why: it is kept').max(2_000),
  by: z.string().trim().min(1).max(100).optional(),
});

/** Mounted at /api. */
export function archiveRouter({ archive, store, defaultAgentId, now }: ArchiveParts): Router {
  const router = Router();

  const rejected: RequestHandler = async (request, response) => {
    const { limit, cursor } = decodeQuery(rejectedQuery, request.query);
    const { items, next } = await archive.rejected(limit, cursor);
    response.json({ rejected: items.map((event) => ({ ...event, cut: event.size > event.content.length })), next });
  };

  const search: RequestHandler = async (request, response) => {
    const { q, limit, cursor } = decodeQuery(searchQuery, request.query);
    const { items, next } = await archive.search(q, limit, cursor);
    response.json({ matches: items.map(matchView), next });
  };

  const holdOf: RequestHandler = async (request, response) => {
    const id = idOf(request);
    const history = await archive.holds(id);
    // The record of its holds outlives a session.
    if (history.length === 0 && (await store.load({ id })) === undefined) throw noSuchSession(id);
    response.json({ held: history.at(-1)?.held ?? false, history });
  };

  const hold: RequestHandler = async (request, response) => {
    const id = idOf(request);
    const { by = defaultAgentId, ...asked } = decodeBody(holdBody, request.body);
    const outcome = await archive.hold(id, { ...asked, by, at: now() });
    if (outcome === 'no session') throw noSuchSession(id);
    response.json({ held: asked.held, changed: outcome === 'changed' });
  };

  router.route('/rejected').get(rejected).all(methodNotAllowed('GET'));
  router.route('/search').get(search).all(methodNotAllowed('GET'));
  router.route('/sessions/:id/hold').get(holdOf).put(json(MAX_BODY_BYTES), hold).all(methodNotAllowed('GET', 'PUT'));
  return router;
}
