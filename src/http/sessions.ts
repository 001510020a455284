/** SPEC R2: sessions, their history, and what a human agent tells them. Mounted at /api/sessions, behind a bearer token. */
import { type Request, type RequestHandler, Router } from 'express';
import * as z from 'zod';
import type { Actors, Receipt } from '#actors/contract/api.ts';
import { sendFile } from '#channels/file-response.ts';
import { HttpProblem, titleOf } from '#channels/problem.ts';
import { type Address, parseAddress } from '#machines/ids.ts';
import type { BuiltContext } from '#machines/session/built-context.ts';
import { MAX_TEXT } from '#machines/session/events.ts';
import type { Files } from '#storage/files.ts';
import type { SessionFilter, SessionRow, Store } from '#storage/port.ts';
import { decodeAgentEvent } from './agent-event.ts';
import { methodNotAllowed } from './method-not-allowed.ts';
import { decodeQuery, idempotencyKey, idOf, json, noSuchSession, wholeNumber } from './request-input.ts';
import { entryView, sessionView } from './session-view.ts';

export interface SessionsParts {
  readonly actors: Pick<Actors, 'deliver'>;
  readonly store: Pick<Store, 'load' | 'journal' | 'sessions'>;
  readonly files: Pick<Files, 'get'>;
  /** What a model would be told of a session now. Undefined where its assistant asks none. */
  readonly contextOf: (row: SessionRow, messages: number | undefined) => BuiltContext | undefined;
  /** Who acts where an event names nobody. */
  readonly defaultAgentId: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A text of the greatest length in its longest JSON form (`\uXXXX` each), and its envelope. */
const MAX_BODY_BYTES = MAX_TEXT * 6 + 4_096;

const listQuery = z.strictObject({
  address: z
    .string()
    .transform((text, context) => orIssue(context, (): Address => parseAddress(text)))
    .optional(),
  assistant: z.string().min(1).max(100).optional(),
  state: z.string().min(1).max(100).optional(),
  handler: z.enum(['bot', 'human', 'none']).optional(),
  channel: z.string().min(1).max(32).optional(),
  agent: z.string().min(1).max(100).optional(),
  queue: z.string().min(1).max(100).optional(),
  tag: z.string().min(1).max(100).optional(),
  open: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional(),
  limit: wholeNumber(1, 200).default(50),
  cursor: z.string().min(1).max(500).optional(),
});

const historyQuery = z.strictObject({
  after: wholeNumber(0, Number.MAX_SAFE_INTEGER).default(0),
  limit: wholeNumber(1, 1_000).default(100),
});

const contextQuery = z.strictObject({ messages: wholeNumber(1, 1_000).optional() });

export function sessionsRouter({ actors, store, files, contextOf, defaultAgentId, now }: SessionsParts): Router {
  const router = Router();

  async function existing(request: Request): Promise<SessionRow> {
    const id = idOf(request);
    const row = await store.load({ id });
    if (row === undefined) throw noSuchSession(id);
    return row;
  }

  const list: RequestHandler = async (request, response) => {
    const { limit, cursor, ...given } = decodeQuery(listQuery, request.query);
    const page = await store.sessions(present(given), limit, cursor);
    response.json({ sessions: page.items.map(sessionView), next: page.next });
  };

  const one: RequestHandler = async (request, response) => {
    const row = await existing(request);
    response.json({ ...sessionView(row), wakeAt: row.wakeAt, snapshot: row.snapshot });
  };

  const history: RequestHandler = async (request, response) => {
    const { after, limit } = decodeQuery(historyQuery, request.query);
    const { id } = await existing(request);
    const entries = await store.journal(id, after, limit + 1);
    const shown = entries.slice(0, limit);
    response.json({ entries: shown.map(entryView), next: entries.length > limit ? (shown.at(-1)?.seq ?? null) : null });
  };

  const context: RequestHandler = async (request, response) => {
    const { messages } = decodeQuery(contextQuery, request.query);
    const row = await existing(request);
    const built = contextOf(row, messages);
    if (built === undefined) {
      const detail = `The assistant "${row.assistant}" has no context for a model. Ask for the session itself: GET /api/sessions/${row.id}.`;
      throw new HttpProblem({ status: 409, code: 'no_context', title: 'No context', detail });
    }
    response.json({ sessionId: row.id, version: row.version, ...built });
  };

  const file: RequestHandler = async (request, response) => {
    const id = idOf(request);
    const fileId = String(request.params['fileId']);
    const found = fileId.startsWith(`${id}.`) ? await files.get(fileId) : undefined;
    if (found === undefined) {
      const detail = `The session ${id} has no file "${fileId.slice(0, 80)}". Its history names them: payload.params.file of the effect file.send.`;
      throw new HttpProblem({ status: 404, code: 'not_found', title: 'Not found', detail });
    }
    sendFile(response, fileId, found);
  };

  const tell: RequestHandler = async (request, response) => {
    const event = decodeAgentEvent(request.body, { defaultAgent: { id: defaultAgentId, name: defaultAgentId }, now: now() });
    const key = idempotencyKey(request);
    // In a space of its own: a customer's message may have the same id.
    const eventId = key === undefined ? undefined : `api:${key}`;
    const receipt = await actors.deliver({ sessionId: idOf(request) }, event, eventId === undefined ? {} : { eventId });
    response.json(receiptView(receipt));
  };

  router.route('/').get(list).all(methodNotAllowed('GET'));
  router.route('/:id').get(one).all(methodNotAllowed('GET'));
  router.route('/:id/history').get(history).all(methodNotAllowed('GET'));
  router.route('/:id/files/:fileId').get(file).all(methodNotAllowed('GET'));
  router.route('/:id/context').get(context).all(methodNotAllowed('GET'));
  router.route('/:id/events').post(json(MAX_BODY_BYTES), tell).all(methodNotAllowed('POST'));
  return router;
}

/** What the caller is told of a turn. A refusal is a problem document; the turn itself is durable all the same. */
function receiptView({ version, state, handler, duplicate, ignored, refused, pending, parked }: Receipt) {
  if (refused !== undefined) {
    const { code, message, holder } = refused;
    const facts = { version, state, handler, ...(holder === undefined ? {} : { holder }) };
    throw new HttpProblem({ status: 409, code, title: titleOf(code), detail: message, facts });
  }
  if (parked !== undefined) {
    const detail = `The assistant's machine failed on this event, so it was put aside and changed nothing: ${parked}`;
    throw new HttpProblem({ status: 422, code: 'parked', title: 'Put aside', detail, facts: { version, state, handler } });
  }
  return {
    version,
    state,
    handler,
    ...(ignored === undefined ? {} : { ignored }),
    ...(duplicate ? { duplicate } : {}),
    ...(pending ? { pending } : {}),
  };
}

function orIssue<T>(context: z.RefinementCtx, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'unreadable' });
    return z.NEVER;
  }
}

/** The filter without the fields that the query leaves out. */
function present(given: { readonly [K in keyof SessionFilter]: SessionFilter[K] | undefined }): SessionFilter {
  const { address, channel, assistant, state, handler, agent, queue, tag, open } = given;
  return {
    ...(address === undefined ? {} : { address }),
    ...(channel === undefined ? {} : { channel }),
    ...(assistant === undefined ? {} : { assistant }),
    ...(state === undefined ? {} : { state }),
    ...(handler === undefined ? {} : { handler }),
    ...(agent === undefined ? {} : { agent }),
    ...(queue === undefined ? {} : { queue }),
    ...(tag === undefined ? {} : { tag }),
    ...(open === undefined ? {} : { open }),
  };
}
