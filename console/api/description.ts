/** The description of the API, as far as the page shows it. */
import * as z from 'zod/mini';
import { bodyOf, choicesOf, type Field, fieldsOf } from './schema.ts';

const parameter = z.object({
  name: z.string(),
  in: z.enum(['path', 'query', 'header']),
  required: z.boolean(),
  description: z.optional(z.string()),
  schema: z.unknown(),
});
export interface Parameter extends z.infer<typeof parameter> {
  /** The values that it can have, if there are few. */
  readonly choices: readonly string[];
}

const operation = z.object({
  operationId: z.string(),
  summary: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  parameters: z.array(parameter),
  requestBody: z.optional(
    z.object({ content: z.record(z.string(), z.looseObject({ example: z.optional(z.unknown()), schema: z.unknown() })) }),
  ),
  responses: z.record(
    z.string(),
    z.looseObject({
      description: z.optional(z.string()),
      $ref: z.optional(z.string()),
      content: z.optional(z.record(z.string(), z.looseObject({ schema: z.unknown() }))),
    }),
  ),
});
const described = z.object({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  tags: z.array(z.object({ name: z.string(), description: z.string() })),
  components: z.object({
    responses: z.record(z.string(), z.looseObject({ description: z.string() })),
    schemas: z.record(z.string(), z.unknown()),
  }),
});

export interface DescribedOperation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  /** The scope that it needs. */
  readonly scope: string;
  readonly parameters: readonly Parameter[];
  /** Undefined if it takes none. */
  readonly body: { readonly type: string; readonly example: string; readonly fields: readonly Field[] } | undefined;
  readonly answers: readonly { readonly status: string; readonly about: string; readonly fields: readonly Field[] }[];
}

export interface Group {
  readonly name: string;
  readonly about: string;
  readonly operations: readonly DescribedOperation[];
}

/** By tag. Throws if it is no description of this API. */
export function describedOperations(json: unknown): readonly Group[] {
  const { paths, tags, components } = described.parse(json);
  const resolve = (ref: string): unknown => components.schemas[ref.split('/').at(-1) ?? ''];
  const bodyIn = (type: string, { example, schema }: { readonly example?: unknown; readonly schema?: unknown } = {}) => {
    if (type !== 'application/json') return { type, example: '', fields: [] };
    return { type, example: JSON.stringify(example ?? bodyOf(schema, resolve), null, 2), fields: fieldsOf(schema, resolve) };
  };
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]): DescribedOperation & { readonly tag: string | undefined } => {
      const [type, content] = Object.entries(one.requestBody?.content ?? {})[0] ?? [];
      return {
        id: one.operationId,
        method: method.toUpperCase(),
        path,
        summary: one.summary,
        scope: /`(.+)`/.exec(one.description)?.[1] ?? '',
        parameters: one.parameters.map((each) => ({ ...each, choices: choicesOf(each.schema) })),
        body: type === undefined ? undefined : bodyIn(type, content),
        answers: Object.entries(one.responses).map(([status, { description, $ref, content: given }]) => ({
          status,
          about: plain(description ?? components.responses[$ref?.split('/').at(-1) ?? '']?.description ?? ''),
          fields: status < '300' ? fieldsOf(given?.['application/json']?.schema, resolve) : [],
        })),
        tag: one.tags[0],
      };
    }),
  );
  return tags.map(({ name, description }) => ({ name, about: description, operations: all.filter(({ tag }) => tag === name) }));
}

/** Without the marks of Markdown. */
function plain(text: string): string {
  return text.replaceAll('`', '');
}
