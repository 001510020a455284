/**
 * The description of the API in OpenAPI 3.1, made of the routes and of the schemas of their
 * operations. What it says of a request is what the routes read it by, so it cannot fall behind.
 */
import { Router } from 'express';
import type * as z from 'zod';
import { IDEMPOTENCY_PROBLEMS } from '../operations/idempotent-answers.ts';
import { jsonSchemasOf } from '../operations/json-schemas.ts';
import type { Operation } from '../operations/operation.ts';
import { type ProblemType, problemTypes } from '../operations/problems.ts';
import { EXAMPLES } from './examples.ts';
import { type HttpRoute, keepsAnswer, STATUS } from './operation-routes.ts';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Problems that every route may answer with, beside those of its operation. */
const COMMON: Readonly<Record<number, string>> = {
  400: 'The input is not as described. `detail` names each field that is wrong.',
  401: 'The token is missing, wrong, or has expired.',
  429: 'Too many requests. Wait for `Retry-After` seconds.',
  500: 'The server has a defect. The log has it under the id of the request.',
  503: 'Nothing is known to have changed. Send the same again after `Retry-After` seconds.',
};
/** Those of routes that take a body. */
const OF_BODIES: Readonly<Record<number, string>> = {
  413: 'The body is too large.',
  415: 'The type or the encoding of the body is not taken.',
};

const TAGS: Readonly<Record<string, string>> = {
  sessions: 'Conversations: read them, write to them, change and delete them.',
  machines: 'The statecharts that sessions run.',
  sandboxes: 'Copies of sessions and machines, to try things in.',
  tokens: 'Tokens with which programs come in.',
  agents: 'The people who answer customers.',
  approvals: 'Calls of tools that wait for a person.',
  archive: 'Messages of closed sessions.',
  holds: 'Legal holds, which keep a session from being deleted.',
  files: 'Files of sessions.',
};

const DESCRIPTION = [
  'Everything that a caller can do with conversations, and nothing else. Each operation needs one scope of the token.',
  'Errors are problem documents (RFC 9457), and `detail` says what to do.',
  'Ignore members that you do not know, because later versions add some.',
].join(' ');

export interface OpenApiDocument {
  readonly openapi: '3.1.1';
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
  readonly components: Readonly<Record<'schemas' | 'responses' | 'securitySchemes', Readonly<Record<string, object>>>>;
  readonly [member: string]: unknown;
}

/** @param version of the program. */
export function describeApi(routes: readonly HttpRoute[], version: string): OpenApiDocument {
  const schemas = new Schemas();
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = `/api${route.path.replaceAll(/:(\w+)/g, '{$1}')}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeRoute(route, schemas) };
  }
  const nouns = [...new Set(routes.map(({ operation }) => nounOf(operation)))];
  return {
    openapi: '3.1.1',
    info: { title: 'Statechat', version, description: DESCRIPTION, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/', description: 'Any instance, or the load balancer before them.' }],
    security: [{ token: [] }],
    tags: nouns.toSorted().map((name) => ({ name, description: TAGS[name] ?? `Operations on ${name.replaceAll('_', ' ')}.` })),
    paths,
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: '`STATECHAT_API_TOKEN`, another API token, or the access token of an agent.',
        },
      },
      responses: Object.fromEntries(Object.entries({ ...COMMON, ...OF_BODIES }).map(([status, about]) => [status, problem(about)])),
      schemas: { Problem: PROBLEM, ...schemas.named },
    },
  };
}

/**
 * Serves the description. It is public, as the pages are. It is made for the first request, because
 * it takes a tenth of the time of a start, and most instances are never asked for it.
 */
export function openApiRouter(routes: readonly HttpRoute[], version: string): Router {
  let text: string | undefined;
  const router = Router();
  router.get('/', (_request, response) => {
    text ??= JSON.stringify(describeApi(routes, version));
    response.type('application/json').send(text);
  });
  return router;
}

const PROBLEM = {
  type: 'object',
  description: 'RFC 9457. `code` is stable, and is described in docs/reference/problems.md.',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string' },
  },
} as const;

function nounOf({ name }: Pick<Operation, 'name'>): string {
  return name.split('.')[0] ?? name;
}

function describeRoute(route: HttpRoute, schemas: Schemas): object {
  const { operation, body, status = 200 } = route;
  const given = jsonSchemasOf(operation);
  const input = schemas.hoisted(operation.name, given.input);
  const output = schemas.hoisted(`${operation.name}.answer`, given.output);
  return {
    operationId: operation.name,
    summary: operation.summary,
    description: `Scope: \`${operation.scope}\`.`,
    tags: [nounOf(operation)],
    security: [{ token: [operation.scope] }],
    parameters: parametersOf(route, input),
    ...(body === undefined ? {} : { requestBody: requestBodyOf(route, input, schemas) }),
    responses: { ...answersOfActions(route, schemas), [status]: answerOf(route, output), ...partsOf(route), ...problemsOf(route) },
  };
}

/** Fields of the input that the query or the body has under their own names. */
function plainFields({ params = {}, query = {}, headers = {}, body }: HttpRoute, input: JsonSchema): readonly string[] {
  const elsewhere = new Set([...Object.values({ ...params, ...headers, ...query }), body?.as, body?.bytesAs]);
  return Object.keys(input.properties ?? {}).filter((field) => !elsewhere.has(field));
}

function parametersOf(route: HttpRoute, input: JsonSchema): readonly object[] {
  const { params = {}, query = {}, headers = {}, body } = route;
  const readsQuery = body === undefined || body.bytesAs !== undefined;
  const plain = readsQuery ? plainFields(route, input).map((field) => [field, field] as const) : [];
  const places = [
    ['path', Object.entries(params)],
    ['query', [...Object.entries(query), ...plain]],
    ['header', Object.entries(headers)],
  ] as const;
  const given = places.flatMap(([place, names]) =>
    names.map(([name, field]) => {
      const { description, ...schema } = fieldOf(input, field);
      const isRequired = place === 'path' || isRequiredIn(input, field);
      const written = name === 'If-Match' ? IF_MATCH : schema;
      return { name, in: place, required: isRequired, ...(description === undefined ? {} : { description }), schema: written };
    }),
  );
  return keepsAnswer(route) ? [...given, IDEMPOTENCY_KEY] : given;
}

/** The version in the form of an entity tag. */
const IF_MATCH = { type: 'string', pattern: '^(W/)?"\\d{1,9}"$', examples: ['"12"'] };
const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The same key is done once in a day, and a repeated request gets the first answer again.',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]{1,255}$' },
};

function fieldOf(input: JsonSchema, field: string): JsonSchema {
  const schema = input.properties?.[field];
  return typeof schema === 'object' ? schema : {};
}

function isRequiredIn(input: JsonSchema, field: string): boolean {
  return input.required?.includes(field) ?? false;
}

function requestBodyOf(route: HttpRoute, input: JsonSchema, schemas: Schemas): object {
  const { body } = route;
  if (body?.bytesAs !== undefined)
    return { required: true, content: { 'application/octet-stream': { schema: { description: 'The bytes of the file, of any type.' } } } };
  const fields = plainFields(route, input);
  const members = {
    type: 'object',
    properties: Object.fromEntries(fields.map((field) => [field, fieldOf(input, field)])),
    required: fields.filter((field) => isRequiredIn(input, field)),
    additionalProperties: false,
  };
  const own = body?.as === undefined ? members : fieldOf(input, body.as);
  const schema = route.actions === undefined ? own : { anyOf: [own, ...actionBodies(route.actions, schemas)] };
  const example = EXAMPLES[route.operation.name];
  return { required: true, content: { 'application/json': { schema, ...(example === undefined ? {} : { example }) } } };
}

/** What `Range` leads to. Files that are made while they are sent have no size, and ignore it. */
function partsOf({ operation }: HttpRoute): Readonly<Record<number, object>> {
  if (operation.binary !== true || !('size' in operation.output.shape)) return {};
  return { 206: { ...BYTES, description: 'The part of the file that `Range` asks for.' }, 416: problem('`range`: No such range.') };
}

const BYTES = { content: { '*/*': { schema: { description: 'Bytes.' } } } };

function answerOf({ operation, streams }: HttpRoute, output: JsonSchema): object {
  if (operation.binary === true) return { ...BYTES, description: 'The bytes of the file, of its own type.' };
  const stream = { 'text/event-stream': { schema: { type: 'string', description: 'The text as it is written.' } } };
  return { description: 'Done.', content: { 'application/json': { schema: output }, ...(streams === true ? stream : {}) } };
}

/**
 * The bodies of the actions of a route, whose fields are all in the body but for those in headers.
 */
function actionBodies(actions: NonNullable<HttpRoute['actions']>, schemas: Schemas): readonly object[] {
  return Object.entries(actions).map(([name, operation]) => {
    const { properties, required = [], ...rest } = schemas.hoisted(operation.name, jsonSchemasOf(operation).input);
    const fields = { action: { type: 'string', const: name }, ...withoutHeaders(properties) };
    return { ...rest, properties: fields, required: ['action', ...required] };
  });
}

function withoutHeaders({ idempotencyKey: _key, ifVersion: _version, ...fields }: NonNullable<JsonSchema['properties']> = {}) {
  return fields;
}

function answersOfActions({ actions }: HttpRoute, schemas: Schemas): object {
  if (actions === undefined) return {};
  const all = Object.values(actions).map((operation) => schemas.hoisted(`${operation.name}.answer`, jsonSchemasOf(operation).output));
  const anyOf = [...new Map(all.map((schema) => [JSON.stringify(schema), schema])).values()];
  return { 200: { description: 'The action is done.', content: { 'application/json': { schema: { anyOf } } } } };
}

function problemsOf({ operation, body, actions = {} }: HttpRoute): Readonly<Record<string, object>> {
  const all = [operation, ...Object.values(actions)];
  const ofKeys = all.some((one) => keepsAnswer({ operation: one })) ? IDEMPOTENCY_PROBLEMS : [];
  const declared = new Set([problemTypes.forbidden, ...all.flatMap(({ errors = [] }) => errors), ...ofKeys]);
  const byStatus = Map.groupBy([...declared], ({ kind }: ProblemType) => STATUS[kind]);
  const common = Object.keys({ ...COMMON, ...(body === undefined ? {} : OF_BODIES) });
  return Object.fromEntries([
    ...common.map((status) => [status, { $ref: `#/components/responses/${status}` }] as const),
    ...[...byStatus].map(
      ([status, types]) => [status, problem(types.map(({ code, title }) => `\`${code}\`: ${title}.`).join(' '))] as const,
    ),
  ]);
}

function problem(description: string): object {
  return { description, content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } };
}

/** Schemas that others refer to. They stand in the components of the document. */
class Schemas {
  readonly named: Record<string, object> = {};

  /** The schema without its own definitions, which it refers to by their place in the document. */
  hoisted(owner: string, { $schema: _schema, $defs = {}, ...schema }: JsonSchema): JsonSchema {
    const nameOf = (name: string): string => `${owner}.${name}`;
    for (const [name, definition] of Object.entries($defs)) this.named[nameOf(name)] = withMovedRefs(definition, nameOf);
    return withMovedRefs(schema, nameOf);
  }
}

const REF = /^#\/\$defs\/(.+)$/;

function withMovedRefs<T extends object>(schema: T, nameOf: (name: string) => string): T {
  const text = JSON.stringify(schema, (key, value: unknown) => {
    const [, name] = key === '$ref' && typeof value === 'string' ? (REF.exec(value) ?? []) : [];
    return name === undefined ? value : `#/components/schemas/${nameOf(name)}`;
  });
  return JSON.parse(text);
}
