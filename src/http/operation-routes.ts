/**
 * Projects operations to HTTP. A route is data. It has a method, a path, an operation, and the
 * source of each field of the input. One handler serves all routes.
 *
 * Path parameters, headers and query parameters become the fields that the route names. What it
 * does not name has the name of its field, and comes from the query (GET, DELETE) or the body.
 * Query parameters are text, and become numbers and booleans where the input's schema has them. A
 * route without a field for the query ignores the query.
 */
import { type Request, type RequestHandler, Router } from 'express';
import * as z from 'zod';
import { sendFile, streamFile } from '#channels/file-response.ts';
import { sendJson } from '#channels/json-response.ts';
import { HttpProblem } from '#channels/problem.ts';
import { InvalidInput } from '#machines/errors.ts';
import type { FileContent } from '#machines/file-content.ts';
import type { OperationContext, OperationPorts } from '../operations/context.ts';
import { runOnce, takesKey } from '../operations/idempotent-answers.ts';
import { jsonSchemasOf } from '../operations/json-schemas.ts';
import { type FieldNames, fileHead, type Operation, runOperation, streamHead } from '../operations/operation.ts';
import { OperationProblem, type ProblemKind } from '../operations/problems.ts';
import { callerOf } from './bearer.ts';
import { expectedVersion, isKnown } from './conditional.ts';
import { methodNotAllowed } from './method-not-allowed.ts';
import { idempotencyKey, jsonBody, rawBody } from './request-input.ts';
import { acceptsStream, leaving, streamText } from './text-stream.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

interface RouteOf<Field extends string, Target extends Operation> {
  readonly method: Method;
  /** Below /api, as express has it. */
  readonly path: string;
  readonly operation: Target;
  /** The field of each parameter of the path. */
  readonly params?: Readonly<Record<string, Field>>;
  /** The field of each query parameter that has another name. */
  readonly query?: Readonly<Record<string, Field>>;
  /** The field of each header. */
  readonly headers?: Readonly<Record<string, Field>>;
  /**
   * Only with POST, PUT and PATCH. With `as` the whole body is this field. Without it the body's
   * members are fields. With `bytesAs` the body is a file of any type, the field is its bytes in
   * base64, and the other fields come from the query.
   */
  readonly body?: { readonly maxBytes: number; readonly as?: Field; readonly bytesAs?: Field };
  /** Of the answer. Default 200. */
  readonly status?: number;
  /**
   * Operations that a body with `action` runs in place of this one, by that name. The other members
   * of the body are their fields. They answer with 200.
   */
  readonly actions?: Readonly<Record<string, Operation>>;
  /**
   * The operation writes a text. A caller that accepts `text/event-stream` gets it as it is
   * written, and stops it by leaving.
   */
  readonly streams?: true;
}

export type HttpRoute = RouteOf<string, Operation>;

/** Checks at compile time that the route's fields are fields of the operation's input. */
export function route<Input extends z.ZodObject, Output extends z.ZodObject, Binary extends boolean>(
  definition: RouteOf<keyof Input['shape'] & string, Operation<Input, Output, Binary>>,
): HttpRoute {
  return withHeaders(definition);
}

/** The headers of fields that many inputs have. */
const HEADERS = { 'Idempotency-Key': 'idempotencyKey', 'If-Match': 'ifVersion' };

function withHeaders(given: HttpRoute): HttpRoute {
  const own = Object.entries(HEADERS).filter(([, field]) => field in given.operation.input.shape);
  const headers = { ...Object.fromEntries(own), ...given.headers };
  return Object.keys(headers).length === 0 ? given : { ...given, headers };
}

/** A write whose input has no key of its own. */
export function keepsAnswer({ operation }: Pick<HttpRoute, 'operation'>): boolean {
  return operation.effect === 'write' && operation.binary !== true && !takesKey(operation);
}

/** The HTTP status of each kind of problem. */
export const STATUS: Readonly<Record<ProblemKind, number>> = {
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  stale: 412,
  unprocessable: 422,
};

const streamResult = streamHead.extend({ bytes: z.custom<AsyncIterable<Uint8Array>>((given) => Symbol.asyncIterator in Object(given)) });
const fileResult = fileHead.extend({ read: z.custom<FileContent['read']>((given) => typeof given === 'function') });

/** A router to be mounted at /api. Methods that a path does not have are answered with 405. */
export function projectRoutes(routes: readonly HttpRoute[], ports: OperationPorts): Router {
  const router = Router();
  for (const path of new Set(routes.map((route) => route.path))) {
    const here = routes.filter((route) => route.path === path);
    const express = router.route(path);
    for (const route of here) {
      const before = route.body === undefined ? [] : (route.body.bytesAs === undefined ? jsonBody : rawBody)(route.body.maxBytes);
      express[METHODS[route.method]](...before, handlerOf(route, ports));
    }
    express.all(methodNotAllowed(...here.map(({ method }) => method)));
  }
  return router;
}

const METHODS = { GET: 'get', POST: 'post', PUT: 'put', PATCH: 'patch', DELETE: 'delete' } as const;

interface Prepared {
  readonly route: HttpRoute;
  readonly fieldNames: FieldNames;
  readonly readInput: (request: Request) => unknown;
}

function prepare(route: HttpRoute): Prepared {
  // Made at the first request. To read the schemas of all routes would make every start longer.
  let reader: ReturnType<typeof inputReader> | undefined;
  return {
    route,
    fieldNames: namesOnTheWire(route),
    readInput: (request) => {
      reader ??= inputReader(route);
      return reader(request);
    },
  };
}

function handlerOf(route: HttpRoute, ports: OperationPorts): RequestHandler {
  const { streams = false } = route;
  const own = prepare(route);
  const chosenFor = actionChooser(route);
  return async (request, response) => {
    const signal = streams ? leaving(response) : undefined;
    const { route: taken, fieldNames, readInput } = chosenFor?.(request) ?? own;
    const { operation, status = 200 } = taken;
    const context = { ...ports, caller: callerOf(response), ...(signal === undefined ? {} : { signal }) };
    const run = async (more: Pick<OperationContext, 'onText'> = {}): Promise<object> => {
      try {
        const key = keepsAnswer(taken) ? idempotencyKey(request) : undefined;
        const given = { ...context, ...more };
        if (key !== undefined) return await runOnce(operation, given, key, () => readInput(request), fieldNames);
        return await runOperation(operation, given, () => readInput(request), fieldNames);
      } catch (error) {
        throw asHttpProblem(error);
      }
    };
    if (streams && acceptsStream(request)) return streamText(request, response, (onText) => run({ onText }));
    const result = await run().catch((error: unknown) => {
      // Nobody is left to be answered.
      if (signal?.aborted !== true) throw error;
    });
    if (result === undefined) return;
    const { version } = versioned.safeParse(result).data ?? {};
    if (version !== undefined && isKnown(request, response, version)) return void response.status(304).end();
    response.status(status);
    if (operation.binary === true) {
      const streamed = streamResult.safeParse(result);
      if (streamed.success) return streamFile(response, streamed.data);
      const file = fileResult.parse(result);
      await sendFile(response, file.id, file);
    } else sendJson(response, result);
  };
}

const versioned = z.object({ version: z.int().nonnegative() });

/**
 * Chooses by the body's `action`, and takes it out of the body. Undefined for a body without one.
 */
function actionChooser({ actions, body }: HttpRoute): ((request: Request) => Prepared | undefined) | undefined {
  if (actions === undefined || body === undefined) return undefined;
  const prepared = new Map(
    Object.entries(actions).map(([name, operation]) => [name, prepare(withHeaders({ method: 'POST', path: '', operation, body }))]),
  );
  return (request) => {
    const given: unknown = request.body;
    if (typeof given !== 'object' || given === null || !('action' in given)) return undefined;
    const { action, ...rest } = given;
    const chosen = typeof action === 'string' ? prepared.get(action) : undefined;
    if (chosen === undefined) throw new InvalidInput(`action: expected one of ${[...prepared.keys()].join(', ')}.`);
    request.body = rest;
    return chosen;
  };
}

function asHttpProblem(error: unknown): unknown {
  if (!(error instanceof OperationProblem)) return error;
  const { type, code, message, facts } = error;
  return new HttpProblem({ status: STATUS[type.kind], code, title: type.title, detail: message, facts });
}

/** Names fields in messages as the caller sent them. */
function namesOnTheWire({ params, query, headers, body }: HttpRoute): FieldNames {
  const names = new Map(Object.entries({ ...params, ...query, ...headers }).map(([name, field]) => [field, name]));
  return ([first, ...rest]) => {
    const field = first === undefined ? undefined : String(first);
    const inBody = field !== undefined && field === body?.as;
    const path = field === undefined || inBody ? rest : [names.get(field) ?? field, ...rest];
    return path.map(String).join('.') || (body === undefined ? 'query' : 'body');
  };
}

function inputReader({ operation, params = {}, query = {}, headers = {}, body }: HttpRoute): (request: Request) => unknown {
  const renamed = new Map(Object.entries(query));
  /**
   * Fields that come from elsewhere. The query or the body cannot set them under their own names.
   */
  const taken = new Set(Object.values({ ...params, ...query, ...headers }));
  const elsewhere = new Set(Object.values({ ...params, ...headers }));
  if (body?.bytesAs !== undefined) taken.add(body.bytesAs);
  const types = typesOfInput(operation);
  const readsQuery = (body === undefined || body.bytesAs !== undefined) && [...types.keys()].some((field) => !elsewhere.has(field));

  const refuseTaken = (name: string, whole: 'query' | 'body'): void => {
    if (taken.has(name)) throw new InvalidInput(`${whole}: Unrecognized key: "${name}".`);
  };
  const fromQuery = (given: Request['query']) =>
    Object.entries(given).map(([name, value]) => {
      const field = renamed.get(name);
      if (field === undefined) refuseTaken(name, 'query');
      return [field ?? name, valueOfText(value, types.get(field ?? name))];
    });
  const fromBody = (given: unknown) => {
    const members = Object.entries(bodyObject(given));
    for (const [name] of members) refuseTaken(name, 'body');
    return members;
  };

  return (request) => {
    const named = [
      ...Object.entries(params).map(([name, field]) => [field, valueOfText(String(request.params[name]), types.get(field))]),
      ...Object.entries(headers)
        .map(([name, field]) => [field, headerValue(name, request.get(name), types.get(field))])
        .filter(([, value]) => value !== undefined),
    ];
    if (body?.bytesAs !== undefined)
      return Object.fromEntries([...fromQuery(request.query), ...named, [body.bytesAs, base64Of(request.body)]]);
    if (body?.as !== undefined) return Object.fromEntries([...named, [body.as, request.body]]);
    if (body !== undefined) return Object.fromEntries([...fromBody(request.body), ...named]);
    return Object.fromEntries([...(readsQuery ? fromQuery(request.query) : []), ...named]);
  };
}

function headerValue(name: string, given: string | undefined, type: unknown): unknown {
  return name === 'If-Match' ? expectedVersion(given) : valueOfText(given, type);
}

/** A request without a body has an empty file. */
function base64Of(body: unknown): string {
  return Buffer.isBuffer(body) ? body.toString('base64') : '';
}

/** Each field of the input with its JSON type, if it has one. */
function typesOfInput(operation: Operation): ReadonlyMap<string, unknown> {
  const fields = Object.entries(jsonSchemasOf(operation).input.properties ?? {});
  return new Map(fields.map(([field, schema]) => [field, typeof schema === 'object' ? schema.type : undefined]));
}

/**
 * Text that does not fit stays as it is, and so does a parameter that was sent twice, which is an
 * array. The schema refuses both.
 */
function valueOfText(value: unknown, type: unknown): unknown {
  if (typeof value !== 'string') return value;
  if ((type === 'integer' || type === 'number') && /^\d{1,16}$/.test(value)) return Number(value);
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}

function bodyObject(body: unknown): object {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body;
  throw new InvalidInput(`body: Invalid input: expected object, received ${Array.isArray(body) ? 'array' : typeof body}.`);
}
