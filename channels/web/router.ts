/** The routes of SPEC C5, relative to where the application mounts them (`/channels/web`). */
import express, { type NextFunction, type Request, type Response, Router } from 'express';
import { sendFile } from '#channels/file-response.ts';
import type { ChannelEvent, IntakeReceipt } from '#channels/inbound.ts';
import { HttpProblem, problemOf, sendProblem } from '#channels/problem.ts';
import { networkOf } from '#channels/rate-limit.ts';
import type { Faces } from '../face.ts';
import type { VisitorFeed, VisitorFiles, VisitorUploads } from '../feed.ts';
import { decodeEventId, decodeLanguage, decodeMessage, decodeReceipt, decodeTyping, decodeVisitor } from './decode.ts';
import type { EventStreams } from './event-streams.ts';
import type { RateLimits } from './limits.ts';
import { type Visitor, type VisitorTokens, visitorAddress } from './tokens.ts';
import { MAX_FILES, mediaOfUploads, storeUpload, uploadBody } from './upload.ts';

export interface RouterParts {
  readonly tokens: VisitorTokens;
  readonly feed: VisitorFeed;
  readonly files: VisitorFiles;
  readonly uploads: VisitorUploads;
  readonly streams: EventStreams;
  readonly limits: (visitorOf: (request: Request) => string) => RateLimits;
  readonly knowsAssistant: (name: string) => boolean;
  readonly faces: Faces;
  readonly now: () => number;
  /**
   * Resolves when the event is durable. Throws 503 before the channel starts and once it is
   * stopping.
   */
  readonly take: (event: ChannelEvent) => Promise<IntakeReceipt>;
  readonly accepting: () => boolean;
  readonly onError: (error: unknown) => void;
}

/** A text of 32,768 UTF-16 units in its longest JSON form (`\uXXXX` each), and the other fields. */
const MAX_BODY = 32_768 * 6 + 4_096;

export function webRouter(parts: RouterParts): { readonly router: Router; readonly limits: RateLimits } {
  const router = Router();
  /** Whose request it is, from `authenticate` to the handler. */
  const visitors = new WeakMap<Request, Visitor>();
  const limits = parts.limits((request) => visitorOf(request).id);
  const json = express.json({ limit: MAX_BODY });

  async function authenticate(request: Request, response: Response, next: NextFunction): Promise<void> {
    const [, token] = /^Bearer +(\S+)$/i.exec(request.get('authorization') ?? '') ?? [];
    const visitor = token === undefined ? undefined : await parts.tokens.verify(token);
    if (visitor === undefined) {
      response.set('WWW-Authenticate', 'Bearer realm="statechat"');
      throw new HttpProblem({
        status: 401,
        code: 'unauthorized',
        title: 'Unauthorized',
        detail:
          'Send Authorization: Bearer {token} with the token of POST /channels/web/visitors. An expired one cannot be renewed: make a new visitor.',
      });
    }
    visitors.set(request, visitor);
    next();
  }

  function visitorOf(request: Request): Visitor {
    const visitor = visitors.get(request);
    if (visitor === undefined) throw new Error('visitorOf is for routes behind authenticate');
    return visitor;
  }

  function accepting(_request: Request, _response: Response, next: NextFunction): void {
    if (!parts.accepting()) throw away();
    next();
  }

  router.post('/visitors', ...limits.visitors, json, async (request, response) => {
    const { assistant, locale } = decodeVisitor(request.body);
    if (assistant !== undefined && !parts.knowsAssistant(assistant)) {
      throw new HttpProblem({
        status: 400,
        code: 'unknown_assistant',
        title: 'No such assistant',
        detail: `There is no assistant "${assistant}" here. Leave it out for the one that answers by default.`,
      });
    }
    const issued = await parts.tokens.issue({ account: assistant ?? 'default', ...(locale === undefined ? {} : { locale }) });
    response.status(201).set('Cache-Control', 'no-store').json({ visitor: issued.visitor.id, token: issued.token });
  });

  router.get('/assistants', (request, response) => {
    response.set('Cache-Control', 'no-cache').json({ assistants: parts.faces.list(decodeLanguage(request.query.lang)) });
  });

  router.get(['/assistant', '/assistants/:name'], (request, response) => {
    const { name } = request.params;
    const face = parts.faces.find(typeof name === 'string' ? name : undefined, decodeLanguage(request.query.lang));
    if (face === undefined) {
      const detail = `There is no assistant "${String(name).slice(0, 64)}" here. GET /channels/web/assistants lists those that there are.`;
      throw new HttpProblem({ status: 404, code: 'unknown_assistant', title: 'No such assistant', detail });
    }
    response.set('Cache-Control', 'no-cache').json(face);
  });

  router.post('/messages', authenticate, accepting, limits.messages, json, async (request, response) => {
    const visitor = visitorOf(request);
    const { event, files } = decodeMessage(request.body, visitor, parts.now());
    const media = [...(await mediaOfUploads(parts.uploads, visitorAddress(visitor), files)), ...(event.media ?? [])];
    const { sessionId, version, duplicate } = await parts.take({ ...event, ...(media.length === 0 ? {} : { media }) });
    response.json({ sessionId, version, duplicate });
  });

  router.post('/receipts', authenticate, accepting, limits.signals, json, async (request, response) => {
    await parts.take(decodeReceipt(request.body, visitorOf(request), parts.now()));
    response.status(204).end();
  });

  router.post('/typing', authenticate, accepting, limits.signals, json, async (request, response) => {
    await parts.take(decodeTyping(request.body, visitorOf(request), parts.now()));
    response.status(204).end();
  });

  router.get('/events', authenticate, accepting, limits.streams, async (request, response) => {
    const after = resumePoint(request);
    const [visitor, network] = [visitorOf(request), networkOf(request)];
    const refusal = parts.streams.refusal(visitor.id, network);
    if (refusal !== undefined) throw refusal === 'full' ? away() : crowded();
    await parts.streams.serve(visitor.id, network, request, response, (signal) => parts.feed(visitorAddress(visitor), after, signal));
  });

  router.get('/files', (_request, response) => {
    const { maxBytes, types } = parts.uploads;
    response.set('Cache-Control', 'no-cache').json({ maxBytes, maxFiles: MAX_FILES, types });
  });

  router.post('/files', authenticate, accepting, ...limits.uploads, uploadBody(parts.uploads.maxBytes), async (request, response) => {
    response.status(201).json(await storeUpload(parts.uploads, visitorAddress(visitorOf(request)), request));
  });

  router.get('/files/:id', authenticate, accepting, limits.files, async (request, response) => {
    const id = String(request.params.id);
    const file = await parts.files(visitorAddress(visitorOf(request)), id);
    if (file === undefined) {
      throw new HttpProblem({
        status: 404,
        code: 'not_found',
        title: 'No such file',
        detail:
          'You have no file with this id. Take the id from the message that brought the file. A file is deleted with its conversation.',
      });
    }
    await sendFile(response, id, file);
  });

  const routes: Readonly<Record<string, string>> = {
    '/visitors': 'POST',
    '/assistant': 'GET',
    '/assistants': 'GET',
    '/assistants/:name': 'GET',
    '/messages': 'POST',
    '/receipts': 'POST',
    '/typing': 'POST',
    '/events': 'GET',
    '/files': 'GET, POST',
    '/files/:id': 'GET',
  };
  for (const [path, method] of Object.entries(routes)) {
    router.all(path, (_request, response) => {
      response.set('Allow', method);
      throw new HttpProblem({ status: 405, code: 'method_not_allowed', title: 'Wrong method', detail: `Use ${method} here.` });
    });
  }

  // Four parameters are how Express knows an error handler.
  router.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    const problem = problemOf(error);
    if (problem === undefined) parts.onError(error);
    // In the middle of a stream there is no status left to give.
    if (response.headersSent) response.destroy();
    else sendProblem(response, problem ?? DEFECT);
  });
  return { router, limits };
}

const DEFECT = {
  status: 500,
  code: 'internal',
  title: 'Internal error',
  detail: 'Something went wrong on the server and was logged. Send the same request again. A message keeps its id and is taken once.',
};

function away(): HttpProblem {
  return new HttpProblem({
    status: 503,
    code: 'unavailable',
    title: 'Service unavailable',
    detail: 'This instance is starting, stopping or full. Nothing was changed: send the same request again in a moment.',
    retryAfter: 2,
  });
}

function crowded(): HttpProblem {
  return new HttpProblem({
    status: 429,
    code: 'rate_limited',
    title: 'Too many requests',
    detail: 'As many streams as one address may have are open from this one. Close some, or come back in half a minute.',
    retryAfter: 30,
  });
}

/** Browsers send the header by themselves. Clients that cannot use `?after=`. */
function resumePoint(request: Request): string | undefined {
  const query = request.query.after;
  const after = request.get('last-event-id') || (typeof query === 'string' ? query : '');
  if (after === '') return undefined;
  const { sessionId, seq } = decodeEventId(after);
  return `${sessionId}.${seq}`;
}
