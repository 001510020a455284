/** A client that is made of nothing but the description of the API, with good and with broken requests. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { expect } from 'vitest';
import * as z from 'zod';
import { valuesOf } from '#test/json-schema-values.ts';

const content = z.record(z.string(), z.object({ schema: z.unknown() }));
const parameter = z.object({ name: z.string(), in: z.enum(['path', 'query', 'header']), required: z.boolean(), schema: z.unknown() });
const described = z.object({
  operationId: z.string(),
  parameters: z.array(parameter),
  requestBody: z.object({ content }).optional(),
  responses: z.record(z.string(), z.union([z.object({ $ref: z.string() }), z.object({ content })])),
});
export const document = z.object({
  openapi: z.literal('3.1.1'),
  paths: z.record(z.string(), z.record(z.string(), described)),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()), responses: z.record(z.string(), z.unknown()) }),
});
type Described = z.output<typeof described>;

/** Ids that exist, for a path and the name of a parameter. */
export type KnownIds = (path: string, name: string) => readonly string[];

interface Sent {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: { readonly body?: string };
}

/**
 * Three of four as described. In the others, something is missing, of another type, or too much.
 */
export function requestsOf(path: string, operation: Described, resolve: (ref: string) => unknown, idsOf: KnownIds): fc.Arbitrary<Sent> {
  const anything = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.constantFrom(-1, 1e21, '', 'null', []),
  );
  const broken = <T>(good: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
    fc.oneof({ weight: 8, arbitrary: good }, { weight: 1, arbitrary: anything });
  const values = operation.parameters.map(({ name, in: place, required, schema }) => {
    const ids = place === 'path' ? idsOf(path, name) : [];
    const known = ids.length > 0 ? fc.oneof(fc.constantFrom(...ids), fc.uuid()) : valuesOf(schema, resolve);
    const value = broken(known).map((one) => ({ name, place, value: one }));
    return required ? value : fc.option(value, { nil: undefined });
  });
  const [type, { schema = {} } = {}] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  const body = type === undefined ? fc.constant(undefined) : type === 'application/json' ? broken(valuesOf(schema, resolve)) : fc.string();
  return fc.tuple(fc.tuple(...values), body).map(([given, content_]) => {
    const query = new URLSearchParams();
    const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
    let at = path;
    for (const one of given) {
      if (one === undefined) continue;
      const written = typeof one.value === 'string' ? one.value : JSON.stringify(one.value);
      // A client never sends a path with dots alone, because it means another path.
      if (one.place === 'path') at = at.replace(`{${one.name}}`, encodeURIComponent(written.toWellFormed()).replace(/^\.*$/, '-'));
      else if (one.place === 'query') query.set(one.name, written.toWellFormed());
      else headers[one.name] = written.replaceAll(/[^\x20-\x7e]/g, '');
    }
    const search = query.size === 0 ? '' : `?${query}`;
    const sent = content_ === undefined ? {} : { body: type === 'application/json' ? JSON.stringify(content_) : String(content_) };
    return { path: at + search, headers, body: sent };
  });
}

/** Checks an answer by the schema that the document has for it. */
export function validators(whole: z.output<typeof document>) {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'doc', ...whole }, 'doc');
  const compiled = new Map<string, ReturnType<typeof ajv.compile>>();
  const located = (path: string, method: string, status: string, type: string): string =>
    ['', 'paths', path, method, 'responses', status, 'content', type, 'schema']
      .map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'))
      .join('/');
  for (const [path, methods] of Object.entries(whole.paths)) {
    for (const [method, { operationId, responses }] of Object.entries(methods)) {
      for (const [status, answer] of Object.entries(responses)) {
        const ref = '$ref' in answer ? '/components/schemas/Problem' : located(path, method, status, Object.keys(answer.content)[0] ?? '');
        compiled.set(`${operationId} ${status}`, ajv.compile({ $ref: `doc#${encodeURI(ref)}` }));
      }
    }
  }
  return ({ operationId }: Described, status: number, body: unknown, where: string): void => {
    const validate = compiled.get(`${operationId} ${status}`);
    expect(validate?.(body), `${where} ${JSON.stringify(validate?.errors)} ${JSON.stringify(body)}`).toBe(true);
  };
}
